import assert from "node:assert/strict";
import { fake, fakeSay } from "../../../fixtures/simulator/directive.ts";
import { Endpoints } from "../../../support/checks/endpoints.ts";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";
import type { RawConnection } from "../../../support/httpClient.ts";
import { EchoTerminal } from "../../../support/programs/fakeTerminal.ts";
import { simulatedKiro } from "../../../support/simulatedKiro.ts";
import { SocketClient } from "../../../support/socketClient.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { startTestBridge, type TestBridge } from "../../../support/testBridge.ts";
import { until } from "../../../support/until.ts";
import { openAs, runAs } from "./accessRig.ts";

/** In everything that the secret principal sends and is answered. */
const CANARY = "canary-7f3a91";
const ASYNC = { Prefer: "respond-async" };
const keyed = { "Idempotency-Key": "a key that both use" };

describe("A client that may see its own executions only, next to another one", () => {
  const principals = new FakePrincipals();
  const secret = principals.add(`${CANARY}-id`, { name: `${CANARY}-name`, role: "operator" });
  const spy = principals.add("spy", { scopes: ["status:read", "commands:run", "agents:prompt", "inputs:answer:own"] });
  /** Of the executions and sessions of the secret principal. */
  const ids = new Set<string>();
  /** All that the spy has received, without what it sent itself. */
  const received: { readonly what: string; readonly text: string }[] = [];
  const streams = new Map<string, RawConnection>();
  const held = Promise.withResolvers<void>();
  let folder: string;
  let bridge: TestBridge;
  let socket: SocketClient;
  let secretSocket: SocketClient;

  const note = (what: string, text: string): void => void received.push({ what, text });
  const as = { "User-Agent": `${CANARY}-program` };
  const prompt = (text: string, more: object = {}) => ({
    command: `${CANARY} ${text}`,
    target: "cli",
    session: `${CANARY}-session`,
    ...more,
  });

  before(async () => {
    folder = await temporaryFolder();
    bridge = await startTestBridge({
      principals,
      defaultTimeoutMs: 600_000,
      journal: { folder: `${folder}/.history` },
      commands: {
        "test.fails": (text) => Promise.reject(new Error(JSON.stringify(text))),
        "test.hold": () => held.promise,
      },
      createKiro: (events) =>
        simulatedKiro({
          folder,
          isInstalled: true,
          env: { FAKE_KIRO_WORDS: "6" },
          report: (event) => events.append(event),
          terminals: { open: async () => new EchoTerminal() },
        }),
    });
    socket = await SocketClient.open(bridge, { path: "/ws?since=0", token: spy.token });
    secretSocket = await SocketClient.open(bridge, { token: secret.token });
  });
  after(async () => {
    held.resolve();
    await bridge.dispose();
    await removeFolder(folder);
  });

  /** Everything of the secret principal that could show up somewhere, ended, running and queued. */
  const work = async (): Promise<void> => {
    const commands = [
      { command: "test.echo", args: [`${CANARY} in args and output`] },
      { command: "test.echo", params: [{ deep: [`${CANARY} in params`] }] },
      { command: "test.fails", args: [`${CANARY} in the error`] },
      { command: `${CANARY}.command.that.does.not.exist` },
      prompt("hello"),
      prompt(fakeSay(`${CANARY} said`)),
      prompt(fake("crash"), { session: `${CANARY}-crashing` }),
    ];
    for (const command of commands) ids.add(await runAs(bridge, secret, command, as));
    ids.add(await runAs(bridge, secret, { command: "test.echo", args: [CANARY] }, { ...as, ...keyed }));
    const asking = prompt(`May I ${fake("tool")}`, { session: `${CANARY}-asking` });
    ids.add(await runAs(bridge, secret, asking, as));
    for (const command of [{ command: "test.hold", args: [CANARY] }, prompt("waits", { session: `${CANARY}-asking` })])
      ids.add(await runAs(bridge, secret, command, { ...as, ...ASYNC }));
    const { sessions } = (await bridge.call("/kiro/sessions")).json;
    assert.ok(Array.isArray(sessions) && sessions.length > 0);
    for (const session of sessions) ids.add(String(Reflect.get(Object(session), "id")));
  };

  const streamOf = async (what: string, stream: RawConnection): Promise<void> => {
    streams.set(what, stream);
    await stream.receives(/\r\n\r\n/);
  };

  /** Every GET of every module, with the IDs of the secret principal in its path and its query. */
  const getEverything = async (): Promise<void> => {
    const someIds = [...ids];
    for (const { path, scope } of new Endpoints(bridge.core).routes.filter(({ method }) => method === "GET")) {
      if (scope === "public") continue;
      const paths = path.includes("{") ? someIds.map((id) => path.replaceAll(/\{\w+\}/g, id)) : [path];
      for (const filled of paths) {
        for (const query of ["", `?search=${CANARY}`, `?cursor=${someIds.at(-1)}`, "?limit=1", "?wait=1", "?since=0"])
          await streamOf(filled + query, openAs(bridge, spy, filled + query, { Connection: "close" }));
      }
    }
  };

  const postEverything = async (): Promise<void> => {
    for (const { method, path, scope } of new Endpoints(bridge.core).routes) {
      if (method === "GET" || scope === "public") continue;
      for (const id of ids) {
        const filled = path.replaceAll(/\{\w+\}/g, id);
        const bodies = [
          undefined,
          { executionId: id, type: "text", value: "x" },
          { command: "test.unknown" },
          { prompt: "hi" },
        ];
        for (const body of method === "DELETE" ? [undefined] : bodies) {
          const { headers, text } = await bridge.callAs(spy, filled, { method, ...(body && { body }), headers: keyed });
          note(`${method} ${path}`, `${JSON.stringify(headers)} ${text}`.replaceAll(id, ""));
        }
      }
    }
  };

  const useSocket = async (): Promise<void> => {
    await socket.ask("status");
    for (const executionId of ids) {
      await socket.ask("subscribe", { since: 0, executionId });
      await socket.ask("cancel", { executionId });
      await socket.ask("input", { executionId, type: "text", value: "x" });
    }
    await socket.ask("subscribe", { since: 0 });
    await socket.ask("execute", { request: { command: "test.echo" }, idempotencyKey: keyed["Idempotency-Key"] });
    for (const command of ["no.such.command", "kiro.cli.listSessions"])
      await socket.ask("execute", { request: { command } });
  };

  it("learns nothing of its work by any route, stream, WebSocket method, error, status or metric", async () => {
    await work();
    await getEverything();
    await postEverything();
    await useSocket();
    const last = await runAs(bridge, spy, { command: "test.echo", args: ["the last one"] });
    const isLast = ({ executionId, type }: Record<string, unknown>): boolean =>
      executionId === last && type === "command-completed";
    await socket.waitFor(isLast);
    for (const message of socket.messages) note("the WebSocket", JSON.stringify(message));
    for (const [what, stream] of streams) {
      // A stream that does not end has the last command; everything else ends.
      note(`GET ${what}`, await stream.receives(new RegExp(last)).catch(() => stream.ended));
      stream.close();
    }
    assert.ok(received.length > 500 && ids.size > 10);
    const words = [CANARY, ...ids].map((word) => new RegExp(`${word}\\b`));
    const leaks = received.flatMap(({ what, text }) =>
      words.filter((word) => word.test(text)).map((word) => `${what}: ${word.source} in ${text.slice(0, 2000)}`),
    );
    assert.deepEqual(leaks.slice(0, 3), []);
  });

  it("sees its own work all the same", async () => {
    const texts = received.map(({ text }) => text).join("\n");
    assert.match(texts, /"type":"command-completed"/);
    await until(() => secretSocket.messages.length > 0);
    assert.match(JSON.stringify(secretSocket.messages), new RegExp(CANARY));
    secretSocket.close();
    socket.close();
  });
});
