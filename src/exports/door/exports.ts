import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/disposables.ts";
import { type Event, noEvent } from "../../base/events.ts";
import type { Logger } from "../../base/logger.ts";
import type { CommandCatalog } from "../../core/commands/commandCatalog.ts";
import type { Dispatcher } from "../../core/commands/dispatcher.ts";
import type { EventLog } from "../../core/events/eventLog.ts";
import type { ExecutionLog } from "../../core/executions/executionLog.ts";
import type { ExportControl } from "../../core/exportControl.ts";
import type { Meter, MetricReading } from "../../core/metrics/instruments.ts";
import type { Redactor } from "../../core/privacy/redactor.ts";
import type { RunExport } from "../../protocol/runExport.ts";

/** The secrets of destinations, where the host keeps secrets. */
export interface ExportSecrets {
  /** Returns the secret of a destination, which may be JSON of several values. */
  read(name: string): Promise<string | undefined>;
  /** Fires with the name of a destination whose secret has changed. */
  readonly onDidChange: Event<string>;
}

/** No secrets at all. */
export const noExportSecrets: ExportSecrets = { read: () => Promise.resolve(undefined), onDidChange: noEvent };

/** Dependencies of the exports of one window. */
export interface ExportsPorts {
  readonly events: EventLog;
  readonly executions: ExecutionLog;
  readonly catalog: Pick<CommandCatalog, "has">;
  /** Takes the answers of destinations to questions. */
  readonly dispatcher: Pick<Dispatcher, "answer">;
  /** See `History`. */
  readonly history: { exportRun(executionId: string): Promise<RunExport> };
  readonly redactor: Redactor;
  /** The meter of this window. */
  readonly meter: Meter & { read(): readonly MetricReading[] };
  /** The folder of exports in the storage of the extension, which all windows share. */
  readonly folder: string;
  /** Calls a function before any answer of this turn of the event loop goes out. */
  readonly beforeAnswers: (store: () => void) => void;
  readonly secrets: ExportSecrets;
  readonly environment: NodeJS.ProcessEnv;
  /** Version of the extension. */
  readonly version: string;
  readonly clock: Clock;
  /** Returns the milliseconds of the Unix epoch. */
  readonly now: () => number;
  readonly logger: Logger;
}

/** The exports of one window, while its bridge is on. */
export interface Exports extends ExportControl, Disposable {
  /**
   * Opens the destinations of these elements of the setting, and closes others. One that has not changed goes on. An
   * element that is not valid is told in the log and in `list`, and left out. Never throws.
   */
  apply(elements: readonly unknown[]): void;
}

/** Opens the exports. Events that are appended after the promise has resolved reach all destinations. */
export type OpenExports = (ports: ExportsPorts, elements: readonly unknown[]) => Promise<Exports>;
