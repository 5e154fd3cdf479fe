import * as z from "zod";
import { milliseconds, settingsSlice, strings } from "../../core/settingsSlice.ts";

/** The settings of Kiro CLI, its sessions and timeouts. */
export const kiroSlice = settingsSlice({
  shape: {
    "kiro.maxSessions": z.int().min(1).max(32).default(4),
    "kiro.idleSessionMs": milliseconds(600_000, 1000, 86_400_000),
    "cli.path": z.string().default(""),
    "cli.transport": z.enum(["auto", "acp", "oneshot", "pipe"]).default("auto"),
    "cli.agent": z.string().default(""),
    "cli.trustTools": strings(),
    "cli.trustAllTools": z.boolean().default(false),
    "cli.inactivityTimeoutMs": milliseconds(300_000, 1000, 3_600_000),
    "cli.turnTimeoutMs": milliseconds(1_800_000, 1000, 86_400_000),
    "cli.pipe.markerPosition": z.enum(["start", "end"]).default("start"),
    "cli.pipe.settleMs": milliseconds(500, 250, 60_000),
  },
});
