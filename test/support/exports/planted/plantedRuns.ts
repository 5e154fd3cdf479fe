import assert from "node:assert/strict";
import type { Outcome, RunContext } from "../../../../src/core/ports.ts";
import { BridgeError } from "../../../../src/protocol/errors.ts";
import { isFinal } from "../../../../src/protocol/executionStatus.ts";
import { type ExecutionRecord, executeResponseSchema } from "../../../../src/protocol/executions.ts";
import { FakeAgent } from "../../fakePorts.ts";
import type { FakePrincipal } from "../../fakePrincipals.ts";
import type { TestBridge } from "../../testBridge.ts";
import { until } from "../../until.ts";

const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/** A text next to each secret, which shows that the field has arrived. */
export const BEACON = "beacon-7f3a";

export interface PlantedSecret {
  readonly name: string;
  readonly secret: string;
  /** Characters that no other one has. */
  readonly core: string;
}

/** Secrets in formats that the README names, put together at run time. */
export const plantedSecrets: readonly PlantedSecret[] = [
  planted("a key of OpenAI", ["s", "k-proj-Q1w2E3r4T5y6U7i8O9p0"], "LkJhGfDsAzXc"),
  planted("a token of GitHub", ["gh", "p_Za1Xs2Cd3Vf4Bg5Nh6Mj7"], "PoIuYtReWqLm"),
  planted("a key of AWS", ["AK", "IAQWER"], "TYUIOPASDFGH"),
  planted("a JSON Web Token", ["ey", "JhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0."], "dozjgNryP4J3jVmNHl0w"),
  planted(
    "a private key",
    ["-----BEGIN ", "RSA PRIVATE KEY-----\nMIIEow"],
    "IBAAKCAQEAq7Z",
    "\n-----END RSA PRIVATE KEY-----",
  ),
  planted("a password in an address", ["postgres://user:"], "Vb7Nm8Qw9Er0", "@db.example/kiro"),
];

function planted(name: string, before: readonly string[], core: string, after = ""): PlantedSecret {
  return { name, core, secret: before.join("") + core + after };
}

/** Returns the ID of a command that an extension or a plugin has named after a secret, which has no spaces. */
export function plantedCommand({ secret }: Pick<PlantedSecret, "secret">): string {
  return /\s/.test(secret) ? "test.echo" : `test.${secret}`;
}

/** Returns an agent that tells the text of its prompt, which is a secret, in whatever an agent can tell. */
export function leakingAgent(): FakeAgent {
  const agent = new FakeAgent();
  agent.turn = async ({ args: [secret = ""] }, context) => await leakingTurn(secret, context);
  return agent;
}

async function leakingTurn(secret: string, context: RunContext): Promise<Outcome> {
  const half = Math.floor(secret.length / 2);
  const told = `${BEACON} ${secret}`;
  context.speaksIn(secret);
  context.output(`${BEACON} ${secret.slice(0, half)}`);
  context.output(`${secret.slice(half)} goes on`);
  context.output(`\n${told}\n`, "stderr");
  context.output(` ${told}`);
  context.retract(4);
  context.output(`${secret.slice(-4)}\n`);
  const diffs = [{ path: `/home/me/${secret}/file.ts`, oldText: told, newText: JSON.stringify({ key: told }) }];
  context.toolCall({ toolCallId: secret, title: told, kind: secret, status: "pending", diffs });
  context.toolCall({ toolCallId: secret, title: told, kind: "edit", status: "completed" });
  const used = { inputTokens: 1, outputTokens: 1, currency: secret };
  context.step({ step: 1, model: secret, status: "retrying", reason: told, finishReason: secret, ...used });
  const answer = await context.ask({ prompt: told, inputType: "text", safeAnswer: "none" });
  await context.ask({ prompt: told, inputType: "choice", choices: [secret, "no"], safeAnswer: "no" });
  if (answer.includes("fail")) throw new BridgeError("COMMAND_EXECUTION_FAILED", `Failed: ${told}`, { secret });
  return { kind: "completed", result: { [secret]: told, nested: [told] }, output: told, stopReason: secret };
}

/**
 * Runs a command, and prompts of which one fails, with a secret in each field that a program, its user or an agent fills.
 * Resolves when all have ended.
 */
export async function plantSecret(bridge: TestBridge, client: FakePrincipal, { secret }: PlantedSecret): Promise<void> {
  const told = `${BEACON} ${secret}`;
  const inHeader = secret.replaceAll("\n", "").slice(0, 90);
  const headers = {
    traceparent,
    tracestate: `vendor=${inHeader}`,
    baggage: `key=${encodeURIComponent(secret)}`,
    "user-agent": inHeader,
    "x-request-id": inHeader.slice(0, 60),
    "idempotency-key": inHeader,
  };
  const execute = (body: object) => bridge.callAs(client, "/api/kiro/execute", { body, headers });
  const echoed = await execute({ command: "test.echo", args: [told, JSON.stringify({ token: secret }), secret] });
  assert.equal(echoed.status, 200, echoed.text);
  const named = { command: plantedCommand({ secret }), args: [told] };
  const ran = await bridge.callAs(client, "/api/kiro/execute", { body: named });
  assert.equal(ran.status, 200, ran.text);
  // What no target knows.
  await bridge.callAs(client, "/api/kiro/execute", { body: { command: `run ${secret}`, args: [told] } });
  for (const reply of [told, `fail ${told}`]) {
    const body = { command: "kiro.cli.chat", args: [secret], session: `session ${inHeader}` };
    const asked = await bridge.callAs(client, "/api/kiro/execute", { body });
    assert.ok(asked.status < 300, asked.text);
    const { executionId } = executeResponseSchema.parse(asked.json);
    await answerQuestion(bridge, executionId, "text", reply);
    await answerQuestion(bridge, executionId, "choice", secret);
    await until(async () => isFinal((await recordOf(bridge, executionId)).status), "the end of the prompt");
  }
}

async function answerQuestion(bridge: TestBridge, executionId: string, type: string, value: string): Promise<void> {
  let questionId = "";
  await until(async () => {
    const { pendingInput } = await recordOf(bridge, executionId);
    questionId = pendingInput?.inputType === type ? pendingInput.questionId : "";
    return questionId !== "";
  }, "the question");
  const answered = await bridge.call("/api/kiro/input", { body: { value, type, executionId, questionId } });
  assert.equal(answered.status, 200, answered.text);
}

async function recordOf(bridge: TestBridge, executionId: string): Promise<ExecutionRecord> {
  return (await bridge.call(`/api/kiro/executions/${executionId}`)).json as ExecutionRecord;
}
