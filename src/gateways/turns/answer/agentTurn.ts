import type { Clock } from "../../../base/clock.ts";
import { type Disposable, DisposableStore } from "../../../base/disposables.ts";
import type { Logger } from "../../../base/logger.ts";
import type { Caller } from "../../../core/access/principal.ts";
import type { Dispatcher } from "../../../core/commands/dispatcher.ts";
import type { LentTools, ReadyAgent, TargetRequest, TurnInput } from "../../../core/commands/turnInput.ts";
import type { Execution } from "../../../core/executions/execution.ts";
import type { LentResult } from "../lending.ts";
import { CallDesk } from "../tools/callDesk.ts";
import type { ToolUse } from "../turn.ts";
import type { Cut } from "./answerText.ts";
import type { ExecutionEvents } from "./executionEvents.ts";
import type { Reply, ReportedUsage } from "./reply.ts";
import { failureOf, stopReasonOf } from "./turnFailure.ts";
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
  readonly request: TargetRequest & { readonly turn: TurnInput };
  /** The response to the request that starts the turn. */
  readonly reply: Reply;
  /** Called when the execution has ended, after the last piece of a response. */
  readonly onOver: () => void;
}

/** The states before and after the work of the agent. */
type Phase = "starting" | "ready" | "over";

/**
 * One turn of an agent, which is one execution: a prompt, the answer to it, and in between the calls of the client's tools.
 * At each of them it is parked: the response ends, and the next request of the client goes on with another one.
 */
export class AgentTurn implements Disposable {
  readonly #deps: AgentTurnDeps;
  readonly #options: AgentTurnOptions;
  readonly #store = new DisposableStore();
  readonly #desk: CallDesk;
  readonly #output: TurnOutput;
  readonly #accepted = Promise.withResolvers<void>();
  #phase: Phase = "starting";
  #agent: ReadyAgent | undefined;
  #execution: Execution | undefined;
  #reported: ReportedUsage = {};
  /** Held while the turn is parked. */
  #parking: DisposableStore | undefined;
  #isWithdrawn = false;

  constructor(deps: AgentTurnDeps, options: AgentTurnOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#output = new TurnOutput(options.reply, (cut) => this.#cut(cut));
    this.#desk = this.#store.add(new CallDesk(deps, (calls) => this.#park(calls)));
    // Those who wait for it get the failure; none has to wait.
    this.#accepted.promise.catch(() => undefined);
  }

  get executionId(): string {
    return this.#execution?.id ?? "";
  }

  /** Resolves when an agent is ready for the prompt. @throws BridgeError if the turn has failed before */
  get accepted(): Promise<void> {
    return this.#accepted.promise;
  }

  get isParked(): boolean {
    return this.#parking !== undefined;
  }

  /** True if an agent was about to get the prompt. */
  get isReady(): boolean {
    return this.#phase !== "starting";
  }

  get isOver(): boolean {
    return this.#phase === "over";
  }

  /** False once it is known that the agent ignores lent tools. */
  get takesTools(): boolean {
    return this.#agent?.takesTools !== false;
  }

  /** @throws BridgeError as `Dispatcher.submit` does */
  async start(tools: LentTools | undefined): Promise<void> {
    const { dispatcher, events } = this.#deps;
    const { request, caller } = this.#options;
    const before = events.lastId;
    const onReady = (agent: ReadyAgent): void => this.#ready(agent);
    const turn: TurnInput = { ...request.turn, ...(tools !== undefined && { tools }), onReady };
    const execution = await dispatcher.submit({ ...request, turn }, caller);
    this.#execution = execution;
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
    void this.#parking?.dispose();
    this.#parking = undefined;
    this.#output.attach(reply);
    this.#desk.answer(resultOf);
  }

  /** Cancels the turn, without a client that asks for it. */
  withdraw(): void {
    this.#isWithdrawn = true;
    const { id } = this.#execution ?? {};
    if (id === undefined || this.isOver) return;
    this.#deps.dispatcher.withdraw(id).catch((error: unknown) => {
      this.#deps.logger.warn("A prompt could not be cancelled", { executionId: id, error: String(error) });
    });
  }

  /** Cancels the turn, and fails its calls. */
  dispose(): void {
    this.#desk.fail("The session was closed.");
    this.withdraw();
  }

  #ready(agent: ReadyAgent): void {
    this.#agent = agent;
    if (this.#phase === "starting") this.#phase = "ready";
    this.#accepted.resolve();
  }

  #park(calls: readonly ToolUse[]): void {
    const reply = this.#output.detach();
    if (reply === undefined) return;
    this.#desk.pause();
    this.#parking = this.#store.add(new DisposableStore());
    this.#parking.add(this.#deps.clock.after(PARKED_MS, () => this.#expire()));
    reply.endWithCalls(calls, this.#reported);
  }

  #expire(): void {
    this.#desk.fail(`The client has sent no result within ${PARKED_MS / 60_000} minutes.`);
    this.withdraw();
  }

  /** Ends the answer before the agent ends its turn, and cancels the turn. */
  #cut(cut: Cut): void {
    this.#output.detach()?.cut(cut, this.#reported);
    this.dispose();
  }

  async #end(execution: Execution): Promise<void> {
    const wasReady = this.isReady;
    this.#phase = "over";
    const reply = this.#output.detach();
    const stopReason = execution.status === "completed" ? stopReasonOf(execution.end.stopReason) : undefined;
    if (stopReason !== undefined) {
      this.#accepted.resolve();
      await reply?.complete(stopReason, this.#reported);
    } else {
      const { error, hasBegun } = failureOf(execution, wasReady);
      this.#accepted.reject(error);
      reply?.fail(error, hasBegun);
    }
    await this.#store.dispose();
    this.#options.onOver();
  }
}
