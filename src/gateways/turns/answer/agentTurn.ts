import type { Clock } from "../../../base/clock.ts";
import { type Disposable, DisposableStore } from "../../../base/disposables.ts";
import type { Logger } from "../../../base/logger.ts";
import type { Caller } from "../../../core/access/principal.ts";
import type { Dispatcher } from "../../../core/commands/dispatcher.ts";
import type { LentTools, ReadyAgent, TargetRequest, TurnInput } from "../../../core/commands/turnInput.ts";
import type { Execution } from "../../../core/executions/execution.ts";
import { type BridgeError, messageOf } from "../../../protocol/errors.ts";
import type { LentResult } from "../lending.ts";
import { CallDesk } from "../tools/callDesk.ts";
import type { ToolUse } from "../turn.ts";
import type { Cut } from "./answerText.ts";
import type { ExecutionEvents } from "./executionEvents.ts";
import type { Reply } from "./reply.ts";
import { failureOf, interruptedBy, reportedUsageOf, stopReasonOf } from "./turnOutcome.ts";
import { TurnOutput } from "./turnOutput.ts";

/** Time in milliseconds for the client to send the results of its tools. */
export const PARKED_MS = 10 * 60_000;

export interface AgentTurnDeps {
  /** Of this window, which the IDs name. */
  readonly windowId: string;
  readonly dispatcher: Pick<Dispatcher, "submit" | "withdraw">;
  readonly events: ExecutionEvents;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface AgentTurnOptions {
  readonly caller: Caller;
  /** The response to the request that starts the turn. */
  readonly reply: Reply;
  /**
   * Called when the execution has ended, after the last piece of a response.
   * @param isAnswered false if no response has its end
   */
  readonly onOver: (isAnswered: boolean) => void;
}

/** Not submitted yet, or submitted without an agent for it. */
interface Starting {
  readonly kind: "starting";
  readonly execution: Execution | undefined;
}

/** An agent has the prompt, or is about to get it. */
interface Running {
  readonly kind: "running";
  readonly execution: Execution | undefined;
}

/** The agent waits for results of the client. */
interface Parked {
  readonly kind: "parked";
  readonly execution: Execution | undefined;
  readonly deadline: Disposable;
}

interface Over {
  readonly kind: "over";
  readonly execution: Execution;
}

type State = Starting | Running | Parked | Over;

/**
 * One turn of an agent, which is one execution: a prompt, the answer to it, and in between the calls of the client's tools.
 * At each of them it is parked: the response ends, and the next request of the client goes on with another one.
 */
export class AgentTurn {
  readonly #deps: AgentTurnDeps;
  readonly #options: AgentTurnOptions;
  readonly #store = new DisposableStore();
  readonly #desk: CallDesk;
  readonly #output: TurnOutput;
  readonly #accepted = Promise.withResolvers<void>();
  #state: State = { kind: "starting", execution: undefined };
  #isWithdrawn = false;
  #takesTools = true;

