import type { EngineSettings } from "../../engines/engineSettings.ts";
import { VendorFailures } from "../failures/vendorFailures.ts";
import { isWebPage } from "../../../core/network/vendorText.ts";
import type { Credentials } from "../wire.ts";
import { keyHeaderOf, setKey } from "./keyHeader.ts";
import { headOf } from "./watchedBody.ts";
import { watchedFetch } from "./watchedFetch.ts";

/** Largest response: 2048 embeddings of 3072 numbers each as base64 have 34 MB. */
const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;
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
    const response = await this.send(url, { ...init, body: body ?? null }).catch((error: unknown) => {
      throw carrierOf(error);
    });
    const { status, headers } = response;
    if (!response.ok) return new Response(await headOf(response.body, MAX_ERROR_BYTES), { status, headers });
    if (!isWebPage(headers.get("content-type"), "")) return response;
    throw carrierOf(this.failures.ofResponse({ status, headers, body: await headOf(response.body, MAX_ERROR_BYTES) }));
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
    const { failures } = this;
    const limits = { maxBytes: MAX_RESPONSE_BYTES, maxSilenceMs: settings.limits.inactivityTimeoutMs };
    return await watchedFetch(url, { ...request, headers }, { failures, limits }, signal);
  }
}

/** The SDKs drop an error, with all of its causes, if it or its cause reads like a timeout. They do not look deeper. */
function carrierOf(error: unknown): Error {
  return new Error("The request failed", { cause: new Error("It has no response", { cause: error }) });
}
