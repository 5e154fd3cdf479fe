import type { DisposableStore } from "../../../src/base/disposables.ts";
import type { Fact } from "../../../src/exports/outbox/fact.ts";
import type { RunExport } from "../../../src/protocol/runExport.ts";
import { destinationPorts, type TestPorts } from "./destinationPorts.ts";
import { endFactOf } from "./facts.ts";

/** The ID of an execution that was queued on 2026-11-28. */
export const RUN_ID = `exec-${Date.UTC(2026, 10, 28, 1, 29)}-1-a`;
export const RUN_KEY = `2026-11-28/${RUN_ID}.json`;

/** Texts of the run that only its user should see, by the level of content that they need. */
export const contents = { output: "THE-OUTPUT ä\u{1F600}", all: "THE-PROMPT" } as const;

/** Builds a run as the history exports it, with content in each field. */
export function exportedRun(id = RUN_ID): RunExport {
  const at = new Date(Date.UTC(2026, 10, 28, 1, 29)).toISOString();
  const head = { timestamp: at, windowId: "w1" };
  return {
    format: "kiro-bridge-run",
    formatVersion: 1,
    exportedAt: at,
    versions: { bridge: "1", editor: "1", node: "24", platform: "linux" },
    execution: {
      id,
      executionId: id,
      command: contents.all,
      args: [contents.all],
      params: [contents.all],
      workspacePath: `/${contents.all}`,
      session: contents.all,
      startedAt: at,
      completedAt: at,
      queuedAt: at,
      status: "completed",
      output: contents.output,
      result: { text: contents.output },
      error: contents.output,
      stopReason: "end_turn",
      target: "kiro",
      windowId: "w1",
      requestedBy: {
        origin: "program",
        name: contents.all,
        principal: { id: "owner", name: contents.all, kind: "owner" },
      },
    },
    events: [
      { ...head, type: "command-started", eventId: 1, executionId: id, command: contents.all, args: [contents.all] },
      { ...head, type: "command-output", eventId: 2, executionId: id, output: contents.output },
      { ...head, type: "of-a-later-version", eventId: 3, text: contents.all },
      {
        ...head,
        type: "command-completed",
        eventId: 4,
        executionId: id,
        success: true,
        output: contents.output,
        executionTimeMs: 1,
      },
    ],
  };
}

/** Builds the end of the run. */
export function runEnd(id = RUN_ID): Fact {
  return endFactOf(id, 3, { queuedAt: Date.UTC(2026, 10, 28, 1, 29) });
}

/** Creates the ports of an archive, whose history has each run. */
export function archivePorts(store: DisposableStore, secret: string): TestPorts {
  return destinationPorts(store, { secret, exportRun: (id) => Promise.resolve(exportedRun(id)) });
}
