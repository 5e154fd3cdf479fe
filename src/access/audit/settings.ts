import * as z from "zod";
import { settingsSlice } from "../../core/settingsSlice.ts";

/** The settings of the audit log. */
export const auditSlice = settingsSlice({
  shape: {
    "audit.enabled": z.boolean().default(true),
    "audit.content": z.enum(["digest", "text"]).default("digest"),
    "audit.maxFileMB": z.int().min(1).max(1000).default(10),
    "audit.keepDays": z.int().min(1).max(3650).default(90),
  },
  // While a value is not valid, nothing that may be secret is written.
  safe: { "audit.content": "digest" },
});
