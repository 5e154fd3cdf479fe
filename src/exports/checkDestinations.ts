import type * as z from "zod";
import { destinationHeadSchema } from "./door/settings.ts";

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
  const issue = error?.issues[0];
  if (issue === undefined) return undefined;
  return issue.path.length === 0 ? issue.message : `${issue.path.join(".")}: ${issue.message}`;
}
