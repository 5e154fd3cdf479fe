import type { RequestListener } from "node:http";
import express, { type Express } from "express";
import type { Logger } from "../../base/logger.ts";
import type { CommandCatalog } from "../../core/commands/commandCatalog.ts";
import type { Dispatcher } from "../../core/commands/dispatcher.ts";
import type { EventLog } from "../../core/events/eventLog.ts";
import type { ExecutionLog } from "../../core/executions/executionLog.ts";
import type { History } from "../../history/runHistory.ts";
import type { Policy } from "../../core/commands/policy.ts";
import type { PrometheusMeter } from "../../core/metrics/prometheus.ts";
import type { StatusBoard } from "../../core/status.ts";
import type { ClientRegistry } from "../clients.ts";
import { errorHandler } from "./errorHandler.ts";
import { executeFastPath } from "./executeFastPath.ts";
import { gate } from "./gate.ts";
import type { Guards } from "../guards/guards.ts";
import type { Budgets } from "../limits/budgets.ts";
import type { RequestLimit } from "../limits/rateLimit.ts";
import type { RefusalLog } from "../guards/refusalLog.ts";
import type { Readiness } from "../listen/readiness.ts";
import { nothingThere } from "./resource.ts";
import { addApiDocs } from "../routes/apiDocs.ts";
import { addChat, type ChatDeps } from "../routes/chat.ts";
import { addCommands } from "../routes/commands.ts";
import { addEvents } from "../routes/events.ts";
import { addExecute, createExecutor } from "../routes/execute.ts";
import { addExecutions } from "../routes/executions.ts";
import { addHealth } from "../routes/health.ts";
import { addHome } from "../routes/home.ts";
import { addInput } from "../routes/input.ts";
import { addMetrics } from "../routes/metrics.ts";
import { addPolicy } from "../routes/policy.ts";
import { addSessions, type SessionsPart } from "../routes/sessions.ts";
import { addStatus } from "../routes/status.ts";
import { addTickets } from "../routes/tickets.ts";

/** What the doors lead to. */
export interface CoreDeps {
  readonly dispatcher: Dispatcher;
  readonly executions: ExecutionLog;
  readonly events: EventLog;
  readonly catalog: CommandCatalog;
  readonly status: StatusBoard;
  readonly history: Pick<History, "list" | "get">;
  readonly policy: Pick<Policy, "assertAllowed">;
  readonly meter: Pick<PrometheusMeter, "exposition">;
}

/** What the doors of the Kiro CLI part need beyond the core. */
export type KiroDeps = SessionsPart & Pick<ChatDeps, "extractJson" | "isSimulated" | "schemas">;

export interface AppLimits {
  readonly maxBodyBytes: number;
  /** For each client; 0 is no limit. */
  readonly maxRequestsPerMinute: number;
}

export interface AppDeps {
  readonly core: CoreDeps;
  readonly kiro: KiroDeps;
  readonly guards: Guards;
  readonly readiness: Readiness;
  readonly limits: AppLimits;
  readonly clients: ClientRegistry;
  readonly requestLimit: RequestLimit | undefined;
  readonly budgets: Budgets;
  readonly refusals: RefusalLog;
  readonly version: string;
  /** Has `openapi.json` and `docs/`, as the build has put them there. */
  readonly docsFolder: string;
  readonly logger: Logger;
}

/** The HTTP application, apart from listening. */
export interface App {
  readonly request: RequestListener;
  /** The routes. */
  readonly express: Express;
}

/** Every request goes through the gate; whatever is thrown on the way comes out by the one error door. */
export function createApp(parts: AppDeps): App {
  const { core, guards, limits, clients, version, requestLimit } = parts;
  const streams = { ...core, clients, version };
  const app = createExpress();
  const steps = {
    gate: gate(guards, parts.readiness, clients),
    admit: () => requestLimit?.admit(),
    execute: createExecutor(core.dispatcher, limits.maxBodyBytes),
    errorHandler: errorHandler(parts.logger, parts.refusals),
  };
  Object.assign(app.locals, parts.budgets);
  app.use(steps.gate);
  addHealth(app, parts.readiness, guards, core.status);
  addHome(app);
  addApiDocs(app, parts.docsFolder);
  // What needs no token comes before it and is not counted.
  app.use((_request, _response, next) => {
    steps.admit();
    next();
  });
  addExecute(app, steps.execute);
  addExecutions(app, streams, limits.maxBodyBytes);
  addEvents(app, streams);
  addTickets(app, guards.tickets, limits.maxBodyBytes);
  addChat(app, { ...streams, ...parts.kiro }, limits.maxBodyBytes);
  addSessions(app, parts.kiro, core.policy);
  addInput(app, core.dispatcher, limits.maxBodyBytes);
  addStatus(app, core.status);
  addCommands(app, core.catalog);
  addPolicy(app, core.dispatcher, limits.maxBodyBytes);
  addMetrics(app, core.meter);
  app.use(nothingThere);
  app.use(steps.errorHandler);
  return { request: executeFastPath({ app, ...steps }), express: app };
}

/** Names exactly as docs/openapi.json spells them, flat queries, and no header that names the software. */
function createExpress(): Express {
  const app = express();
  app.set("case sensitive routing", true);
  app.set("query parser", "simple");
  app.disable("etag");
  app.disable("x-powered-by");
  return app;
}
