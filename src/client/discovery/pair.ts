import { isKiroBridgeError, KiroBridgeError } from "../errors.ts";
import { Backoff } from "../events/backoff.ts";
import { baseSend } from "../http/baseSend.ts";
import { FixedEndpoint } from "../http/endpoint.ts";
import { readJson } from "../http/readBody.ts";
import type { Send } from "../http/send.ts";
import type { ClientOptions } from "../options.ts";
import type { PairAllowed, PairAsk, PairPending } from "../wireTypes.ts";
import { discoveryFolder, runningEntries } from "./entries.ts";
import { nodeParts } from "./node.ts";

/** A program that asks the user for a token (docs/wire-contract.md#17-pairing), and the options of its client. */
export type PairOptions = PairAsk &
  Omit<ClientOptions, "token" | "name"> & {
    /** By default the address in the discovery folder; in a browser, the default address. */
    readonly baseUrl?: string | undefined;
    /** Shows the code, which the user compares with the one in the editor. */
    onCode(code: string, expiresAt: string): void;
    readonly signal?: AbortSignal | undefined;
  };

const DEFAULT_URL = "http://127.0.0.1:3001";
const TIMEOUT_MS = 30_000;
/** Below the timeouts of proxies. */
const WAIT_SECONDS = 50;
const WAIT_TIMEOUT_MS = 80_000;
const MAX_OFFLINE_MS = 60_000;
const PATH = "/api/kiro/pair/";

/**
 * Asks for a token, and waits for the user's decision.
 * @throws KiroBridgeError ACCESS_DENIED if the user denies it, OPERATION_TIMEOUT if nobody decides
 */
export async function pair(options: PairOptions): Promise<{ readonly url: string; readonly token: string }> {
  const url = options.baseUrl ?? (await publishedUrl());
  const { name, fetch, signal } = options;
  const send = baseSend({ endpoint: new FixedEndpoint(url, undefined), fetch, name });
  const path = await ask(send, options);
  const backoff = new Backoff({ signal: signal ?? new AbortController().signal, maxOfflineMs: MAX_OFFLINE_MS });
  backoff.connected();
  for (;;) {
    try {
      const query = { wait: WAIT_SECONDS };
      const response = await send({ method: "GET", path, query, timeoutMs: WAIT_TIMEOUT_MS, signal });
      if (response.status === 200) return { url, token: (await readJson<PairAllowed>(response, ALLOWED)).token };
      backoff.reset();
    } catch (error) {
      // The other failures are decisions.
      if (!isKiroBridgeError(error) || error.code !== "NETWORK_ERROR") throw error;
      await backoff.pause(error);
    }
  }
}

const ALLOWED = { status: "string", token: "string" } as const;

/** Returns the path on which the decision is collected. */
async function ask(send: Send, options: PairOptions): Promise<string> {
  const { name, scopes, role, commands, limits, reason, signal } = options;
  const body = { name, scopes, role, commands, limits, reason };
  const response = await send({ method: "POST", path: "/api/kiro/pair", body, timeoutMs: TIMEOUT_MS, signal });
  const path = response.headers.get("Location") ?? "";
  const { code, expiresAt } = await readJson<PairPending>(response, { code: "string", expiresAt: "string" });
  if (!path.startsWith(PATH)) throw new KiroBridgeError("INVALID_RESPONSE", "The response is not one of Kiro Bridge.");
  options.onCode(code, expiresAt);
  return path;
}

/** Needs no proof: a request for pairing has no secret. */
async function publishedUrl(): Promise<string> {
  try {
    const node = nodeParts();
    const [entry] = await runningEntries(node, discoveryFolder(node));
    return entry?.url ?? DEFAULT_URL;
  } catch (error) {
    if (isKiroBridgeError(error)) return DEFAULT_URL;
    throw error;
  }
}
