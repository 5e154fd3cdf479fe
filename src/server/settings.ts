import * as z from "zod";
import { milliseconds, settingsSlice, strings } from "../core/settingsSlice.ts";

/** The settings of the server and of access to it. */
export const serverSlice = settingsSlice({
  shape: {
    "api.port": z.int().min(1024).max(65_535).default(3001),
    "api.portConflict": z.enum(["next", "fail"]).default("next"),
    "api.host": z.string().min(1).default("127.0.0.1"),
    "api.allowedHosts": strings(),
    "api.allowedOrigins": strings(),
    "api.maxBodyBytes": z
      .int()
      .min(1024)
      .max(100 * 1024 * 1024)
      .default(10 * 1024 * 1024),
    "api.receiveTimeoutMs": milliseconds(30_000, 1000, 300_000),
    "api.maxRequestsPerMinute": z.int().min(10).max(10_000_000).default(60_000),
    "auth.mode": z.enum(["token", "none"]).default("token"),
    "auth.discovery": z.enum(["full", "pair"]).default("full"),
  },
  live: ["api.allowedHosts", "api.allowedOrigins", "api.maxRequestsPerMinute", "auth.mode"],
  safe: { "auth.discovery": "pair" },
});
