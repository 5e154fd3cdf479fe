import { isKiroBridgeError, KiroBridgeError } from "../errors.ts";
import { baseSend } from "../http/baseSend.ts";
import { FixedEndpoint } from "../http/endpoint.ts";
import { objectOf } from "../http/failure.ts";
import { newKey } from "../http/newKey.ts";
import { readText } from "../http/readBody.ts";
import type { ClientOptions } from "../options.ts";
import type { HealthResponse } from "../wireTypes.ts";

const TIMEOUT_MS = 10_000;
/** The token of a client that was let in: its ID and its secret. */
const CLIENT_TOKEN = /^kbt_([^_]+)_(.+)$/;

/**
 * Asks the server at an address for the proof that it is the bridge with the token (docs/wire-contract.md#14-is-it-the-bridge).
 * @throws KiroBridgeError if it is not, or does not respond
 */
export async function proveBridge(
  url: string,
  token: string,
  { fetch }: Pick<ClientOptions, "fetch">,
  signal?: AbortSignal,
): Promise<void> {
  const challenge = newChallenge(token);
  const send = baseSend({ endpoint: new FixedEndpoint(url, undefined), fetch, name: undefined });
  const request = {
    method: "GET",
    path: "/health",
    query: { ...challenge },
    timeoutMs: TIMEOUT_MS,
    signal,
  } as const;
  const health = await send(request).then(
    async (response) => objectOf(await readText(response)) ?? {},
    (error: unknown) => {
      // A bridge that is starting, or whose window is gone, proves itself as well.
      if (isKiroBridgeError(error) && error.status === 503) return error.body ?? {};
      throw error;
    },
  );
  if (await isProof(health, { url, token, challenge })) return;
  throw new KiroBridgeError("INVALID_RESPONSE", `Another program than Kiro Bridge listens at ${url}.`);
}

/** The query of `GET /health` that asks for the proof. `client` is the ID in the token of a client. */
export interface Challenge {
  readonly challenge: string;
  readonly client: string | undefined;
}

export function newChallenge(token: string | undefined): Challenge {
  return { challenge: newKey(), client: CLIENT_TOKEN.exec(token ?? "")?.[1] };
}

interface Asked {
  readonly url: string;
  readonly token: string;
  readonly challenge: Challenge;
}

/** Returns true if a health response proves that the server at an address has the token. */
export async function isProof(
  { proof, clientProof }: Partial<HealthResponse>,
  { url, token, challenge: { challenge, client } }: Asked,
): Promise<boolean> {
  const [, , secret = ""] = CLIENT_TOKEN.exec(token) ?? [];
  // The bridge keeps no tokens of clients, but their hashes.
  const key =
    client === undefined
      ? encode(token)
      : await crypto.subtle.digest("SHA-256", encode((clientProof?.salt ?? "") + secret));
  const expected = await hmac(key, `kiro-bridge health\n${challenge}\n${new URL(url).host}`);
  return expected === (client === undefined ? proof : clientProof?.proof);
}

async function hmac(key: Uint8Array<ArrayBuffer> | ArrayBuffer, text: string): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", key, algorithm, false, ["sign"]);
  const bytes = new Uint8Array(await crypto.subtle.sign("HMAC", imported, encode(text)));
  const base64 = btoa(String.fromCharCode(...bytes));
  return base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
