import { systemClock } from "../../base/clock.ts";
import type { LoadEngines } from "./createEngines.ts";

/** Reads the bundle of models. */
export const loadEngines: LoadEngines = async ({
  models: ports,
  usageFolder: folder,
  windowId,
  server,
  settings,
  toolServers,
}) => {
  const { composeModels, createAgentTools, DailyLedger, usageInstruments } = await import(
    "../../agents/modelsLibrary.ts"
  );
  const { engines, logger } = ports;
  const ledger = new DailyLedger({ engines, folder, windowId, clock: systemClock, logger });
  const openTools = createAgentTools({
    ...server,
    approval: () => settings()["agents.approval"],
    servers: toolServers,
    pinnedCommands: () => settings()["mcp.pinnedCommands"],
    clock: systemClock,
  });
  const currencyOf = (id: string) => engines.find((engine) => engine.id === id)?.prices?.currency;
  return {
    models: composeModels({ ...ports, ledger }),
    ledger,
    openTools,
    countIn: (meter) => void usageInstruments(meter, ledger.onDidRecord, currencyOf),
  };
};
