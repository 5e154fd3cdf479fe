import { Emitter } from "../../../../src/base/events.ts";
import { silentLogger } from "../../../../src/base/logger.ts";
import type { UsedKey } from "../../../../src/core/commands/idempotencyKeys.ts";
import { EventLog } from "../../../../src/core/events/eventLog.ts";
import type { ProcessIdentity } from "../../../../src/core/processes.ts";
import type { ExecutionRecord } from "../../../../src/protocol/executions.ts";
import type { CommandEntry, WindowRecord } from "../../../../src/protocol/status.ts";
import type { OtherWindow, WindowStatus } from "../../../../src/server/windows/windows.ts";
import type { Address, AddressRole } from "../../../../src/windows/address/addressPorts.ts";
import { type KnownWindow, ReportedWindow } from "../../../../src/windows/group/knownWindow.ts";
import type { SelfWindow, WindowProcesses } from "../../../../src/windows/group/groupPorts.ts";
import { KeyLedger, type LedgerStorage } from "../../../../src/windows/group/keyLedger.ts";
import { WindowGroup } from "../../../../src/windows/group/windowGroup.ts";
import { type FakeLink, type FakeLinkPair, fakeLinks } from "../../../support/windows/fakeLinks.ts";
import type { ManualClock } from "../../../support/windows/manualClock.ts";

/** A window that does nothing but report. */
export class FakeSelf implements SelfWindow {
  record: WindowRecord;
  running: ExecutionRecord[] = [];
  known: CommandEntry[] = [];
  state: WindowStatus["status"] = "ready";
  asking = 0;
  readonly events: EventLog;
  readonly #windowChanged = new Emitter<void>();
  readonly #statusChanged = new Emitter<void>();
  readonly #commandsChanged = new Emitter<void>();
  readonly #keyUsed = new Emitter<UsedKey>();
  readonly onDidChangeWindow = this.#windowChanged.event;
  readonly onDidChangeStatus = this.#statusChanged.event;
  readonly onDidChangeCommands = this.#commandsChanged.event;
  readonly onDidUseKey = this.#keyUsed.event;

  constructor(record: WindowRecord) {
    this.record = record;
    this.events = new EventLog(record.id);
  }

  describe(): WindowRecord {
    return this.record;
  }

  status(): WindowStatus {
    return {
      status: this.state,
      timestamp: new Date(0).toISOString(),
      cli: { state: "off", sessions: 0 },
      queue: { running: this.running.length, queued: 0 },
    };
  }

  commands(): readonly CommandEntry[] {
    return this.known;
  }

  active(): readonly ExecutionRecord[] {
    return this.running;
  }

  accessRequests(): number {
    return this.asking;
  }

  change(record: Partial<WindowRecord>): void {
    this.record = { ...this.record, ...record };
    this.#windowChanged.fire();
  }

  setState(state: WindowStatus["status"]): void {
    this.state = state;
    this.#statusChanged.fire();
  }

  setCommands(...ids: readonly string[]): void {
    this.known = ids.map((id) => ({ id, source: "editor", allowed: true }));
    this.#commandsChanged.fire();
  }

  useKey(key: string, executionId: string, principalId = "owner"): void {
    this.#keyUsed.fire({ principalId, key, executionId });
  }

  /** Starts an execution, and reports it. */
  start(id: string, command = "test.run"): void {
    const time = new Date(0).toISOString();
    this.running.push({
      id,
      executionId: id,
      command,
      args: [],
      startedAt: time,
      queuedAt: time,
      status: "running",
      output: "",
      target: "editor",
      windowId: this.record.id,
    });
    this.events.append({ type: "command-started", executionId: id, command, args: [] });
  }

  finish(id: string): void {
    this.running = this.running.filter((record) => record.id !== id);
    this.events.append({ type: "command-completed", executionId: id, success: true, output: "", executionTimeMs: 1 });
  }
}

class FakeAddress implements Address<FakeLink> {
  role: AddressRole<FakeLink> = { kind: "seeking" };
  isServing = true;
  isConfirmed = true;
  readonly #changed = new Emitter<AddressRole<FakeLink>>();
  readonly onDidChangeRole = this.#changed.event;

  confirm(): Promise<boolean> {
    return Promise.resolve(this.isConfirmed);
  }

  take(role: AddressRole<FakeLink>): void {
    this.role = role;
    this.#changed.fire(role);
  }
}

/** The processes of the machine: living until they are killed. */
export class FakeProcesses implements WindowProcesses {
  readonly ended = new Set<number>();

  identify(pid: number): Promise<ProcessIdentity | undefined> {
    return Promise.resolve(this.ended.has(pid) ? undefined : { pid, started: `start of ${pid}` });
  }

  isLiving({ pid }: ProcessIdentity): Promise<boolean> {
    return Promise.resolve(!this.ended.has(pid));
  }
}

/** Another window to which requests are sent; the test only asks which one it is. */
class FakeOther extends ReportedWindow implements OtherWindow {
  readonly link: FakeLink;
  readonly #known: KnownWindow;

  constructor(link: FakeLink, known: KnownWindow) {
    super(known);
    this.#known = known;
    this.link = link;
  }

  get isResponding(): boolean {
    return this.#known.isResponding;
  }

  forward = (): Promise<void> => Promise.resolve();
  forwardUpgrade = (): void => undefined;
  call = (): Promise<never> => Promise.reject(new Error("not in this test"));
}

/** The machine of the windows: its processes, its ledger and its history. */
export interface Machine {
  readonly clock: ManualClock;
  readonly processes: FakeProcesses;
  readonly storage: LedgerStorage | undefined;
  readonly history: Map<string, ExecutionRecord>;
}

let lastPid = 1000;

/** A window with its part of the group. */
export class GroupWindow {
  readonly self: FakeSelf;
  readonly address = new FakeAddress();
  readonly group: WindowGroup<FakeLink>;

  constructor({ clock, processes, storage, history }: Machine, id: string, record: Partial<WindowRecord> = {}) {
    this.self = new FakeSelf({ id, pid: ++lastPid, editor: "Test", workspaceFolders: [], ...record });
    this.group = new WindowGroup<FakeLink>({
      address: this.address,
      self: this.self,
      ledger: new KeyLedger({ storage, clock, logger: silentLogger }),
      history: { get: (executionId) => Promise.resolve(history.get(executionId)) },
      processes,
      createOther: (link, known) => new FakeOther(link, known),
      urlOf: (port) => `http://127.0.0.1:${port}`,
      clock,
      logger: silentLogger,
    });
  }

  get pid(): number {
    return this.self.record.pid;
  }

  get log(): EventLog {
    return this.self.events;
  }

  own(term = 1, port = 3001): void {
    this.address.take({ kind: "owner", port, term });
  }

  /** Joins an owner over a new link. */
  join(owner: GroupWindow): FakeLinkPair {
    const pair = fakeLinks({ member: this.self.record, owner: owner.self.record });
    owner.group.accept(pair.owner);
    this.address.take({ kind: "member", port: 3001, link: pair.member });
    return pair;
  }
}

/** Returns the events of a log as `window:number type`, without those about windows. */
export function eventsIn(log: EventLog): string[] {
  return log
    .read(0)
    .events.filter(({ type }) => !type.startsWith("window-"))
    .map(({ windowId, windowEventId, type }) => `${windowId}:${windowEventId} ${type}`);
}
