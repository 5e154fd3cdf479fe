import { type Dialect, dialectOf } from "../../gateways/door/errorBodies.ts";
import type { GatewayMetrics } from "../../gateways/door/gatewayMetrics.ts";
import type { LateLibraries } from "../../gateways/door/lateLibraries.ts";
import {
  type GatewayHandler,
  type GatewayRequest,
  OPERATION_SCOPE,
  operations,
  type OperationName,
} from "../../gateways/door/operations.ts";
import { assertOffered, routedUrl } from "../../gateways/door/otherPaths.ts";
import type { GatewaySettings } from "../../gateways/door/settings.ts";
import { assertEnabled } from "../../gateways/door/switches.ts";
import type { ScopeRule } from "../../protocol/access.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { LENT_PATH } from "../../server/guards/exempt.ts";
import { cameInVia } from "../../server/guards/principals.ts";
import type { Answer } from "../../server/http/answers.ts";
import { addResource, guarded, type ResourceMethods } from "../../server/http/resource.ts";
import { isForwarded } from "../../server/windows/linkConnections.ts";

type Router = Parameters<typeof addResource>[0];

export interface GatewayRoutesDeps {
  readonly libraries: LateLibraries;
  readonly settings: () => GatewaySettings;
  readonly metrics: GatewayMetrics;
}

/** Adds the routes of all gateways. A gateway that is switched off responds as if it were not there, and says why. */
export function addGateways(router: Router, deps: GatewayRoutesDeps): void {
  router.use(function passGateways(request, _response, next) {
    request.url = routedUrl(request.url);
    assertOffered(request);
    next();
  });
  for (const [path, methods] of operationsByPath(deps)) addResource(router, path, methods);
  const { libraries } = deps;
  const serve = entrance(
    "any",
    () => "mcp",
    deps,
    async () => (await libraries.mcp()).serve,
  );
  // A stream without a body would never end.
  const stream: typeof serve = Object.assign(
    (request: GatewayRequest, response: Answer) => {
      if (request.method === "HEAD") throw new BridgeError("NOT_FOUND", "There is no HEAD of this stream.");
      return serve(request, response);
    },
    { scope: serve.scope },
  );
  addResource(router, "/mcp", { post: serve, get: stream, delete: serve });
}

/** The lent servers, whose agents have a token of their own, which the handler checks. */
export function addLentServers(router: Router, { libraries }: Pick<GatewayRoutesDeps, "libraries">): void {
  const serve = guarded("public", async (request: GatewayRequest, response: Answer) => {
    const { serveLent } = await libraries.mcp();
    await serveLent(request, response);
  });
  addResource(router, `${LENT_PATH}/:windowId/:id`, { post: serve, get: serve, delete: serve });
}

function operationsByPath(deps: GatewayRoutesDeps): ReadonlyMap<string, ResourceMethods> {
  const found = new Map<string, ResourceMethods>();
  for (const { name, gateway, method, paths } of operations) {
    const gatewayOf = (request: GatewayRequest): Dialect =>
      gateway === "either" ? (dialectOf(request) ?? "openai") : gateway;
    const handler = entrance(OPERATION_SCOPE, gatewayOf, deps, () => operationIn(deps.libraries, name));
    for (const path of paths) found.set(path, { ...found.get(path), [method]: handler });
  }
  return found;
}

async function operationIn(libraries: LateLibraries, name: OperationName): Promise<GatewayHandler> {
  return (await libraries.gateways()).handlers[name];
}

/** Wraps a handler in what every request to a gateway passes: its scope, the switch of the gateway, and the metrics. */
function entrance(
  scope: ScopeRule,
  gatewayOf: (request: GatewayRequest) => Dialect,
  { settings, metrics }: GatewayRoutesDeps,
  find: () => Promise<GatewayHandler>,
) {
  return guarded(scope, async (request: GatewayRequest, response: Answer): Promise<void> => {
    const gateway = gatewayOf(request);
    assertEnabled(gateway, settings());
    if (!isForwarded(request)) cameInVia(request, gateway);
    metrics.watch(gateway, response);
    const handle = await find();
    await handle(request, response);
  });
}
