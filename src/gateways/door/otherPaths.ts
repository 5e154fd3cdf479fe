import type { IncomingMessage } from "node:http";
import { BridgeError } from "../../protocol/errors.ts";
import { pathOf } from "../../server/guards/exempt.ts";

interface Refusal {
  /** Matches the method and the path. */
  readonly line: RegExp;
  readonly message: string;
}

const AT_VENDOR = "This is a service of the vendor: point a client there.";

/** The operations of other vendors' APIs that the gateways do not have. */
const refusals: readonly Refusal[] = [
  {
    line: /^\w+ \/v1\/(?:fine_tuning|fine-tunes)(?:\/|$)/,
    message:
      "Models are tuned at their vendor: point a client there. The tuned model then answers here by its ID, as '<engine>/<model>'.",
  },
  { line: /^\w+ \/v1\/(?:messages\/)?batches(?:\/|$)/, message: `There are no batches here. ${AT_VENDOR}` },
  {
    line: /^\w+ \/v1\/(?:files|uploads|skills|vector_stores|containers)(?:\/|$)/,
    message: `Nothing can be stored here. ${AT_VENDOR}`,
  },
  {
    line: /^\w+ \/(?:v1|openai\/deployments\/[^/]+)\/completions$/,
    message: "There are no legacy completions here. Use POST /v1/chat/completions.",
  },
  {
    line: /^\w+ \/v1\/(?:assistants|threads|conversations)(?:\/|$)/,
    message: "There are no assistants and threads here. Use POST /v1/responses, which continue each other.",
  },
  {
    line: /^\w+ \/(?:v1|openai\/deployments\/[^/]+)\/(?:images|videos|audio|realtime|moderations)(?:\/|$)/,
    message: `Agents work with text. ${AT_VENDOR}`,
  },
];

/** @throws BridgeError NOT_FOUND for an operation of a vendor that the gateways do not have */
export function assertOffered(request: IncomingMessage): void {
  const line = `${request.method} ${pathOf(request)}`;
  const refusal = refusals.find((one) => one.line.test(line));
  if (refusal === undefined) return;
  throw new BridgeError("NOT_FOUND", refusal.message, { rule: "unsupported", vendorCode: "unsupported_endpoint" });
}

/** `/openai/v1/…` of Azure, and `/openai/…` of its older API, apart from deployments, which name a model. */
const AZURE = /^\/openai\/(?:v1\/)?(?!(?:deployments|messages)(?:[/?]|$))/;
/** The ID of a model with a `/` that its client has not encoded. */
const MODEL = /^(\/v1\/models\/)([^?]*\/[^?]*)/;

/** Returns the URL by which routes know a URL: without the names that Azure has for the same, and with an encoded ID. */
export function routedUrl(url: string): string {
  return url.replace(AZURE, "/v1/").replace(MODEL, (_all, path: string, id: string) => path + encodeURIComponent(id));
}
