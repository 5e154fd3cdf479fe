import type { Clock } from "../../base/clock.ts";
import type { Event } from "../../base/events.ts";
import type { Logger } from "../../base/logger.ts";
import type { UsedKey } from "../../core/commands/idempotencyKeys.ts";
import type { EventLog } from "../../core/events/eventLog.ts";
import type { ProcessIdentity } from "../../core/processes.ts";
import type { ExecutionLookup } from "../../core/ports.ts";
import type { ExecutionRecord } from "../../protocol/executions.ts";
import type { CommandEntry, WindowRecord } from "../../protocol/status.ts";
import type { OtherWindow, WindowStatus } from "../../server/windows/windows.ts";
import type { Address } from "../address/addressPorts.ts";
import type { Link } from "../link/link.ts";
import type { KnownWindow } from "./knownWindow.ts";
import type { FolderSystem } from "../../core/commands/folderPaths.ts";
import type { KeyLedger } from "./keyLedger.ts";

/** The event log of this window, to which the owner of the address adds the events of the others. */
export type GroupLog = Pick<
  EventLog,
  "own" | "since" | "append" | "import" | "importLost" | "lastImportedOf" | "beginEpoch"
>;

/** This window, as it takes part in the group of all windows at the address. */
export interface SelfWindow {
  describe(): WindowRecord;
  status(): WindowStatus;
  commands(): readonly CommandEntry[];
  /** Returns what is running, oldest first, after output that is still held was written to the log. */
  active(): readonly ExecutionRecord[];
  /** Returns the number of programs that ask this window for access. Its changes count as changes of the status. */
  readonly accessRequests?: () => number;
  readonly events: GroupLog;
  /** Fires when its folders or its focus have changed. */
  readonly onDidChangeWindow: Event<void>;
  readonly onDidChangeStatus: Event<void>;
  readonly onDidChangeCommands: Event<void>;
  readonly onDidUseKey: Event<UsedKey>;
}

/** The processes of windows on this machine. */
export interface WindowProcesses {
  /** Identifies the process that has this ID now. */
  identify(pid: number): Promise<ProcessIdentity | undefined>;
  /** Returns true unless the process has certainly ended. */
  isLiving(process: ProcessIdentity): Promise<boolean>;
}

export interface GroupDeps<L extends Link> {
  readonly address: Address<L>;
  readonly self: SelfWindow;
  readonly ledger: KeyLedger;
  /** Provides executions of windows that have ended. */
  readonly history: ExecutionLookup;
  readonly processes: WindowProcesses;
  /** Creates the way to another window, over its link. */
  readonly createOther: (link: L, known: KnownWindow) => OtherWindow;
  /** Returns the base URL of the address on a port. */
  readonly urlOf: (port: number) => string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default: the file system of this machine. */
  readonly folders?: FolderSystem | undefined;
  /** Returns the time in epoch milliseconds, injectable for tests. */
  readonly now?: (() => number) | undefined;
}
