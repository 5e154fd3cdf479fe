import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import type { EventLog } from "../../core/events/eventLog.ts";
import type { Execution } from "../../core/executions/execution.ts";
import type { ExecutionLog } from "../../core/executions/executionLog.ts";
import type { Redactor } from "../../core/privacy/redactor.ts";
import { messageOf } from "../../protocol/errors.ts";
import { type BridgeEvent, isEnd } from "../../protocol/events.ts";
import type { ContentLevel, Fact } from "../outbox/fact.ts";
import type { Outbox } from "../outbox/outbox.ts";
import { OutputMask } from "./outputMask.ts";
import { summaryOf, UNKNOWN_COMMAND } from "./runSummary.ts";
import { RunTrace } from "./runTrace.ts";
import { sealFact } from "./sealFact.ts";

export interface CaptureDeps {
  readonly events: Pick<EventLog, "windowId" | "onDidAppend">;
  readonly executions: Pick<ExecutionLog, "get">;
  /** Returns true for existing commands. Other IDs may contain arbitrary text. */
  readonly isKnownCommand: (id: string) => boolean;
  readonly redactor: Redactor;
  readonly outbox: Pick<Outbox, "flush" | "id" | "offer" | "wishes">;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Time in milliseconds for which the start of a run is held, since nobody may want it if the run ends at once. */
const HELD_MS = 20;

/** The start of a run, which is offered later. */
interface Held {
  readonly event: BridgeEvent;
  readonly execution: Execution;
  readonly number: number;
  readonly at: number;
}

/** The notes of a run until its end. */
interface Notes {
  trace?: RunTrace;
  output?: OutputMask;
}

/**
 * Turns the events of this window into facts, and offers them to the outbox. Runs within the request, so it does as little as
 * possible and never throws.
 */
export class Capture implements Disposable {
  readonly #deps: CaptureDeps;
  readonly #listening: Disposable;
  readonly #notes = new Map<string, Notes>();
  /** In the order of their events. */
  readonly #held = new Map<string, Held[]>();
  #timer: Disposable | undefined;

