import { ModelFailure, type ModelFailureKind, type ModelFailureOptions } from "../../../core/models/modelFailure.ts";
import type { EngineAuth } from "../../engines/engineSettings.ts";
import { retryAfterMsOf, skewMsOf } from "../../../core/network/responseHeaders.ts";
import { isWebPage, quoted, type VendorError, vendorErrorOf } from "../../../core/network/vendorText.ts";

/** Difference in milliseconds to the vendor's clock above which it may be why a key was rejected. */
const MAX_SKEW_MS = 5 * 60_000;

/** A response that is no success, or the error in a stream. */
export interface FailedResponse {
  readonly status: number;
  readonly headers: Headers;
  /** As text, or as JSON. */
  readonly body: unknown;
}

/** The facts about an engine for sentences about its responses. */
export interface AskedEngine {
  readonly id: string;
  readonly auth: EngineAuth;
  /** With the port. */
  readonly host: string;
  /** True if its models are Azure's deployments. */
  readonly hasDeployments: boolean;
  readonly model: string | undefined;
  /** Hides secrets in what the vendor has said. */
  readonly redact: (text: string) => string;
}

/** Returns the failure that a response means. */
export function responseFailure(response: FailedResponse, engine: AskedEngine): ModelFailure {
  const { status, headers, body } = response;
  const error = vendorErrorOf(body);
  const isPage = isWebPage(headers.get("content-type"), typeof body === "string" ? body : "");
  const retryAfterMs = retryAfterMsOf(headers);
  const kind = isPage && status < 500 ? "protocol" : kindOf(status, error);
  const options: ModelFailureOptions = {
    status,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...parameterField(error),
  };
  const said = quoted(error.message, engine.redact);
  if (kind === "unauthorized" && isSkewed(headers))
    return new ModelFailure("clock", skewSentence(engine, said), options);
  const sentence = isPage ? pageSentence(status, engine) : sentences[kind](engine, status, error);
  return new ModelFailure(kind, sentence + said, options);
}

function kindOf(status: number, error: VendorError): Answer {
  if (status >= 300 && status < 400) return "protocol";
  if (isTooLong(error)) return "too-long";
  if (hasNoCredit(error)) return "forbidden";
  if (/\bapi key not valid\b/i.test(error.message ?? "")) return "unauthorized";
  if (/signature (?:expired|not yet current)|AADSTS700024/i.test(error.message ?? "")) return "clock";
  const known = statuses[status];
  if (known !== undefined) return known;
  return status >= 500 ? "overloaded" : "invalid";
}

type Answer = Exclude<ModelFailureKind, "unreachable" | "tls" | "cut" | "too-large" | "silent">;

const statuses: Readonly<Record<number, Answer>> = {
  401: "unauthorized",
  402: "forbidden",
  403: "forbidden",
  404: "not-found",
  405: "not-found",
  407: "forbidden",
  408: "overloaded",
  409: "overloaded",
  410: "not-found",
  413: "too-long",
  429: "rate-limited",
  501: "not-found",
};

const sentences: Readonly<Record<Answer, (engine: AskedEngine, status: number, error: VendorError) => string>> = {
  unauthorized: (engine) => `The engine '${engine.id}' rejects the key (401). ${keyAdvice(engine.auth)}`,
  forbidden: (engine, status, error) =>
    hasNoCredit(error) || status === 402
      ? `The account of the engine '${engine.id}' has no credit left.`
      : status === 407
        ? `A proxy on the way to ${engine.host} wants a login.`
        : `The key of the engine '${engine.id}' is not allowed to do this (${status}).`,
  "not-found": notFoundSentence,
  invalid: (engine, status) => `The engine '${engine.id}' rejects the request (${status}).`,
  "too-long": (engine) => `The conversation is too long for the model of the engine '${engine.id}'.`,
  "rate-limited": (engine) => `The engine '${engine.id}' has reached a limit of its vendor (429).`,
  overloaded: (engine, status) => `The engine '${engine.id}' has trouble, or no capacity (${status}).`,
  clock: (engine) => `The engine '${engine.id}' says that the clock of this machine is wrong.`,
  protocol: (engine, status) =>
    `${engine.host} redirects elsewhere (${status}), which the bridge does not follow with the key of the engine '${engine.id}'. Check its 'baseUrl'.`,
};

function notFoundSentence(
  { id, host, model, hasDeployments }: AskedEngine,
  status: number,
  error: VendorError,
): string {
  const named = model === undefined ? "" : ` '${model}'`;
  if (error.code === "DeploymentNotFound")
    return `The engine '${id}' has no deployment${named}. The name of a deployment may differ from that of its model.`;
  if (namesModel(error, model)) return `The engine '${id}' has no model${named}.`;
  const advice = hasDeployments
    ? `Check its 'baseUrl', its 'apiVersion', and the deployment${named}`
    : `Check its 'baseUrl'`;
  return `There is no such path at ${host} (${status}), the address of the engine '${id}'. ${advice}.`;
}

function namesModel({ code, message = "", type }: VendorError, model: string | undefined): boolean {
  if (code === "model_not_found" || /\bmodel\b/i.test(message)) return true;
  return (type === "not_found_error" || type === "NOT_FOUND") && model !== undefined && message.includes(model);
}

function pageSentence(status: number, { id, host }: AskedEngine): string {
  return `${host} answered with a web page (${status}), not as the engine '${id}' does. Check its 'baseUrl', and whether a proxy or a login is in between.`;
}

function skewSentence({ id, host }: AskedEngine, said: string): string {
  return `The engine '${id}' rejects the key (401), and the clock of this machine differs from that of ${host} by more than ${MAX_SKEW_MS / 60_000} minutes. Set the clock.${said}`;
}

/** Says what to do about a key that is missing or was rejected. */
export function keyAdvice(auth: EngineAuth): string {
  switch (auth.kind) {
    case "secret":
      return "Set another one with 'Kiro Bridge: Set Key of a Model…'.";
    case "command":
      return "Check what its command prints.";
    case "environment":
      return `Check the variable ${auth.variable} in the environment of the editor.`;
    case "entra":
      return "Check its tenant, client, secret and scope, and the role of the client at the resource.";
    default:
      return "It needs a key: set 'auth' of the engine.";
  }
}

function isTooLong({ code, message = "" }: VendorError): boolean {
  if (code === "context_length_exceeded" || code === "request_too_large") return true;
  return /maximum context length|context (?:window|limit|size|length)|(?:prompt|input) is too long|too many (?:input )?tokens/i.test(
    message,
  );
}

function hasNoCredit({ code, message = "" }: VendorError): boolean {
  return code === "insufficient_quota" || code === "billing_not_active" || /credit balance is too low/i.test(message);
}

function isSkewed(headers: Headers): boolean {
  const skew = skewMsOf(headers);
  return skew !== undefined && Math.abs(skew) > MAX_SKEW_MS;
}

/** Returns the parameter that the vendor names; Anthropic does so at the beginning of its message. */
function parameterField({ parameter, message = "" }: VendorError): Pick<ModelFailureOptions, "parameter"> {
  const named = parameter ?? /^([a-z_]+(?:\.\w+)*): /.exec(message)?.[1];
  return named === undefined || named.length > 200 ? {} : { parameter: named };
}
