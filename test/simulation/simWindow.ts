import { Emitter } from "../../src/base/events.ts";
import { silentLogger } from "../../src/base/logger.ts";
import { noAudit } from "../../src/core/access/audit.ts";
import { CommandCatalog } from "../../src/core/commands/commandCatalog.ts";
import { Dispatcher } from "../../src/core/commands/dispatcher.ts";
import { Policy } from "../../src/core/commands/policy.ts";
import { WorkspaceFolders } from "../../src/core/commands/workspaceFolders.ts";
import { EventLog } from "../../src/core/events/eventLog.ts";
import { ExecutionLog } from "../../src/core/executions/executionLog.ts";
import { OutputCoalescer } from "../../src/core/executions/outputCoalescer.ts";
import { PendingInputs } from "../../src/core/executions/pendingInputs.ts";
import { recordOf } from "../../src/history/executionRecord.ts";
import type { WindowRecord } from "../../src/protocol/status.ts";
import type { WindowAnswer, WindowStatus } from "../../src/server/windows/windows.ts";
import { WindowAddress } from "../../src/windows/address/windowAddress.ts";
import type { FolderSystem } from "../../src/core/commands/folderPaths.ts";
import { KeyLedger } from "../../src/windows/group/keyLedger.ts";
import { WindowGroup } from "../../src/windows/group/windowGroup.ts";
import type { SimAnswer, SimRequest } from "./requests.ts";
import type { WindowHistory } from "./machine/simHistory.ts";
import type { SimCall, SimLink } from "./machine/simLink.ts";
import type { SimMachine } from "./machine/simMachine.ts";
import type { SimListener } from "./machine/simNetwork.ts";
import { SimOther } from "./simOther.ts";
import { SimProcess } from "./time/simProcess.ts";
import { SimServer } from "./simServer.ts";
import { SimTarget } from "./simTarget.ts";

/** The configured port of all windows. */
export const PORT = 3001;
const INPUT_MS = 3000;
/** So few events that some are lost now and then. */
const FEW_EVENTS = { maxEvents: 12, maxLength: 100_000 };
const MANY_EVENTS = { maxEvents: 1000, maxLength: 100_000 };

const folders: FolderSystem = {
  ignoresCase: false,
  realPath: (path) => Promise.resolve(path),
  isSame: (a, b) => Promise.resolve(a === b),
};

interface SimWindowOptions {
  /** A response leaves the window for a client. */
  readonly onDidAnswer: (answer: SimAnswer) => void;
  /** Its process has ended in order. */
  readonly onDidExit: () => void;
}

/** One window: the address, the group, the event log and the dispatcher are those of the product. */
export class SimWindow implements SimListener {
  readonly process: SimProcess;
  readonly log: EventLog;
  readonly executions: ExecutionLog;
  readonly address: WindowAddress<SimLink>;
  readonly group: WindowGroup<SimLink>;
  readonly #machine: SimMachine;
  readonly #options: SimWindowOptions;
  readonly #dispatcher: Dispatcher;
  readonly #server: SimServer;
  readonly #changedWindow = new Emitter<void>();
  readonly #outputs: OutputCoalescer;
  readonly #catalog: CommandCatalog;
  readonly #history: WindowHistory;
  /** Connections whose request was not read yet. */
  readonly #backlog = new Set<(answer: SimAnswer) => void>();
  #record: WindowRecord;

  constructor(machine: SimMachine, record: WindowRecord, options: SimWindowOptions) {
    const { world } = machine;
    this.#machine = machine;
    this.#options = options;
    this.#record = record;
    this.process = new SimProcess(world, record.id);
    this.log = new EventLog(record.id, world.random.chance(0.3) ? FEW_EVENTS : MANY_EVENTS, (error) => {
      world.fail(`A listener of the events failed: ${String(error instanceof Error ? error.stack : error)}`);
    });
    this.#outputs = new OutputCoalescer(this.log, this.process.now);
    this.executions = new ExecutionLog(this.#outputs, record.id);
    this.#history = machine.history.of(this.process, this.executions);
    const targets = [
      new SimTarget("editor", this.process, machine.runs),
      new SimTarget("cli", this.process, machine.runs),
    ];
    const policy = new Policy(["*"], []);
    this.#catalog = new CommandCatalog(targets, policy);
    this.#dispatcher = new Dispatcher(
      {
        targets,
        executions: this.executions,
        history: this.#history,
        catalog: this.#catalog,
        policy,
        workspace: new WorkspaceFolders({
          editorVersion: "",
          describe: () => this.#record,
          others: () => Promise.resolve([]),
        }),
        inputs: new PendingInputs(this.executions, INPUT_MS),
        audit: noAudit,
        logger: silentLogger,
      },
      { maxQueued: 20 },
    );
    this.address = this.#createAddress();
    this.group = this.#createGroup();
    this.#server = this.#createServer();
    this.address.onDidChangeRole((role) => {
      const { kind } = role;
      world.note(`${record.id} is ${kind}${role.kind === "owner" ? ` on ${role.port} in term ${role.term}` : ""}`);
    });
    this.group.onDidRequestReclaim(() => void this.address.reclaim());
  }

