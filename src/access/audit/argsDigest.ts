import { hash } from "node:crypto";
import type { ExecutionAccepted } from "../../core/access/audit.ts";
import { canonicalJson } from "../../core/commands/canonicalJson.ts";

const BLOCK_BYTES = 64;

/**
 * Digests of arguments (docs/audit.md#digests-of-arguments). HMAC as RFC 2104 composes it from two hashes: for the short
 * texts that arguments usually are, `createHmac` takes ten times as long.
 */
export class ArgsDigest {
  readonly #inner: Buffer;
  readonly #outer: Buffer;

  /** @param key up to 64 bytes */
  constructor(key: Uint8Array) {
    const padded = Buffer.concat([key], BLOCK_BYTES);
    this.#inner = Buffer.from(padded.map((byte) => byte ^ 0x36));
    this.#outer = Buffer.from(padded.map((byte) => byte ^ 0x5c));
  }

  /** @throws Error for arguments that JSON cannot express */
  of({ args, params = [] }: Pick<ExecutionAccepted, "args" | "params">): string {
    const text = Buffer.from(canonicalJson([args, params]));
    const inner = hash("sha256", Buffer.concat([this.#inner, text]), "buffer");
    return `hmac-sha256:${hash("sha256", Buffer.concat([this.#outer, inner]), "hex")}`;
  }
}
