import { ModelFailure } from "../../../core/models/modelFailure.ts";
import { isBridgeError, messageOf } from "../../../protocol/errors.ts";
import type { EngineSettings } from "../../engines/engineSettings.ts";
import { causesOf } from "../../../core/network/networkProblem.ts";
import { networkFailure } from "./networkFailure.ts";
import { type AskedEngine, type FailedResponse, responseFailure } from "./responseFailure.ts";
import { quoted, vendorErrorOf } from "../../../core/network/vendorText.ts";

export interface VendorFailuresOptions {
  readonly settings: EngineSettings;
  /** The host that is asked, with its port. Default: that of the settings. */
  readonly host?: string;
  /** Hides secrets in what a vendor has said. */
  readonly redact: (text: string) => string;
}

/** The status that an error in a stream would have had as a response, by its type or code. */
const streamStatuses: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  invalid_prompt: 400,
  authentication_error: 401,
  invalid_api_key: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  model_not_found: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  rate_limit_exceeded: 429,
  insufficient_quota: 429,
  overloaded_error: 529,
};

/** Turns whatever a request to the vendor of one engine throws into a `ModelFailure`, with a sentence for people. */
export class VendorFailures {
  readonly #options: VendorFailuresOptions;

  constructor(options: VendorFailuresOptions) {
    this.#options = options;
  }

  /**
   * Returns what to throw for what a request has thrown: the signal's reason if it has aborted, a `ModelFailure`, or a
   * `BridgeError` as it is. An error without any sign of a vendor is a bug, and returned as it is.
   */
  thrown(error: unknown, signal: AbortSignal, model?: string): unknown {
    if (signal.aborted) return signal.reason;
    const causes = causesOf(error);
    const known = causes.find((cause) => cause instanceof ModelFailure || isBridgeError(cause));
    if (known !== undefined) return known;
    for (const cause of causes) {
      const failure = this.#ofSdk(cause, model);
      if (failure !== undefined) return failure;
    }
    return this.ofConnection(error) ?? this.#ofOther(error);
  }

  /** Returns the failure that a response means. */
  ofResponse(response: FailedResponse, model?: string): ModelFailure {
    return responseFailure(response, this.#asked(model));
  }

  /**
   * Returns the failure that an error inside a stream means.
   * @param body the event, as JSON
   */
  ofStream(body: unknown, model?: string): ModelFailure {
    const { type = "", code = "" } = vendorErrorOf(body);
    const status = streamStatuses[code] ?? streamStatuses[type] ?? 500;
    return this.ofResponse({ status, headers: new Headers(), body }, model);
  }

  /** Returns the failure of a connection; undefined if the error is not one. */
  ofConnection(error: unknown): ModelFailure | undefined {
    return networkFailure(error, this.host);
  }

  /** Returns the failure of a response that is not of the engine's protocol. */
  ofProtocol(what: string, cause?: unknown): ModelFailure {
    const sentence = `The engine '${this.#options.settings.id}' does not keep to its protocol: ${what}.`;
    return new ModelFailure("protocol", sentence, cause === undefined ? {} : { cause });
  }

  /** Returns the failure of a vendor that says nothing. */
  ofSilence(ms: number): ModelFailure {
    const seconds = Math.round(ms / 1000);
    return new ModelFailure("silent", `The engine '${this.#options.settings.id}' has said nothing for ${seconds} s.`);
  }

  /** Returns the failure of a response that is larger than the bridge accepts. */
  ofSize(): ModelFailure {
    return new ModelFailure("too-large", `The response of ${this.host} is too large.`);
  }

  /** Returns the failure of a connection that broke off, or of an answer that lacks its end. */
  ofCut(cause?: unknown): ModelFailure {
    const failure = this.ofConnection(cause);
    if (failure?.kind === "silent") return failure;
    const sentence = `The connection to ${this.host} broke off before the answer ended.`;
    return new ModelFailure("cut", sentence, cause === undefined ? {} : { cause });
  }

  /** The host that is asked, with its port, for sentences. */
  get host(): string {
    const { settings, host } = this.#options;
    if (host !== undefined) return host;
    const { baseUrl, id } = settings;
    return baseUrl === undefined ? `the vendor of '${id}'` : new URL(baseUrl).host;
  }

  /** The errors of both SDKs have a status, which is undefined for a connection and for an error in a stream. */
  #ofSdk(error: object, model: string | undefined): ModelFailure | undefined {
    if (!("status" in error) || !("headers" in error)) return undefined;
    const body = "error" in error ? error.error : undefined;
    // OpenAI's SDK has only the inner object of the body.
    const whole = typeof body === "object" && body !== null && !("error" in body) ? { error: body } : body;
    if (typeof error.status === "number") {
      const headers = error.headers instanceof Headers ? error.headers : new Headers();
      return this.ofResponse({ status: error.status, headers, body: whole }, model);
    }
    return whole === undefined ? undefined : this.ofStream(whole, model);
  }

  #ofOther(error: unknown): unknown {
    if (error instanceof SyntaxError) return this.ofProtocol("it sent invalid JSON", error);
    const isSdk = typeof error === "object" && error !== null && "status" in error;
    const isFetch = error instanceof TypeError && /fetch failed|terminated/.test(error.message);
    if (!isSdk && !isFetch) return error;
    const said = quoted(messageOf(error), this.#options.redact);
    return new ModelFailure("unreachable", `The connection to ${this.host} failed.${said}`, { cause: error });
  }

  #asked(model: string | undefined): AskedEngine {
    const { id, auth, apiVersion } = this.#options.settings;
    const { redact } = this.#options;
    return { id, auth, host: this.host, hasDeployments: apiVersion !== undefined, model, redact };
  }
}
