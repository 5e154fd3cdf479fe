import { startDeadline } from "../../../base/deadline.ts";
import { ModelFailure } from "../../../core/models/modelFailure.ts";
import type { EngineSettings } from "../../engines/engineSettings.ts";
import { VendorFailures } from "../failures/vendorFailures.ts";
import { isWebPage } from "../failures/vendorText.ts";
import type { Credentials } from "../wire.ts";
import { keyHeaderOf, setKey } from "./keyHeader.ts";
import { headOf, watchedBody } from "./watchedBody.ts";

/** Largest response: 2048 embeddings of 3072 numbers each as base64 have 34 MB. */
const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;
/** Largest event of a stream: the last one of the Responses API repeats the whole answer. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;
const MAX_ERROR_BYTES = 64 * 1024;

export interface VendorOptions {
  readonly settings: EngineSettings;
  readonly credentials: Credentials;
  /** Hides secrets in what the vendor has said. */
  readonly redact: (text: string) => string;
}

/** A request whose body can be sent again. */
export interface VendorRequest extends RequestInit {
  readonly body?: string | null;
}

/**
 * The way to the vendor of one engine. Adds the key, asks once for another one if it is rejected, follows no redirect, and
 * bounds responses in size and silence.
 */
export class Vendor {
  readonly failures: VendorFailures;
  readonly #options: VendorOptions;

  constructor(options: VendorOptions) {
    this.#options = options;
    this.failures = new VendorFailures(options);
  }

  /**
   * The `fetch` of an SDK: the body of an error is shortened, and a web page is no success. The SDK needs no key: whatever
   * key it sends is replaced. `VendorFailures.thrown` reads what the SDK throws then.
   */
  readonly fetch = async (url: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const { body } = init;
    if (url instanceof Request || (typeof body !== "string" && body !== null && body !== undefined))
      throw new TypeError("A request to a model needs an address and a text");
    const response = await this.send(url, { ...init, body: body ?? null });
    const { status, headers } = response;
    if (!response.ok) return new Response(await headOf(response.body, MAX_ERROR_BYTES), { status, headers });
    if (!isWebPage(headers.get("content-type"), "")) return response;
    throw this.failures.ofResponse({ status, headers, body: await headOf(response.body, MAX_ERROR_BYTES) });
  };

  /**
   * Sends a request, and returns the response whatever its status; not if it is a redirect.
   * @throws ModelFailure, also while the body is read; the reason of the request's signal
   */
  async send(url: string | URL, request: VendorRequest): Promise<Response> {
    const signal = request.signal ?? new AbortController().signal;
    const { credentials } = this.#options;
    const key = await credentials.key(signal);
    const response = await this.#sendWith(key, url, request, signal);
    if (response.status !== 401 || key === undefined) return response;
    const another = await credentials.key(signal, key);
    if (another === undefined || another === key) return response;
    await response.body?.cancel();
    return await this.#sendWith(another, url, request, signal);
  }

  async #sendWith(
    key: string | undefined,
    url: string | URL,
    request: VendorRequest,
    signal: AbortSignal,
  ): Promise<Response> {
    const { settings } = this.#options;
    const headers = new Headers(request.headers);
    for (const [name, value] of Object.entries(settings.headers)) headers.set(name, value);
    setKey(headers, keyHeaderOf(settings), key);
    const response = await this.#head(url, { ...request, headers, redirect: "manual" }, signal);
    const { status } = response;
    if (status < 300 || status >= 400) return this.#watched(response, signal);
    await response.body?.cancel();
    throw this.failures.ofResponse({ status, headers: response.headers, body: undefined });
  }

  /** Waits for the head of the response. */
  async #head(url: string | URL, request: RequestInit, signal: AbortSignal): Promise<Response> {
    const own = new AbortController();
    const deadline = startDeadline(this.#maxSilenceMs, () => own.abort(this.#silent()));
    try {
      return await fetch(url, { ...request, signal: AbortSignal.any([signal, own.signal]) });
    } catch (error) {
      throw own.signal.aborted ? own.signal.reason : this.failures.thrown(error, signal);
    } finally {
      void deadline.dispose();
    }
  }

  #watched(response: Response, signal: AbortSignal): Response {
    const { body, status, statusText, headers } = response;
    if (body === null) return response;
    const isStream = headers.get("content-type")?.includes("event-stream") === true;
    const watched = watchedBody(body, {
      maxBytes: MAX_RESPONSE_BYTES,
      maxLineBytes: isStream ? MAX_LINE_BYTES : MAX_RESPONSE_BYTES,
      maxSilenceMs: this.#maxSilenceMs,
      tooLarge: () => new ModelFailure("too-large", `The answer of ${this.failures.host} is too large.`),
      silent: () => this.#silent(),
      broken: (error) => (signal.aborted ? signal.reason : this.#cut(error)),
    });
    return new Response(watched, { status, statusText, headers });
  }

  #silent(): ModelFailure {
    const seconds = Math.round(this.#maxSilenceMs / 1000);
    return new ModelFailure("silent", `The engine '${this.#options.settings.id}' has said nothing for ${seconds} s.`);
  }

  #cut(cause: unknown): ModelFailure {
    const failure = this.failures.ofConnection(cause);
    if (failure?.kind === "silent") return failure;
    return this.failures.ofCut(cause);
  }

  get #maxSilenceMs(): number {
    return this.#options.settings.limits.inactivityTimeoutMs;
  }
}
