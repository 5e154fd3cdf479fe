import type { IncomingMessage } from "node:http";
import type { Router } from "express";
import { sessionListSchema, type SessionRecord } from "../../protocol/chat.ts";
import { validate } from "../../protocol/validate.ts";
import { placeQuerySchema } from "../../protocol/windows/place.ts";
import { callerOf, principalOf } from "../guards/principals.ts";
import { sendJson } from "../http/answers.ts";
import type { AgentSessions } from "../sessions/agentSessions.ts";
import { addResource, guarded } from "../http/resource.ts";
import { partsOf } from "../windows/askAll.ts";
import { listAllSessions } from "../windows/listAllSessions.ts";
import type { Placement } from "../windows/placement.ts";
import type { Destination, OtherWindow } from "../windows/windows.ts";

export interface SessionsDeps {
  readonly agents: AgentSessions;
  readonly placement: Placement;
}

/**
 * `GET /kiro/sessions`, `DELETE /kiro/sessions/{id}` (docs/wire-contract.md#63-sessions), by ID or unique name. They
 * correspond to two commands of each agent, and are denied with them.
 */
export function addSessions(router: Router, { agents, placement }: SessionsDeps): void {
  const ownSessions = (request: IncomingMessage): SessionRecord[] =>
    agents.list(callerOf(request)).map((session) => ({ ...session, windowId: placement.windowId }));
  addResource(router, "/kiro/sessions", {
    get: guarded("agents:prompt", async (request, response) => {
      const destination = await placement.ofQuery(request, validate(placeQuerySchema, request.query));
      if (destination?.kind === "window") return placement.forward(request, response, destination.window);
      const others = destination === undefined ? placement.othersFor(request) : [];
      const own = (): SessionRecord[] => ownSessions(request);
      const list = others.length === 0 ? { sessions: own() } : await listAllSessions(others, callerOf(request), own);
      sendJson(response, 200, list);
    }),
  });
  addResource(router, "/kiro/sessions/:id", {
    delete: guarded("agents:prompt", async (request, response) => {
      const id = request.params["id"] ?? "";
      const place = validate(placeQuerySchema, request.query);
      const destination = await placement.ofQuery(request, place);
      const window =
        destination === undefined ? await findSession(request, id, { agents, placement }) : windowOf(destination);
      if (window !== undefined) return placement.forward(request, response, window);
      const sessionId = await agents.close(id, callerOf(request));
      sendJson(response, 200, { closed: true, sessionId });
    }),
  });
}

function windowOf(destination: Destination): OtherWindow | undefined {
  return destination.kind === "window" ? destination.window : undefined;
}

/**
 * Finds the window with a session: the one that a prompt without a place goes to, if it has one with this ID or name; else
 * another one that has.
 */
async function findSession(
  request: IncomingMessage,
  id: string,
  { agents, placement }: SessionsDeps,
): Promise<OtherWindow | undefined> {
  const others = placement.othersFor(request);
  if (others.length === 0) return undefined;
  const { parts } = await partsOf(others, { path: "/kiro/sessions", caller: callerOf(request) }, sessionListSchema);
  const holders = parts.filter(({ part }) => part.sessions.some((session) => session.id === id || session.name === id));
  const isHere = agents.has(id, principalOf(request));
  const preferred = windowOf(await placement.destinationOf(request, {}));
  if (holders.some(({ window }) => window === preferred) || (holders.length === 0 && !isHere)) return preferred;
  return isHere ? undefined : holders[0]?.window;
}
