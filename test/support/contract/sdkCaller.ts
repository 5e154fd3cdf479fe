import { isKiroBridgeError, KiroBridgeClient } from "../../../src/client/index.ts";
import type { FullCaller, Rejected } from "./fullScript.ts";
import { type BridgeAddress, namesIn } from "./operations.ts";
import { outcomeOf } from "./outcome.ts";

/** The SDK, with all its options on: none of them may change a result. */
export function sdkCaller({ url, token }: BridgeAddress): FullCaller {
  const client = new KiroBridgeClient(url, {
    token,
    retry: true,
    circuitBreaker: true,
    queue: true,
    pool: { maxSockets: 5 },
    health: true,
  });
  return {
    name: "the SDK",
    status: async () => (await client.getStatus()).status,
    isReady: () => client.isReady(),
    execute: (command, args) => client.executeCommand(command, args).then(outcomeOf, rejectionOf),
    folders: async () => (await client.windows()).windows.flatMap(({ workspaceFolders }) => workspaceFolders),
    commandIds: async (query) => (await client.commands({ query })).commands.map(({ id }) => id),
    start: async (command, args) => (await client.executeCommand(command, args, { respondAsync: true })).executionId,
    finish: async (id) => {
      const { status, output } = await client.executions.wait(id);
      return { status, output };
    },
    read: (id) => client.executions.get(id).then(({ status, output }) => ({ status, output }), rejectionOf),
    cancel: (id) => client.executions.cancel(id).catch(rejectionOf),
    search: async (search) => (await client.executions.list({ search })).executions.map(({ command }) => command),
    chat: async (prompt, options) => {
      const { success, message, json } = await client.chat({ prompt, ...options });
      return { success, message, ...(json !== undefined && { json }) };
    },
    askUntilQuestion: async (prompt) => {
      for await (const event of client.chat(prompt)) {
        if (event.type !== "question") continue;
        const { executionId, questionId, inputType, choices = [] } = event;
        return { executionId, questionId, inputType, choices };
      }
      throw new Error("no question");
    },
    answer: async ({ executionId, questionId, inputType: type }, value) =>
      (await client.input({ executionId, questionId, type, value })).success,
    sessionNames: async () => (await client.sessions.list()).sessions.map(({ name }) => name),
    closeSession: (name) => client.sessions.close(name).then(({ closed }) => closed, rejectionOf),
    isAllowed: async (command) => (await client.checkPolicy({ command })).allowed,
    kind: async () => (await client.me()).kind,
    metricNames: async () => namesIn(await client.metrics()),
    end: () => client.close(),
  };
}

function rejectionOf(error: unknown): Rejected {
  if (!isKiroBridgeError(error) || error.status === undefined) throw error;
  return { rejected: error.status };
}
