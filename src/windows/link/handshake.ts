import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import * as z from "zod";
import { windowSchema } from "../../protocol/status.ts";

export const LINK_PATH = "/link";
/** Timeout of a handshake in milliseconds, from the connection to the link. */
export const HANDSHAKE_MS = 2_000;

const versionsSchema = z.object({ oldest: z.int(), newest: z.int() });
export type VersionRange = z.infer<typeof versionsSchema>;

const idSchema = z.string().min(1).max(200);
const nonceSchema = z.string().regex(/^[\w-]{43}$/);
const proofSchema = z.string().max(100);

/** The first message of the member. It reveals nothing of the window but its ID. */
export const helloSchema = z.object({
  type: z.literal("hello"),
  versions: versionsSchema,
  windowId: idSchema,
  nonce: nonceSchema,
});

/** The response of the owner, which proves itself first. */
export const challengeSchema = z.object({
  type: z.literal("challenge"),
  versions: versionsSchema,
  windowId: idSchema,
  nonce: nonceSchema,
  proof: proofSchema,
});

/** The response of the member to a challenge. */
export const answerSchema = z.object({ type: z.literal("answer"), proof: proofSchema, window: windowSchema });

/** The end of the handshake. Everything after it is a message or a frame of the link. */
export const welcomeSchema = z.object({ type: z.literal("welcome"), version: z.int(), window: windowSchema });

/** The facts that both ends prove to know together with the secret, so that a proof is worth nothing elsewhere. */
export interface Transcript {
  readonly member: Omit<z.infer<typeof helloSchema>, "type">;
  readonly owner: Omit<z.infer<typeof challengeSchema>, "type" | "proof">;
  /** `host:port` as the member called it. */
  readonly address: string;
}

/** Computes the proof of one end. The first two lines separate it from other uses of the key, and from the other end. */
export function proofOf(key: Buffer, role: "member" | "owner", { member, owner, address }: Transcript): string {
  const facts = [member, owner].map(({ versions, windowId, nonce }) => [
    versions.oldest,
    versions.newest,
    windowId,
    nonce,
  ]);
  const text = `kiro-bridge link\n${role}\n${JSON.stringify([...facts, address])}`;
  return createHmac("sha256", key).update(text).digest("base64url");
}

/** Compares proofs in constant time. */
export function isSameProof(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}

export function newNonce(): string {
  return randomBytes(32).toString("base64url");
}

/** Returns the newest version that both ranges have. */
export function commonVersion(one: VersionRange, other: VersionRange): number | undefined {
  const newest = Math.min(one.newest, other.newest);
  return newest >= Math.max(one.oldest, other.oldest) ? newest : undefined;
}

/** The reasons why an owner refuses a handshake, with the close code of each. */
export const refusalCodes = {
  protocol: 4400,
  "bad-proof": 4401,
  /** A window with this ID has a link already. */
  duplicate: 4409,
  "not-owner": 4421,
  incompatible: 4426,
  "too-many": 4429,
  /** It cannot read the key. */
  "no-key": 4503,
} as const;

export type RefusalReason = keyof typeof refusalCodes;

/** Returns the reason of a close code, if it is one of a refusal. */
export function refusalOf(code: number): RefusalReason | undefined {
  const reasons: readonly RefusalReason[] = [
    "protocol",
    "bad-proof",
    "duplicate",
    "not-owner",
    "incompatible",
    "too-many",
    "no-key",
  ];
  return reasons.find((reason) => refusalCodes[reason] === code);
}

/** Ends a handshake that the owner refuses. */
export class Refusal extends Error {
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, message: string) {
    super(message);
    this.reason = reason;
  }
}
