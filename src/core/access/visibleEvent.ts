import type { ScopeName } from "../../protocol/access.ts";
import type { BridgeEvent, EventType } from "../../protocol/events.ts";
import { maySee, type Principal } from "./principal.ts";

const ofExecution: readonly ScopeName[] = ["events:read:own"];

/**
 * The scopes of each event type (docs/wire-contract.md#16-scopes): a reader needs one of them, or none if the list is
 * empty. With `events:read:own` it receives the events of its own executions and sessions only.
 */
export const eventScopes = {
  "connection-ready": [],
  "events-lost": [],
  "status-changed": ["status:read", "events:read:own"],
  "command-queued": ofExecution,
  "command-started": ofExecution,
  "command-output": ofExecution,
  "output-retracted": ofExecution,
  "tool-call": ofExecution,
  "user-input-required": ofExecution,
  "input-accepted": ofExecution,
  "input-expired": ofExecution,
  "command-completed": ofExecution,
  "command-error": ofExecution,
  "command-cancelled": ofExecution,
  "session-changed": ofExecution,
} as const satisfies Record<EventType, readonly ScopeName[]>;

/**
 * Returns an event as the principal may see it, or undefined for one that does not exist for it. Depends on the event and
 * the scopes only, so it can be called again for a replay.
 */
export function visibleEvent(event: BridgeEvent, principal: Principal): BridgeEvent | undefined {
  const { scopes } = principal;
  if (scopes.has("events:read")) return event;
  switch (event.type) {
    case "connection-ready":
    case "events-lost":
      return event;
    case "status-changed":
      if (!eventScopes[event.type].some((scope) => scopes.has(scope))) return undefined;
      return maySee(principal, "events:read", event.principalId) ? event : withoutCommand(event);
    default:
      return maySee(principal, "events:read", event.principalId) ? event : undefined;
  }
}

type StatusChange = Extract<BridgeEvent, { type: "status-changed" }>;

function withoutCommand({ currentCommand: _command, principalId: _principalId, ...rest }: StatusChange): StatusChange {
  return rest;
}
