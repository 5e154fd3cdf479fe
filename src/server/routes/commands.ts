import type { Router } from "express";
import type { CommandCatalog } from "../../core/commands/commandCatalog.ts";
import { commandListQuerySchema } from "../../protocol/status.ts";
import { validate } from "../../protocol/validate.ts";
import { principalOf } from "../guards/principals.ts";
import { sendJson } from "../http/answers.ts";
import { addResource, guarded } from "../http/resource.ts";

/** `GET /api/kiro/commands?query=&limit=`: lists commands. */
export function addCommands(router: Router, catalog: Pick<CommandCatalog, "search">): void {
  addResource(router, "/api/kiro/commands", {
    get: guarded("status:read", (request, response) => {
      const { query, limit } = validate(commandListQuerySchema, request.query);
      sendJson(response, 200, catalog.search(query, limit, principalOf(request)));
    }),
  });
}
