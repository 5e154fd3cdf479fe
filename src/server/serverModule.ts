import type { Router } from "express";
import type { Access } from "../access/access.ts";
import type { Disposable } from "../base/disposables.ts";
import type { Logger } from "../base/logger.ts";
import type { AuditSink } from "../core/access/audit.ts";
import type { CommandCatalog } from "../core/commands/commandCatalog.ts";
import type { Dispatcher } from "../core/commands/dispatcher.ts";
import type { Policy } from "../core/commands/policy.ts";
import type { AgentChoice } from "../core/models/agentChoice.ts";
import type { EventLog } from "../core/events/eventLog.ts";
import type { ExecutionLog } from "../core/executions/executionLog.ts";
import type { PrometheusMeter } from "../core/metrics/prometheus.ts";
import type { StatusBoard } from "../core/status.ts";
import type { History } from "../history/runHistory.ts";
import type { ClientRegistry } from "./clients.ts";
import type { Guards } from "./guards/guards.ts";
import type { ErrorForm } from "./http/foreignError.ts";
import type { Guarded } from "./http/resource.ts";
import type { RefusalLog } from "./guards/refusalLog.ts";
import type { Budgets } from "./limits/budgets.ts";
import type { RequestLimits } from "./limits/requestLimits.ts";
import type { Ownership } from "./listen/ownership.ts";
import type { Readiness } from "./listen/readiness.ts";
import type { UpgradeRoute } from "./listen/upgradeHandler.ts";
import type { Placement } from "./windows/placement.ts";
import type { Windows } from "./windows/windows.ts";

/** The parts of the core used by endpoints. */
export interface CoreDeps {
  readonly dispatcher: Dispatcher;
  readonly executions: ExecutionLog;
  readonly events: EventLog;
  readonly catalog: CommandCatalog;
  readonly status: StatusBoard;
  readonly history: Pick<History, "list" | "find">;
  readonly policy: Pick<Policy, "assertCommandAllowed">;
  readonly meter: Pick<PrometheusMeter, "exposition">;
  readonly access: Pick<Access, "store">;
  readonly audit: AuditSink;
  readonly agentChoice: Pick<AgentChoice, "choose" | "chooseNow" | "inPlaceOfKiro">;
}

export interface AppLimits {
  readonly maxBodyBytes: number;
  /** Per client; 0 for no limit. */
  readonly maxRequestsPerMinute: number;
}

/** Collaborators and values that the endpoints of all modules share. */
export interface ServerContext {
  readonly core: CoreDeps;
  readonly guards: Pick<Guards, "prove" | "proveBy" | "tickets">;
  readonly readiness: Readiness;
  readonly limits: AppLimits;
  readonly clients: ClientRegistry;
  readonly windows: Windows;
  readonly placement: Placement;
  readonly ownership: Ownership;
  readonly requestLimits: RequestLimits;
  readonly budgets: Budgets;
  readonly refusals: RefusalLog;
  /** Version of the extension. */
  readonly version: string;
  /** Heartbeat interval of a WebSocket, in milliseconds. */
  readonly pingMs: number;
  readonly logger: Logger;
}

/** A WebSocket endpoint. Its upgrades have passed the guards. */
export interface SocketEndpoint extends Disposable {
  readonly paths: readonly string[];
  readonly upgrade: Guarded<UpgradeRoute>;
  /** Closes the connections that the policy no longer allows. Called when the policy has changed. */
  enforcePolicy?(): void;
  /** Closes all connections; takes 2 s at most. */
  dispose(): Promise<void>;
}

/** The endpoints that one module adds to the server. */
export interface ServerModule {
  /** The form of errors on the paths of this module, also of those before its routes. */
  readonly errorForm?: ErrorForm;
  /** Adds the routes that need no token and are not rate-limited: those that `isExempt` of the guards names, and no others. */
  publicRoutes?(router: Router, context: ServerContext): void;
  /** Adds routes. Their requests have passed the guards and the rate limit. */
  routes?(router: Router, context: ServerContext): void;
  /** Creates WebSocket endpoints, which the server disposes. */
  sockets?(context: ServerContext): readonly SocketEndpoint[];
}
