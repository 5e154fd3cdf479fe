import { abortable } from "../../base/deadline.ts";
import type { Disposable } from "../../base/disposables.ts";
import { type Event, noEvent } from "../../base/events.ts";
import type { Logger } from "../../base/logger.ts";
import type { Principal } from "../../core/access/principal.ts";
import type { CommandTarget, LaneKey, TargetStatus } from "../../core/commands/target.ts";
import type { TargetRequest } from "../../core/commands/turnInput.ts";
import type { ProcessGuard } from "../../core/childProcesses/orphanGuard.ts";
import type { CliStatusSource, Outcome, RunContext } from "../../core/ports.ts";
import type { SessionRecord } from "../../protocol/chat.ts";
import { isBridgeError } from "../../protocol/errors.ts";
import { unavailable } from "../../protocol/unavailable.ts";
import type { EventPayload } from "../../protocol/events.ts";
import type { ExecuteRequest } from "../../protocol/executions.ts";
import type { CliStatus } from "../../protocol/status.ts";
import type { CliTransport } from "../agent.ts";
import { AgentCommands, type AgentNames, type AgentTask } from "../commands/agentCommands.ts";
import { SessionCommands } from "../commands/sessionCommands.ts";
import { CliState } from "./cliState.ts";
import { AgentModels } from "../agentModels.ts";
import { CliSearch } from "./cli/cliSearch.ts";
import { listModels } from "./cli/listModels.ts";
import type { RestartLimits } from "../restartGuard.ts";
import type { SessionFacts } from "../sessionOptions.ts";
import { Sessions } from "../sessions.ts";
import type { AgentModel, AgentRequest, FoundCli, StartAgent, StartedAgent } from "../startAgent.ts";
import { type TransportInUse, Transports } from "./transports.ts";

export interface KiroCliOptions {
  /** Searches the CLI. @throws BridgeError KIRO_UNAVAILABLE with a reason such as `not_installed`, and instructions */
  readonly find: (signal: AbortSignal) => Promise<FoundCli>;
  /** Creates the starters of its transports. */
  readonly starters: (found: FoundCli) => Readonly<Record<CliTransport, StartAgent>>;
  readonly transport: CliTransport | "auto";
  /** The folder of a task that names none: the first one open in the window, or the home folder. */
  readonly defaultWorkspacePath: () => string;
  /** Returns false to start nothing, in an untrusted workspace (docs/kiro-cli.md#m30). */
  readonly isTrusted: () => boolean;
  readonly maxSessions: number;
  readonly idleSessionMs: number;
  readonly restarts?: RestartLimits;
  /** Receives `session-changed` events for the event log. */
  readonly report: (event: EventPayload) => void;
  readonly logger: Logger;
  readonly guard?: ProcessGuard | undefined;
}

const READY: TargetStatus = { state: "ready" };
const names: AgentNames = {
  targets: ["cli", "kiro"],
  prefix: "kiro.cli.",
  source: "kiro-cli",
  agent: "Kiro CLI",
  session: "a Kiro CLI session",
  sessions: "Kiro CLI sessions",
};
/** The commands of Kiro CLI. */
export const cliCommands = new AgentCommands(names);

/** The target Kiro CLI: finds the CLI, runs its sessions, and reports its state. */
export class KiroCli implements CommandTarget<AgentTask>, CliStatusSource, Disposable {
  readonly id = "cli";
  readonly otherIds = ["kiro"];
  readonly commands = cliCommands.known;
  /** Never fires: the commands are constant. */
  readonly onDidChangeCommands = noEvent;
  readonly isCancellable = true;
  /** Undefined, because turns have their own timeouts. */
  readonly defaultTimeoutMs = undefined;
  readonly scope = "agents:prompt";
  readonly controlCommand = cliCommands.chat;
  readonly onDidChangeStatus: Event<CliStatus>;
  readonly #options: KiroCliOptions;
  readonly #sessions: Sessions;
  readonly #sessionCommands: SessionCommands;
  readonly #state: CliState;
  readonly #search: CliSearch;
  readonly #models: AgentModels;
  #transports: Transports | undefined;
  #found: FoundCli | undefined;

