import type { Router } from "express";
import type { Audit } from "../../access/audit/audit.ts";
import { auditQuerySchema } from "../../protocol/audit/auditEntry.ts";
import { validate } from "../../protocol/validate.ts";
import { sendLargeJson } from "../http/answers.ts";
import { addResource, guarded } from "../http/resource.ts";

/** The entries of the audit log, newest first (docs/audit.md#over-http). */
export function addAudit(router: Router, audit: Pick<Audit, "page">): void {
  addResource(router, "/api/kiro/access/audit", {
    get: guarded("access:manage", async (request, response) => {
      await sendLargeJson(response, 200, await audit.page(validate(auditQuerySchema, request.query)));
    }),
  });
}
