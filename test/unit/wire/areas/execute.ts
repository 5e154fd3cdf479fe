import type { Area } from "../area.ts";
import { valueKinds } from "../editorCommands.ts";
import type { Wire } from "../wire.ts";

/** Requests that are refused before anything runs, by name. */
const refused: readonly (readonly [name: string, body: object | string])[] = [
  ["no body", ""],
  ["no JSON", "{"],
  ["a list as the body", []],
  ["null as the body", "null"],
  ["no command", {}],
  ["an empty command", { command: "" }],
  ["a command that is no text", { command: 1 }],
  ["a command id that is too long", { command: "x".repeat(1001) }],
  ["an unknown field", { command: "test.echo", nonsense: 1 }],
  ["args that are no list", { command: "test.echo", args: "a" }],
  ["args that are no texts", { command: "test.echo", args: ["a", 1] }],
  ["params that are no list", { command: "test.echo", params: {} }],
  ["args and params", { command: "test.echo", args: [], params: [] }],
  ["params nested too deep", { command: "test.echo", params: [nested(200)] }],
  ["an unknown target", { command: "test.echo", target: "nowhere" }],
  ["a target that is no text", { command: "test.echo", target: 1 }],
  ["a timeout of 0", { command: "test.echo", timeoutMs: 0 }],
  ["a timeout that is too long", { command: "test.echo", timeoutMs: 1_800_001 }],
  ["a timeout that is no whole number", { command: "test.echo", timeoutMs: 1.5 }],
  ["a timeout that is a text", { command: "test.echo", timeoutMs: "5" }],
  ["an empty session", { command: "kiro.cli.chat", args: ["a"], session: "" }],
  ["an empty workspacePath", { command: "test.echo", workspacePath: "" }],
  ["a relative workspacePath", { command: "test.echo", workspacePath: "src" }],
  ["a workspacePath that is not open", { command: "test.echo", workspacePath: "/not/open" }],
  ["a denied command", { command: "test.deleteAccount" }],
  ["an internal command of the editor", { command: "_internal" }],
  ["a denied command within runCommands", { command: "runCommands", params: [{ commands: ["test.deleteAccount"] }] }],
  ["an unknown command of the CLI", { command: "kiro.cli.unknown" }],
  ["a chat without a prompt", { command: "kiro.cli.chat" }],
  ["a chat with an empty prompt", { command: "kiro.cli.chat", args: [" "] }],
  ["a chat with two prompts", { command: "kiro.cli.chat", args: ["a", "b"] }],
  ["a chat with a prompt in params that is no text", { command: "kiro.cli.chat", params: [1] }],
];

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

/** `POST /api/kiro/execute` with commands of the editor. */
export const execute: Area = {
  name: "execute",
  play: async (wire) => {
    for (const [name, body] of refused) await wire.execute(`refuses ${name}`, body);
    await seedForm(wire);
    await nativeForm(wire);
    for (const kind of valueKinds) await wire.execute(`returns ${kind}`, { command: `test.values.${kind}` });
    await async(wire);
    await idempotent(wire);
  },
};

async function seedForm(wire: Wire): Promise<void> {
  await wire.execute("seed form: a command", { command: "test.echo" });
  await wire.execute("seed form: args", { command: "test.args", args: ["a", "", "é 🦀"] });
  await wire.execute("seed form: no args", { command: "test.args", args: [] });
  await wire.execute("seed form: workspacePath", { command: "test.args", workspacePath: wire.bridge.folder });
  await wire.execute("seed form: a failing command", { command: "test.throws" });
  await wire.execute("seed form: a command that throws a text", { command: "test.throwsText" });
  await wire.execute("seed form: an unknown command", { command: "test.unknown", args: ["a"] });
  await wire.execute("seed form: a command of another case", { command: "Test.Echo" });
}

