import * as z from "zod";
import { settingsSlice } from "../settingsSlice.ts";

/** The settings of masking. Patterns that cannot be used are reported one by one (`compileMaskPatterns`). */
export const privacySlice = settingsSlice({
  shape: { "privacy.maskPatterns": z.array(z.string().min(1).max(200)).max(50).default([]) },
  live: ["privacy.maskPatterns"],
});
