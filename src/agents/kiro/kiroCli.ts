import { abortable } from "../../base/deadline.ts";
import type { Disposable } from "../../base/disposables.ts";
import { type Event, noEvent } from "../../base/events.ts";
import type { Logger } from "../../base/logger.ts";
import type { CommandTarget, LaneKey, TargetStatus } from "../../core/commands/target.ts";
import type { CliStatusSource, Outcome, RunContext } from "../../core/ports.ts";
import type { SessionRecord } from "../../protocol/chat.ts";
import { BridgeError, isBridgeError } from "../../protocol/errors.ts";
import type { EventPayload } from "../../protocol/events.ts";
import type { ExecuteRequest } from "../../protocol/executions.ts";
import type { CliStatus } from "../../protocol/status.ts";
import { encodeValue } from "../../protocol/values.ts";
import type { Transport } from "../agent.ts";
import { failedOutcome, outcomeOf, turnOf } from "./chatOutcome.ts";
import {
  CHAT,
  cliCommandOf,
  type KiroChatTask,
  type KiroCommandTask,
  type KiroTask,
  knownCliCommands,
  readKiroTask,
} from "./cliCommands.ts";
import { CliState } from "./cliState.ts";
import { CliSearch } from "./cli/cliSearch.ts";
import type { RestartLimits } from "../restartGuard.ts";
import type { Session } from "../session.ts";
import { FRESH, keyOf, type SessionPlace, Sessions } from "../sessions.ts";
import type { AgentRequest, FoundCli, StartAgent, StartedAgent } from "../startAgent.ts";
import { type TransportInUse, Transports } from "./transports.ts";

export interface KiroCliOptions {
  /** Looks for the CLI. @throws BridgeError KIRO_UNAVAILABLE `not_installed` and the like, with the way out. */
  readonly find: (signal: AbortSignal) => Promise<FoundCli>;
  /** Makes the ways to speak with it. */
  readonly starters: (found: FoundCli) => Readonly<Record<Transport, StartAgent>>;
  readonly transport: Transport | "auto";
  /** The folder of a task which names none: the first one open in the window, or the home folder. */
  readonly defaultWorkspacePath: () => string;
  /** Nothing is started in a workspace that is not trusted (docs/kiro-cli.md#m30). */
  readonly isTrusted: () => boolean;
  readonly maxSessions: number;
  readonly idleSessionMs: number;
  readonly restarts?: RestartLimits;
  /** Hears `session-changed`, for the event log. */
  readonly report: (event: EventPayload) => void;
  readonly logger: Logger;
}

const READY: TargetStatus = { state: "ready" };

/** Kiro CLI as a target: finds the CLI, keeps its sessions, and tells its state. */
export class KiroCli implements CommandTarget<KiroTask>, CliStatusSource, Disposable {
  readonly id = "cli";
  readonly commands = knownCliCommands;
  /** Its commands never change. */
  readonly onDidChangeCommands = noEvent;
  readonly isCancellable = true;
  /** Its turns have limits of their own. */
  readonly defaultTimeoutMs = undefined;
  readonly controlCommand = CHAT;
  readonly onDidChangeStatus: Event<CliStatus>;
  readonly #options: KiroCliOptions;
  readonly #sessions: Sessions;
  readonly #state: CliState;
  readonly #search: CliSearch;
  #transports: Transports | undefined;
  #found: FoundCli | undefined;

