import type { Calls } from "./http/calls.ts";
import type { WireRequest } from "./http/send.ts";
import type { CallOptions } from "./options.ts";
import type { Place } from "./requests.ts";
import type {
  ExportDeadLetterList,
  ExportDeadLettersRemoved,
  ExportDestinationList,
  ExportReplay,
  ExportTestResult,
} from "./wireTypes.ts";

/** Options of a request to a destination in one window: without a place, the one that unaddressed requests go to. */
export type DestinationOptions = CallOptions & Place;

/** The dead letters to list. */
export interface DeadLetterOptions extends DestinationOptions {
  /** Maximum number, 1 to 1,000; by default 100. */
  readonly limit?: number | undefined;
}

/** Deadline of a test, which the bridge gives a minute. */
const TEST_TIMEOUT_MS = 70_000;

/**
 * The destinations of exports, for clients with the scope `access:manage`. They are configured in the settings of the user
 * alone, and each window has its own row, queue and dead letters for a destination.
 */
export class Exports {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** The destinations of all windows, or of one of them, with their health. */
  list(place: Place = {}, options: CallOptions = {}): Promise<ExportDestinationList> {
    const request = { method: "GET", path: "/kiro/exports", query: { ...this.#calls.placeOf(place) } } as const;
    return this.#calls.json<ExportDestinationList>(request, options, { destinations: "object", problems: "object" });
  }

  /**
   * Sends one marked item, and resolves with what came back; a failure resolves with `success: false`. The bridge ends the
   * test with the call.
   * @throws KiroBridgeError NOT_FOUND, or CONFLICT if the destination is off
   */
  test(name: string, options: DestinationOptions = {}): Promise<ExportTestResult> {
    const request = { ...this.#requestOf("POST", name, "test", options), timeoutMs: TEST_TIMEOUT_MS };
    return this.#calls.json<ExportTestResult>(request, options, { success: "boolean", message: "string" });
  }

  /** Sends the dead letters again. @throws KiroBridgeError NOT_FOUND, or CONFLICT if the destination is off */
  replay(name: string, options: DestinationOptions = {}): Promise<ExportReplay> {
    const request = this.#requestOf("POST", name, "replay", options);
    return this.#calls.json<ExportReplay>(request, options, { replayed: "number" });
  }

  /** The events that a destination has refused, newest first, without their content. */
  deadLetters(name: string, options: DeadLetterOptions = {}): Promise<ExportDeadLetterList> {
    const request = this.#requestOf("GET", name, "dead-letters", options);
    const query = { ...request.query, limit: options.limit };
    return this.#calls.json<ExportDeadLetterList>({ ...request, query }, options, {
      deadLetters: "object",
      total: "number",
    });
  }

  /** Removes the dead letters for good. */
  removeDeadLetters(name: string, options: DestinationOptions = {}): Promise<ExportDeadLettersRemoved> {
    const request = this.#requestOf("DELETE", name, "dead-letters", options);
    return this.#calls.json<ExportDeadLettersRemoved>(request, options, { removed: "number" });
  }

  #requestOf(method: WireRequest["method"], name: string, what: string, place: Place): WireRequest {
    const { windowId, workspacePath } = this.#calls.placeOf(place);
    return { method, path: `/kiro/exports/${encodeURIComponent(name)}/${what}`, query: { windowId, workspacePath } };
  }
}
