// The bundle dist/models.cjs, read when the first engine is used.
export { DailyLedger } from "./engines/usage/dailyLedger.ts";
export { composeModels } from "./models/composeModels.ts";
export { createAgentTools } from "../tools/agents/agentTools.ts";
export { usageInstruments } from "./engines/usage/usageInstruments.ts";
