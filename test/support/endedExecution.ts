import { Execution } from "../../src/core/executions/execution.ts";

/** An execution that has ended well. */
export function ended(output: string): Execution {
  const task = { kind: "command" as const, command: "test.big", args: [] };
  const execution = new Execution({
    id: "exec-1",
    task,
    target: "editor",
    windowId: "w",
    taskWeight: 0,
    report: () => undefined,
  });
  execution.start();
  execution.finish({ kind: "completed", output });
  return execution;
}
