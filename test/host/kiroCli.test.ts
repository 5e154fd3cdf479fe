import assert from "node:assert/strict";
import * as vscode from "vscode";
import { fake, fakeSay } from "../fixtures/simulator/directive.ts";
import { isGroupAlive, simulatorsOf } from "../support/programs/simulatorProcesses.ts";
import { withSettings } from "./bridgeSettings.ts";
import { type Discovery, execute, runOwn } from "./support.ts";

interface ChatAnswer {
  readonly message: string;
  readonly success: boolean;
  readonly executionId: string;
  readonly sessionId?: string;
  readonly simulated?: boolean;
  readonly error?: string;
  readonly output?: string;
  readonly code?: string;
  readonly json?: unknown;
}

async function chat(
  bridge: Discovery,
  body: object,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: ChatAnswer }> {
  const answer = await fetch(`${bridge.url}/kiro/chat`, {
    method: "POST",
    headers: { authorization: `Bearer ${bridge.token}`, "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as ChatAnswer };
}

/** The text of an event stream, as far as it has come. */
class EventText {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #text = "";

  constructor({ body }: Response) {
    assert.ok(body);
    this.#reader = body.getReader();
  }

  async until(isIt: (text: string) => boolean): Promise<string> {
    while (!isIt(this.#text)) {
      const { done, value } = await this.#reader.read();
      if (done) throw new Error(`The stream ended with: ${this.#text.slice(-500)}`);
      this.#text += this.#decoder.decode(value, { stream: true });
    }
    return this.#text;
  }
}

describe("The Kiro CLI in the editor, played by the simulator of the VSIX", () => {
  const withSimulator = (work: (bridge: Discovery) => Promise<void>) => withSettings({ "cli.path": "simulator" }, work);

  it("answers a prompt, and reports that it is simulated", () =>
    withSimulator(async (bridge) => {
      const { status, body } = await chat(bridge, { prompt: "Hello Kiro" });
      assert.equal(status, 200);
      assert.equal(body.success, true);
      assert.equal(body.simulated, true);
      assert.match(body.message, /simulated/);
      const answer = await fetch(`${bridge.url}/api/kiro/status`, {
        headers: { authorization: `Bearer ${bridge.token}` },
      });
      const { cli, availableCommands } = (await answer.json()) as {
        cli: Record<string, unknown>;
        availableCommands: string[];
      };
      assert.deepEqual([cli["state"], cli["transport"], cli["simulated"]], ["ready", "acp", true]);
      assert.ok(availableCommands.includes("kiro.cli.chat"));
    }));

  it("runs an editor command and a prompt in parallel from one client", () =>
    withSimulator(async (bridge) => {
      const echo = vscode.commands.registerCommand("kiroBridgeTest.beside", (value: unknown) => value);
      const [command, prompt] = await Promise.all([
        execute(bridge, { command: "kiroBridgeTest.beside", args: ["editor"] }),
        execute(bridge, { command: "Say hello", target: "cli" }),
      ]);
      echo.dispose();
      assert.equal((command.body as { output: string }).output, "editor");
      assert.match((prompt.body as { output: string }).output, /Say hello/);
    }));

  it("returns an error with the text so far when the CLI is killed, and answers the next prompt", () =>
    withSimulator(async (bridge) => {
      const prompt = `Tell me ${fake("long", { words: 5000, chunkMs: 5 })}`;
      const answer = await fetch(`${bridge.url}/kiro/chat`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${bridge.token}`,
          "content-type": "application/json",
          accept: "text/event-stream",
        },
        body: JSON.stringify({ prompt }),
      });
      const events = new EventText(answer);
      await events.until((text) => text.includes("event: delta"));
      const [cli] = await simulatorsOf(process.pid);
      assert.ok(cli !== undefined);
      process.kill(-cli.group, "SIGKILL");
      const text = await events.until((all) => /^event: (done|error)$/m.test(all) && all.endsWith("\n\n"));
      const last = text.trim().split("\n\n").at(-1) ?? "";
      const end = JSON.parse(/^data: (.*)$/m.exec(last)?.[1] ?? "{}") as ChatAnswer;
      assert.equal(end.success, false);
      assert.equal(end.code, "COMMAND_EXECUTION_FAILED");
      assert.ok((end.message || end.output || "").length > 0);
      assert.equal((await chat(bridge, { prompt: "And now?" })).body.success, true);
    }));

  it("finds the JSON of an answer and checks it against a schema, in a thread of the extension host", () =>
    withSimulator(async (bridge) => {
      const schema = { type: "object", properties: { name: { type: "string", pattern: "^(\\w+\\s?)+$" } } };
      const ask = (name: string) => chat(bridge, { prompt: fakeSay(JSON.stringify({ name })), schema });
      assert.deepEqual((await ask("Kiro")).body.json, { name: "Kiro" });
      const { success, error } = (await ask(`${"a".repeat(60)}!`)).body;
      assert.equal(success, false);
      assert.match(error ?? "", /could not be checked against the schema: it takes longer/);
      assert.deepEqual((await ask("Kiro")).body.json, { name: "Kiro" });
    }));

  it("asks a permission question over the API, and accepts the first answer", () =>
    withSimulator(async (bridge) => {
      const { status, body } = await chat(bridge, { prompt: `Do it ${fake("tool")}` });
      assert.equal(status, 202);
      const question = body as unknown as { choices: string[]; executionId: string };
      const answer = await fetch(`${bridge.url}/api/kiro/input`, {
        method: "POST",
        headers: { authorization: `Bearer ${bridge.token}`, "content-type": "application/json" },
        body: JSON.stringify({ executionId: question.executionId, type: "choice", value: question.choices[0] }),
      });
      assert.equal(answer.status, 200);
      const events = await fetch(`${bridge.url}/api/kiro/executions/${question.executionId}/events`, {
        headers: { authorization: `Bearer ${bridge.token}` },
      });
      await new EventText(events).until((text) => text.includes("command-completed"));
    }));

  it("lets a user answer one question after the other, each by its id", () =>
    withSimulator(async (bridge) => {
      const { body } = await chat(bridge, { prompt: `Do it ${fake("perm-twice")}`, session: "twice" });
      const events = new EventText(
        await fetch(`${bridge.url}/api/kiro/executions/${body.executionId}/events`, {
          headers: { authorization: `Bearer ${bridge.token}` },
        }),
      );
      const timesIn = (text: string, type: string): number => text.split(`event: ${type}\n`).length - 1;
      for (const time of [1, 2]) {
        await events.until((text) => timesIn(text, "user-input-required") === time);
        const answered = Promise.resolve(vscode.commands.executeCommand("kiroBridge.answerQuestion")).then(() => true);
        const accept = () => vscode.commands.executeCommand("workbench.action.acceptSelectedQuickOpenItem");
        // The list shows at some time after the command has begun; before that there is nothing to accept.
        let isAnswered = false;
        while (!isAnswered) isAnswered = await Promise.race([answered, accept().then(() => false)]);
        await events.until((text) => timesIn(text, "input-accepted") === time);
      }
      await events.until((text) => text.includes("event: command-completed"));
    }));

  it("streams an answer into an editor", () =>
    withSimulator(async () => {
      const answer = await runOwn<{ output: string; success: boolean }>("askCli", {
        prompt: "Show yourself",
      });
      assert.equal(answer.success, true);
      await shownAnswer((text) => text === `> Show yourself\n\n${answer.output.trimEnd()}\n`);
      await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    }));

  it("diagnoses the CLI and records one harmless turn", () =>
    withSimulator(async () => {
      const diagnosis = await vscode.commands.executeCommand<{
        state: string;
        probes: { transport: string; works: boolean }[];
        recording: { exitCode: number; pieces: { text: string }[] };
      }>("kiroBridge.diagnoseCli", { maySendPrompt: true });
      assert.equal(diagnosis.state, "ready");
      assert.deepEqual(
        diagnosis.probes.map(({ transport, works }) => [transport, works]),
        [
          ["acp", true],
          ["oneshot", true],
          ["pipe", true],
        ],
      );
      assert.equal(diagnosis.recording.exitCode, 0);
      assert.ok(diagnosis.recording.pieces.some(({ text }) => text.includes("\u001b[38;5;141m> ")));
      await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    }));

  it("leaves no process when the bridge stops during an answer", () =>
    withSimulator(async (bridge) => {
      const pending = chat(bridge, { prompt: `Go on ${fake("long", { words: 100_000, chunkMs: 5 })}` });
      await (await eventsOfTheRunning(bridge)).until((text) => text.includes("command-output"));
      const started = await simulatorsOf(process.pid);
      assert.ok(started.length > 0);
      await runOwn("stop", { force: true });
      assert.equal((await pending).status, 503);
      assert.deepEqual(
        started.filter(({ group }) => isGroupAlive(group)),
        [],
      );
      await vscode.commands.executeCommand("kiroBridge.start");
    }));

  it("reports that no CLI is installed, with advice", () =>
    withSettings({ "cli.path": "/nowhere/kiro-cli" }, async (bridge) => {
      const { status, body } = await chat(bridge, { prompt: "Hello" });
      assert.equal(status, 503);
      assert.equal(body.code, "KIRO_UNAVAILABLE");
      assert.equal((body as unknown as { context: { reason: string } }).context.reason, "not_installed");
    }));
});

/** Waits until the document with the answer has the text. */
async function shownAnswer(isIt: (text: string) => boolean): Promise<void> {
  const look = () =>
    vscode.workspace.textDocuments.some((it) => it.uri.scheme === "kiro-bridge-answer" && isIt(it.getText()));
  const { promise, resolve } = Promise.withResolvers<void>();
  const watching = vscode.workspace.onDidChangeTextDocument(() => look() && resolve());
  if (look()) resolve();
  await promise;
  watching.dispose();
}

async function eventsOfTheRunning(bridge: Discovery): Promise<EventText> {
  const headers = { authorization: `Bearer ${bridge.token}` };
  for (;;) {
    const list = await fetch(`${bridge.url}/api/kiro/executions?status=running`, { headers });
    const { executions } = (await list.json()) as { executions: { id: string }[] };
    const [running] = executions;
    if (running === undefined) continue;
    const events = await fetch(`${bridge.url}/api/kiro/executions/${running.id}/events`, { headers });
    return new EventText(events);
  }
}
