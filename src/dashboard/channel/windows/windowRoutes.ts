import type { History } from "../../../history/runHistory.ts";
import type { Caller } from "../../../core/access/principal.ts";
import type { ScopeName } from "../../../protocol/access.ts";
import { executionListQuerySchema } from "../../../protocol/executions.ts";
import { validate } from "../../../protocol/validate.ts";
import { sendJson, sendLargeJson } from "../../../server/http/answers.ts";
import { addResource, guarded, nothingThere, type ResourceMethods } from "../../../server/http/resource.ts";
import { callerOf, principalOf } from "../../../server/guards/principals.ts";
import { isForwarded } from "../../../server/windows/linkConnections.ts";
import { type DashboardDeps, PREVIEW_LENGTH } from "../dashboardDeps.ts";
import { WINDOW_PATHS } from "./windowCalls.ts";

export interface WindowRouteDeps {
  /** Returns the parts of this window alone, as a caller sees them. */
  readonly ownFor: (
    caller: Caller,
  ) => Pick<
    DashboardDeps,
    "getRun" | "exportRun" | "clearHistory" | "queuePositions" | "metrics" | "conversations" | "models"
  >;
  /** The executions in memory. */
  readonly memory: Pick<History, "list">;
}

type Get = NonNullable<ResourceMethods["get"]>;

/**
 * Adds the endpoints by which the owner of the address reads what its dashboards show of this window. They exist for links
 * only: programs have the documented ones.
 */
export function addWindowRoutes(router: Parameters<typeof addResource>[0], { ownFor, memory }: WindowRouteDeps): void {
  const own = (request: Parameters<Get>[0]) => ownFor(callerOf(request));
  addResource(router, WINDOW_PATHS.metrics, {
    get: ofLinks("status:read", async (request, response) => sendJson(response, 200, await own(request).metrics())),
  });
  addResource(router, WINDOW_PATHS.conversations, {
    get: ofLinks("history:read", async (request, response) =>
      sendJson(response, 200, { conversations: await own(request).conversations() }),
    ),
  });
  addResource(router, WINDOW_PATHS.engines, {
    get: ofLinks("history:read", async (request, response) =>
      sendJson(response, 200, { windows: await own(request).models.windows() }),
    ),
  });
  addResource(router, WINDOW_PATHS.queue, {
    get: ofLinks("status:read", async (request, response) =>
      sendJson(response, 200, { positions: Object.fromEntries(await own(request).queuePositions()) }),
    ),
  });
  addResource(router, WINDOW_PATHS.history, {
    get: ofLinks("history:read:own", async (request, response) => {
      const query = validate(executionListQuerySchema, request.query);
      await sendLargeJson(response, 200, await memory.list(query, principalOf(request), PREVIEW_LENGTH));
    }),
    delete: ofLinks("access:manage", async (request, response) => {
      await own(request).clearHistory();
      sendJson(response, 200, {});
    }),
  });
  addResource(router, "/link/dashboard/runs/:id", {
    get: ofLinks("history:read:own", async (request, response) =>
      sendLargeJson(response, 200, await own(request).getRun(request.params["id"] ?? "")),
    ),
  });
  addResource(router, "/link/dashboard/runs/:id/export", {
    get: ofLinks("history:read:own", async (request, response) =>
      sendLargeJson(response, 200, await own(request).exportRun(request.params["id"] ?? "")),
    ),
  });
}

/** Hides an endpoint from requests that did not come over a link. */
function ofLinks(scope: ScopeName, handle: (...args: Parameters<Get>) => Promise<void>): Get {
  return guarded(scope, (...args: Parameters<Get>) => {
    const [request] = args;
    return isForwarded(request) ? handle(...args) : nothingThere(request);
  });
}
