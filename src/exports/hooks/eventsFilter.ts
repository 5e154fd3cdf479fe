import * as z from "zod";
import { wildcard } from "../../core/commands/wildcard.ts";
import type { EventType } from "../outbox/fact.ts";

/** The ends of executions, and their questions. */
const defaults = ["command-completed", "command-error", "command-cancelled", "user-input-required"];

/** The setting `events` of hooks. */
export const eventPatternsSchema = z
  .array(z.string().min(1).max(100))
  .min(1)
  .max(64)
  .default(defaults)
  .describe("The types of events that are sent. `*` stands for any text.");

/** Returns the function that says whether one of the patterns fits a type of events. `*` matches any text. */
export function eventsFilter(patterns: readonly string[]): (type: EventType) => boolean {
  const tests = patterns.map(wildcard);
  return (type) => tests.some((test) => test(type));
}
