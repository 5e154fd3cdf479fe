import type { Clock } from "../../base/clock.ts";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import type { Logger } from "../../base/logger.ts";
import type { ExecutionLookup } from "../../core/ports.ts";
import type { ProcessIdentity } from "../../core/processes.ts";
import type { ExecutionRecord } from "../../protocol/executions.ts";
import type { CommandEntry, WindowRecord } from "../../protocol/status.ts";
import { unavailable } from "../../protocol/unavailable.ts";
import type { OtherWindow, WindowStatus } from "../../server/windows/windows.ts";
import type { Link, LinkEnd } from "../link/link.ts";
import type { LinkMessage } from "../link/messages.ts";
import { AbsentWindow } from "./absentWindow.ts";
import type { KnownWindow } from "./knownWindow.ts";
import type { GroupLog, WindowProcesses } from "./groupPorts.ts";
import { type EventMessage, type LinkEvent, ReceivedEvents } from "./receivedEvents.ts";
import { recordedEnds } from "./pastWork.ts";
import { RemoteExecutions } from "./remoteExecutions.ts";

/** Delays in milliseconds between checks of the process of a window without a link; the last one is repeated. */
const CHECK_MS = [0, 50, 100, 250, 500, 1000] as const;
/** The check after which a window without a link is reported as one that does not respond. */
const REPORTED_CHECK = 4;

export interface OwnerSideDeps<L extends Link> {
  readonly log: GroupLog;
  readonly processes: WindowProcesses;
  /** Provides executions of windows that have ended. */
  readonly history: ExecutionLookup;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly createOther: (link: L, known: KnownWindow) => OtherWindow;
  /** Returns false if this window has certainly lost the address. It then reports nothing about others. */
  readonly isOwner: () => Promise<boolean>;
}

/** Changes of a window, for the group. */
export type SideChange =
  /** Its record, state, status or commands. */
  | { readonly kind: "changed"; readonly part: "window" | "state" | "status" | "commands" }
  | { readonly kind: "execution"; readonly executionId: string }
  | { readonly kind: "message"; readonly message: Extract<LinkMessage, { type: "key" | "reclaim" }> }
  /** It has certainly ended. */
  | { readonly kind: "left" };

interface Linked<L extends Link> {
  readonly kind: "linked";
  readonly link: L;
  readonly store: DisposableStore;
  readonly events: ReceivedEvents;
  hasSnapshot: boolean;
  /** True if its bridge has stopped. */
  hasLeft: boolean;
}

interface Absent {
  readonly kind: "absent";
  checks: number;
  timer: Disposable | undefined;
  /** True if the log has it as absent, or has never had it. */
  isReported: boolean;
  /** True if its bridge has stopped, although its process may live. */
  readonly hasLeft: boolean;
}

type State<L extends Link> = Linked<L> | Absent | { readonly kind: "gone" };

/**
 * The owner's end of the link of one member, and its knowledge of that window. Without a link, the window counts as not
 * responding while its process lives, since it may join again; when the process has ended, its work is interrupted.
 */
export class OwnerSide<L extends Link> implements KnownWindow, Disposable {
  readonly #deps: OwnerSideDeps<L>;
  readonly #mirror = new RemoteExecutions();
  readonly #changes = new Emitter<SideChange>();
  readonly onDidChange = this.#changes.event;
  #record: WindowRecord;
  #process: ProcessIdentity;
  #status: WindowStatus | undefined;
  #commands: readonly CommandEntry[] = [];
  #state: State<L>;
  #other: OtherWindow = new AbsentWindow(this);

  /** Begins with a window without a link. */
  constructor(deps: OwnerSideDeps<L>, record: WindowRecord) {
    this.#deps = deps;
    this.#record = record;
    this.#process = { pid: record.pid };
    this.#state = { kind: "absent", checks: 0, timer: undefined, isReported: true, hasLeft: false };
    this.#checkLater(this.#state);
    void this.#identify();
  }

  get record(): WindowRecord {
    return this.#record;
  }

  get isResponding(): boolean {
    return this.#state.kind === "linked";
  }

  /** The process of the window. Its start is known soon after it has joined. */
  get process(): ProcessIdentity {
    return this.#process;
  }

  /** The window, as requests are sent there. */
  get other(): OtherWindow {
    return this.#other;
  }

  /** True if it has a link on which too much is unread. */
  get isBehind(): boolean {
    return this.#state.kind === "linked" && this.#state.link.isBehind;
  }

  active(): readonly ExecutionRecord[] {
    return this.#mirror.all();
  }

  status(): WindowStatus | undefined {
    return this.#status;
  }

  commands(): readonly CommandEntry[] {
    return this.#commands;
  }

