import * as z from "zod";
import { settingsSlice } from "../../core/settingsSlice.ts";

/** The settings of the gateways. */
export const gatewaysSlice = settingsSlice({
  shape: {
    "gateways.openai.enabled": z.boolean().default(true),
    "gateways.anthropic.enabled": z.boolean().default(true),
    "gateways.mcp.enabled": z.boolean().default(true),
    "gateways.clientTools": z.enum(["lend", "ignore", "refuse"]).default("lend"),
    "gateways.activity": z.enum(["reasoning", "none"]).default("reasoning"),
    "gateways.modelAliases": z.record(z.string(), z.string()).default({}),
    "gateways.sideModel": z.string().default(""),
    "gateways.enforceMaxTokens": z.boolean().default(false),
    "gateways.maxSessions": z.int().min(1).max(32).default(8),
    "mcp.pinnedCommands": z.array(z.string()).max(20).default([]),
  },
  live: [
    "gateways.openai.enabled",
    "gateways.anthropic.enabled",
    "gateways.mcp.enabled",
    "gateways.clientTools",
    "gateways.activity",
    "gateways.modelAliases",
    "gateways.sideModel",
    "gateways.enforceMaxTokens",
    "gateways.maxSessions",
    "mcp.pinnedCommands",
  ],
  safe: { "gateways.openai.enabled": false, "gateways.anthropic.enabled": false, "gateways.mcp.enabled": false },
});

const settingsSchema = z.object(gatewaysSlice.shape);

export type GatewaySettings = z.infer<typeof settingsSchema>;

export const defaultGatewaySettings: GatewaySettings = settingsSchema.parse({});
