import { abortable } from "../../base/deadline.ts";
import type { Disposable } from "../../base/disposables.ts";
import { type Event, noEvent } from "../../base/events.ts";
import type { Principal } from "../../core/access/principal.ts";
import {
  type ChatTask,
  type CommandTarget,
  type LaneKey,
  type TargetStatus,
  taskFieldsOf,
} from "../../core/commands/target.ts";
import type { TargetRequest } from "../../core/commands/turnInput.ts";
import { HeldTurn } from "../../core/executions/heldTurn.ts";
import type { AgentTools, OpenAgentTools } from "../../core/models/agentTools.ts";
import { engineCommand } from "../../core/models/engineDirectory.ts";
import type { Outcome, RunContext } from "../../core/ports.ts";
import type { SessionRecord } from "../../protocol/chat.ts";
import type { EngineStatus } from "../../protocol/agents/engines.ts";
import type { EventPayload } from "../../protocol/events.ts";
import type { ExecuteRequest } from "../../protocol/executions.ts";
import { unavailable } from "../../protocol/unavailable.ts";
import { invalid } from "../../protocol/validate.ts";
import { AgentCommands, type AgentTask, readArguments, shownSchema } from "../commands/agentCommands.ts";
import { SessionCommands } from "../commands/sessionCommands.ts";
import type { SessionFacts } from "../sessionOptions.ts";
import { Sessions } from "../sessions.ts";
import type { StartAgent } from "../startAgent.ts";
import { isCancel } from "../turnFailures.ts";
import type { EngineSettings } from "./engineSettings.ts";
import { EngineState } from "./engineState.ts";
import type { Models } from "./models.ts";

export interface EngineTargetOptions {
  readonly settings: EngineSettings;
  /** Returns the bundle of models, which is read on first use. */
  readonly models: () => Promise<Models>;
  /** Opens the tools of the bridge for a turn. Undefined if there are none. */
  readonly openTools: (...call: Parameters<OpenAgentTools>) => Promise<AgentTools | undefined>;
  /** The folder of a task that names none. */
  readonly defaultWorkspacePath: () => string;
  /** Returns false to run nothing, in an untrusted workspace. */
  readonly isTrusted: () => boolean;
  /** Time in milliseconds after which the agent of an unused session is ended. */
  readonly idleSessionMs: number;
  /** Receives `session-changed` events for the event log. */
  readonly report: (event: EventPayload) => void;
}

/** A request of a gateway to the model itself. */
interface CallTask extends ChatTask {
  readonly held: HeldTurn;
}

export type EngineTask = AgentTask | CallTask;

const READY: TargetStatus = { state: "ready" };
/** Maximum number of conversations in memory. */
const MAX_SESSIONS = 32;
/** The calls of a model by gateways: as many at once as its vendor is asked to serve for one user. */
const calls: LaneKey = { name: "calls", concurrency: 32 };

/** One engine as a target: the sessions of its agent, and the calls of its model by gateways. */
export class EngineTarget implements CommandTarget<EngineTask>, Disposable {
  readonly id: string;
  readonly commands;
  /** Never fires: the commands are constant. */
  readonly onDidChangeCommands = noEvent;
  readonly isCancellable = true;
  /** Undefined, because turns have their own timeouts. */
  readonly defaultTimeoutMs = undefined;
  readonly scope = "agents:prompt";
  readonly controlCommand: string;
  readonly onDidChangeStatus: Event<EngineStatus>;
  readonly #options: EngineTargetOptions;
  readonly #commands: AgentCommands;
  readonly #sessions: Sessions;
  readonly #sessionCommands: SessionCommands;
  readonly #state: EngineState;

