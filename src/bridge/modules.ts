import type { CommandTarget } from "../core/commands/target.ts";
import type { ClientRegistry } from "../server/clients.ts";
import { EventSockets } from "../server/events/eventSockets.ts";
import { addApiDocs } from "../server/routes/apiDocs.ts";
import { addDashboardPage } from "../server/routes/pages/dashboardPage.ts";
import { addCommands } from "../server/routes/commands.ts";
import { addEvents } from "../server/routes/events.ts";
import { addExecutions } from "../server/routes/executions.ts";
import { addHealth } from "../server/routes/health.ts";
import { addHome } from "../server/routes/home.ts";
import { addInput } from "../server/routes/input.ts";
import { addMetrics } from "../server/routes/metrics.ts";
import { addPolicy } from "../server/routes/policy.ts";
import { addStatus } from "../server/routes/status.ts";
import { addWindows } from "../server/routes/windows.ts";
import { addTickets } from "../server/routes/tickets.ts";
import type { BridgeModule } from "./bridgeModule.ts";

/** Executions and their questions, the commands, the policy, and the status. */
export const coreModule: BridgeModule = {
  publicRoutes(router, { readiness, guards, core, windows }) {
    addHealth(router, readiness, guards, { ...core, windows });
  },
  routes(router, { core, clients, placement, limits: { maxBodyBytes } }) {
    const deps = { ...core, clients, placement };
    addExecutions(router, deps, maxBodyBytes);
    addInput(router, deps);
    addStatus(router, deps);
    addWindows(router, deps);
    addCommands(router, deps);
    addPolicy(router, deps);
  },
};

/** Events over HTTP and WebSockets, and the tickets that open them in a browser. */
export const eventsModule: BridgeModule = {
  routes(router, { core: { events }, clients, version, guards, limits: { maxBodyBytes } }) {
    addEvents(router, { events, clients, version });
    addTickets(router, guards.tickets, maxBodyBytes);
  },
  sockets({ core, refusals, requestLimits, placement, limits, pingMs, ...context }) {
    return [
      new EventSockets({
        ...context,
        core: { ...core, refusals, requestLimits, placement },
        limits: { maxMessageBytes: limits.maxBodyBytes, pingMs },
      }),
    ];
  },
};

/** @param target accepts every command that no earlier module has accepted */
export function editorModule(target: CommandTarget): BridgeModule {
  return { targets: [target] };
}

/** Metrics of the clients. */
export function clientsModule(clients: Pick<ClientRegistry, "size" | "traffic">): BridgeModule {
  return {
    instruments(meter) {
      meter.observe("gauge", "kiro_bridge_clients", "Connected clients.", () => clients.size);
      meter.observe(
        "counter",
        "kiro_bridge_events_sent_total",
        "Events that were sent to clients.",
        () => clients.traffic.sent,
      );
      meter.observe(
        "counter",
        "kiro_bridge_events_dropped_total",
        "Events that were skipped for clients that did not keep up.",
        () => clients.traffic.dropped,
      );
    },
  };
}

export const metricsModule: BridgeModule = {
  routes(router, { core, placement }) {
    addMetrics(router, { ...core, placement });
  },
};

/** The description of the bridge. See `CoreOptions`. */
export function docsModule(options: { readonly docsFolder: string; readonly publishesToken: boolean }): BridgeModule {
  return {
    publicRoutes(router) {
      addHome(router, options.publishesToken);
      addApiDocs(router, options.docsFolder);
      addDashboardPage(router, options.docsFolder);
    },
  };
}
