import { onAbort } from "../../../base/abort.ts";
import type { Logger } from "../../../base/logger.ts";
import { BridgeError, isBridgeError } from "../../../protocol/errors.ts";
import { unavailable } from "../../../protocol/unavailable.ts";
import type { Json } from "../../../protocol/values.ts";
import type { Agent, Turn, TurnEnd, TurnLimits } from "../../agent.ts";
import { blocksOf, imageRefused, type Prompt, toolsOf } from "../../prompt.ts";
import { cancelInSteps, endOfStopped, TurnClock } from "../../turnClock.ts";
import { type AcpListener, type AcpPeer } from "./acpPeer.ts";
import { AcpModels } from "./acpModels.ts";
import { AcpTurn } from "./acpTurn.ts";
import { asQuestion } from "./permission.ts";
import { QuietLine } from "./quietLine.ts";
import { RpcError, rpcCodes } from "./rpc.ts";
import { startError } from "./startErrors.ts";
import { breaksSession, turnError } from "./turnErrors.ts";
import {
  agentNotFoundSchema,
  extensionName,
  metadataSchema,
  permissionRequestSchema,
  promptResultSchema,
  readUpdate,
  type SessionUpdate,
} from "./wire.ts";

export interface AcpAgentOptions {
  readonly limits: TurnLimits;
  /** Quiet time in milliseconds between a turn and the next prompt. */
  readonly settleMs: number;
  readonly logger: Logger;
}

/** Names what a CLI takes in addition to text. */
export interface AcpAbilities {
  readonly takesImages: boolean;
  /** MCP servers over HTTP. */
  readonly takesTools: boolean;
}

/** A turn, from the call of `prompt` to its end. */
type CurrentTurn =
  /** Waits for a quiet connection: updates still belong to the previous turn. */
  | { readonly kind: "settling"; readonly clock: TurnClock }
  | {
      readonly kind: "prompting";
      readonly clock: TurnClock;
      readonly turn: AcpTurn;
      /** Rejects before the CLI responds. */
      readonly fail: (error: BridgeError) => void;
    };

/**
 * A conversation over `kiro-cli acp`. Only the response to `session/prompt` ends a turn (docs/kiro-cli.md#m1). Later
 * updates are dropped. The protocol does not say to which turn an update belongs, so the next prompt waits until the
 * connection is quiet; otherwise a late update could become part of the next answer (docs/kiro-cli.md#m2).
 */
export class AcpAgent implements Agent, AcpListener {
  readonly transport = "acp";
  readonly #peer: AcpPeer;
  readonly #options: AcpAgentOptions;
  #sessionId = "";
  #abilities: AcpAbilities = { takesImages: false, takesTools: false };
  #current: CurrentTurn | undefined;
  #isDirty = false;
  #missingAgent: string | undefined;
  readonly #line: QuietLine;
  readonly models: AcpModels;

  constructor(peer: AcpPeer, options: AcpAgentOptions) {
    this.#peer = peer;
    this.#options = options;
    this.#line = new QuietLine(options.settleMs);
    this.models = new AcpModels(peer);
    peer.listen(this);
  }

  get isUsable(): boolean {
    return !this.#isDirty && this.#peer.isOpen;
  }

  /** The CLI's ID of the conversation. */
  get sessionId(): string {
    return this.#sessionId;
  }

  speakIn(sessionId: string): void {
    this.#sessionId = sessionId;
  }

  /** The requested Kiro agent, if the CLI has reported that it uses another one (docs/kiro-cli.md#m28). */
  get missingAgent(): string | undefined {
    return this.#missingAgent;
  }

  get takesTools(): boolean {
    return this.#abilities.takesTools;
  }

  /** Sets what the CLI has said of itself. */
  speaksAs(abilities: AcpAbilities): void {
    this.#abilities = abilities;
  }