  constructor(deps: CaptureDeps) {
    this.#deps = deps;
    this.#listening = deps.events.onDidAppend((event) => {
      if (event.windowId !== deps.events.windowId || event.windowEventId === undefined) return;
      try {
        this.#take(event, event.windowEventId);
      } catch (error) {
        deps.logger.error("An event could not be prepared for exports", { type: event.type, error: messageOf(error) });
      }
    });
  }

  dispose(): void {
    this.#release();
    void this.#listening.dispose();
    this.#notes.clear();
  }

  #take(event: BridgeEvent, number: number): void {
    const { outbox } = this.#deps;
    const id = `${outbox.id}-${number}`;
    if (!("executionId" in event)) return this.#offer({ id, at: Date.now(), event: this.#known(event) });
    const execution = this.#deps.executions.get(event.executionId);
    // The end of one whose window has ended: the window that adopts its outbox adds it.
    if (execution === undefined) return;
    const at = Date.now();
    if (RunTrace.isStep(event)) this.#trace(execution).take(event, at);
    const isLast = isEnd(event);
    if (isStart(event) && !outbox.wishes.wantsStarts) return this.#hold({ event, execution, number, at });
    if (isLast) this.#offerRest(event, execution, `${id}-rest`);
    const isStartKnown = this.#held.size === 0 || this.#offerHeld(execution.id, isLast);
    this.#offerRun({ event, execution, number, at }, isStartKnown);
    if (isLast) this.#notes.delete(execution.id);
  }

  /** Holds the start of a run for a moment. */
  #hold(held: Held): void {
    const { id } = held.execution;
    const others = this.#held.get(id);
    if (others === undefined) this.#held.set(id, [held]);
    else others.push(held);
    this.#timer ??= this.#deps.clock.after(HELD_MS, () => {
      this.#release();
      this.#deps.outbox.flush();
    });
  }

  /** Offers the start of a run, unless it has ended and nobody wants its start. @returns false in this case */
  #offerHeld(executionId: string, hasEnded: boolean): boolean {
    const held = this.#held.get(executionId);
    if (held === undefined) return true;
    this.#held.delete(executionId);
    if (hasEnded && !this.#deps.outbox.wishes.wantsStarts) return false;
    for (const start of held) this.#offerRun(start, true);
    return true;
  }

  /** Offers what is held. */
  #release(): void {
    void this.#timer?.dispose();
    this.#timer = undefined;
    for (const executionId of this.#held.keys()) this.#offerHeld(executionId, false);
  }

  #offerRun({ event, execution, number, at }: Held, isStartKnown: boolean): void {
    const id = `${this.#deps.outbox.id}-${number}`;
    const run = this.#summary(execution, number, isEnd(event));
    this.#offer({ id, at, event: this.#known(event), run }, isStartKnown);
  }

  /** @param isStartKnown false if the start of its run was left out, so that no crash leaves it without an end */
  #offer(fact: Fact, isStartKnown = true): void {
    const isLast = isEnd(fact.event);
    this.#deps.outbox.offer({
      fact,
      seal: this.#seal,
      isNeeded: (isLast && isStartKnown) || fact.event.type === "command-started",
      isUrgent: isLast,
    });
  }

  /** Offers the end of the output, which was withheld because a secret could have begun there. */
  #offerRest(event: BridgeEvent & { readonly executionId: string }, execution: Execution, id: string): void {
    const rest = this.#notes.get(execution.id)?.output?.end() ?? [];
    const { executionId, eventId, timestamp, windowId, windowEventId = 0 } = event;
    for (const { stream, text } of rest) {
      const step = { type: "command-output" as const, executionId, output: text, stream };
      const run = this.#summary(execution, windowEventId, false);
      this.#deps.outbox.offer({
        fact: {
          id: `${id}-${stream}`,
          at: Date.now(),
          event: { ...step, eventId, timestamp, windowId, windowEventId },
          run,
        },
        seal: (fact, level) => sealFact(fact, level, this.#deps.redactor, undefined),
        isNeeded: false,
        isUrgent: false,
      });
    }
  }

  #summary(execution: Execution, sequence: number, isLast: boolean): ReturnType<typeof summaryOf> {
    const { isKnownCommand, redactor, outbox } = this.#deps;
    const { trace } = this.#notes.get(execution.id) ?? {};
    const wantsSteps = isLast && outbox.wishes.wantsSteps;
    return summaryOf(execution, { sequence, isKnownCommand, trace, isEnd: isLast, wantsSteps, mask: redactor.text });
  }

  /** Replaces the ID of a command that no target has. */
  #known(event: BridgeEvent): BridgeEvent {
    const { isKnownCommand } = this.#deps;
    if (event.type === "command-queued" || event.type === "command-started") {
      return isKnownCommand(event.command) ? event : { ...event, command: UNKNOWN_COMMAND };
    }
    if (event.type !== "status-changed" || event.currentCommand === undefined) return event;
    return isKnownCommand(event.currentCommand) ? event : { ...event, currentCommand: UNKNOWN_COMMAND };
  }

  #trace(execution: Execution): RunTrace {
    const notes = this.#notesOf(execution.id);
    return (notes.trace ??= new RunTrace(execution.startedAt ?? execution.queuedAt));
  }

  readonly #seal = (fact: Fact, level: ContentLevel): Fact =>
    sealFact(fact, level, this.#deps.redactor, this.#outputOf);

  /** Returns the mask of the output of a run, which is created with its first step that is stored. */
  readonly #outputOf = (executionId: string): OutputMask =>
    (this.#notesOf(executionId).output ??= new OutputMask(this.#deps.redactor));

  #notesOf(executionId: string): Notes {
    const known = this.#notes.get(executionId);
    if (known !== undefined) return known;
    const notes: Notes = {};
    this.#notes.set(executionId, notes);
    return notes;
  }
}

function isStart({ type }: BridgeEvent): boolean {
  return type === "command-queued" || type === "command-started";
}
