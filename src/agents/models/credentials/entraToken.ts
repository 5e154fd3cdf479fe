import * as z from "zod";
import { startDeadline } from "../../../base/deadline.ts";
import type { Logger } from "../../../base/logger.ts";
import { ModelFailure } from "../../../core/models/modelFailure.ts";
import type { EngineAuth, EngineSettings } from "../../engines/engineSettings.ts";
import { skewMsOf } from "../../../core/network/responseHeaders.ts";
import { VendorFailures } from "../failures/vendorFailures.ts";
import { quoted, vendorErrorOf } from "../../../core/network/vendorText.ts";
import { urlBelow } from "../http/urlBelow.ts";
import { headOf } from "../http/watchedBody.ts";
import { watchedFetch } from "../http/watchedFetch.ts";
import type { FetchedKey } from "../../../core/credentials/cachedKey.ts";
import { keyIn } from "./keyIn.ts";

const TOKEN_MS = 15_000;
const MAX_BYTES = 64 * 1024;
/** Time in milliseconds before the end of a token at which it is fetched again. */
const EARLY_MS = 5 * 60_000;
const MAX_SKEW_MS = 5 * 60_000;

const tokenSchema = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number().min(1) });

/** The meaning of the codes of Entra. */
const codes: Readonly<Record<string, string>> = {
  AADSTS90002: "There is no such tenant. Check 'tenantId' and 'authority'.",
  AADSTS900023: "There is no such tenant. Check 'tenantId' and 'authority'.",
  AADSTS700016: "There is no such application in the tenant. Check 'clientId'.",
  AADSTS7000215: "The client secret is wrong: its value is needed, not its ID.",
  AADSTS7000222: "The client secret has expired. Create another one.",
  AADSTS70011: "The scope is not valid. It ends with '/.default'.",
  AADSTS1002012: "The scope is not valid. It ends with '/.default'.",
  AADSTS500011: "There is no such resource in the tenant. Check 'scope'.",
};

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
  const url = urlBelow(auth.authority, encodeURIComponent(auth.tenantId), "oauth2", "v2.0", "token");
  const failures = new VendorFailures({ settings, redact, host: url.host });
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: auth.clientId,
    client_secret: secret,
    scope: auth.scope,
  });
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
  const token = tokenSchema.safeParse(jsonOf(text)).data;
  if (token === undefined) throw failures.ofProtocol(`${failures.host} sent no token`);
  const lifeMs = token.expires_in * 1000;
  return {
    key: keyIn(token.access_token, `The token of Microsoft Entra for the engine '${id}'`),
    usableMs: Math.max(lifeMs - EARLY_MS, lifeMs / 2),
  };
}

function rejection(
  text: string,
  { status, headers }: Response,
  id: string,
  failures: VendorFailures,
  redact: (text: string) => string,
): ModelFailure {
  const { message = "" } = vendorErrorOf(text);
  const code = /\bAADSTS\d+\b/.exec(message)?.[0] ?? "";
  const known = codes[code];
  const failure = failures.ofResponse({ status, headers, body: text });
  if (known === undefined && ![400, 401].includes(status)) return failure;
  if (failure.kind === "clock" || failure.kind === "protocol") return failure;
  const said = quoted(message.split(/\r?\n/)[0], redact);
  const sentence = `Microsoft Entra gives no token to the engine '${id}'. ${known ?? ""}`.trim();
  return new ModelFailure("unauthorized", sentence + said, { status });
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

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
