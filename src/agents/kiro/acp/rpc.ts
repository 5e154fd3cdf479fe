import * as z from "zod";
import type { Json } from "../../../protocol/values.ts";

/** Kiro numbers its requests with UUIDs in engine v2 and with integers in v3 (docs/kiro-cli.md#43-messages-of-a-turn). */
const idSchema = z.union([z.string(), z.number()]);
export type RpcId = z.infer<typeof idSchema>;

/** One message of JSON-RPC 2.0 as it comes in. Whatever else it has is not our business. */
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

/** What goes out. */
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
 * The other side answered with an error. `data` often holds the real cause as a text (docs/kiro-cli.md#43-messages-of-a-turn).
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

/** No answer within the limit. The call is forgotten; its answer, should it come, is ignored. */
export class RpcTimeout extends Error {
  override readonly name = "RpcTimeout";

  constructor(method: string, timeoutMs: number) {
    super(`no response to ${method} within ${timeoutMs} ms`);
  }
}
