/** The public face of `kiro-bridge/plugin`. */
import type { MessageBus } from "./messageBus.ts";
import type { ConnectOptions } from "./processBuses.ts";
import { thisProcess } from "./thisProcess.ts";

export { type BridgeError, isBridgeError } from "../../protocol/errors.ts";
export type { EditorMessageBus, EditorPlugin, KiroBridgeExtension } from "../bus/extensionApi.ts";
export type { Message, MessageHeaders, MessageMetadata, NewMessage, NewRequest, Untyped } from "../bus/message.ts";
export type { DurableOptions, RequestOptions, SubscribeOptions } from "../bus/participant.ts";
export type { RpcCallOptions } from "../rpc/rpcClient.ts";
export { isRpcError, RpcError } from "../rpc/rpcError.ts";
export type { RpcContext, RpcHandler, RpcMethodOptions } from "../rpc/rpcMethod.ts";
export type { CircuitBreakerOptions, CircuitState, CircuitTransition } from "../breaker/circuitBreaker.ts";
export type { StateVersion } from "../state/pluginState.ts";
export { CircuitBreaker } from "./circuitBreaker.ts";
export { type Backoff, RetryPolicy, type RetryPolicyOptions } from "../breaker/retryPolicy.ts";
export { DistributedStateManager } from "./distributedState.ts";
export type { DeduplicationMetrics, MessageBus, MessageBusStats, MessageHandler } from "./messageBus.ts";
export { MessageType } from "./messageType.ts";
export type { ConnectOptions } from "./processBuses.ts";
export { RPCClient, RPCServer } from "./rpc.ts";

/**
 * Returns the message bus of a plugin: always the same one for the same name. Without a name, the first one.
 * @throws BridgeError VALIDATION_FAILED for a name that no plugin can have; CONFIGURATION_ERROR without one, if there is
 * no message bus
 */
export function getMessageBus(id?: string): MessageBus {
  return thisProcess.get(id);
}

/** Clears all message buses of this process and forgets them, so that a test begins with an empty bus. */
export function resetMessageBus(): void {
  thisProcess.reset();
}

/**
 * Makes the message buses of this process take part in the bus of a bridge, which is found by its discovery folder. A plugin
 * that the editor starts does so without it. What is published and called before there is a connection waits for it.
 * @throws BridgeError CONFLICT after the first `getMessageBus`; KiroBridgeError if no bridge is found
 */
export function connect(options: ConnectOptions = {}): Promise<void> {
  return thisProcess.connect(options);
}
