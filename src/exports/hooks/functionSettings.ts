import * as z from "zod";
import { addressSchema, commonShape } from "../delivery/commonSettings.ts";
import { eventPatternsSchema } from "./eventsFilter.ts";

/** Modes of CloudEvents: everything in the body, or the attributes in headers. */
const eventModes = ["structured", "binary"] as const;
export type EventMode = (typeof eventModes)[number];

/** The settings of each kind of functions. */
export const functionShape = {
  ...commonShape,
  events: eventPatternsSchema,
  batch: z
    .int()
    .min(1)
    .max(100)
    .default(1)
    .describe("The largest number of events in one call. A function for more than one gets a list of CloudEvents."),
  timeoutMs: z
    .int()
    .min(1000)
    .max(120_000)
    .default(30_000)
    .describe("The time in milliseconds in which the function must answer."),
} as const;

export const modeSchema = z
  .enum(eventModes)
  .default("structured")
  .describe("The mode of CloudEvents: `structured`, everything in the body, or `binary`, the attributes in headers.");

/** The way into a function that anybody may call. */
export const noAuthSchema = z.strictObject({
  kind: z.literal("none").describe("No authentication, for a function that anybody may call."),
});

/** The address of a function, without a key, which would be in logs. */
export const functionAddressSchema = addressSchema
  .refine((text) => URL.parse(text)?.searchParams.has("code") !== true, "without the key (`code`), which is the secret")
  .describe("The address of the function.");

/** A function for more than one event in a call cannot get them in headers. */
export function areFitting({ batch, mode }: { readonly batch: number; readonly mode: EventMode }): boolean {
  return batch === 1 || mode === "structured";
}

/** The error of settings that do not fit together. */
export const unfitting = {
  path: ["batch"],
  error: "1, because the binary mode of CloudEvents has one event in a message",
};
