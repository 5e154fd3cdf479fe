import * as z from "zod";
import { settingsSlice } from "../settingsSlice.ts";

/** The calls of tools that the user is asked about. */
const approvals = ["ask", "allowReads", "allow"] as const;
export type Approval = (typeof approvals)[number];

const text = z.string().max(2000);
const texts = z.record(z.string().min(1).max(200), text);

/** One server of `kiroBridge.agents.mcpServers`: a program, or an address. */
const mcpServerSchema = z.union([
  z.strictObject({
    command: text.min(1),
    args: z.array(text).max(100).default([]),
    env: texts.default({}),
    cwd: text.min(1).optional(),
  }),
  z.strictObject({ url: z.url({ protocol: /^https?$/ }), headers: texts.default({}) }),
]);

export type McpServerSettings = z.infer<typeof mcpServerSchema>;

/** The settings of all agents that are models, and of the choice of an agent. */
export const agentsSlice = settingsSlice({
  shape: {
    "agents.approval": z.enum(approvals).default("allowReads"),
    "agents.default": z.string().default("kiro"),
    "agents.fallback": z.string().default(""),
    "agents.mcpServers": z.record(z.string().regex(/^[A-Za-z0-9_-]{1,32}$/), mcpServerSchema).default({}),
    "agents.editorTools": z.boolean().default(true),
  },
  live: ["agents.approval", "agents.default", "agents.fallback", "agents.mcpServers", "agents.editorTools"],
  safe: { "agents.approval": "ask" },
});

const settingsSchema = z.object(agentsSlice.shape);

export type AgentSettings = z.infer<typeof settingsSchema>;

export const defaultAgentSettings: AgentSettings = settingsSchema.parse({});
