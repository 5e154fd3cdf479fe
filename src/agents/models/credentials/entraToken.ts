import { startDeadline } from "../../../base/deadline.ts";
import type { Logger } from "../../../base/logger.ts";
import { ModelFailure } from "../../../core/models/modelFailure.ts";
import type { EngineAuth, EngineSettings } from "../../engines/engineSettings.ts";
import { skewMsOf } from "../../../core/network/responseHeaders.ts";
import { VendorFailures } from "../failures/vendorFailures.ts";
import { quoted } from "../../../core/network/vendorText.ts";
import { entraRefusal, entraTokenRequest } from "../../../core/credentials/entra.ts";
import { tokenInAnswer } from "../../../core/credentials/tokenAnswer.ts";
import { headOf } from "../http/watchedBody.ts";
import { watchedFetch } from "../http/watchedFetch.ts";
import type { FetchedKey } from "../../../core/credentials/cachedKey.ts";
import { keyIn } from "./keyIn.ts";

const TOKEN_MS = 15_000;
const MAX_BYTES = 64 * 1024;
const MAX_SKEW_MS = 5 * 60_000;

export interface EntraOptions {
  readonly settings: EngineSettings;
  readonly logger: Logger;
  readonly redact: (text: string) => string;
}

/**
 * Fetches a token of Microsoft Entra by client credentials. Its life is measured from now on, whatever the clock says.
 * @throws ModelFailure with what to do; the signal's reason
 */
export async function entraToken(
  auth: Extract<EngineAuth, { kind: "entra" }>,
  secret: string,
  { settings, logger, redact }: EntraOptions,
  signal: AbortSignal,
): Promise<FetchedKey> {
  const { url, body } = entraTokenRequest(auth, secret);
  const failures = new VendorFailures({ settings, redact, host: url.host });
  const late = new AbortController();
  const deadline = startDeadline(TOKEN_MS, () => late.abort(failures.ofSilence(TOKEN_MS)));
  const limits = { maxBytes: MAX_BYTES, maxSilenceMs: TOKEN_MS };
  try {
    const limit = AbortSignal.any([signal, late.signal]);
    const response = await watchedFetch(url, { method: "POST", body }, { failures, limits }, limit);
    const text = await headOf(response.body, MAX_BYTES);
    tellSkew(response.headers, settings.id, logger);
    if (!response.ok) throw rejection(text, response, settings.id, failures, redact);
    return tokenIn(text, settings.id, failures);
  } finally {
    void deadline.dispose();
  }
}

function tokenIn(text: string, id: string, failures: VendorFailures): FetchedKey {
  const token = tokenInAnswer(text);
  if (token === undefined) throw failures.ofProtocol(`${failures.host} sent no token`);
  return { ...token, key: keyIn(token.key, `The token of Microsoft Entra for the engine '${id}'`) };
}

function rejection(
  text: string,
  { status, headers }: Response,
  id: string,
  failures: VendorFailures,
  redact: (text: string) => string,
): ModelFailure {
  const { advice, said } = entraRefusal(text);
  const failure = failures.ofResponse({ status, headers, body: text });
  if (advice === undefined && ![400, 401].includes(status)) return failure;
  if (failure.kind === "clock" || failure.kind === "protocol") return failure;
  const sentence = `Microsoft Entra gives no token to the engine '${id}'. ${advice ?? ""}`.trim();
  return new ModelFailure("unauthorized", sentence + quoted(said, redact), { status });
}

/** The life of a token does not depend on the clock, but other things do. */
function tellSkew(headers: Headers, engine: string, logger: Logger): void {
  const skewMs = skewMsOf(headers);
  if (skewMs === undefined || Math.abs(skewMs) <= MAX_SKEW_MS) return;
  logger.warn("The clock of this machine differs from that of Microsoft Entra", {
    engine,
    seconds: Math.round(skewMs / 1000),
  });
}
