/** The public face of `kiro-bridge/client`. */
export { KiroBridgeClient } from "./client.ts";
export { isKiroBridgeError, KiroBridgeError, type KiroErrorCode, type KiroErrorFacts } from "./errors.ts";
export type { EventFilter, EventOptions } from "./events/bridgeEvents.ts";
export type { EventStream } from "./events/eventStream.ts";
export type { ExecutionQuery, Executions } from "./executions.ts";
export type { CallOptions, ClientOptions } from "./options.ts";
export type { CommandQuery, ExecuteOptions, Place } from "./requests.ts";
export type { Sessions } from "./sessions.ts";
export type * from "./wireTypes.ts";
export type { LiveExecution } from "./live/liveExecution.ts";
export { LiveExecutions, type LiveExecutionsOptions } from "./live/liveExecutions.ts";