  assertTakes(prompt: Prompt): void {
    if (this.#abilities.takesImages || blocksOf(prompt).every(({ type }) => type === "text")) return;
    throw imageRefused("this version of Kiro CLI takes no images");
  }

  async useModel(id: string, signal: AbortSignal): Promise<void> {
    try {
      await this.models.select(id, this.#sessionId, signal);
    } catch (error) {
      if (signal.aborted || isBridgeError(error)) throw error;
      this.#break(error);
      throw startError(error);
    }
  }

  async prompt(prompt: Prompt, turn: Turn, signal: AbortSignal): Promise<TurnEnd> {
    if (this.#current !== undefined) throw new BridgeError("INTERNAL_ERROR", "Two turns at once in one Kiro session.");
    if (!this.isUsable) throw unavailable("cli-ended", "Kiro CLI has ended.");
    const tools = toolsOf(prompt);
    const clock = new TurnClock(this.#options.limits, signal);
    const current = new AcpTurn(turn, clock, tools);
    // Runs before other abort listeners: an open question is answered with `cancelled`, not rejected.
    const cancelling = onAbort(signal, () => current.cancelQuestions());
    const parking = tools?.onDidPark((isParked) => {
      clock.park(isParked);
      turn.park(isParked);
    });
    this.#current = { kind: "settling", clock };
    try {
      await this.#line.untilQuiet(signal);
      if (signal.aborted) return endOfStopped(await clock.stopped, "cooperative");
      // Not earlier: the CLI may report its agent while the connection settles.
      this.#assertAgentIsKnown();
      const failed = Promise.withResolvers<never>();
      this.#current = { kind: "prompting", clock, turn: current, fail: failed.reject };
      return await this.#converse(this.#ask(prompt, turn, current, failed.promise), current, clock);
    } finally {
      current.end();
      void cancelling.dispose();
      void parking?.dispose();
      clock.dispose();
      this.#current = undefined;
    }
  }

  async dispose(): Promise<void> {
    this.#isDirty = true;
    await this.#peer.end(unavailable("cli-ended", "This Kiro CLI session was closed."));
  }

  alive(): void {
    this.#current?.clock.recordActivity();
  }

  lostLine(): void {
    this.#openTurn?.loseText();
  }

  notification(method: string, params: unknown): void {
    const extension = extensionName(method);
    if (method === "session/update" || extension === "session/update") this.#update(readUpdate(params));
    else if (extension === "agent/not_found") this.#loseAgent(params);
    else if (extension === "metadata") this.#meter(params);
  }

  request(method: string, params: unknown): Promise<Json> | undefined {
    if (method !== "session/request_permission") return undefined;
    const request = permissionRequestSchema.safeParse(params).data;
    if (request === undefined) return Promise.reject(new RpcError(rpcCodes.invalidParams, "Invalid params"));
    const turn = this.#isForeign(request.sessionId) ? undefined : this.#openTurn;
    if (turn !== undefined) return turn.ask(request);
    // There is no execution to ask through, so the CLI's own rejection is sent.
    this.#options.logger.warn("Kiro CLI asked for a permission outside of a turn; denying it");
    return Promise.resolve(asQuestion(request, undefined).refusal);
  }

  /** Undefined when updates belong to no turn. */
  get #openTurn(): AcpTurn | undefined {
    const current = this.#current;
    return current?.kind === "prompting" && !current.turn.hasEnded ? current.turn : undefined;
  }

  async #converse(answer: Promise<TurnEnd>, current: AcpTurn, clock: TurnClock): Promise<TurnEnd> {
    const first = await Promise.race([answer, clock.stopped]);
    if (first.kind === "ended" || first.kind === "cancelled") return first;
    clock.dispose();
    current.cancelQuestions();
    const settled = answer.catch(() => undefined);
    const how = await cancelInSteps(
      {
        ask: () => this.#askToCancel(),
        ended: settled,
        kill: () => this.#break(new Error("Kiro CLI was killed because it did not respond to the cancellation.")),
      },
      this.#options.limits.cancelMs,
    );
    if (first.kind === "cancel" && this.isUsable) return (await settled) ?? { kind: "cancelled", how };
    return endOfStopped(first, this.isUsable ? how : "killed");
  }

  /** Sends the prompt and waits for the end of the turn, or for `failed`. */
  #ask(prompt: Prompt, turn: Turn, current: AcpTurn, failed: Promise<never>): Promise<TurnEnd> {
    // Read before `began`, and not held during the turn: it may be megabytes.
    const params = { sessionId: this.#sessionId, prompt: blocksOf(prompt).map((block) => ({ ...block })) };
    turn.began();
    const onAnswer = (): void => {
      this.#line.recordActivity();
      current.end();
    };
    const answered = this.#peer.request("session/prompt", params, { onAnswer }).then((result): TurnEnd => {
      const { stopReason } = promptResultSchema.parse(result);
      if (stopReason === "cancelled") return { kind: "cancelled", how: "cooperative" };
      const { usage, isTruncated } = current;
      return { kind: "ended", stopReason, usage, ...(isTruncated && { isTruncated }) };
    });
    const end = Promise.race([answered, failed]).catch((error: unknown) => {
      if (breaksSession(error)) this.#break(error);
      throw turnError(error);
    });
    end.catch(() => undefined);
    return end;
  }

  #askToCancel(): boolean {
    this.#peer.notify("session/cancel", { sessionId: this.#sessionId }).catch(() => undefined);
    return this.isUsable;
  }

  #assertAgentIsKnown(): void {
    if (this.#missingAgent === undefined) return;
    const error = agentNotFound(this.#missingAgent);
    this.#break(error);
    throw error;
  }

  #update(told: SessionUpdate | undefined): void {
    if (told === undefined || this.#isForeign(told.sessionId)) return;
    const turn = this.#openTurn;
    if (turn !== undefined) turn.take(told.update);
    else if (told.update.kind === "text" || told.update.kind === "tool") this.#dropLate(told.update.kind);
  }

  #meter(params: unknown): void {
    const metadata = metadataSchema.safeParse(params).data;
    if (metadata !== undefined && !this.#isForeign(metadata.sessionId)) this.#openTurn?.meter(metadata);
  }

  #isForeign(sessionId: string | undefined): boolean {
    return sessionId !== undefined && sessionId !== this.#sessionId;
  }

  /**
   * Discards an update that arrives after its turn, and restarts the quiet time. The history replayed by `session/load`
   * does not get here, because the session has no ID until then.
   */
  #dropLate(kind: string): void {
    this.#line.recordActivity();
    this.#options.logger.warn("Kiro CLI sent an update after the end of a turn; discarding it", { kind });
  }

  /** Ends the turn before the next message is read: text of another agent is not part of the answer. */
  #loseAgent(params: unknown): void {
    this.#missingAgent = agentNotFoundSchema.parse(params).requestedAgent ?? "?";
    if (this.#current?.kind !== "prompting") return;
    this.#current.turn.end();
    this.#current.fail(agentNotFound(this.#missingAgent));
  }

  #break(error: unknown): void {
    this.#isDirty = true;
    this.#peer.kill(error instanceof Error ? error : new Error(String(error)));
  }
}

function agentNotFound(name: string): BridgeError {
  return new BridgeError(
    "COMMAND_EXECUTION_FAILED",
    `Kiro CLI does not know the agent '${name}' and would use its default agent with all tools, so it was ended.`,
  );
}
