import type { IncomingMessage } from "node:http";
import { unavailable } from "../../protocol/unavailable.ts";
import { invalid } from "../../protocol/validate.ts";
import { principalOf } from "../../server/guards/principals.ts";
import type { Answer } from "../../server/http/answers.ts";
import { idempotencyKeyOf } from "../../server/http/submission.ts";
import type { Budgeted } from "../../server/limits/budgets.ts";
import type { Placement } from "../../server/windows/placement.ts";
import type { Destination, Place } from "../../server/windows/windows.ts";
import type { GatewayRequest } from "./operations.ts";
import type { RecentPlaces } from "./recentPlaces.ts";
import { windowTag, windowTagIn } from "../turns/windowIds.ts";

/** The way to read the body of a request. */
export interface BodyReading<T> {
  /** @throws BridgeError VALIDATION_FAILED */
  readonly parse: (body: unknown) => T;
  /** Returns the IDs and keys that the bridge may have given out: of calls, responses and sessions, the newest first. */
  readonly idsIn?: (body: T) => Iterable<string>;
  readonly isStream?: (body: T) => boolean;
  /** For requests that clients repeat after a failure. */
  readonly repeated?: {
    readonly places: RecentPlaces;
    /** Returns the same for a repeated request; undefined for one that may run again. */
    readonly keyOf: (body: T) => string | undefined;
  };
}

/** A request that this window answers. */
export interface PlacedBody<T> {
  readonly body: T;
  /** As the client has named it. */
  readonly workspacePath?: string;
  readonly idempotencyKey?: string;
}

/** A request that this window answers, and the way to its client. */
export interface PlacedExchange {
  readonly request: GatewayRequest;
  readonly response: Answer;
  readonly place: Omit<PlacedBody<unknown>, "body">;
}

/**
 * Reads the body of a request that may be for another window: the one that its headers name, or else the one that has given
 * out an ID in the body, or else the one of every request without a place.
 * @returns undefined if another window has answered it
 * @throws BridgeError as `Placement.read` does; VALIDATION_FAILED for headers that are not valid
 */
export async function readPlaced<T>(
  request: IncomingMessage & Budgeted,
  response: Answer,
  placement: Placement,
  { parse, idsIn = () => [], isStream = () => false, repeated }: BodyReading<T>,
): Promise<PlacedBody<T> | undefined> {
  const idempotencyKey = idempotencyKeyOf(request);
  const named = placeInHeaders(request);
  let isStreamed = false;
  const placed = await placement.read(request, response, {
    parse: (value) => {
      const body = parse(value);
      isStreamed = isStream(body);
      return body;
    },
    select: (body) => {
      const place = named ?? placeOfIds(idsIn(body), request, placement);
      const hasPlace =
        place.windowId !== undefined || place.workspacePath !== undefined || idempotencyKey !== undefined;
      const replayKey = hasPlace || placement.othersFor(request).length === 0 ? undefined : repeated?.keyOf(body);
      if (repeated === undefined || replayKey === undefined) {
        return placement.destinationOf(request, place, idempotencyKey);
      }
      const key = `${principalOf(request).id} ${replayKey}`;
      return placeOfRepeated({ request, response, placement, isStreamed }, repeated.places, key);
    },
    // Read after the body.
    get connection() {
      return isStreamed ? ("sse" as const) : undefined;
    },
  });
  if (placed === undefined) return undefined;
  assertPresent(placed.destination);
  const { workspacePath } = named ?? {};
  return {
    body: placed.body,
    ...(workspacePath !== undefined && { workspacePath }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  };
}

interface Repeatable {
  readonly request: IncomingMessage;
  readonly response: Answer;
  readonly placement: Placement;
  readonly isStreamed: boolean;
}

/** Selects the window of an equal request that its client repeats, or else the default one. */
async function placeOfRepeated(
  { request, response, placement, isStreamed }: Repeatable,
  places: RecentPlaces,
  key: string,
): Promise<Destination> {
  const recent = places.windowOf(key);
  const isThere = placement.othersFor(request).some(({ record, isResponding }) => record.id === recent && isResponding);
  const windowId = isThere || recent === placement.windowId ? recent : undefined;
  const destination = await placement.destinationOf(request, { windowId });
  const selected = destination.kind === "window" ? destination.window.record.id : placement.windowId;
  places.enter(key, selected, response, isStreamed);
  return destination;
}

/**
 * Sends a request without a body to the window that its headers, or else an ID in its path, name, or else to the default one.
 * @returns true if another window has answered it
 * @throws BridgeError as `Placement.forward` does; VALIDATION_FAILED for headers that are not valid
 */
export async function forwardPlaced(
  request: IncomingMessage,
  response: Answer,
  placement: Placement,
  id?: string,
): Promise<boolean> {
  const place = placeInHeaders(request) ?? placeOfIds(id === undefined ? [] : [id], request, placement);
  const destination = await placement.destinationOf(request, place);
  if (destination.kind !== "window") return false;
  await placement.forward(request, response, destination.window);
  return true;
}

/** Returns the place that the headers name; undefined if they name none. @throws BridgeError VALIDATION_FAILED */
export function placeInHeaders({ headers }: IncomingMessage): Place | undefined {
  const windowId = headers["x-kiro-window"];
  const folder = headers["x-kiro-workspace"];
  if (windowId === undefined && folder === undefined) return undefined;
  const workspacePath = folder === undefined ? undefined : decoded(String(folder));
  return { windowId: windowId === undefined ? undefined : String(windowId), workspacePath };
}

/** Headers have only ASCII. */
function decoded(folder: string): string {
  try {
    return decodeURIComponent(folder);
  } catch {
    throw invalid("X-Kiro-Workspace", "format", "a percent-encoded path", "something else");
  }
}

/** An ID of a window that has ended, or of another bridge, selects nothing. */
function placeOfIds(ids: Iterable<string>, request: IncomingMessage, placement: Placement): Place {
  const windows = placement.othersFor(request);
  if (windows.length === 0) return {};
  const responding = windows.filter(({ isResponding }) => isResponding).map(({ record }) => record.id);
  const byTag = new Map([placement.windowId, ...responding].map((id) => [windowTag(id), id]));
  for (const id of ids) {
    const windowId = byTag.get(windowTagIn(id) ?? "");
    if (windowId !== undefined) return { windowId };
  }
  return {};
}

/** @throws BridgeError KIRO_UNAVAILABLE if the window that had this idempotency key has ended */
function assertPresent({ kind }: Destination): void {
  if (kind !== "past") return;
  const message = "The window that has answered a request with this Idempotency-Key has ended. Use another key.";
  throw unavailable("window-gone", message, { hasBegun: true });
}