  constructor(deps: AgentTurnDeps, options: AgentTurnOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#output = new TurnOutput(options.reply, (cut) => this.#cut(cut));
    this.#desk = this.#store.add(
      new CallDesk({ ...deps, maxCalls: () => this.#output.maxCalls }, (calls) => this.#park(calls)),
    );
    // Those who wait for it get the failure; none has to wait.
    this.#accepted.promise.catch(() => undefined);
  }

  get executionId(): string {
    return this.#state.execution?.id ?? "";
  }

  /** Resolves when an agent is ready for the prompt. @throws BridgeError if the turn has failed before */
  get accepted(): Promise<void> {
    return this.#accepted.promise;
  }

  get isParked(): boolean {
    return this.#state.kind === "parked";
  }

  /** True if an agent was about to get the prompt. */
  get isReady(): boolean {
    return this.#state.kind !== "starting";
  }

  get isOver(): boolean {
    return this.#state.kind === "over";
  }

  /** True if it is cancelled, or about to be. */
  get isWithdrawn(): boolean {
    return this.#isWithdrawn;
  }

  /** False once it is known that the agent ignores lent tools. */
  get takesTools(): boolean {
    return this.#takesTools;
  }

  /** @throws BridgeError as `Dispatcher.submit` does */
  async start(request: TargetRequest & { readonly turn: TurnInput }, tools: LentTools | undefined): Promise<void> {
    const { dispatcher, events } = this.#deps;
    const before = events.lastId;
    const onReady = (agent: ReadyAgent): void => this.#ready(agent);
    const turn: TurnInput = { ...request.turn, ...(tools !== undefined && { tools }), onReady };
    const execution = await dispatcher.submit({ ...request, turn }, this.#options.caller);
    const state = this.#state;
    this.#state = { ...state, execution };
    this.#store.add(
      events.follow(execution.id, before, (event) => {
        if (this.#output.take(event)) void this.#end(execution);
      }),
    );
    if (this.#isWithdrawn) this.withdraw();
  }

  /** Takes a call of the agent. Never rejects. See `LentServerOptions.call`. */
  async call(name: string, args: object, signal: AbortSignal): Promise<LentResult> {
    return await this.#desk.call(name, args, signal);
  }

  /** Goes on with a parked turn. @param resultOf returns what the client has sent for a call */
  resume(reply: Reply, resultOf: (callId: string) => LentResult | undefined): void {
    const state = this.#state;
    if (state.kind !== "parked") return;
    void state.deadline.dispose();
    this.#state = { kind: "running", execution: state.execution };
    this.#output.attach(reply);
    this.#desk.answer(resultOf);
  }

  /** Cancels the turn, without a client that asks for it. */
  withdraw(): void {
    const state = this.#state;
    this.#isWithdrawn = true;
    if (state.execution === undefined || state.kind === "over") return;
    const { id: executionId } = state.execution;
    this.#deps.dispatcher.withdraw(executionId).catch((error: unknown) => {
      this.#deps.logger.warn("A prompt could not be cancelled", { executionId, error: messageOf(error) });
    });
  }

  /** Ends the response at once, and cancels the turn. */
  abandon(why: BridgeError): void {
    const { error, hasBegun } = interruptedBy(why, this.executionId, this.isReady);
    this.#output.detach()?.fail(error, hasBegun);
    this.#accepted.reject(error);
    this.#stop("The session was closed.");
  }

  #ready({ takesTools }: ReadyAgent): void {
    this.#takesTools = takesTools;
    const state = this.#state;
    if (state.kind === "starting") this.#state = { kind: "running", execution: state.execution };
    this.#accepted.resolve();
  }

  #park(calls: readonly ToolUse[]): void {
    const reply = this.#output.detach();
    if (reply === undefined || this.#state.kind !== "running") return;
    this.#desk.pause();
    const { execution } = this.#state;
    const deadline = this.#store.add(this.#deps.clock.after(PARKED_MS, () => this.#expire()));
    this.#state = { kind: "parked", execution, deadline };
    reply.endWithCalls(calls);
  }

  #expire(): void {
    this.#stop(`The client has sent no result within ${PARKED_MS / 60_000} minutes.`);
  }

  /** Ends the answer before the agent ends its turn, and cancels the turn. */
  #cut(cut: Cut): void {
    this.#output.detach()?.cut(cut);
    this.#stop("The answer was cut off.");
  }

  /** @param why the agent is told if it waits for results */
  #stop(why: string): void {
    this.#desk.fail(why);
    this.withdraw();
  }

  async #end(execution: Execution): Promise<void> {
    const wasReady = this.isReady;
    this.#state = { kind: "over", execution };
    const reply = this.#output.detach();
    const stopReason = execution.status === "completed" ? stopReasonOf(execution.end.stopReason) : undefined;
    if (stopReason !== undefined) {
      this.#accepted.resolve();
      await reply?.complete(stopReason, reportedUsageOf(execution));
    } else {
      const { error, hasBegun } = failureOf(execution, wasReady);
      this.#accepted.reject(error);
      reply?.fail(error, hasBegun);
    }
    await this.#store.dispose();
    this.#options.onOver(reply !== undefined);
  }
}
