/** The public face of `kiro-bridge/client`. */
export type { ChatEvent } from "./chat/chatStream.ts";
export type { ChatTurn } from "./chat/chatTurn.ts";
export type { ChatOptions, ChatQuestionEvent } from "./chat/openChat.ts";
export { KiroBridgeClient } from "./client.ts";
export type { DiscoveryOptions } from "./discovery/discoveredEndpoint.ts";
export type { PairOptions } from "./discovery/pair.ts";
export type { Embeddings, EmbedRequest } from "./embeddings.ts";
export { isKiroBridgeError, KiroBridgeError, type KiroErrorCode, type KiroErrorFacts } from "./errors.ts";
export type { EventFilter, EventOptions } from "./events/bridgeEvents.ts";
export type { EventStream } from "./events/eventStream.ts";
export type { ExecutionQuery, Executions } from "./executions.ts";
export type { DeadLetterOptions, DestinationOptions, Exports } from "./exports.ts";
export type { Endpoint } from "./http/endpoint.ts";
export { newKey } from "./http/newKey.ts";
export type { LiveExecution } from "./live/liveExecution.ts";
export { LiveExecutions, type LiveExecutionsOptions } from "./live/liveExecutions.ts";
export type { CallOptions, ClientOptions } from "./options.ts";
export type { CommandQuery, ExecuteOptions, Place, TraceOptions } from "./requests.ts";
export { CallMetrics, type ClientMetrics } from "./resilience/callMetrics.ts";
export {
  CircuitBreaker,
  type CircuitBreakerMetrics,
  type CircuitBreakerOptions,
  CircuitState,
} from "./resilience/circuitBreaker.ts";
export {
  type ClientEventArgs,
  type ClientEventListener,
  type ClientEventName,
  ClientEvents,
  type CommandResult,
} from "./resilience/clientEvents.ts";
export type { ResilienceOptions } from "./resilience/composeSend.ts";
export { HealthMonitor, type HealthOptions, type HealthStatus } from "./resilience/health.ts";
export type { PoolOptions } from "./resilience/pool.ts";
export { CallQueue, type QueueOptions, type QueueStatus } from "./resilience/queue.ts";
export { type RetryOptions, RetryPolicy } from "./resilience/retry.ts";
export type { Sessions } from "./sessions.ts";
export type { ConnectOptions } from "./socket/connectSocket.ts";
export type { KiroBridgeSocket, SocketCallOptions, SubscriptionFilter } from "./socket/kiroBridgeSocket.ts";
export type { WebSocketClass, WebSocketLike } from "./socket/webSocketClass.ts";
export type * from "./wireTypes.ts";
