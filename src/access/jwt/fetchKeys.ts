import * as z from "zod";

const keySetSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });
const MAX_BYTES = 1024 * 1024;
/** Time in milliseconds after a failure during which the address is not called again. */
export const FAILURE_COOLDOWN_MS = 10_000;

interface FetchOptions {
  readonly headers: Headers;
  readonly signal: AbortSignal;
}

/**
 * Creates the function that fetches the keys of one issuer: at most 1 MiB, without redirects, until the signal of `jose`
 * aborts after its timeout. After a failure, it fails at once for 10 s, so that requests do not wait for an address that
 * does not answer.
 */
export function keyFetcher(
  onFailure: (error: unknown) => void,
): (url: string, options: FetchOptions) => Promise<Response> {
  let failedUntil = 0;
  let failure: unknown;
  return async (url, options) => {
    if (performance.now() < failedUntil) throw failure;
    try {
      return await fetchKeys(url, options);
    } catch (error) {
      failure = error;
      failedUntil = performance.now() + FAILURE_COOLDOWN_MS;
      onFailure(error);
      throw error;
    }
  };
}

async function fetchKeys(url: string, { headers, signal }: FetchOptions): Promise<Response> {
  const response = await fetch(url, { headers, signal, redirect: "manual" });
  const { status, body } = response;
  if (status !== 200 || body === null) {
    await body?.cancel();
    throw new Error(`the address of the keys responded with status ${status}`);
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop cancels the body.
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MAX_BYTES) throw new Error(`the keys have more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString();
  if (!keySetSchema.safeParse(JSON.parse(text)).success) throw new Error("the response is not a key set");
  return new Response(text, { status });
}
