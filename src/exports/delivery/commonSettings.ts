import * as z from "zod";
import { executionStatuses } from "../../protocol/executionStatus.ts";
import { wildcard } from "../../core/commands/wildcard.ts";
import { destinationHeadSchema } from "../door/settings.ts";
import { contentLevels, type Fact } from "../outbox/fact.ts";

const patterns = z.array(z.string().min(1).max(200)).max(64).default([]);

/** Restriction of what a destination gets. An empty list is no restriction; `*` matches any text. */
const filterSchema = z
  .strictObject({
    targets: patterns.describe("IDs of targets."),
    commands: patterns.describe("IDs of commands."),
    statuses: z
      .array(z.enum(executionStatuses))
      .max(executionStatuses.length)
      .default([])
      .describe("Statuses of executions."),
    principals: patterns.describe("IDs of principals."),
    windows: patterns.describe("IDs of windows."),
  })
  .prefault({})
  .describe("Which executions are sent. An empty list is no restriction; `*` matches any text.");

export type ExportFilter = z.infer<typeof filterSchema>;

/** The settings of each kind of destination. */
export const commonShape = {
  name: destinationHeadSchema.shape.name.describe("A name of your choice, which must be unique."),
  enabled: destinationHeadSchema.shape.enabled.describe("False to send nothing for now."),
  content: z
    .enum(contentLevels)
    .default("none")
    .describe(
      "`none`: no arguments, questions, output, results or error texts leave the machine. `output`: the output and the result as well. `all`: everything, with secrets masked.",
    ),
  filter: filterSchema,
} as const;

export const commonSchema = z.object(commonShape);
export type CommonSettings = z.infer<typeof commonSchema>;

/** An address of HTTP without a user name or password, which messages and logs would show. */
export const addressSchema = z
  .url({ protocol: /^https?$/, error: "expected an address that begins with https:// or http://" })
  .max(2000)
  .refine(hasNoLogin, "expected an address without a user name or password, which belong in the secret");

function hasNoLogin(text: string): boolean {
  const url = URL.parse(text);
  return url === null || url.username + url.password === "";
}

/** Returns the function that says whether the filter of a destination lets a fact pass. */
export function filterOf(filter: ExportFilter): (fact: Fact) => boolean {
  const [target, command, principal, window] = [filter.targets, filter.commands, filter.principals, filter.windows].map(
    anyOf,
  );
  const statuses: ReadonlySet<string> = new Set(filter.statuses);
  return ({ event, run }) => {
    if (window?.(event.windowId) === false) return false;
    if (target?.(run?.target) === false || command?.(run?.command) === false) return false;
    if (principal?.(run?.principalId) === false) return false;
    return statuses.size === 0 || (run !== undefined && statuses.has(run.status));
  };
}

/** Returns undefined for no restriction. A restriction never lets pass what has no such property. */
function anyOf(list: readonly string[]): ((text: string | undefined) => boolean) | undefined {
  if (list.length === 0) return undefined;
  const tests = list.map(wildcard);
  return (text) => text !== undefined && tests.some((test) => test(text));
}
