import type { Router } from "express";
import type { Principal } from "../../core/access/principal.ts";
import type { Policy } from "../../core/commands/policy.ts";
import type { SessionRecord } from "../../protocol/chat.ts";
import { callerOf, principalOf } from "../guards/principals.ts";
import { sendJson } from "../http/answers.ts";
import { addResource, guarded } from "../http/resource.ts";

/** The sessions of Kiro CLI. */
export interface SessionsPart {
  /** Lists the sessions that a principal may see: all, or its own. */
  sessions(principal?: Principal): readonly SessionRecord[];
  /**
   * Cancels its turn and ends its process.
   * @returns its ID
   * @throws BridgeError NOT_FOUND, also for a session that the principal may not see; CONFLICT
   */
  closeSession(idOrName: string, principal?: Principal): Promise<string>;
}

/**
 * `GET /kiro/sessions`, `DELETE /kiro/sessions/{id}` (docs/wire-contract.md#63-sessions), by ID or unique name. They
 * correspond to two commands of the CLI, and are denied with them.
 */
export function addSessions(router: Router, kiro: SessionsPart, policy: Pick<Policy, "assertCommandAllowed">): void {
  addResource(router, "/kiro/sessions", {
    get: guarded("agents:prompt", (request, response) => {
      policy.assertCommandAllowed("kiro.cli.listSessions", callerOf(request));
      sendJson(response, 200, { sessions: kiro.sessions(principalOf(request)) });
    }),
  });
  addResource(router, "/kiro/sessions/:id", {
    delete: guarded("agents:prompt", async (request, response) => {
      policy.assertCommandAllowed("kiro.cli.closeSession", callerOf(request));
      const sessionId = await kiro.closeSession(request.params["id"] ?? "", principalOf(request));
      sendJson(response, 200, { closed: true, sessionId });
    }),
  });
}
