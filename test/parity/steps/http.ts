import { fake, fakeSay } from "../../fixtures/simulator/directive.ts";
import { at, call, fields, type ParityStep } from "../../support/parity/parityCalls.ts";
import type { ParityHost } from "../../support/parity/parityHost.ts";

const run = (host: ParityHost, prompt: string, headers: Readonly<Record<string, string>> = {}) =>
  call(host, "/api/kiro/execute", { body: { command: "kiro.cli.chat", args: [prompt] }, headers });

async function start(host: ParityHost, prompt: string): Promise<string> {
  const { body } = await run(host, prompt, { prefer: "respond-async" });
  return String(body["executionId"]);
}

const end = (host: ParityHost, id: string) => call(host, `/api/kiro/executions/${id}?wait=50`);

/** HTTP: executions, their events, the guards and the errors. */
export const httpSteps: readonly ParityStep[] = [
  {
    name: "is healthy",
    make: (host) => fields(call(host, "/health", { token: null }), "status"),
    expected: { status: "healthy" },
  },
  {
    name: "runs a command and answers with its result",
    make: (host) => fields(run(host, fakeSay("Hello.")), "success", "output"),
    expected: { status: 200, success: true, output: "Hello." },
  },
  {
    name: "is ready, and has the simulator as its CLI",
    make: async (host) => {
      const { body } = await call(host, "/api/kiro/status");
      return {
        status: body["status"],
        simulated: at(body, "cli.simulated"),
        folders: at(body, "windows.0.workspaceFolders"),
      };
    },
    expected: { status: "ready", simulated: true, folders: ["the folder"] },
  },
  {
    name: "runs a command asynchronously, and waits for its end",
    make: async (host) => fields(end(host, await start(host, fakeSay("Later."))), "output", "target", "command"),
    expected: { status: 200, output: "Later.", target: "cli", command: "kiro.cli.chat" },
  },
  {
    name: "runs a repeated request once",
    make: async (host) => {
      const key = { "idempotency-key": crypto.randomUUID() };
      const first = await run(host, fakeSay("Once."), key);
      const second = await run(host, fakeSay("Once."), key);
      return {
        statuses: [first.status, second.status],
        isSame: first.body["executionId"] === second.body["executionId"],
      };
    },
    expected: { statuses: [200, 200], isSame: true },
  },
  {
    name: "cancels a prompt",
    make: async (host) => {
      const id = await start(host, fake("hang"));
      const { how } = await fields(call(host, `/api/kiro/executions/${id}/cancel`, { method: "POST" }), "how");
      return { how, end: (await end(host, id)).body["status"] };
    },
    expected: { how: "cooperative", end: "cancelled" },
  },
  {
    name: "has the events of an execution in order",
    make: async (host) => {
      const id = await start(host, fakeSay("Events."));
      const { text } = await call(host, `/api/kiro/executions/${id}/events`);
      const types = [...text.matchAll(/^event: (.+)$/gm)].map(([, type]) => type);
      return [...new Set(types)].filter((type) => type !== "command-queued" && type?.startsWith("command-"));
    },
    expected: ["command-started", "command-output", "command-completed"],
  },
  {
    name: "finds an execution by a word of it",
    make: async (host) => {
      const { body } = await call(host, "/api/kiro/executions?search=kiro.cli.chat&limit=1");
      return at(body, "executions.0.command");
    },
    expected: "kiro.cli.chat",
  },
  {
    name: "fails a command that nobody knows",
    make: async (host) => {
      const body = { command: "parity.nothing" };
      const answer = await call(host, "/api/kiro/execute", { body });
      return {
        ...(await fields(answer, "success")),
        says: String(answer.body["error"]).startsWith("Command 'parity.nothing' not found."),
      };
    },
    expected: { status: 200, success: false, says: true },
  },
  {
    name: "refuses internal commands",
    make: (host) => fields(call(host, "/api/kiro/execute", { body: { command: "_internal" } }), "code"),
    expected: { status: 403, code: "ACCESS_DENIED" },
  },
  {
    name: "checks the policy",
    make: (host) => fields(call(host, "/api/kiro/policy/check", { body: { command: "_internal" } }), "allowed"),
    expected: { status: 200, allowed: false },
  },
  {
    name: "refuses a body that is not JSON",
    make: (host) => fields(call(host, "/api/kiro/execute", { body: "{" }), "code"),
    expected: { status: 400, code: "VALIDATION_FAILED" },
  },
  {
    name: "refuses requests without a token, and with a wrong one",
    make: async (host) => [
      await fields(call(host, "/api/kiro/status", { token: null }), "code"),
      await fields(call(host, "/api/kiro/status", { token: "wrong" }), "code"),
    ],
    expected: [
      { status: 401, code: "AUTHENTICATION_FAILED" },
      { status: 401, code: "AUTHENTICATION_FAILED" },
    ],
  },
  {
    name: "refuses pages of other origins",
    make: (host) => fields(call(host, "/api/kiro/status", { headers: { origin: "https://example.com" } }), "code"),
    expected: { status: 403, code: "ACCESS_DENIED" },
  },
  {
    name: "counts executions",
    make: async (host) => /^kiro_bridge_executions_total\{.*target="cli"/m.test((await call(host, "/metrics")).text),
    expected: true,
  },
];
