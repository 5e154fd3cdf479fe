import * as z from "zod";
import { settingsSlice } from "../../core/settingsSlice.ts";
import { engineSchema } from "./engineSettings.ts";

/** Maximum number of engines. */
const MAX_ENGINES = 32;

/** The engines. Each is checked separately, so that a mistake in one leaves the others. */
export const enginesSlice = settingsSlice({
  shape: { engines: z.array(engineSchema).max(MAX_ENGINES).default([]) },
  elements: { engines: { schema: engineSchema, key: "id" } },
});
