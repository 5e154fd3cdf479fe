import { fake } from "../../../fixtures/simulator/directive.ts";
import type { Area } from "../area.ts";
import type { Wire } from "../wire.ts";

const PATH = "/api/kiro/input";

/** Questions of the CLI and their answers. */
export const questions: Area = {
  name: "questions",
  play: async (wire) => {
    await refusals(wire);
    await answers(wire);
    await executes(wire);
    await cancels(wire);
  },
};

/** Questions that nobody answers. */
export const expiredQuestions: Area = {
  name: "expiredQuestions",
  options: { inputTimeoutMs: 1 },
  play: async (wire) => {
    const { json } = await wire.call("a question", "POST /kiro/chat", { body: { prompt: `May I ${fake("tool")}` } });
    const executionId = String(json["executionId"]);
    await wire.call("its events", `GET /api/kiro/executions/${executionId}/events`);
    await wire.call("its record", `GET /api/kiro/executions/${executionId}`);
    await wire.call("an answer that is too late", `POST ${PATH}`, {
      body: { executionId, type: "choice", value: "Yes" },
    });
  },
};

async function refusals(wire: Wire): Promise<void> {
  const input = { executionId: "exec-1-1-aaaaaa", type: "text", value: "a" };
  const refuse = (name: string, body: object | string) => wire.call(`refuses ${name}`, `POST ${PATH}`, { body });
  await refuse("an unknown execution", input);
  await refuse("no value", { ...input, value: undefined });
  await refuse("an empty value", { ...input, value: "" });
  await refuse("no execution", { ...input, executionId: undefined });
  await refuse("an unknown type", { ...input, type: "nonsense" });
  await refuse("an unknown field", { ...input, nonsense: 1 });
  await refuse("an id with two meanings", { ...input, id: "exec-1-2-aaaaaa" });
  await refuse("no JSON", "{");
  await refuse("no body", "");
}

async function answers(wire: Wire): Promise<void> {
  const body = { prompt: `May I ${fake("perm-twice")}`, session: "asks" };
  const { json } = await wire.call("a question", "POST /kiro/chat", { body });
  const executionId = String(json["executionId"]);
  const path = `/api/kiro/executions/${executionId}`;
  const events = await wire.follow("the events of an execution that asks", `${path}/events`);
  const answer = (name: string, input: object) => wire.call(name, `POST ${PATH}`, { body: { executionId, ...input } });
  await wire.call("a record with a question", `GET ${path}`);
  await wire.call("the list with a question", "GET /api/kiro/executions?status=waiting-input");
  await wire.call("a status with a question", "GET /api/kiro/status?fields=status,queue,currentCommand");
  await answer("an answer of another type", { type: "text", value: "Yes" });
  await answer("an answer that is no choice", { type: "choice", value: "Perhaps" });
  await answer("an answer to another question", { type: "choice", value: "Yes", questionId: "q-0000000000000000" });
  const socket = await wire.socket({ path: `/ws?since=0&executionId=${executionId}` });
  const first = await socket.client.waitForType("user-input-required");
  await answer("the answer", { type: "choice", value: "Yes", questionId: first["questionId"] });
  const isSecond = ({ type, questionId }: Record<string, unknown>) =>
    type === "user-input-required" && questionId !== first["questionId"];
  const second = await socket.client.waitFor(isSecond);
  await answer("the answer to the first again", { type: "choice", value: "Yes", questionId: first["questionId"] });
  await answer("an answer that names no question", { type: "choice", value: "Yes" });
  await answer("the other names of the fields", { inputType: "choice", value: "No", questionId: second["questionId"] });
  await events.until(/event: command-completed/);
  await wire.call("the record of an execution that has asked", `GET ${path}`);
  await answer("an answer after the end", { type: "choice", value: "Yes", questionId: second["questionId"] });
}

/** By execute and as a stream. */
async function executes(wire: Wire): Promise<void> {
  const command = { command: "kiro.cli.chat", args: [`May I ${fake("tool")}`], session: "asks" };
  const { json } = await wire.execute("execute: a question", command);
  await wire.call("id in place of executionId", `POST ${PATH}`, {
    body: { id: json["executionId"], type: "choice", value: "Yes" },
  });
  await wire.call("execute: its events", `GET /api/kiro/executions/${String(json["executionId"])}/events`);
  const socket = await wire.socket();
  const body = { prompt: `May I ${fake("tool")}`, session: "asks" };
  const answering = wire.call("a stream with a question", "POST /kiro/chat", {
    body,
    headers: { Accept: "text/event-stream" },
  });
  const { executionId } = await socket.client.waitForType("user-input-required");
  await wire.call("an answer to a stream", `POST ${PATH}`, { body: { executionId, type: "choice", value: "Yes" } });
  await answering;
}

async function cancels(wire: Wire): Promise<void> {
  const body = { prompt: `May I ${fake("tool")}`, session: "asks" };
  const asked = await wire.call("a question to cancel", "POST /kiro/chat", { body });
  const path = `/api/kiro/executions/${String(asked.json["executionId"])}`;
  await wire.call("cancel at a question", `POST ${path}/cancel`, { body: {} });
  await wire.call("events of an execution cancelled at a question", `GET ${path}/events`);
  const socket = await wire.socket();
  const hold = { prompt: `Hold ${fake("hang", { words: 0 })}`, session: "asks" };
  const answering = wire.call("a chat that is cancelled", "POST /kiro/chat", { body: hold });
  const { executionId } = await socket.client.waitForType("command-output");
  const queued = await wire.begin("a prompt in the queue of its session", {
    command: "kiro.cli.chat",
    args: ["Next"],
    session: "asks",
  });
  await wire.call("a queued prompt", `GET /api/kiro/executions/${queued}`);
  await wire.call("cancel of a turn", `POST /api/kiro/executions/${String(executionId)}/cancel`, { body: {} });
  await answering;
  await wire.call("a cancelled turn", `GET /api/kiro/executions/${String(executionId)}`);
  await wire.call("events of a queued prompt", `GET /api/kiro/executions/${queued}/events`);
}
