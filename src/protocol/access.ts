import * as z from "zod";

/**
 * The permissions of principals (docs/wire-contract.md#16-scopes). A scope that ends with `:own` covers the principal's own
 * executions only; the one without covers all.
 */
export const scopeNames = [
  "status:read",
  "events:read",
  "events:read:own",
  "history:read",
  "history:read:own",
  "commands:run",
  "agents:prompt",
  "executions:cancel",
  "executions:cancel:own",
  "inputs:answer",
  "inputs:answer:own",
  "terminal:open",
  "bus:publish",
  "bus:subscribe",
  "access:manage",
] as const;
export type ScopeName = (typeof scopeNames)[number];

/** A scope as granted: its name, and for the bus optionally a topic pattern, as in `bus:publish:build/*`. */
export type GrantedScope = ScopeName | `bus:${"publish" | "subscribe"}:${string}`;

/**
 * The requirement of a route, a WebSocket or one of its methods: a scope, a list of which one suffices, `any` for every
 * principal, or `public` for requests without a token.
 */
export type ScopeRule = ScopeName | readonly [ScopeName, ...ScopeName[]] | "any" | "public";

const TOPICS = /^bus:(?:publish|subscribe):[^\s:]{1,200}$/;
const names: ReadonlySet<string> = new Set(scopeNames);

export function isScope(text: string): text is GrantedScope {
  return names.has(text) || TOPICS.test(text);
}

export const scopeSchema = z
  .string()
  .refine(isScope, { message: "is not a scope", params: { rule: "scope", expected: scopeNames.join(" | ") } })
  .meta({ id: "Scope", type: "string", examples: [...scopeNames] });

/** Bundles of scopes by name. */
export const roles = {
  owner: scopeNames.filter((name) => !name.endsWith(":own")),
  operator: scopeNames.filter((name) => !name.endsWith(":own") && name !== "access:manage"),
  viewer: ["status:read", "events:read", "history:read"],
  ci: ["status:read", "commands:run", "agents:prompt"],
} as const satisfies Record<string, readonly ScopeName[]>;

export type Role = keyof typeof roles;
export const roleNames = ["owner", "operator", "viewer", "ci"] as const satisfies readonly Role[];

/** The kinds of principals. `owner`: the token of the discovery file, and the user of the editor. */
export const principalKinds = ["owner", "client", "plugin", "window", "service"] as const;
export type PrincipalKind = (typeof principalKinds)[number];

/** Names a principal in records and events. */
export const principalRefSchema = z
  .object({
    id: z.string().describe("`owner`, or the ID of a client in the list of clients."),
    name: z.string(),
    kind: z.enum(principalKinds).describe("Further values may be added."),
  })
  .meta({ id: "Principal" });

export type PrincipalRef = z.infer<typeof principalRefSchema>;

const patterns = z.array(z.string().min(1).max(200)).max(100);

/** Patterns of command IDs with `*`, which narrow the user's own lists for one principal. `deny` takes precedence. */
export const commandRulesSchema = z.strictObject({ allow: patterns.optional(), deny: patterns.optional() });
export type CommandRules = z.infer<typeof commandRulesSchema>;

/** Limits of one principal. Absent: the default of its kind. */
export const principalLimitsSchema = z.strictObject({
  requestsPerMinute: z.int().min(1).max(10_000_000).optional(),
  running: z.int().min(1).max(1000).optional().describe("Running executions; further ones wait."),
  queued: z.int().min(1).max(10_000).optional().describe("Executions that wait."),
  connections: z.int().min(1).max(256).optional(),
  incomingBytes: z
    .int()
    .min(1024)
    .max(128 * 1024 * 1024)
    .optional()
    .describe("Bytes of bodies and messages that are being received."),
});
export type PrincipalLimits = z.infer<typeof principalLimitsSchema>;
