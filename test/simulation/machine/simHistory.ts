import type { Execution } from "../../../src/core/executions/execution.ts";
import type { ExecutionLog } from "../../../src/core/executions/executionLog.ts";
import type { ExecutionLookup } from "../../../src/core/ports.ts";
import { recordOf } from "../../../src/history/executionRecord.ts";
import type { ExecutionRecord } from "../../../src/protocol/executions.ts";
import type { SimProcess } from "../time/simProcess.ts";

/** As of the journal. */
const FLUSH_MS = 50;

/** The history of a window. */
export interface WindowHistory extends ExecutionLookup {
  /** Writes what is not on the disk yet. */
  flush(): Promise<void>;
}

/** The journal on the disk of a machine, which all windows share. It lacks what a window has not written before its death. */
export class SimHistory {
  readonly #records = new Map<string, ExecutionRecord>();

  has(executionId: string): boolean {
    return this.#records.has(executionId);
  }

  /** Returns the history as a window uses it, and writes the executions of the window that have ended. */
  of(process: SimProcess, executions: ExecutionLog): WindowHistory {
    const unwritten = new Set<Execution>();
    const flush = async (): Promise<void> => {
      const ended = [...unwritten];
      unwritten.clear();
      await Promise.all(ended.map((execution) => this.#write(process, execution)));
    };
    executions.onDidChange((execution) => {
      if (!execution.isSettled) return;
      unwritten.add(execution);
      process.after(FLUSH_MS, () => void flush());
    });
    return { get: (id) => process.operation(() => this.#records.get(id)), flush };
  }

  #write(process: SimProcess, execution: Execution): Promise<unknown> {
    return process.operation(() => this.#records.set(execution.id, recordOf(execution)));
  }
}
