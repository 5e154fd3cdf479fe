import { KiroBridgeError } from "../errors.ts";
import type { Lifetime } from "../lifetime.ts";
import { type CallOptions, callOf, type ClientOptions } from "../options.ts";
import type { Place } from "../requests.ts";

import { readJson, readText, type Shape } from "./readBody.ts";
import { EVENT_STREAM, type Send, type WireRequest } from "./send.ts";

const DEFAULT_TIMEOUT_MS = 30_000;

export interface CallsDeps {
  readonly send: Send;
  readonly lifetime: Lifetime;
}

/** The requests of one client, with what its options say about all of them. */
export class Calls {
  readonly lifetime: Lifetime;
  readonly #send: Send;
  readonly #options: ClientOptions;

  constructor(deps: CallsDeps, options: ClientOptions) {
    this.lifetime = deps.lifetime;
    this.#send = deps.send;
    this.#options = options;
  }

  /**
   * Sends a request, and returns the JSON of its response.
   * @param shape the members that the response has in any case
   */
  json<T extends object>(request: WireRequest, options: CallOptions, shape: Shape<NoInfer<T>>): Promise<T> {
    return this.#call(request, options, (response) => readJson<T>(response, shape));
  }

  text(request: WireRequest, options: CallOptions): Promise<string> {
    return this.#call(request, options, readText);
  }

  /** Opens a stream, which ends with the signal of the request. Its head has the deadline of a call. */
  async stream(request: WireRequest): Promise<Response> {
    const response = await this.#send({ timeoutMs: this.timeoutMs, ...request, accept: EVENT_STREAM });
    const { status, headers } = response;
    if (status === 204 || headers.get("Content-Type")?.startsWith(EVENT_STREAM) === true) return response;
    await response.body?.cancel();
    throw new KiroBridgeError("INVALID_RESPONSE", "The response is not a stream of Kiro Bridge.", { status });
  }

  /** The place of a request that names none. */
  placeOf({ windowId, workspacePath }: Place = {}): Place {
    if (windowId !== undefined || workspacePath !== undefined) return { windowId, workspacePath };
    return { windowId: this.#options.windowId, workspacePath: this.#options.workspacePath };
  }

  /** Deadline of a call, in milliseconds. */
  get timeoutMs(): number {
    return this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  async #call<T>(request: WireRequest, options: CallOptions, read: (response: Response) => Promise<T>): Promise<T> {
    const scope = this.lifetime.scope(options.signal);
    try {
      const call = { timeoutMs: this.timeoutMs, ...request, ...callOf(options), signal: scope.signal };
      return await read(await this.#send(call));
    } finally {
      void scope.dispose();
    }
  }
}