  /** Uses a new link of the window. An earlier one ends. */
  join(link: L): void {
    const before = this.#state;
    if (before.kind === "gone") return link.end("closed", "the window has left");
    this.#release("the window has joined again");
    const { log, createOther } = this.#deps;
    const events = new ReceivedEvents(link.peer.id, log.lastImportedOf(link.peer.id));
    const store = new DisposableStore();
    const state: Linked<L> = { kind: "linked", link, store, events, hasSnapshot: false, hasLeft: false };
    this.#record = link.peer;
    this.#state = state;
    this.#other = createOther(link, this);
    state.store.add(link.onDidReceive((message) => this.#receive(message, state)));
    state.store.add(link.onDidEnd((end) => this.#ended(end, state)));
    link.send({ type: "received", windowEventId: events.last });
    if (before.kind === "absent" && before.isReported) log.append({ type: "window-joined", window: link.peer });
    void this.#identify();
    this.#tell("state");
  }

  /** Does nothing without a link. */
  send(message: LinkMessage): void {
    if (this.#state.kind === "linked") this.#state.link.send(message);
  }

  /** Forgets the window, because this one no longer owns the address. Ends the link. */
  dispose(): void {
    this.#release("this window no longer has the address");
    this.#state = { kind: "gone" };
    this.#changes.dispose();
  }

  #receive(message: LinkMessage, state: Linked<L>): void {
    switch (message.type) {
      case "window":
        return this.#describe(message.window, state);
      case "status":
        this.#status = message.status;
        return this.#tell("status");
      case "commands":
        this.#commands = message.commands;
        return this.#tell("commands");
      case "snapshot":
        state.hasSnapshot = true;
        this.#mirror.begin(message.active, message.after);
        for (const { id } of message.active) this.#changes.fire({ kind: "execution", executionId: id });
        return this.#tell("status");
      case "events":
      case "part":
      case "lost":
        return this.#import(message, state);
      case "key":
      case "reclaim":
        return this.#changes.fire({ kind: "message", message });
      case "leaving":
        state.hasLeft = true;
        return void this.#leave("closed", state);
      default:
        return;
    }
  }

  #describe(window: WindowRecord, { link }: Linked<L>): void {
    if (window.id !== this.#record.id || window.pid !== this.#record.pid) {
      return link.end("protocol", "the window claims to be another one");
    }
    this.#record = window;
    this.#tell("window");
  }

  #import(message: EventMessage, { link, events, hasSnapshot }: Linked<L>): void {
    if (!hasSnapshot) return link.end("protocol", "events before the snapshot");
    const received = events.take(message);
    if (received.kind === "part") return;
    if (received.kind === "wrong") return link.end("protocol", received.detail);
    if (received.kind === "lost") this.#deps.log.importLost(this.#record.id, received.from, received.to);
    else for (const event of received.events) this.#apply(event);
    link.send({ type: "received", windowEventId: events.last });
  }

  #apply(event: LinkEvent): void {
    if (event.type === "command-queued" || event.type === "command-started") {
      this.#changes.fire({ kind: "execution", executionId: event.executionId });
    }
    this.#mirror.apply(event);
    this.#deps.log.import(event);
  }

  #ended({ reason, detail }: LinkEnd, state: Linked<L>): void {
    if (this.#state !== state) return;
    void state.store.dispose();
    this.#deps.logger.info("The link of another window has ended.", { windowId: this.#record.id, reason, detail });
    this.#other = new AbsentWindow(this);
    this.#state = { kind: "absent", checks: 0, timer: undefined, isReported: false, hasLeft: state.hasLeft };
    this.#checkLater(this.#state);
    this.#tell("state");
  }

  #checkLater(state: Absent): void {
    const delay = CHECK_MS[Math.min(state.checks++, CHECK_MS.length - 1)] ?? 0;
    state.timer = this.#deps.clock.after(delay, () => void this.#check(state));
  }

  async #check(state: Absent): Promise<void> {
    const hasEnded = state.hasLeft || !(await this.#deps.processes.isLiving(this.#process));
    if (this.#state === state && hasEnded) await this.#leave(state.hasLeft ? "closed" : "crashed", state);
    // Its end is only reported by the owner, and this window is not certain now.
    if (this.#state !== state) return;
    this.#checkLater(state);
    if (state.checks <= REPORTED_CHECK || state.isReported || !(await this.#deps.isOwner())) return;
    if (this.#state !== state || state.isReported) return;
    state.isReported = true;
    this.#deps.log.append({ type: "window-left", leftWindowId: this.#record.id, reason: "not-responding" });
  }

  /** Ends the work of the window, which has certainly ended. */
  async #leave(reason: "closed" | "crashed", state: Linked<L> | Absent): Promise<void> {
    const { log, history } = this.#deps;
    const ends = await recordedEnds(
      this.#mirror.all().map(({ id }) => id),
      history,
    );
    if (!(await this.#deps.isOwner()) || this.#state !== state) return;
    if (state.kind === "absent") this.#release("the window has left");
    // It closes its link after its other responses.
    else void state.store.dispose();
    this.#state = { kind: "gone" };
    this.#other = new AbsentWindow(this);
    const message = "The window that ran this has ended. The outcome is unknown.";
    for (const end of this.#mirror.interruptAll(unavailable("window-gone", message))) {
      log.append(("executionId" in end && ends.get(end.executionId)) || end);
    }
    log.append({ type: "window-left", leftWindowId: this.#record.id, reason });
    this.#changes.fire({ kind: "left" });
  }

  #release(detail: string): void {
    const state = this.#state;
    if (state.kind === "absent") void state.timer?.dispose();
    if (state.kind !== "linked") return;
    void state.store.dispose();
    state.link.end("closed", detail);
  }

  async #identify(): Promise<void> {
    const { pid } = this.#record;
    const found = await this.#deps.processes.identify(pid);
    if (found !== undefined && this.#state.kind !== "gone" && this.#record.pid === pid) this.#process = found;
  }

  #tell(part: Extract<SideChange, { kind: "changed" }>["part"]): void {
    this.#changes.fire({ kind: "changed", part });
  }
}
