import * as z from "zod";
import { settingsSlice, strings } from "../../core/settingsSlice.ts";

/** The settings of plugins. */
export const pluginsSlice = settingsSlice({
  shape: { "plugins.enabled": z.boolean().default(true), "plugins.folders": strings() },
  live: ["plugins.folders"],
});
