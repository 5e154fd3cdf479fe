import * as z from "zod";
import type { Caller } from "../../core/access/principal.ts";
import { gatewayIds } from "../../protocol/clients.ts";
import { commandRulesSchema, isScope, principalKinds, principalLimitsSchema } from "../../protocol/access.ts";

/** Names the caller of a forwarded request. Trusted on connections of links only. */
export const CALLER_HEADER = "x-kiro-bridge-caller";

const callerSchema = z.object({
  id: z.string().min(1).max(200),
  name: z.string().max(200),
  kind: z.enum(principalKinds),
  /** Those that this version knows. */
  scopes: z.array(z.string().max(300)).transform((scopes) => scopes.filter(isScope)),
  commands: commandRulesSchema.optional(),
  limits: principalLimitsSchema,
  expiresAt: z.number().optional(),
  via: z.enum(["http", "websocket", "sse", "terminal", "editor", "agent", "export", ...gatewayIds]),
  /** Of an agent. */
  parent: z
    .object({
      executionId: z.string().min(1).max(200),
      depth: z.int().min(1).max(1000),
      rootId: z.string().min(1).max(200).optional(),
    })
    .optional(),
});

/** A principal as another window has sent it, and the way that its request came in there. */
export type SentCaller = z.infer<typeof callerSchema>;

/** The latest text of each principal, which sends many requests in the same way. */
const texts = new WeakMap<Caller["principal"], Pick<Caller, "via" | "parent"> & { readonly text: string }>();

/** Writes a caller as the value of a header. Its program is the `User-Agent`. */
export function callerText({ principal, via, parent }: Pick<Caller, "principal" | "via" | "parent">): string {
  const known = texts.get(principal);
  if (known?.via === via && known.parent === parent) return known.text;
  const { id, name, kind, scopes, commands, limits, expiresAt } = principal;
  const sent: SentCaller = { id, name, kind, scopes: [...scopes.granted], commands, limits, expiresAt, via, parent };
  const text = JSON.stringify(sent).replaceAll(/[^\x20-\x7e]/g, escaped);
  texts.set(principal, { via, parent, text });
  return text;
}

/** Returns undefined for anything but the text of a caller. */
export function parseCaller(text: string): SentCaller | undefined {
  try {
    return callerSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
