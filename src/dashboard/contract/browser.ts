import * as z from "zod";
import type { ScopeName, ScopeRule } from "../../protocol/access.ts";
import type { RunExport } from "../../protocol/runExport.ts";
import type { DashboardMethod } from "./dashboard.ts";
import type { Copied, Question } from "./questions.ts";

/** The address of the dashboard's WebSocket, relative to that of its page. */
export const SOCKET_PATH = "dashboard/socket";

/** The name by which the page in a browser asks for access. */
export const BROWSER_NAME = "Dashboard in a browser";

/** Needs a window of the editor, whose user may do more than a program. */
const editor = "editor";

/**
 * The scope that a client needs for each method, or `editor` if no client may call it. What a method returns is what the
 * client may see: with a scope that ends with `:own`, its own runs.
 */
export const methodScopes = {
  subscribe: "status:read",
  acknowledge: "status:read",
  status: "status:read",
  start: editor,
  stop: editor,
  restart: editor,
  copyAddress: "any",
  // The token of the owner never leaves the editor.
  copyToken: editor,
  copyCurl: "any",
  listExecutions: "history:read:own",
  getExecution: "history:read:own",
  openOutput: "history:read:own",
  cancel: "executions:cancel:own",
  cancelAll: "executions:cancel:own",
  // The target of the command decides which of them is needed.
  runAgain: ["commands:run", "agents:prompt"],
  copyRunCurl: "history:read:own",
  copyRunOutput: "history:read:own",
  copyText: "any",
  queue: "status:read",
  input: "inputs:answer:own",
  metrics: "status:read",
  clients: "access:manage",
  disconnect: "access:manage",
  clearHistory: "access:manage",
  exportRun: "history:read:own",
  openRun: "any",
  openSettings: editor,
  openLog: editor,
  diagnose: editor,
  askCli: "agents:prompt",
  useSimulator: editor,
  manageTrust: editor,
  access: "access:manage",
  decidePairing: "access:manage",
  revokeAccess: "access:manage",
  createToken: "access:manage",
  auditPage: "access:manage",
  verifyAudit: "access:manage",
  exportAudit: editor,
  // The decisions of the router have the beginning of requests.
  plugins: "history:read",
  resendDeadLetter: "access:manage",
  removeDeadLetter: "access:manage",
  startPlugin: editor,
  conversations: "history:read",
  // With what each client has used.
  models: "history:read",
  addModel: editor,
  setModelKey: editor,
  exports: "access:manage",
  testExport: "access:manage",
  exportLetters: "access:manage",
  replayExportLetters: "access:manage",
  removeExportLetters: "access:manage",
  setExportSecret: editor,
  openExportSettings: editor,
  openExportGuide: editor,
} as const satisfies Record<DashboardMethod, Exclude<ScopeRule, "public"> | typeof editor>;

/** The reason why a method is not offered: no client may call it, or this one lacks a scope. */
export type Withheld = typeof editor | ScopeName;

/** The methods of the page in a browser, in addition to those of all dashboards. */
export const browserMethods = {
  /** The outcome of an action. */
  acted: z.strictObject({ actionId: z.int(), result: z.unknown().optional() }),
  /** The action has failed. */
  failed: z.strictObject({ actionId: z.int(), message: z.string().max(2000) }),
  /** Ends the access of the page. */
  forget: z.strictObject({}).optional(),
} as const;

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** The actions of the page in place of the editor, with the params of each. The page has the version of the bridge. */
export const browserActions = {
  openText: z.object({ content: z.string(), language: z.string() }),
  copy: z.object({ text: z.string(), copied: z.custom<Copied>((value) => value !== undefined) }),
  confirm: z.object({ question: z.custom<Question>(isObject) }),
  confirmClearHistory: z.object({}),
  saveRun: z.object({ run: z.custom<RunExport>(isObject) }),
  /** Results in the text of a file that the user has selected. */
  openRun: z.object({}),
  /** Results in a prompt for an agent. */
  askPrompt: z.object({}),
} as const;

export type BrowserAction = keyof typeof browserActions;
export type ActionParams<A extends BrowserAction> = z.infer<(typeof browserActions)[A]>;

/** The push that asks for an action. */
export const actPushSchema = z.object({
  type: z.literal("act"),
  actionId: z.int(),
  action: z.enum(["openText", "copy", "confirm", "confirmClearHistory", "saveRun", "openRun", "askPrompt"]),
  params: z.unknown(),
});

export type ActPush = z.infer<typeof actPushSchema>;
