import { createHmac, createSecretKey, randomBytes, timingSafeEqual } from "node:crypto";
import * as z from "zod";
import { windowTag } from "../windowIds.ts";

/** A response of a session, which is the newest one as long as `turn` is the number of its responses. */
export interface SessionPosition {
  readonly sessionId: string;
  readonly turn: number;
}

const keySchema = z.tuple([z.string(), z.int(), z.string()]);
const MAX_LENGTH = 1000;

/**
 * Opaque keys of sessions, which clients return in the last answer. Signed, and only valid for the principal that got them
 * and until the bridge restarts, because its sessions end then as well.
 */
export class SessionKeys {
  readonly #secret = createSecretKey(randomBytes(32));
  readonly #prefix: string;

  constructor(windowId: string) {
    this.#prefix = `${windowTag(windowId)}.`;
  }

  keyOf(principalId: string, { sessionId, turn }: SessionPosition): string {
    const signature = this.#sign(principalId, sessionId, turn).toString("base64url");
    return this.#prefix + Buffer.from(JSON.stringify([sessionId, turn, signature])).toString("base64url");
  }

  /** Returns undefined for any text that is not a key of this principal. */
  read(principalId: string, key: string): SessionPosition | undefined {
    if (key.length > MAX_LENGTH || !key.startsWith(this.#prefix)) return undefined;
    const parsed = keySchema.safeParse(parsedJson(key.slice(this.#prefix.length)));
    if (!parsed.success) return undefined;
    const [sessionId, turn, signature] = parsed.data;
    const expected = this.#sign(principalId, sessionId, turn);
    const given = Buffer.from(signature, "base64url");
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    return { sessionId, turn };
  }

  #sign(principalId: string, sessionId: string, turn: number): Buffer {
    return createHmac("sha256", this.#secret)
      .update(JSON.stringify([principalId, sessionId, turn]))
      .digest();
  }
}

function parsedJson(key: string): unknown {
  try {
    return JSON.parse(Buffer.from(key, "base64url").toString());
  } catch {
    return undefined;
  }
}
