import { fake, fakeSay } from "../../../fixtures/simulator/directive.ts";
import { TestClock } from "../../../support/testClock.ts";
import type { Area } from "../area.ts";
import type { Wire } from "../wire.ts";

const STREAM = { Accept: "text/event-stream" };
const object = { type: "object", properties: { a: { type: "integer" } }, required: ["a"] };

/** Prompts and their answers. */
export const chat: Area = {
  name: "chat",
  play: async (wire) => {
    await refusals(wire);
    await answers(wire);
    await streams(wire);
    await json(wire);
    await executes(wire);
    await deadlines(wire);
    await wire.call("metrics", "GET /metrics");
  },
};

function ask(wire: Wire, name: string, body: object | string, headers: Record<string, string> = {}) {
  return wire.call(name, "POST /kiro/chat", { body, headers });
}

async function refusals(wire: Wire): Promise<void> {
  const refuse = (name: string, body: object | string) => ask(wire, `refuses ${name}`, body);
  await refuse("no prompt", {});
  await refuse("no body", "");
  await refuse("no JSON", "{");
  await refuse("an empty prompt", { prompt: " \n" });
  await refuse("a prompt that is no text", { prompt: 1 });
  await refuse("prompt and message", { prompt: "a", message: "b" });
  await refuse("an unknown field", { prompt: "a", nonsense: 1 });
  await refuse("a long session", { prompt: "a", session: "s".repeat(101) });
  await refuse("a bad timeout", { prompt: "a", timeoutMs: 0 });
  await refuse("a relative folder", { prompt: "a", workspacePath: "src" });
  await refuse("a folder that is not open", { prompt: "a", workspacePath: "/not/open" });
  await refuse("a schema that is no object", { prompt: "a", schema: [] });
  await refuse("a schema that leads nowhere", { prompt: "a", schema: { $ref: "#/nowhere" } });
  await refuse("a schema elsewhere", { prompt: "a", schema: { $ref: "https://example.org/schema.json" } });
  await ask(wire, "refuses a bad Idempotency-Key", { prompt: "a" }, { "Idempotency-Key": "" });
  await ask(wire, "refuses another content type", "prompt=a", { "Content-Type": "text/plain" });
}

async function answers(wire: Wire): Promise<void> {
  await ask(wire, "a prompt", { prompt: "Hello Kiro" });
  await ask(wire, "the other name of a prompt", { message: "Hello again" });
  await ask(wire, "a folder", { prompt: "Here", workspacePath: wire.bridge.folder });
  await ask(wire, "multi-byte text", { prompt: `é 🦀 ${fake("split-utf8")}` });
  await ask(wire, "an error of the CLI", { prompt: `Fail ${fake("error")}` });
  await ask(wire, "a refusal of the model", { prompt: fakeSay("I will not.", { stop: "refusal" }) });
  const key = { "Idempotency-Key": "chat-1" };
  await ask(wire, "a prompt with a key", { prompt: "Once" }, key);
  await ask(wire, "the same again, under the other name", { message: "Once" }, key);
  await ask(wire, "another prompt with the key", { prompt: "Twice" }, key);
  await ask(wire, "the same again with respond-async", { prompt: "Once" }, { ...key, Prefer: "respond-async" });
  await ask(wire, "the same again as a stream", { prompt: "Once" }, { ...key, ...STREAM });
  const { json: begun } = await ask(wire, "respond-async", { prompt: "Later" }, { Prefer: "respond-async" });
  const path = `/api/kiro/executions/${String(begun["executionId"])}`;
  await wire.call("its events", `GET ${path}/events`);
  await wire.call("its record", `GET ${path}`);
}

async function streams(wire: Wire): Promise<void> {
  await ask(wire, "a stream", { prompt: "Stream" }, STREAM);
  await ask(wire, "a stream, whatever else is preferred", { prompt: "Stream" }, { ...STREAM, Prefer: "respond-async" });
  await ask(wire, "a stream with a tool", { prompt: `Tool ${fake("tool-trusted")}` }, STREAM);
  await ask(wire, "a stream that takes text back", { prompt: `Again ${fake("discard")}` }, STREAM);
  await ask(wire, "a stream with thoughts", { prompt: `Think ${fake("thought")}` }, STREAM);
  await ask(wire, "a stream with an error", { prompt: `Fail ${fake("error")}` }, STREAM);
  await ask(wire, "a stream that is refused", { prompt: "" }, STREAM);
}

async function json(wire: Wire): Promise<void> {
  await ask(wire, "JSON that fits", { prompt: fakeSay('```json\n{"a":1}\n```'), schema: object });
  await ask(wire, "JSON that does not fit", { prompt: fakeSay('```json\n{"a":"one"}\n```'), schema: object });
  await ask(wire, "no JSON", { prompt: fakeSay("I have no JSON."), schema: object });
  await ask(wire, "JSON that no schema describes", { prompt: fakeSay("[1]"), schema: { type: "nonsense" } });
  await ask(wire, "JSON in a stream", { prompt: fakeSay('{"a":2}'), schema: object }, STREAM);
}

/** The CLI by `POST /api/kiro/execute`. */
async function executes(wire: Wire): Promise<void> {
  await wire.execute("execute: a prompt as the argument", { command: "kiro.cli.chat", args: ["Hello"] });
  await wire.execute("execute: a prompt in params", { command: "kiro.cli.chat", params: ["Hello"] });
  await wire.execute("execute: a prompt as the command", { command: "Hello there", target: "cli" });
  await wire.execute("execute: an error of the CLI", { command: "kiro.cli.chat", args: [`Fail ${fake("error")}`] });
  await wire.execute("execute: refuses a prompt with further args", { command: "Hello", args: ["you"], target: "cli" });
  await wire.execute("execute: a crash", {
    command: "kiro.cli.chat",
    args: [`Crash ${fake("crash", { words: 0 })}`],
    session: "crash",
  });
}

async function deadlines(wire: Wire): Promise<void> {
  const clock = new TestClock();
  try {
    for (const [name, headers] of [
      ["an answer", {}],
      ["a stream", STREAM],
    ] as const) {
      const socket = await wire.socket();
      const hold = { prompt: `Hold ${fake("hang", { words: 0 })}`, timeoutMs: 50_000 };
      const answering = ask(wire, `the deadline of ${name}`, hold, headers);
      await socket.client.waitForType("command-output");
      clock.pass(50_000);
      await answering;
      socket.client.close();
    }
  } finally {
    clock.release();
  }
}
