import * as z from "zod";
import type { FullCaller, Rejected } from "./fullScript.ts";
import { outcomeOf } from "./outcome.ts";

export interface BridgeAddress {
  readonly url: string;
  readonly token: string;
}

/** The operations of openapi.json that the scripts call, by their IDs. */
export const operations = {
  execute: ["POST", "/api/kiro/execute"],
  getStatus: ["GET", "/api/kiro/status"],
  listWindows: ["GET", "/api/kiro/windows"],
  listCommands: ["GET", "/api/kiro/commands"],
  getExecution: ["GET", "/api/kiro/executions/{id}"],
  listExecutions: ["GET", "/api/kiro/executions"],
  cancelExecution: ["POST", "/api/kiro/executions/{id}/cancel"],
  chat: ["POST", "/kiro/chat"],
  answerInput: ["POST", "/api/kiro/input"],
  listSessions: ["GET", "/kiro/sessions"],
  closeSession: ["DELETE", "/kiro/sessions/{id}"],
  checkPolicy: ["POST", "/api/kiro/policy/check"],
  getOwnAccess: ["GET", "/api/kiro/access/me"],
  getMetrics: ["GET", "/metrics"],
} as const;

export interface OperationOptions {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly data: unknown;
}

const run = z.object({ status: z.string(), output: z.string() });
const executed = z.object({ executionId: z.string() });
const question = z.object({
  executionId: z.string(),
  questionId: z.string(),
  inputType: z.enum(["text", "choice", "file", "confirmation"]),
  choices: z.array(z.string()),
});
const executions = z.object({ executions: z.array(z.object({ command: z.string() })) });
const status = z.object({ status: z.string(), availableCommands: z.array(z.string()) });
const chat = z.object({ success: z.boolean(), message: z.string(), json: z.unknown().optional() });
const windows = z.object({ windows: z.array(z.object({ workspaceFolders: z.array(z.string()) })) });

/** Makes a client out of one that can call the operations of openapi.json. */
export function callerOf(
  name: string,
  call: (id: keyof typeof operations, options: OperationOptions) => Promise<Answer>,
): FullCaller {
  const expect = async (id: keyof typeof operations, options: OperationOptions = {}): Promise<unknown> => {
    const answer = await call(id, options);
    if (answer.status >= 300) throw new Error(`${id}: ${JSON.stringify(answer)}`);
    return answer.data;
  };
  const attempt = async <T>(
    id: keyof typeof operations,
    options: OperationOptions,
    read: (data: unknown) => T,
  ): Promise<T | Rejected> => {
    const answer = await call(id, options);
    return answer.status < 300 ? read(answer.data) : { rejected: answer.status };
  };
  const readStatus = async () => status.parse(await expect("getStatus")).status;
  return {
    name,
    status: readStatus,
    isReady: async () => (await readStatus()) === "ready",
    execute: (command, args) => attempt("execute", { body: { command, args } }, outcomeOf),
    folders: async () => windows.parse(await expect("listWindows")).windows.flatMap((it) => it.workspaceFolders),
    commandIds: async (query) =>
      z
        .object({ commands: z.array(z.object({ id: z.string() })) })
        .parse(await expect("listCommands", { query: { query } }))
        .commands.map(({ id }) => id),
    start: async (command, args) =>
      executed.parse(await expect("execute", { body: { command, args }, headers: { Prefer: "respond-async" } }))
        .executionId,
    finish: async (id) => run.parse(await expect("getExecution", { path: { id }, query: { wait: "50" } })),
    read: (id) => attempt("getExecution", { path: { id } }, (data) => run.parse(data)),
    cancel: (id) =>
      attempt("cancelExecution", { path: { id } }, (data) =>
        z.object({ status: z.string(), how: z.string() }).parse(data),
      ),
    search: async (search) =>
      executions.parse(await expect("listExecutions", { query: { search } })).executions.map(({ command }) => command),
    chat: async (prompt, options) => chat.parse(await expect("chat", { body: { prompt, ...options } })),
    askUntilQuestion: async (prompt) => question.parse(await expect("chat", { body: { prompt } })),
    answer: async ({ executionId, questionId, inputType: type }, value) =>
      z
        .object({ success: z.boolean() })
        .parse(await expect("answerInput", { body: { executionId, questionId, type, value } })).success,
    sessionNames: async () =>
      z
        .object({ sessions: z.array(z.object({ name: z.string() })) })
        .parse(await expect("listSessions"))
        .sessions.map((session) => session.name),
    closeSession: (id) =>
      attempt("closeSession", { path: { id } }, (data) => z.object({ closed: z.boolean() }).parse(data).closed),
    isAllowed: async (command) =>
      z.object({ allowed: z.boolean() }).parse(await expect("checkPolicy", { body: { command } })).allowed,
    kind: async () => z.object({ kind: z.string() }).parse(await expect("getOwnAccess")).kind,
    metricNames: async () => namesIn(z.string().parse(await expect("getMetrics"))),
  };
}

/** Returns the names in the text of Prometheus. */
export function namesIn(metrics: string): string[] {
  return [...metrics.matchAll(/^# TYPE (\w+) /gm)].map(([, name = ""]) => name);
}
