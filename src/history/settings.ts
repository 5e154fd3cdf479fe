import * as z from "zod";
import { settingsSlice } from "../core/settingsSlice.ts";

/** The settings of the history. */
export const historySlice = settingsSlice({
  shape: {
    "history.enabled": z.boolean().default(true),
    "history.storeOutput": z.boolean().default(true),
    "history.maxMegabytes": z.int().min(1).max(10_000).default(50),
    "history.maxDays": z.int().min(1).max(3650).default(30),
  },
});
