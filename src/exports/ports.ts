import type { Logger } from "../base/logger.ts";
import type { MetricReading } from "../core/metrics/instruments.ts";
import type { RunExport } from "../protocol/runExport.ts";
import type { ExportSecrets } from "./door/exports.ts";
import type { Send } from "./http/request.ts";

/** Dependencies of each destination besides its settings. */
export interface DestinationPorts {
  /** Of the element of the setting. */
  readonly name: string;
  readonly send: Send;
  readonly secrets: ExportSecrets;
  readonly environment: NodeJS.ProcessEnv;
  readonly logger: Logger;
  /** Makes sure that a secret is shown nowhere. Called with each secret before it is used. */
  readonly hide: (secret: string) => void;
  /** Hides secrets in what a destination has said. */
  readonly redact: (text: string) => string;
  /** Returns a run for a file, masked and with all its content. @throws BridgeError NOT_FOUND if it is no longer kept */
  readonly exportRun: (executionId: string) => Promise<RunExport>;
  /** Answers a question of an execution, as the destination. @returns why it was not accepted, in words */
  readonly answer: (executionId: string, questionId: string, inputValue: string) => Promise<string | undefined>;
  /**
   * Returns a signal that is aborted when a question is no longer open, however it was answered; undefined if it is not.
   * Watches until `signal` is aborted.
   */
  readonly watchQuestion: (executionId: string, questionId: string, signal: AbortSignal) => AbortSignal | undefined;
  /** Reads the metrics of this window. */
  readonly metrics: () => readonly MetricReading[];
  readonly windowId: string;
  readonly version: string;
  /** Milliseconds of the Unix epoch; injectable for tests. */
  readonly now: () => number;
}
