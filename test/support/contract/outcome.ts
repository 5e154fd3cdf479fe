import * as z from "zod";
import type { Outcome } from "./callScript.ts";

const answered = z.object({ success: z.boolean(), output: z.string(), error: z.string().optional() });

/** Returns the part of a response that all clients can compare. */
export function outcomeOf(body: unknown): Outcome {
  const { success, output, error } = answered.parse(body);
  return { success, output, ...(error !== undefined && { error }) };
}
