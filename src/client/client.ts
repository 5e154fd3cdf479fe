import { isKiroBridgeError } from "./errors.ts";
import { baseSend } from "./http/baseSend.ts";
import { type Endpoint, fixedEndpoint } from "./http/endpoint.ts";
import { hasShape, readJson, type Shape } from "./http/readBody.ts";
import type { Send, WireRequest } from "./http/send.ts";
import { type CallOptions, callOf, type ClientOptions } from "./options.ts";
import type { ExecuteOptions, Place } from "./requests.ts";
import type { ExecuteCommandRequest, ExecuteCommandResponse, HealthResponse, KiroStatusResponse } from "./wire.ts";

const DEFAULT_TIMEOUT_MS = 30_000;

/** A client of Kiro Bridge: of one address, with one token. */
export class KiroBridgeClient {
  readonly #options: ClientOptions;
  readonly #endpoint: Endpoint;
  readonly #send: Send;

  constructor(baseUrl = "http://127.0.0.1:3001", options: ClientOptions = {}) {
    this.#options = options;
    this.#endpoint = fixedEndpoint(baseUrl, options.token);
    // The options of resilience wrap the base (composeSend).
    this.#send = baseSend({ endpoint: this.#endpoint, fetch: options.fetch, name: options.name });
  }

  get baseUrl(): string {
    return this.#endpoint.url;
  }

  /**
   * Runs a command, and resolves when it has ended or asks its first question (`requiresInput`). A command that ran and
   * failed resolves with `success: false`. Every execution has an Idempotency-Key.
   */
  executeCommand(request: ExecuteCommandRequest, options?: ExecuteOptions): Promise<ExecuteCommandResponse>;
  executeCommand(command: string, args?: readonly string[], options?: ExecuteOptions): Promise<ExecuteCommandResponse>;
  async executeCommand(
    command: ExecuteCommandRequest | string,
    second?: readonly string[] | ExecuteOptions,
    third?: ExecuteOptions,
  ): Promise<ExecuteCommandResponse> {
    const isArgs = (value: unknown): value is readonly string[] => Array.isArray(value);
    const args = isArgs(second) ? second : undefined;
    const options = third ?? (isArgs(second) ? undefined : second) ?? {};
    const request = typeof command === "string" ? { command, ...(args !== undefined && { args }) } : command;
    const response = await this.#send({
      method: "POST",
      path: "/api/kiro/execute",
      body: { ...this.#placeOf(request), ...request },
      command: request.command,
      args: request.args,
      ...callOf(options),
      idempotencyKey: options.idempotencyKey ?? crypto.randomUUID(),
      ...(options.respondAsync === true && { headers: { Prefer: "respond-async" } }),
    });
    return await readJson<ExecuteCommandResponse>(response, { success: "boolean", output: "string" });
  }

  /** The status of the bridge; with `fields`, only these. */
  async getStatus(
    options: CallOptions & { readonly fields?: readonly (keyof KiroStatusResponse)[] } = {},
  ): Promise<KiroStatusResponse> {
    const query = { fields: options.fields?.join(",") };
    return await readJson<KiroStatusResponse>(await this.#get("/api/kiro/status", { query }, options), {});
  }

  /** True if the bridge can be reached and its status is `ready`. */
  async isReady(options: CallOptions = {}): Promise<boolean> {
    try {
      return (await this.getStatus({ ...options, fields: ["status"] })).status === "ready";
    } catch (error) {
      if (isKiroBridgeError(error)) return false;
      throw error;
    }
  }

  /** The health of the bridge, also when it is `unhealthy`. Needs no token. */
  async getHealth(options: CallOptions = {}): Promise<HealthResponse> {
    const shape: Shape<HealthResponse> = { status: "string", server: "object" };
    try {
      return await readJson(await this.#get("/health", {}, options), shape);
    } catch (error) {
      if (isKiroBridgeError(error) && error.status === 503 && hasShape<HealthResponse>(error.body, shape))
        return error.body;
      throw error;
    }
  }

  #get(path: string, more: Partial<WireRequest>, options: CallOptions): Promise<Response> {
    const timeoutMs = this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    return this.#send({ method: "GET", path, timeoutMs, ...more, ...callOf(options) });
  }

  /** The place of a request that names none. */
  #placeOf(request: Place): Place {
    const isNamed = request.windowId !== undefined || request.workspacePath !== undefined;
    return isNamed ? {} : { windowId: this.#options.windowId, workspacePath: this.#options.workspacePath };
  }
}
