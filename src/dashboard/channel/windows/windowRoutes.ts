import type { History } from "../../../history/runHistory.ts";
import { executionListQuerySchema } from "../../../protocol/executions.ts";
import { validate } from "../../../protocol/validate.ts";
import { sendJson, sendLargeJson } from "../../../server/http/answers.ts";
import { addResource, guarded, nothingThere, type ResourceMethods } from "../../../server/http/resource.ts";
import { principalOf } from "../../../server/guards/principals.ts";
import { isForwarded } from "../../../server/windows/linkConnections.ts";
import { type DashboardDeps, PREVIEW_LENGTH } from "../dashboardDeps.ts";
import { WINDOW_PATHS } from "./windowCalls.ts";

export interface WindowRouteDeps {
  /** The parts of this window alone. */
  readonly own: Pick<
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
export function addWindowRoutes(router: Parameters<typeof addResource>[0], { own, memory }: WindowRouteDeps): void {
  addResource(router, WINDOW_PATHS.metrics, {
    get: ofLinks(async (_request, response) => sendJson(response, 200, await own.metrics())),
  });
  addResource(router, WINDOW_PATHS.conversations, {
    get: ofLinks(async (_request, response) => sendJson(response, 200, { conversations: await own.conversations() })),
  });
  addResource(router, WINDOW_PATHS.engines, {
    get: ofLinks(async (_request, response) => sendJson(response, 200, { windows: await own.models.windows() })),
  });
  addResource(router, WINDOW_PATHS.queue, {
    get: ofLinks(async (_request, response) =>
      sendJson(response, 200, { positions: Object.fromEntries(await own.queuePositions()) }),
    ),
  });
  addResource(router, WINDOW_PATHS.history, {
    get: ofLinks(async (request, response) => {
      const query = validate(executionListQuerySchema, request.query);
      await sendLargeJson(response, 200, await memory.list(query, principalOf(request), PREVIEW_LENGTH));
    }),
    delete: ofLinks(async (_request, response) => {
      await own.clearHistory();
      sendJson(response, 200, {});
    }),
  });
  addResource(router, "/link/dashboard/runs/:id", {
    get: ofLinks(async (request, response) =>
      sendLargeJson(response, 200, await own.getRun(request.params["id"] ?? "")),
    ),
  });
  addResource(router, "/link/dashboard/runs/:id/export", {
    get: ofLinks(async (request, response) =>
      sendLargeJson(response, 200, await own.exportRun(request.params["id"] ?? "")),
    ),
  });
}

/** Hides an endpoint from requests that did not come over a link. */
function ofLinks(handle: (...args: Parameters<Get>) => Promise<void>): Get {
  return guarded("access:manage", (...args: Parameters<Get>) => {
    const [request] = args;
    return isForwarded(request) ? handle(...args) : nothingThere(request);
  });
}
