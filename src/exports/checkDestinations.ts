import type * as z from "zod";
import { destinationHeadSchema } from "./door/settings.ts";

/** Maximum number of mistakes that are told of one element. */
const MAX_ISSUES = 5;

/** A checked element of the setting, and the kind that it is of. */
export interface CheckedDestination<Kind> {
  readonly name: string;
  readonly kind: string;
  readonly isEnabled: boolean;
  readonly of: Kind;
  readonly element: unknown;
}

interface CheckedDestinations<Kind> {
  readonly destinations: readonly CheckedDestination<Kind>[];
  /** One sentence for each element that is not valid, without its values. */
  readonly problems: readonly string[];
}

/**
 * Checks the elements of the setting by the schemas of their kinds. Each is checked separately, so that a mistake in one leaves
 * the others.
 */
export function checkDestinations<Kind extends { readonly schema: z.ZodType }>(
  elements: readonly unknown[],
  kinds: Readonly<Record<string, Kind>>,
): CheckedDestinations<Kind> {
  const destinations: CheckedDestination<Kind>[] = [];
  const problems: string[] = [];
  for (const element of elements) {
    const { name, kind, enabled } = destinationHeadSchema.parse(element);
    const of = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
    const problem = of === undefined ? `kind: expected ${namesOf(kinds)}` : problemOf(of.schema.safeParse(element));
    if (of !== undefined && problem === undefined) {
      destinations.push({ name, kind, isEnabled: enabled, of, element });
    } else problems.push(`kiroBridge.exports: ${name}: ${problem}`);
  }
  return { destinations, problems };
}

function namesOf(kinds: Readonly<Record<string, unknown>>): string {
  return Object.keys(kinds).join(", ");
}

function problemOf({ error }: z.ZodSafeParseResult<unknown>): string | undefined {
  if (error === undefined) return undefined;
  // A field with a mistake in its name is missing as well: both are told.
  return error.issues.slice(0, MAX_ISSUES).map(sentenceOf).join("; ");
}

function sentenceOf({ code, path, message }: z.core.$ZodIssue): string {
  const isMissing = code === "invalid_type" && message.endsWith("received undefined");
  const text = isMissing ? "is missing" : message;
  return path.length === 0 ? text : `${path.join(".")}: ${text}`;
}
