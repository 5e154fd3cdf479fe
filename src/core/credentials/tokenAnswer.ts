import * as z from "zod";
import { jsonIn } from "../../base/jsonIn.ts";
import type { FetchedKey } from "./cachedKey.ts";

/** Time in milliseconds before the end of a token at which it is fetched again. */
const EARLY_MS = 5 * 60_000;

const tokenSchema = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number().min(1) });

/**
 * Reads the token in the answer of a token endpoint (RFC 6749, section 5.1). Its life is measured from now on, whatever the
 * clock says. Undefined if there is none.
 */
export function tokenInAnswer(text: string): FetchedKey | undefined {
  const token = tokenSchema.safeParse(jsonIn(text)).data;
  if (token === undefined) return undefined;
  return { key: token.access_token, usableMs: usableMs(token.expires_in * 1000) };
}

/** Returns how long a key with this life is used, in milliseconds. */
export function usableMs(lifeMs: number): number {
  return Math.max(lifeMs - EARLY_MS, lifeMs / 2, 0);
}
