import { isFinal } from "../protocol/executionStatus.ts";
import { isKiroBridgeError } from "./errors.ts";
import { Backoff } from "./events/backoff.ts";
import type { EventOptions } from "./events/bridgeEvents.ts";
import type { EventStream } from "./events/eventStream.ts";
import { executionEvents } from "./events/executionEvents.ts";
import type { Calls } from "./http/calls.ts";
import { executionPath } from "./http/paths.ts";
import type { CallOptions } from "./options.ts";
import type { CancelResponse, CommandExecution, ExecutionList, ExecutionStatus } from "./wireTypes.ts";

/** The executions to list, newest first. */
export interface ExecutionQuery {
  readonly status?: ExecutionStatus | undefined;
  /** A part of the command, its arguments, its output or its error. */
  readonly search?: string | undefined;
  /** Only what an agent has requested in this execution. */
  readonly parentId?: string | undefined;
  /** Maximum number in a page, 1 to 500. */
  readonly limit?: number | undefined;
  /** The `nextCursor` of the previous page. */
  readonly cursor?: string | undefined;
}

/** Maximum `wait` of the bridge in seconds, and the deadline of such a request. */
const WAIT_SECONDS = 50;
const WAIT_TIMEOUT_MS = 80_000;
const MAX_OFFLINE_MS = 60_000;
const RECORD = { id: "string", command: "string", status: "string", output: "string" } as const;

/** The executions of the bridge: those that run, and the history. */
export class Executions {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** One page, newest first, of previews. */
  list(query: ExecutionQuery = {}, options: CallOptions = {}): Promise<ExecutionList> {
    const request = { method: "GET", path: "/api/kiro/executions", query: { ...query } } as const;
    return this.#calls.json<ExecutionList>(request, options, { executions: "object" });
  }

  /** All pages from the first or a `cursor`, newest first: the history. */
  async *all(query: ExecutionQuery = {}, options: CallOptions = {}): AsyncGenerator<CommandExecution, void, undefined> {
    let cursor = query.cursor;
    do {
      const page = await this.list({ ...query, cursor }, options);
      yield* page.executions;
      cursor = page.nextCursor;
    } while (cursor !== undefined);
  }

  /** The complete execution. */
  get(id: string, options: CallOptions = {}): Promise<CommandExecution> {
    return this.#calls.json<CommandExecution>({ method: "GET", path: executionPath(id) }, options, RECORD);
  }

  /**
   * Waits until the execution has ended; not only until it asks a question. `timeoutMs` is the deadline of the wait.
   * @throws KiroBridgeError also if the bridge cannot be reached for a minute
   */
  async wait(id: string, { timeoutMs, ...options }: CallOptions = {}): Promise<CommandExecution> {
    const scope = this.#calls.lifetime.scope(options.signal, timeoutMs);
    const backoff = new Backoff({ signal: scope.signal, maxOfflineMs: MAX_OFFLINE_MS });
    const within = { ...options, signal: scope.signal };
    // The ID came from the bridge.
    backoff.connected();
    let isFirst = true;
    try {
      for (;;) {
        try {
          const execution = await this.#waitOnce(id, within);
          isFirst = false;
          if (isFinal(execution.status)) return execution;
          backoff.reset();
          // The bridge responds immediately while a question is pending.
          if (execution.pendingInput !== undefined) await this.#untilAnswered(execution, within);
        } catch (error) {
          if (isFirst && isKiroBridgeError(error) && error.code === "NOT_FOUND") throw error;
          isFirst = false;
          await backoff.pause(error);
        }
      }
    } finally {
      void scope.dispose();
    }
  }

  /** Cancels an execution; `how` is what that did. */
  cancel(id: string, options: CallOptions = {}): Promise<CancelResponse> {
    const request = { method: "POST", path: `${executionPath(id)}/cancel`, body: {} } as const;
    return this.#calls.json<CancelResponse>(request, options, { status: "string", how: "string" });
  }

  /** The events of one execution from its beginning to its end, over reconnects. */
  events(id: string, options: EventOptions = {}): EventStream {
    return executionEvents(this.#calls, id, options);
  }

  #waitOnce(id: string, options: CallOptions): Promise<CommandExecution> {
    const query = { wait: WAIT_SECONDS };
    const request = { method: "GET", path: executionPath(id), query, timeoutMs: WAIT_TIMEOUT_MS } as const;
    return this.#calls.json<CommandExecution>(request, options, RECORD);
  }

  async #untilAnswered({ id, pendingInput }: CommandExecution, options: CallOptions): Promise<void> {
    for await (const event of this.events(id, { ...options, maxOfflineMs: MAX_OFFLINE_MS })) {
      const isAnswer = event.type === "input-accepted" || event.type === "input-expired";
      if (isAnswer && event.questionId === pendingInput?.questionId) return;
    }
  }
}
