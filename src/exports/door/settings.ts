import * as z from "zod";
import { shortNameSchema } from "../../core/shortName.ts";
import { settingsSlice } from "../../core/settingsSlice.ts";

/** The part of a destination that is known before the bundle of exports is read, which checks the rest. */
export const destinationHeadSchema = z.looseObject({
  name: shortNameSchema,
  kind: z.string(),
  enabled: z.boolean().default(true),
});

export type DestinationHead = z.infer<typeof destinationHeadSchema>;

/** The settings of exports. */
export const exportsSlice = settingsSlice({
  shape: { exports: z.array(destinationHeadSchema).max(32).default([]) },
  elements: { exports: { schema: destinationHeadSchema, key: "name" } },
  live: ["exports"],
});
