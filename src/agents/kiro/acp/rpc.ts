import * as z from "zod";
import type { Json } from "../../../protocol/values.ts";

/** Request IDs: UUIDs in engine v2, integers in v3 (docs/kiro-cli.md#43-messages-of-a-turn). */
const idSchema = z.union([z.string(), z.number()]);
export type RpcId = z.infer<typeof idSchema>;

/** An incoming JSON-RPC 2.0 message. Other fields are ignored. */
export const incomingSchema = z.object({
  id: idSchema.nullish(),
  method: z.string().optional(),
  params: z.unknown().optional(),
  result: z.unknown().optional(),
  error: z
    .object({ code: z.number(), message: z.string().catch("no message"), data: z.unknown().optional() })
    .nullish(),
});

export type Incoming = z.infer<typeof incomingSchema>;

/** An outgoing message. */
export type Outgoing =
  | { readonly id?: RpcId; readonly method: string; readonly params: Json }
  | { readonly id: RpcId; readonly result: Json }
  | { readonly id: RpcId; readonly error: { readonly code: number; readonly message: string } };

export const rpcCodes = {
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  cancelled: -32800,
  authRequired: -32000,
} as const;

/**
 * An error response of the peer. Its `data` often holds the actual cause as text
 * (docs/kiro-cli.md#43-messages-of-a-turn).
 */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(typeof data === "string" && data !== "" ? `${message}: ${data}` : message);
    this.code = code;
    this.data = data;
  }
}

/** A timeout. A late response is ignored. */
export class RpcTimeout extends Error {
  override readonly name = "RpcTimeout";

  constructor(method: string, timeoutMs: number) {
    super(`no response to ${method} within ${timeoutMs} ms`);
  }
}