  constructor(options: EngineTargetOptions) {
    const { settings, defaultWorkspacePath, openTools } = options;
    const { id, name = id } = settings;
    this.#options = options;
    this.id = id;
    this.#commands = commandsOf(id, name);
    this.commands = this.#commands.known;
    this.controlCommand = this.#commands.chat;
    this.#sessions = new Sessions({
      agent: name,
      idPrefix: `sess-${id}-`,
      start: this.#start,
      maxSessions: MAX_SESSIONS,
      idleSessionMs: options.idleSessionMs,
      report: (session) => this.#report(session),
    });
    this.#state = new EngineState(settings, () => ({
      isTrusted: options.isTrusted(),
      sessions: this.#sessions.live,
    }));
    this.onDidChangeStatus = this.#state.onDidChange;
    this.#sessionCommands = new SessionCommands({
      commands: this.#commands,
      sessions: this.#sessions,
      defaultWorkspacePath,
      assertMayPrompt: () => this.#assertTrusted(),
      status: () => this.engineStatus(),
      openTools: (context) => openTools(context, id, context.signal),
    });
  }

  /** Always accepts prompts: an engine that has failed may work again. */
  status(): TargetStatus {
    return READY;
  }

  engineStatus(): EngineStatus {
    return this.#state.current();
  }

  commandOf(request: ExecuteRequest): string | undefined {
    return this.#commands.commandOf(request);
  }

  accepts(request: TargetRequest, principal?: Principal): EngineTask {
    const kind = this.#callKindOf(request.command);
    return kind === undefined ? this.#sessionCommands.accepts(request, principal) : readCall(request, kind);
  }

  laneOf(task: EngineTask): LaneKey | undefined {
    return "place" in task ? this.#sessionCommands.laneOf(task) : calls;
  }

  async run(task: EngineTask, context: RunContext): Promise<Outcome> {
    const isUse = task.kind === "chat";
    try {
      const outcome =
        "place" in task ? await this.#sessionCommands.run(task, context) : await this.#call(task, context);
      if (isUse && outcome.kind === "completed") this.#state.works();
      return outcome;
    } catch (error) {
      if (isUse) this.#state.failed(error);
      throw error;
    }
  }

  /** Lists the sessions that a principal may see, for `GET /kiro/sessions`. */
  sessions(principal?: Principal): SessionRecord[] {
    return this.#sessionCommands.list(principal);
  }

  /** Closes a session, for `DELETE /kiro/sessions/{id}`; see `Sessions.close`. */
  closeSession(idOrName: string, principal?: Principal): Promise<string> {
    return this.#sessionCommands.close(idOrName, principal);
  }

  /** Ends all agents, even during a turn. */
  async dispose(): Promise<void> {
    await this.#sessions.dispose();
    this.#state.dispose();
  }

  async #call({ held }: CallTask, context: RunContext): Promise<Outcome> {
    this.#assertTrusted();
    const { call } = held;
    if (call === undefined) throw new TypeError("the call was released before its end");
    try {
      const models = await abortable(this.#options.models(), context.signal);
      return await models.complete(this.id, call, context);
    } catch (error) {
      if (!isCancel(context.signal)) throw error;
      return { kind: "cancelled", how: "cooperative" };
    }
  }

  #callKindOf(command: string): CallKind | undefined {
    return callKinds.find((kind) => command === engineCommand(this.id, kind));
  }

  #assertTrusted(): void {
    if (this.#options.isTrusted()) return;
    throw unavailable(
      "workspace-untrusted",
      "Models are not used in an untrusted workspace, because its files could tell them to run commands. Trust the workspace first.",
    );
  }

  readonly #start: StartAgent = async (request, signal) => {
    this.#assertTrusted();
    const models = await abortable(this.#options.models(), signal);
    return await models.starterOf(this.id)(request, signal);
  };

  #report({ id: sessionId, name, state, ownerId: principalId }: SessionFacts): void {
    const of = principalId === undefined ? {} : { principalId };
    this.#options.report({ type: "session-changed", sessionId, name, state, ...of });
    this.#state.tell();
  }
}

const callKinds = ["complete", "embed"] as const;
type CallKind = (typeof callKinds)[number];

/** @throws BridgeError VALIDATION_FAILED for a request that does not come from a gateway */
function readCall(request: TargetRequest, kind: CallKind): CallTask {
  const { turn, command } = request;
  if (turn?.call === undefined || (turn.call.kind === "embed") !== (kind === "embed")) {
    throw invalid("command", "unsupported", "a command for programs", command, "only gateways send this command");
  }
  const fields = taskFieldsOf(request);
  const [prompt = ""] = readArguments(shownSchema, fields);
  return { ...fields, kind: "chat", prompt, held: new HeldTurn(turn) };
}

function commandsOf(id: string, name: string): AgentCommands {
  return new AgentCommands({
    targets: [id],
    prefix: engineCommand(id, ""),
    source: "engine",
    agent: name,
    session: `a session of ${name}`,
    sessions: `the sessions of ${name}`,
  });
}
