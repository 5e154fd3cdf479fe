import { WebSocket } from "ws";
import { fake, fakeSay } from "../../fixtures/simulator/directive.ts";
import { withDeadline } from "../../support/editor/deadline.ts";
import { call, fields, type ParityStep } from "../../support/parity/parityCalls.ts";
import type { ParityHost } from "../../support/parity/parityHost.ts";

const DEADLINE_MS = 60_000;
const chat = (host: ParityHost, body: object) => call(host, "/kiro/chat", { body });

async function sessionNames(host: ParityHost): Promise<string> {
  return (await call(host, "/kiro/sessions")).text;
}

/** Sends one line to a CLI in a terminal, and returns true when its answer has arrived. */
async function askInTerminal(host: ParityHost, line: string, answer: string): Promise<boolean> {
  const { port } = new URL(host.url);
  const headers = { Authorization: `Bearer ${host.token}` };
  const socket = new WebSocket(`ws://127.0.0.1:${port}/terminal`, [], { headers });
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  let received = "";
  socket.once("open", () => socket.send(`${line}\n`));
  socket.on("message", (data) => {
    received += Buffer.isBuffer(data) ? data.toString() : "";
    if (received.includes(answer)) resolve(true);
  });
  socket.once("error", reject);
  try {
    return await withDeadline(promise, DEADLINE_MS, `an answer in the terminal, in place of ${received}`);
  } finally {
    socket.terminate();
  }
}

/** Chat, sessions, questions and the terminal. */
export const chatSteps: readonly ParityStep[] = [
  {
    name: "answers",
    make: (host) => fields(chat(host, { prompt: fakeSay("An answer.") }), "success", "message"),
    expected: { status: 200, success: true, message: "An answer." },
  },
  {
    name: "answers with JSON of a schema",
    make: async (host) => {
      const schema = { type: "object", properties: { verdict: { enum: ["good"] } }, required: ["verdict"] };
      return fields(chat(host, { prompt: fakeSay('{"verdict":"good"}'), schema }), "json");
    },
    expected: { status: 200, json: { verdict: "good" } },
  },
  {
    name: "asks before a tool, and goes on with the answer",
    make: async (host) => {
      const { body } = await chat(host, { prompt: fake("tool") });
      const { executionId, questionId, inputType: type, choices } = body;
      const [value] = Array.isArray(choices) ? choices : [];
      const answered = await call(host, "/api/kiro/input", { body: { executionId, questionId, type, value } });
      const { status } = (await call(host, `/api/kiro/executions/${String(executionId)}?wait=50`)).body;
      return { type, choices, accepted: answered.body["success"], status };
    },
    expected: { type: "choice", choices: ["Yes", "Always", "No"], accepted: true, status: "completed" },
  },
  {
    name: "keeps a session until it is closed",
    make: async (host) => {
      await chat(host, { prompt: fakeSay("First."), session: "parity" });
      await chat(host, { prompt: fakeSay("Second."), session: "parity" });
      const before = (await sessionNames(host)).includes('"parity"');
      const closed = await fields(call(host, "/kiro/sessions/parity", { method: "DELETE" }), "closed");
      return { before, closed, after: (await sessionNames(host)).includes('"parity"') };
    },
    expected: { before: true, closed: { status: 200, closed: true }, after: false },
  },
  {
    name: "does not know a session that was never there",
    make: (host) => fields(call(host, "/kiro/sessions/nothing", { method: "DELETE" }), "code"),
    expected: { status: 404, code: "NOT_FOUND" },
  },
  {
    name: "answers in a terminal",
    make: (host) => askInTerminal(host, "Hello terminal", "Hello terminal"),
    expected: true,
  },
];
