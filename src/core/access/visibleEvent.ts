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
  "window-joined": ["status:read", "events:read:own"],
  "window-left": ["status:read", "events:read:own"],
  "command-queued": ofExecution,
  "command-started": ofExecution,
  "command-output": ofExecution,
  "output-retracted": ofExecution,
  "tool-call": ofExecution,
  "agent-step": ofExecution,
  "conversation-compacted": ofExecution,
  "wait-changed": ofExecution,
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
  switch (event.type) {
    case "connection-ready":
    case "events-lost":
      return event;
    case "window-left":
      return hasScopeFor(event.type, principal) ? event : undefined;
    case "window-joined":
      if (!hasScopeFor(event.type, principal)) return undefined;
      return principal.scopes.has("status:read") ? event : withoutFolders(event);
    case "status-changed":
      if (!hasScopeFor(event.type, principal)) return undefined;
      return maySee(principal, "events:read", event.principalId) ? event : withoutCommand(event);
    default:
      return maySee(principal, "events:read", event.principalId) ? event : undefined;
  }
}

/** Returns true for a principal that sees every event unchanged. */
export function maySeeAllEvents({ scopes }: Principal): boolean {
  return scopes.has("events:read") && scopes.has("status:read");
}

function hasScopeFor(type: EventType, { scopes }: Principal): boolean {
  return eventScopes[type].some((scope) => scopes.has(scope));
}

type StatusChange = Extract<BridgeEvent, { type: "status-changed" }>;
type WindowJoined = Extract<BridgeEvent, { type: "window-joined" }>;

function withoutCommand({ currentCommand: _command, principalId: _principalId, ...rest }: StatusChange): StatusChange {
  return rest;
}

function withoutFolders(event: WindowJoined): WindowJoined {
  return { ...event, window: { ...event.window, workspaceFolders: [] } };
}
