import * as z from "zod";
import { silentLogger } from "../../../src/base/logger.ts";
import type { ScopeRule } from "../../../src/protocol/access.ts";
import { createApp } from "../../../src/server/http/app.ts";
import { createBudgets } from "../../../src/server/limits/budgets.ts";
import { Guards } from "../../../src/server/guards/guards.ts";
import { soleOwner } from "../../../src/server/listen/ownership.ts";
import { Placement } from "../../../src/server/windows/placement.ts";
import { noOtherWindows } from "../../../src/server/windows/windows.ts";
import { RequestLimits } from "../../../src/server/limits/requestLimits.ts";
import { RefusalLog } from "../../../src/server/guards/refusalLog.ts";
import { Readiness } from "../../../src/server/listen/readiness.ts";
import { type Core, makeCore } from "../core.ts";

/** A method of a path, or the upgrades of a path. */
export interface Endpoint {
  readonly method: string;
  /** As in the OpenAPI document. */
  readonly path: string;
  /** Undefined for a handler that checks none. */
  readonly scope: ScopeRule | undefined;
}

const handler = z.custom<{ readonly name: string; readonly scope?: ScopeRule }>((value) => typeof value === "function");
const layers = z.array(
  z.object({
    handle: handler,
    route: z
      .object({ path: z.string(), stack: z.array(z.object({ method: z.string().optional(), handle: handler })) })
      .optional(),
  }),
);

/** The endpoints of a composed bridge, as its Express router and its modules have them. */
export class Endpoints {
  readonly routes: readonly Endpoint[];
  readonly upgrades: readonly Endpoint[];
  /** The routes and upgrades that only other windows of this user can call. They are not documented. */
  readonly ofLinks: readonly Endpoint[];
  /** The routes that only the agents of the user can call, with tokens of their own. They are not documented. */
  readonly ofAgents: readonly Endpoint[];
  /** The names of the handlers outside routes, which every request passes, and of those for other methods of a route. */
  readonly others: readonly string[];

  constructor(core: Core = makeCore()) {
    const guards = new Guards({ authMode: "token", token: "secret", allowedHosts: [], allowedOrigins: [] });
    const limits = { maxBodyBytes: 1000, maxRequestsPerMinute: 0 };
    const sole = { windows: noOtherWindows, clients: core.clients };
    const context = {
      core,
      modules: core.modules,
      guards,
      readiness: new Readiness(),
      limits,
      ...sole,
      placement: new Placement(sole, { windowId: core.events.windowId, ...limits }),
      ownership: soleOwner,
      requestLimits: new RequestLimits(0, guards),
      budgets: createBudgets(),
      refusals: new RefusalLog(silentLogger),
      version: "0.1.0",
      pingMs: 30_000,
      logger: silentLogger,
    };
    const stack = layers.parse(createApp(context).express.router.stack);
    const inRoutes = stack.flatMap(({ route }) => route?.stack.map((layer) => ({ ...layer, path: route.path })) ?? []);
    const outside = stack.filter(({ route }) => route === undefined);
    const routes = inRoutes.flatMap(({ method, path, handle: { scope } }) =>
      method === undefined ? [] : [endpointOf(method, path, scope)],
    );
    const ofAnyMethod = inRoutes.filter(({ method }) => method === undefined);
    this.others = [...outside, ...ofAnyMethod].map(({ handle }) => handle.name);
    const sockets = core.modules.flatMap((module) => module.sockets?.(context) ?? []);
    const upgrades = sockets.flatMap(({ paths, upgrade }) =>
      paths.map((path) => endpointOf("upgrade", path, upgrade.scope)),
    );
    this.routes = routes.filter((endpoint) => !isOfLinks(endpoint) && !isOfAgents(endpoint));
    this.upgrades = upgrades.filter((endpoint) => !isOfLinks(endpoint));
    this.ofAgents = routes.filter(isOfAgents);
    this.ofLinks = [...routes, ...upgrades].filter(isOfLinks);
    for (const socket of sockets) void socket.dispose();
  }
}

function isOfLinks({ path }: Endpoint): boolean {
  return path.startsWith("/link/");
}

function isOfAgents({ path }: Endpoint): boolean {
  return path.startsWith("/mcp/lent/");
}

function endpointOf(method: string, path: string, scope: ScopeRule | undefined): Endpoint {
  return { method: method.toUpperCase(), path: path.replaceAll(/:(\w+)/g, "{$1}"), scope };
}
