import assert from "node:assert/strict";
import type { ModelCall, RawCall } from "../../../src/core/models/modelCall.ts";
import type { Outcome, RunContext } from "../../../src/core/ports.ts";
import { type FakePrincipal, FakePrincipals } from "../fakePrincipals.ts";
import type { Answer, Call } from "../httpClient.ts";
import { startTestBridge, type TestBridge, type TestBridgeOptions } from "../testBridge.ts";
import { type AnsweringModel, FakeEngine, FakeEngines } from "./fakeEngines.ts";

/** A bridge with an engine of each protocol, whose models the test writes. */
export interface ModelBridge {
  readonly bridge: TestBridge;
  readonly engines: FakeEngines;
  readonly chat: FakeEngine;
  readonly responses: FakeEngine;
  readonly anthropic: FakeEngine;
  readonly editor: FakeEngine;
  /** A program with the scope of clients of gateways. */
  readonly client: FakePrincipal;
  readonly principals: FakePrincipals;
  readonly origin: string;
  call(path: string, call?: Call): Promise<Answer>;
  dispose(): Promise<void>;
}

export async function startModelBridge(options: TestBridgeOptions = {}): Promise<ModelBridge> {
  const chat = new FakeEngine("chat", "openai-chat", { hasEmbeddings: true, defaultEmbeddingModel: "vectors" });
  const responses = new FakeEngine("responses", "openai-responses");
  const anthropic = new FakeEngine("anthropic", "anthropic");
  const editor = new FakeEngine("copilot", "vscode-lm");
  const engines = new FakeEngines(chat, responses, anthropic, editor);
  const principals = new FakePrincipals();
  const client = principals.add("client", { scopes: ["agents:prompt"] });
  const bridge = await startTestBridge({ principals, engines, modules: [engines.module], ...options });
  return {
    bridge,
    engines,
    chat,
    responses,
    anthropic,
    editor,
    client,
    principals,
    origin: `http://127.0.0.1:${bridge.port}`,
    call: (path, call) => bridge.callAs(client, path, call),
    dispose: () => bridge.dispose(),
  };
}

/** Answers a request in the engine's own protocol. */
export function passing(answer: (call: RawCall, context: RunContext) => Promise<Outcome | void>): AnsweringModel {
  return async (call: ModelCall, context) => {
    assert.ok(call.kind === "raw", call.kind);
    return await answer(call, context);
  };
}

/** Answers with a body of JSON. */
export function passingJson(
  body: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): AnsweringModel {
  return passing(async (call) => {
    call.onHead({ status, headers: { "content-type": "application/json", ...headers } });
    await call.onBytes(Buffer.from(JSON.stringify(body)));
    if (status < 400) return;
    return { kind: "failed", code: "COMMAND_EXECUTION_FAILED", error: `The vendor has answered with ${status}.` };
  });
}

/** Answers with a stream of events, in these pieces. */
export function passingStream(...pieces: readonly string[]): AnsweringModel {
  return passing(async (call) => {
    call.onHead({ status: 200, headers: { "content-type": "text/event-stream" } });
    for (const piece of pieces) await call.onBytes(Buffer.from(piece));
  });
}

/** Returns the requests that an engine got in its own protocol. */
export function passedTo(engine: FakeEngine): readonly RawCall[] {
  return engine.calls.flatMap((call) => (call.kind === "raw" ? [call] : []));
}
