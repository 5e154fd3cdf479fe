import * as z from "zod";
import { settingsSlice } from "../../core/settingsSlice.ts";
import { commandRulesSchema, principalLimitsSchema, scopeSchema } from "../../protocol/access.ts";

/** Less than the maximum delay of a timer. */
const MAX_AGE_SECONDS = 14 * 24 * 60 * 60;
const loopbackNames: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);
/** The members of a JWK that are secret (RFC 7518 §6). */
const secretMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

const publicKeySchema = z
  .looseObject({ kty: z.enum(["RSA", "EC", "OKP"]) })
  .refine((key) => !secretMembers.some((name) => name in key), "a key in jwks must be public");

const shape = {
  issuer: z.string().min(1).max(500),
  audience: z.union([z.string().min(1).max(500), z.array(z.string().min(1).max(500)).min(1).max(20)]),
  jwks: z.looseObject({ keys: z.array(publicKeySchema).min(1).max(50) }).optional(),
  jwksUri: z
    .string()
    .max(2000)
    .refine(isSafeAddress, "jwksUri must be an https address, or an http address of this machine")
    .optional(),
  scopesClaim: z.string().min(1).max(100).default("scope"),
  maxAgeSeconds: z.int().min(1).max(MAX_AGE_SECONDS).default(3600),
  scopes: z.array(scopeSchema).max(100).optional(),
  commands: commandRulesSchema.optional(),
  limits: principalLimitsSchema.optional(),
};

/** One issuer of JWTs that the user trusts. */
const issuerSchema = z
  .strictObject(shape)
  .refine(({ jwks, jwksUri }) => (jwks === undefined) !== (jwksUri === undefined), "an issuer needs jwks or jwksUri");

export type JwtIssuer = z.infer<typeof issuerSchema>;

/** The setting of service accounts. If a value in it is invalid, no issuer is trusted. */
export const jwtSlice = settingsSlice({
  shape: {
    "auth.issuers": z
      .array(issuerSchema)
      .max(20)
      .refine(
        (issuers) => new Set(issuers.map(({ issuer }) => issuer)).size === issuers.length,
        "an issuer is repeated",
      )
      .default([]),
  },
  live: ["auth.issuers"],
});

/** Keys that are fetched decide who gets access, so that nobody on the way may replace them. */
function isSafeAddress(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.username !== "" || url.password !== "") return false;
  return url.protocol === "https:" || (url.protocol === "http:" && loopbackNames.has(url.hostname));
}
