import type { Disposable } from "../../base/disposables.ts";
import type { Untyped } from "../bus/message.ts";
import type { BusParticipant } from "../bus/participant.ts";
import { pluginOf } from "../rpc/endpoint.ts";
import { type RpcCallOptions, RpcClient } from "../rpc/rpcClient.ts";
import type { RpcHandler, RpcMethodOptions } from "../rpc/rpcMethod.ts";
import { RpcServer } from "../rpc/rpcServer.ts";
import type { MessageBus } from "./messageBus.ts";
import { thisProcess } from "./thisProcess.ts";

/** Serves the methods of a plugin of this process. After its message bus was cleared, it serves again when a method is added. */
export class RPCServer {
  readonly #endpoint: string;
  readonly #bus: MessageBus;
  #serving: { readonly participant: BusParticipant; readonly server: RpcServer };

  /**
   * @param endpoint `plugin://<name of the plugin>/rpc`
   * @throws BridgeError VALIDATION_FAILED for any other one
   */
  constructor(endpoint: string) {
    this.#endpoint = endpoint;
    this.#bus = thisProcess.get(pluginOf(endpoint));
    this.#serving = this.#serve();
  }

  /**
   * Adds a method, or replaces it. Dispose the result to remove it.
   * @throws BridgeError VALIDATION_FAILED for a JSON Schema that cannot be used
   */
  register(method: string, handler: RpcHandler, options?: RpcMethodOptions): Disposable {
    if (this.#serving.participant !== this.#bus.participant) this.#serving = this.#serve();
    return this.#serving.server.register(method, handler, options);
  }

  /** Removes a method. Its running calls continue. */
  unregister(method: string): void {
    this.#serving.server.unregister(method);
  }

  /** Stops serving. The signals of the running calls abort. */
  dispose(): void {
    this.#serving.server.dispose();
  }

  #serve(): { readonly participant: BusParticipant; readonly server: RpcServer } {
    const { participant } = this.#bus;
    return { participant, server: new RpcServer(participant, this.#endpoint) };
  }
}

/** Calls the methods of any plugin, in the name of the first one of this process. */
export class RPCClient {
  readonly #endpoint: string;
  readonly #bus: MessageBus;

  /**
   * @param endpoint `plugin://<name of the plugin>/rpc`
   * @throws BridgeError VALIDATION_FAILED for any other one; CONFIGURATION_ERROR before the first `getMessageBus`
   */
  constructor(endpoint: string) {
    pluginOf(endpoint);
    this.#endpoint = endpoint;
    this.#bus = thisProcess.get();
  }

  /**
   * Resolves with the result of the method.
   * @throws RpcError with the code and data of the method, or NOT_FOUND (no such plugin or method), VALIDATION_FAILED,
   * RATE_LIMIT_EXCEEDED, OPERATION_TIMEOUT, KIRO_UNAVAILABLE (the plugin has ended); the reason of the signal
   */
  call<T = Untyped>(method: string, params?: unknown, options?: RpcCallOptions): Promise<T> {
    return new RpcClient(this.#bus.participant, this.#endpoint).call<T>(method, params, options);
  }
}
