import * as z from "zod";
import { commonShape } from "../delivery/commonSettings.ts";

/** The settings of each kind of records. */
export const recordsShape = {
  ...commonShape,
  content: z
    .literal("none")
    .default("none")
    .describe("Always `none`: an item has no arguments, questions, output, results or error texts."),
  ttlDays: z
    .int()
    .min(1)
    .max(3650)
    .optional()
    .describe("The days after its last change at which the store may remove an item. Default: items are kept."),
} as const;
