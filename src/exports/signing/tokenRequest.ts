import type { FetchedKey } from "../../core/credentials/cachedKey.ts";
import { tokenInAnswer } from "../../core/credentials/tokenAnswer.ts";
import { DeliveryFailure } from "../delivery/destination.ts";
import { answerFailure } from "../http/answerFailure.ts";
import type { IncomingAnswer } from "../http/request.ts";
import { refuseReadable } from "./bearer.ts";
import type { SigningPorts } from "./ports.ts";

const TOKEN_MS = 15_000;

export interface TokenRequest {
  readonly url: URL;
  readonly body: URLSearchParams;
  /** True for an address that is not from the user's own settings. */
  readonly isGuarded?: boolean;
  /** The issuer in a sentence, such as `Microsoft Entra`. */
  readonly issuer: string;
  /** Returns what to do about a refusal, with a full stop; undefined if it is not known. */
  readonly adviceFor: (answer: IncomingAnswer) => string | undefined;
  /** Reads the token in an answer. Default: `access_token`. */
  readonly tokenIn?: (text: string) => FetchedKey | undefined;
}

/** Fetches a token from a token endpoint (RFC 6749). @throws DeliveryFailure with what to do; the signal's reason */
export async function requestToken(
  { url, body, isGuarded, issuer, adviceFor, tokenIn = tokenInAnswer }: TokenRequest,
  { name, send, redact, now }: SigningPorts,
  signal: AbortSignal,
): Promise<FetchedKey> {
  refuseReadable(url);
  const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
  const form = Buffer.from(body.toString());
  const answer = await send({ method: "POST", url, headers, body: form, isGuarded, timeoutMs: TOKEN_MS }, signal);
  const place = `${issuer}, which is asked for a token for the destination '${name}',`;
  if (answer.status !== 200) {
    const isRefused = [400, 401, 403].includes(answer.status);
    const advice = adviceFor(answer);
    throw answerFailure(answer, {
      place,
      redact,
      now,
      ...(isRefused && { kind: "blocked" }),
      ...(advice !== undefined && { advice }),
    });
  }
  const token = tokenIn(answer.body.toString());
  if (token !== undefined) return token;
  throw new DeliveryFailure("blocked", `${place} sent no token. Is ${url.host} the right address?`);
}