async function nativeForm(wire: Wire): Promise<void> {
  const uri = { $type: "Uri", value: "file:///a%20b" };
  await wire.execute("native form: params", { command: "test.args", params: [1, null, { a: [true] }, "text"] });
  await wire.execute("native form: typed params", { command: "test.args", params: [uri] });
  await wire.execute("native form: target auto", { command: "test.echo", params: [1], target: "auto" });
  await wire.execute("native form: target editor", { command: "test.echo", params: [1], target: "editor" });
  await wire.execute("native form: target editor for a command of the CLI", {
    command: "kiro.cli.chat",
    args: ["Hello"],
    target: "editor",
  });
  await wire.execute("native form: a deadline that passes", { command: "test.waits", timeoutMs: 1 });
  await wire.execute("native form: runCommands", { command: "runCommands", params: [{ commands: ["test.echo"] }] });
  await wire.execute("a charset", { command: "test.echo" }, { "Content-Type": "application/json; charset=utf-8" });
  await wire.execute(
    "another charset",
    { command: "test.echo" },
    { "Content-Type": "application/json; charset=latin1" },
  );
  await wire.execute("another content type", "command=test.echo", { "Content-Type": "text/plain" });
  await wire.execute("a form", "command=test.echo", { "Content-Type": "application/x-www-form-urlencoded" });
  await wire.execute("a compressed body", { command: "test.echo" }, { "Content-Encoding": "gzip" });
  await wire.execute("a body that is not UTF-8", new Uint8Array([0x22, 0xff, 0x22]));
  await wire.call("a query at the end of the path", "POST /api/kiro/execute?a=b", { body: { command: "test.echo" } });
  wire.bridge.gate.open();
}

async function async(wire: Wire): Promise<void> {
  const id = await wire.begin("Prefer: respond-async", { command: "test.waits", args: ["late"] });
  await wire.call("an execution that runs", `GET /api/kiro/executions/${id}`);
  await wire.call("a status while one runs", "GET /api/kiro/status?fields=status,currentCommand,queue");
  await wire.call("cancel of a command of the editor", `POST /api/kiro/executions/${id}/cancel`, { body: {} });
  const events = await wire.follow("the events of a running execution", `/api/kiro/executions/${id}/events`);
  wire.bridge.gate.open();
  await events.until(/event: command-completed/);
  await wire.call("an execution that has ended", `GET /api/kiro/executions/${id}`);
  await wire.execute("Prefer: another preference", { command: "test.echo" }, { Prefer: "return=minimal" });
  await wire.execute("Prefer: several", { command: "test.echo" }, { Prefer: "wait=5, respond-async" });
}

async function idempotent(wire: Wire): Promise<void> {
  const key = { "Idempotency-Key": "key-1" };
  await wire.execute("Idempotency-Key: first", { command: "test.echo", args: ["once"] }, key);
  await wire.execute("Idempotency-Key: again", { args: ["once"], command: "test.echo" }, key);
  await wire.execute(
    "Idempotency-Key: again with respond-async",
    { command: "test.echo", args: ["once"] },
    {
      ...key,
      Prefer: "respond-async",
    },
  );
  await wire.execute("Idempotency-Key: another request", { command: "test.echo", args: ["twice"] }, key);
  await wire.execute("Idempotency-Key: empty", { command: "test.echo" }, { "Idempotency-Key": "" });
  await wire.execute("Idempotency-Key: too long", { command: "test.echo" }, { "Idempotency-Key": "k".repeat(256) });
  await wire.execute("Idempotency-Key: not ASCII", { command: "test.echo" }, { "Idempotency-Key": "\u00e9" });
  const failing = { "Idempotency-Key": "key-2" };
  await wire.execute("Idempotency-Key: a failing command", { command: "test.throws" }, failing);
  await wire.execute("Idempotency-Key: a failing command again", { command: "test.throws" }, failing);
  const late = { "Idempotency-Key": "key-3" };
  await wire.execute("Idempotency-Key: too late", { command: "test.waits", timeoutMs: 1 }, late);
  await wire.execute("Idempotency-Key: too late, again", { command: "test.waits", timeoutMs: 1 }, late);
  const denied = { "Idempotency-Key": "key-4" };
  await wire.execute("Idempotency-Key: denied", { command: "test.deleteAccount" }, denied);
  await wire.execute("Idempotency-Key: free after a refusal", { command: "test.echo" }, denied);
  wire.bridge.gate.open();
}