  constructor(options: KiroCliOptions) {
    this.#options = options;
    this.#search = new CliSearch(options.find);
    this.#models = new AgentModels(async (signal) => {
      const { logger, guard, defaultWorkspacePath } = options;
      return await listModels(await this.found(), { cwd: defaultWorkspacePath(), logger, guard }, signal);
    });
    this.#sessions = new Sessions({
      ...options,
      agent: names.agent,
      idPrefix: "sess-",
      start: this.#start,
      report: (session) => this.#report(session),
    });
    this.#state = new CliState(() => ({
      isTrusted: options.isTrusted(),
      sessions: this.#sessions.live,
      transport: this.transportInUse,
    }));
    this.#sessionCommands = new SessionCommands({
      commands: cliCommands,
      sessions: this.#sessions,
      defaultWorkspacePath: options.defaultWorkspacePath,
      assertMayPrompt: () => this.#assertTrusted(),
      status: () => this.cliStatus(),
      isSimulated: () => this.#state.isSimulated,
    });
    this.onDidChangeStatus = this.#state.onDidChange;
  }

  /** The current transport, and why it is used. */
  get transportInUse(): TransportInUse {
    return this.#transports?.inUse ?? { transport: undefined, why: "Kiro CLI has not been searched for yet" };
  }

  /** Always accepts prompts: a CLI that failed to start may have been repaired. */
  status(): TargetStatus {
    return READY;
  }

  cliStatus(): CliStatus {
    return this.#state.current();
  }

  /** Searches the CLI, so that its status is known before the first prompt. Leaves no process running. */
  async look(): Promise<CliStatus> {
    if (this.#options.isTrusted()) await this.#find().catch(() => undefined);
    this.#state.tell();
    return this.cliStatus();
  }

  /** Returns the CLI, for terminals. @throws BridgeError KIRO_UNAVAILABLE with `reason` */
  async found(): Promise<FoundCli> {
    this.#assertTrusted();
    await this.#find();
    return await this.#search.find();
  }

  commandOf(request: ExecuteRequest): string | undefined {
    return cliCommands.commandOf(request);
  }

  accepts(request: TargetRequest, principal?: Principal): AgentTask {
    return this.#sessionCommands.accepts(request, principal);
  }

  laneOf(task: AgentTask): LaneKey | undefined {
    return this.#sessionCommands.laneOf(task);
  }

  run(task: AgentTask, context: RunContext): Promise<Outcome> {
    return this.#sessionCommands.run(task, context);
  }

  /** Lists the sessions that a principal may see, for `GET /kiro/sessions`. */
  sessions(principal?: Principal): SessionRecord[] {
    return this.#sessionCommands.list(principal);
  }

  /** Closes a session, for `DELETE /kiro/sessions/{id}`; see `Sessions.close`. */
  closeSession(idOrName: string, principal?: Principal): Promise<string> {
    return this.#sessionCommands.close(idOrName, principal);
  }

  /** Returns the models of the CLI, none if it does not tell them. @throws the signal's reason */
  models(signal: AbortSignal): Promise<readonly AgentModel[]> {
    return this.#models.all(signal);
  }

  /** Ends all processes, even during a turn. */
  async dispose(): Promise<void> {
    await Promise.all([this.#search.dispose(), this.#sessions.dispose(), this.#models.dispose()]);
    this.#state.dispose();
  }

  #assertTrusted(): void {
    if (this.#options.isTrusted()) return;
    throw unavailable(
      "workspace-untrusted",
      "Kiro CLI is not started in an untrusted workspace, because its agents and hooks could run commands. Trust the workspace first.",
    );
  }

  /** Starts the agent of a session. */
  readonly #start: StartAgent = async (request, signal) => {
    this.#assertTrusted();
    try {
      const started = await this.#startFound(request, signal);
      this.#state.works();
      this.#models.learn(started.models ?? []);
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
      // It was moved a moment ago, or is no longer executable.
      this.#search.forget();
      const again = await abortable(this.#find(), signal);
      return await again.start(request, signal);
    }
  }

  /**
   * Returns true if the next prompt would fail: a running process survives the replacement of its file, but one-shot
   * starts a process for each prompt.
   */
  #wouldFail({ agent }: StartedAgent): boolean {
    return agent.transport === "oneshot" && this.#search.hasMoved;
  }

  async #find(): Promise<Transports> {
    const { starters, transport, logger } = this.#options;
    try {
      const found = await this.#search.find();
      if (this.#transports !== undefined && found === this.#found) return this.#transports;
      this.#found = found;
      this.#models.forget();
      this.#transports = new Transports(transport, starters(found), logger);
      this.#state.found(found);
      return this.#transports;
    } catch (error) {
      this.#state.failed(error);
      throw error;
    }
  }

  #report(session: SessionFacts): void {
    const { id: sessionId, name, state, ownerId: principalId } = session;
    const of = principalId === undefined ? {} : { principalId };
    this.#options.report({ type: "session-changed", sessionId, name, state, ...of });
    this.#state.tell();
  }
}

/** Returns true if the program is missing or not executable, so that nothing was sent to it. */
function isMissing(error: unknown): boolean {
  return isBridgeError(error) && error.context?.["reason"] === "not_installed";
}