  constructor(options: KiroCliOptions) {
    this.#options = options;
    this.#search = new CliSearch(options.find);
    this.#sessions = new Sessions({ ...options, start: this.#start, report: (session) => this.#report(session) });
    this.#state = new CliState(() => ({
      isTrusted: options.isTrusted(),
      sessions: this.#sessions.live,
      transport: this.transportInUse,
    }));
    this.onDidChangeStatus = this.#state.onDidChange;
  }

  /** Which transport is used, and why. */
  get transportInUse(): TransportInUse {
    return this.#transports?.inUse ?? { transport: undefined, why: "Kiro CLI has not been searched for yet" };
  }

  /** A CLI that does not start fails the prompt that needs it: it may have been repaired a moment ago. */
  status(): TargetStatus {
    return READY;
  }

  cliStatus(): CliStatus {
    return this.#state.current();
  }

  /** Looks for the CLI, so that the status can say something before the first prompt. Starts nothing that stays. */
  async look(): Promise<CliStatus> {
    if (this.#options.isTrusted()) await this.#find().catch(() => undefined);
    this.#state.tell();
    return this.cliStatus();
  }

  /** The CLI, for others who start it: terminals. @throws BridgeError KIRO_UNAVAILABLE with `reason` */
  async found(): Promise<FoundCli> {
    this.#assertTrusted();
    await this.#find();
    return await this.#search.find();
  }

  commandOf(request: ExecuteRequest): string | undefined {
    return cliCommandOf(request);
  }

  accepts(request: ExecuteRequest): KiroTask {
    const task = readKiroTask(request, this.#options.defaultWorkspacePath());
    return { ...task, place: this.#sessions.locate(task.place, task.workspacePath !== undefined) };
  }

  /** Each session runs one turn at a time; a fresh session is used by one task alone. */
  laneOf({ kind, place }: KiroTask): LaneKey | undefined {
    return kind === "chat" && place.name !== FRESH ? { name: keyOf(place), concurrency: 1 } : undefined;
  }

  async run(task: KiroTask, context: RunContext): Promise<Outcome> {
    if (task.kind === "chat") return await this.#chat(task, context);
    context.began();
    const result = encodeValue(await this.#manage(task)).value;
    return { kind: "completed", output: JSON.stringify(result), result };
  }

  /** For `GET /kiro/sessions`. */
  sessions(): SessionRecord[] {
    const simulated = this.#state.isSimulated ? { simulated: true } : {};
    return this.#sessions.list().map((session) => ({ ...session, ...simulated }));
  }

  /** For `DELETE /kiro/sessions/{id}`: see `Sessions.close`. */
  closeSession(idOrName: string): Promise<string> {
    return this.#sessions.close(idOrName);
  }

  /** Ends all processes, in the middle of a turn too. */
  async dispose(): Promise<void> {
    await Promise.all([this.#search.dispose(), this.#sessions.dispose()]);
    this.#state.dispose();
  }

  async #chat({ prompt, place }: KiroChatTask, context: RunContext): Promise<Outcome> {
    this.#assertTrusted();
    let session: Session | undefined;
    const onSession = (speaking: Session): void => {
      session = speaking;
      context.speaksIn(speaking.id);
    };
    try {
      const answer = await this.#sessions.run(place, prompt, turnOf(context), context.signal, onSession);
      return outcomeOf(answer, session, this.#state.isSimulated);
    } catch (error) {
      return failedOutcome(error);
    }
  }

  async #manage({ command, place, argument }: KiroCommandTask): Promise<object> {
    switch (command) {
      case "kiro.cli.cancel":
        return this.#cancel(place);
      case "kiro.cli.newSession":
        return this.#sessions.renew(place).record();
      case "kiro.cli.closeSession":
        return await this.#close(place, argument);
      case "kiro.cli.listSessions":
        return { sessions: this.sessions() };
      default:
        return this.cliStatus();
    }
  }

  #cancel(place: SessionPlace): object {
    const session = this.#sessions.find(place);
    return { cancelled: session?.cancel() ?? false, ...(session !== undefined && { sessionId: session.id }) };
  }

  async #close(place: SessionPlace, idOrName: string | undefined): Promise<object> {
    const wanted = this.#sessions.find(place)?.id ?? idOrName ?? place.name;
    return { closed: true, sessionId: await this.#sessions.close(wanted) };
  }

  #assertTrusted(): void {
    if (this.#options.isTrusted()) return;
    throw new BridgeError(
      "KIRO_UNAVAILABLE",
      "Kiro CLI is not started in an untrusted workspace, because its agents and hooks could run commands. Trust the workspace first.",
      { reason: "not_running" },
    );
  }

  /** How every session gets its agent. */
  readonly #start: StartAgent = async (request, signal) => {
    this.#assertTrusted();
    try {
      const started = await this.#startFound(request, signal);
      this.#state.works();
      const isOutdated = (): boolean => started.isOutdated?.() === true || this.#wouldFail(started);
      return { ...started, isOutdated };
    } catch (error) {
      if (!signal.aborted) this.#state.failed(error);
      throw error;
    }
  };

  async #startFound(request: AgentRequest, signal: AbortSignal): Promise<StartedAgent> {
    const transports = await abortable(this.#find(), signal);
    try {
      return await transports.start(request, signal);
    } catch (error) {
      if (signal.aborted || !isMissing(error)) throw error;
      // It was moved in this very moment, or may not be run any more.
      this.#search.forget();
      const again = await abortable(this.#find(), signal);
      return await again.start(request, signal);
    }
  }

  /** A process that lives goes on when its file is replaced; one-shot starts one for each prompt, and would not find it. */
  #wouldFail({ agent }: StartedAgent): boolean {
    return agent.transport === "oneshot" && this.#search.hasMoved;
  }

  async #find(): Promise<Transports> {
    const { starters, transport, logger } = this.#options;
    try {
      const found = await this.#search.find();
      if (this.#transports !== undefined && found === this.#found) return this.#transports;
      this.#found = found;
      this.#transports = new Transports(transport, starters(found), logger);
      this.#state.found(found);
      return this.#transports;
    } catch (error) {
      this.#state.failed(error);
      throw error;
    }
  }

  #report(session: Session): void {
    const { id: sessionId, name, state } = session;
    this.#options.report({ type: "session-changed", sessionId, name, state });
    this.#state.tell();
  }
}

/** There is no such program, or it must not be run. Nothing was sent to it. */
function isMissing(error: unknown): boolean {
  return isBridgeError(error) && error.context?.["reason"] === "not_installed";
}
