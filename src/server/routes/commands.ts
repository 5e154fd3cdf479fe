import type { Router } from "express";
import type { CommandCatalog } from "../../core/commands/commandCatalog.ts";
import { commandListQuerySchema } from "../../protocol/status.ts";
import { validate } from "../../protocol/validate.ts";
import { principalOf } from "../guards/principals.ts";
import { sendJson } from "../http/answers.ts";
import { addResource, guarded } from "../http/resource.ts";
import { listAllCommands } from "../windows/listAllCommands.ts";
import type { Placement } from "../windows/placement.ts";

export interface CommandsDeps {
  readonly catalog: Pick<CommandCatalog, "search">;
  readonly placement: Placement;
}

/** `GET /api/kiro/commands?query=&limit=&windowId=`: lists the commands of all windows, or of one. */
export function addCommands(router: Router, { catalog, placement }: CommandsDeps): void {
  addResource(router, "/api/kiro/commands", {
    get: guarded("status:read", async (request, response) => {
      const query = validate(commandListQuerySchema, request.query);
      const destination = await placement.ofQuery(request, query);
      if (destination?.kind === "window") return placement.forward(request, response, destination.window);
      const others = destination === undefined ? placement.othersFor(request) : [];
      const own = { catalog, windowId: placement.windowId };
      const list =
        others.length === 0
          ? catalog.search(query.query, query.limit, principalOf(request))
          : listAllCommands(own, others, query, principalOf(request));
      sendJson(response, 200, list);
    }),
  });
}
