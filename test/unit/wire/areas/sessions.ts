import { mkdir } from "node:fs/promises";
import { fake } from "../../../fixtures/simulator/directive.ts";
import type { Area } from "../area.ts";

/** Sessions and the commands of the CLI. */
export const sessions: Area = {
  name: "sessions",
  play: async (wire) => {
    const command = (name: string, id: string, more: object = {}) =>
      wire.execute(name, { command: `kiro.cli.${id}`, ...more });
    const chat = (name: string, body: object) => wire.call(name, "POST /kiro/chat", { body });
    await wire.call("no sessions", "GET /kiro/sessions");
    await command("the CLI before its first prompt", "status");
    await command("no sessions by a command", "listSessions");
    await command("refuses an argument", "status", { args: ["x"] });
    await command("cancel where nothing runs", "cancel");
    await command("close where nothing is", "closeSession", { args: ["nobody"] });
    await wire.call("DELETE of an unknown session", "DELETE /kiro/sessions/nobody");
    await chat("a session with a name", { prompt: "One", session: "one" });
    await chat("its id in place of its name", { prompt: "Two", session: "sess-1" });
    await wire.call("one session", "GET /kiro/sessions");
    await command("the CLI in use", "status");
    await wire.call("status with a session", "GET /api/kiro/status?fields=cli");
    await command("sessions by a command", "listSessions");
    await command("a new session in its place", "newSession", { args: ["one"] });
    await command("refuses two arguments", "newSession", { args: ["one", "two"] });
    await chat("a conversation of its own", { prompt: "Fresh", session: "fresh" });
    const folder = `${wire.bridge.folder}/within`;
    await mkdir(folder);
    await command("a session of another folder", "newSession", { args: ["one"], workspacePath: folder });
    await wire.call("DELETE of a name that two have", "DELETE /kiro/sessions/one");
    await command("close of a name that two have", "closeSession", { session: "one", workspacePath: folder });
    await wire.call("DELETE of a session", "DELETE /kiro/sessions/one");
    await wire.call("DELETE of it again", "DELETE /kiro/sessions/one");
    await chat("another session", { prompt: "Three", session: "three" });
    const socket = await wire.socket({ path: "/ws?since=0" });
    const holding = wire.execute("a turn that is cancelled by a command", {
      command: "kiro.cli.chat",
      args: [`Hold ${fake("hang", { words: 0 })}`],
      session: "three",
    });
    // Of this turn: an earlier one may have said the same in one piece.
    const { executionId: held } = await socket.client.waitFor(
      ({ type, args }) => type === "command-started" && String(args).startsWith("Hold"),
    );
    await socket.client.waitFor(
      ({ type, executionId, output }) => type === "command-output" && executionId === held && output === "Answer 2 to:",
    );
    await command("cancel of a session's turn", "cancel", { args: ["three"] });
    await holding;
    await command("close of a session", "closeSession", { args: ["three"] });
    await socket.events(
      "all events of the sessions",
      ({ type, state }) => type === "session-changed" && state === "closed",
    );
  },
};