  get record(): WindowRecord {
    return this.#record;
  }

  get mayAccept(): boolean {
    return this.address.role.kind === "owner" && this.address.isServing;
  }

  start(): void {
    void this.address.start();
  }

  /** Stops the bridge as the editor does when its window is closed, and ends the process. */
  async leave(): Promise<void> {
    this.#dispatcher.dispose();
    this.#outputs.flush();
    await this.group.leave();
    const stopped = this.address.stop();
    await this.group.dispose();
    await stopped;
    await this.#history.flush();
    this.process.later(0, () => this.#options.onDidExit());
  }

  reclaim(): void {
    if (this.address.role.kind === "member") this.group.reclaim();
    else void this.address.reclaim();
  }

  focus(): void {
    this.#record = { ...this.#record, focusedAt: Date.now() };
    this.#changedWindow.fire();
  }

  onLink(link: SimLink): void {
    this.group.accept(link);
  }

  onCall({ body }: SimCall): Promise<WindowAnswer> {
    return this.#server.serveForwarded(body);
  }

  onRelease(port: number): Promise<void> {
    return this.#server.release(port);
  }

  /** Takes a connection of a client with a request. */
  receive(port: number, request: SimRequest, respond: (answer: SimAnswer) => void): void {
    const { network, world } = this.#machine;
    this.#backlog.add(respond);
    this.process.later(world.random.next(), () => {
      this.#backlog.delete(respond);
      // The system closes connections that were not accepted before the server stopped listening.
      if (network.holderOf(port) !== this) respond({ kind: "disconnected" });
      else void this.#server.serve(port, request, respond);
    });
  }

  /** Ends the connections of clients. */
  die(): void {
    for (const respond of this.#backlog) respond({ kind: "disconnected" });
    this.#server.die();
  }

  #createAddress(): WindowAddress<SimLink> {
    const { register, network } = this.#machine;
    const { id: windowId, pid } = this.#record;
    return new WindowAddress(
      {
        register: register.of(this.process),
        network: network.of(this),
        clock: this.process,
        self: { windowId, pid, started: String(pid) },
        logger: silentLogger,
        unique: () => String(this.#machine.world.random.next()),
      },
      { port: PORT, portConflict: "next" },
    );
  }

  #createGroup(): WindowGroup<SimLink> {
    const { ledger } = this.#machine;
    const clock = this.process;
    return new WindowGroup({
      address: this.address,
      self: {
        describe: () => this.#record,
        status: () => this.#status(),
        commands: () => [],
        active: () => {
          this.#outputs.flush();
          return [...this.executions.active].map(recordOf);
        },
        events: this.log,
        onDidChangeWindow: this.#changedWindow.event,
        onDidChangeStatus: (listener) => this.executions.onDidChange(() => listener()),
        onDidChangeCommands: this.#catalog.onDidChange,
        onDidUseKey: this.#dispatcher.onDidUseKey,
      },
      ledger: new KeyLedger({ storage: ledger.of(this.process), clock, logger: silentLogger }),
      history: this.#history,
      processes: this.#machine.processesFor(this.process),
      createOther: (link, known) => new SimOther(link, known),
      urlOf: (port) => `http://127.0.0.1:${port}`,
      clock,
      logger: silentLogger,
      folders,
    });
  }

  #createServer(): SimServer {
    return new SimServer({
      process: this.process,
      windowId: this.#record.id,
      ownership: this.group.ownership,
      windows: this.group,
      dispatcher: this.#dispatcher,
      executions: this.executions,
      onDidAnswer: this.#options.onDidAnswer,
    });
  }

  #status(): WindowStatus {
    const active = [...this.executions.active];
    const queued = active.filter(({ status }) => status === "queued").length;
    return {
      status: active.length === 0 ? "ready" : "busy",
      timestamp: new Date(Date.now()).toISOString(),
      cli: { state: "ready", sessions: 0 },
      queue: { running: active.length - queued, queued },
    };
  }
}
