import {
  type ReadResourceResult,
  type Resource,
  ResourceNotFoundError,
  type ResourceTemplateType,
} from "@modelcontextprotocol/server";
import type { Caller } from "../../../core/access/principal.ts";
import { BridgeError, isBridgeError } from "../../../protocol/errors.ts";
import type { BridgeEvent } from "../../../protocol/events.ts";
import { eventsFor } from "../../../channel/visibleEvents.ts";
import type { CoreDeps } from "../../../server/serverModule.ts";
import { statusOfAll } from "../../../server/windows/statusOfAll.ts";
import type { Runs } from "../../../tools/runs/runs.ts";
import type { RunCall } from "../../../tools/table/toolCall.ts";
import { addressOf, EVENTS_URI, STATUS_URI } from "./uris.ts";

const JSON_TYPE = "application/json";
/** Maximum number of events in one response, and maximum length of their texts in characters. */
const MAX_EVENTS = 500;
const MAX_LENGTH = 1024 * 1024;

/** The resources that have one URI each. */
export const resources: readonly Resource[] = [
  {
    uri: STATUS_URI,
    name: "status",
    title: "Status of Kiro Bridge",
    description: "What is running and waiting, the windows, and Kiro CLI.",
    mimeType: JSON_TYPE,
  },
  {
    uri: EVENTS_URI,
    name: "events",
    title: "Events of Kiro Bridge",
    description: "What has happened, oldest first. Read it again with ?since= and the lastEventId of the response.",
    mimeType: JSON_TYPE,
  },
];

export const resourceTemplates: readonly ResourceTemplateType[] = [
  {
    uriTemplate: "bridge://executions/{id}",
    name: "execution",
    title: "Execution",
    description: "One execution with its whole output and result.",
    mimeType: JSON_TYPE,
  },
  {
    uriTemplate: "bridge://events{?since}",
    name: "events-since",
    title: "Events after one",
    description: "The events after the one with this ID.",
    mimeType: JSON_TYPE,
  },
];

export interface ResourcesDeps {
  readonly core: Pick<CoreDeps, "events" | "status">;
  readonly runs: Runs;
}

/** Reads the resources of the bridge. */
export class Resources {
  readonly #deps: ResourcesDeps;

  constructor(deps: ResourcesDeps) {
    this.#deps = deps;
  }

  /** @throws ResourceNotFoundError for any other URI; BridgeError ACCESS_DENIED without the scope of the resource */
  async read(uri: string, call: RunCall): Promise<ReadResourceResult> {
    const value = await this.#value(uri, call);
    return { contents: [{ uri, mimeType: JSON_TYPE, text: JSON.stringify(value) }] };
  }

  async #value(uri: string, call: RunCall): Promise<object> {
    const address = addressOf(uri);
    switch (address?.kind) {
      case "status":
        return this.#status(call);
      case "events":
        return this.#events(address.since, call.caller);
      case "execution":
        return this.#execution(address.id, uri, call);
      case undefined:
        throw new ResourceNotFoundError(uri);
    }
  }

  #status({ windows, caller: { principal } }: RunCall): object {
    principal.scopes.assert("status:read");
    const current = this.#deps.core.status.current(principal);
    const { availableCommands: _, ...status } = statusOfAll(current, windows, principal);
    return status;
  }

  #events(since: number, { principal }: Caller): object {
    principal.scopes.assert("events:read:own");
    const log = eventsFor(this.#deps.core.events, principal);
    const after = log.positionOf({ since });
    const lost = log.lostSince(after);
    const events: BridgeEvent[] = [];
    let length = 0;
    let isComplete = true;
    for (const event of log.since(after, () => true)) {
      length += log.lengthOf(event);
      isComplete = events.length < MAX_EVENTS && (events.length === 0 || length <= MAX_LENGTH);
      if (!isComplete) break;
      events.push(event);
    }
    const lastEventId = isComplete ? log.lastId : (events.at(-1)?.eventId ?? after);
    return { epoch: log.epoch, events, lastEventId, isComplete, ...(lost !== undefined && { lost }) };
  }

  async #execution(id: string, uri: string, call: RunCall): Promise<object> {
    call.caller.principal.scopes.assert("history:read:own");
    try {
      return await this.#deps.runs.record(call, id);
    } catch (error) {
      if (isBridgeError(error) && error.code === "NOT_FOUND") throw new ResourceNotFoundError(uri);
      throw error;
    }
  }
}

/** @throws BridgeError VALIDATION_FAILED for a resource that has no notifications */
export function assertSubscribable(uri: string): void {
  const address = addressOf(uri);
  const isFixed = address?.kind === "execution" || uri === STATUS_URI || uri === EVENTS_URI;
  if (!isFixed) throw new BridgeError("VALIDATION_FAILED", "There is no resource with this URI to subscribe to.");
}
