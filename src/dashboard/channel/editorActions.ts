import type { RunExport } from "../../protocol/runExport.ts";
import type { Copied, Question } from "../contract/questions.ts";

/** The palette commands that a dashboard may run, without their prefix. */
type DashboardCommand =
  | "start"
  | "stop"
  | "restart"
  | "copyAddress"
  | "copyToken"
  | "copyCurl"
  | "openSettings"
  | "openLog"
  | "exportAudit"
  | "diagnoseCli"
  | "askCli"
  | "useSimulator"
  | "startPlugin"
  | "addModel"
  | "setModelKey"
  | "setExportSecret";

/** The actions of the editor that a dashboard needs. */
export interface EditorActions {
  /** @param argument of the command, for one that takes any */
  run(command: DashboardCommand, argument?: string): PromiseLike<unknown>;
  manageTrust(): PromiseLike<unknown>;
  /** Shows a document that the extension contains. @param name of its file */
  openDocument(name: string): PromiseLike<unknown>;
  openText(content: string, language: string): PromiseLike<unknown>;
  /** Copies a text to the clipboard and shows a message. */
  copy(text: string, copied: Copied): Promise<void>;
  /** Returns true if the user agreed. */
  confirm(question: Question): Promise<boolean>;
  /** Asks whether to clear the history. */
  confirmClearHistory(): Promise<boolean>;
  /** Saves a run in a file selected by the user. Returns true if the user selected one. */
  saveRun(run: RunExport): Promise<boolean>;
  /** Reads a run of a file or an archive that the user selects. @throws BridgeError VALIDATION_FAILED for other files */
  openRun(): Promise<RunExport | undefined>;
}
