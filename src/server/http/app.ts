import type { IncomingMessage, RequestListener } from "node:http";
import express, { type Express } from "express";
import { addExecute, createExecutor } from "../routes/execute.ts";
import type { Guards } from "../guards/guards.ts";
import { principalOf } from "../guards/principals.ts";
import type { ServerContext, ServerModule } from "../serverModule.ts";
import { errorHandler } from "./errorHandler.ts";
import { executeFastPath } from "./executeFastPath.ts";
import type { ErrorForm } from "./foreignError.ts";
import { gate } from "./gate.ts";
import { isForwarded } from "../windows/linkConnections.ts";
import { nothingThere } from "./resource.ts";

export interface AppDeps extends ServerContext {
  readonly guards: Guards;
  readonly modules: readonly ServerModule[];
}

/** The HTTP application, independent of listening. */
export interface App {
  readonly request: RequestListener;
  /** The routes. */
  readonly express: Express;
}

/**
 * Mounts the routes of all modules after the gate, and the error handler after the routes. The execute endpoint belongs
 * to the application itself, because it bypasses Express.
 */
export function createApp(deps: AppDeps): App {
  const { core, placement, requestLimits, ownership, modules } = deps;
  const app = createExpress();
  const steps = {
    gate: gate(deps),
    // The other window has counted a forwarded request.
    admit: (request: IncomingMessage) => isForwarded(request) || requestLimits.admit(principalOf(request)),
    execute: createExecutor({ ...core, placement }),
    errorHandler: errorHandler(deps.logger, deps.refusals),
  };
  Object.assign(app.locals, deps.budgets, { ownership, errorForm: errorFormOf(modules) });
  app.use(function passGate(request, response, next) {
    steps.gate(request, response, next, next);
  });
  for (const module of modules) module.publicRoutes?.(app, deps);
  // Public routes are mounted before this step, so that they are not counted.
  app.use(function countRequest(request, _response, next) {
    steps.admit(request);
    next();
  });
  addExecute(app, steps.execute);
  for (const module of modules) module.routes?.(app, deps);
  app.use(nothingThere);
  app.use(steps.errorHandler);
  return { request: executeFastPath({ app, ...steps }), express: app };
}

function errorFormOf(modules: readonly ServerModule[]): ErrorForm {
  const forms = modules.flatMap(({ errorForm }) => errorForm ?? []);
  return (request, error, requestId) => {
    for (const form of forms) {
      const found = form(request, error, requestId);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

/**
 * Uses case-sensitive, strict paths as in docs/openapi.json and flat queries, and sends no header that names the
 * software.
 */
function createExpress(): Express {
  const app = express();
  app.set("case sensitive routing", true);
  app.set("query parser", "simple");
  app.disable("etag");
  app.disable("x-powered-by");
  return app;
}
