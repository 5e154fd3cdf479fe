import type { DashboardPage } from "./dashboardPage.ts";
import type { FakeBridge } from "./fakeBridge.ts";
import type { ExecutionRecord } from "../../../src/protocol/executions.ts";

/** A history of any length, newest first, read page by page. */
export function fillHistory(bridge: FakeBridge, length: number): void {
  const now = Date.now();
  const record = (index: number): ExecutionRecord => {
    const startedAt = new Date(now - (index + 1) * 60_000).toISOString();
    return {
      id: `exec-${length - index}`,
      command: index % 3 === 0 ? "kiro.cli.chat" : "workbench.action.files.save",
      args: [`number ${length - index}`],
      target: index % 3 === 0 ? "cli" : "editor",
      status: index % 10 === 0 ? "failed" : "completed",
      startedAt,
      completedAt: startedAt,
      queuedAt: startedAt,
      executionTimeMs: index,
      output: "done",
      windowId: "window-1",
      ...(index % 10 === 0 && { error: "It did not work out", code: "COMMAND_EXECUTION_FAILED" as const }),
    };
  };
  bridge.override({
    listExecutions: async ({ limit, cursor }) => {
      const start = cursor === undefined ? 0 : length - Number(cursor.slice(5)) + 1;
      const end = Math.min(length, start + limit);
      const executions = Array.from({ length: end - start }, (_, offset) => record(start + offset));
      return { executions, ...(end < length && { nextCursor: `exec-${length - end + 1}` }) };
    },
  });
}

/** Scrolls until the whole history has been read. */
export async function readWholeHistory({ page }: DashboardPage, length: number): Promise<void> {
  const list = page.getByRole("listbox", { name: "History" });
  await list.focus();
  while (!(await page.locator(`[role=option][aria-setsize="${length}"]`).first().isVisible())) {
    await page.keyboard.press("End");
  }
}

export interface UpdateCost {
  readonly p50: number;
  readonly p95: number;
  /** Of the page by one update, the median; 0 without `watchChanges`. Times on the page change between the updates. */
  readonly changes: number;
}

interface Measured {
  readonly times: readonly number[];
  readonly changes: readonly number[];
}

/**
 * The cost of updates to the page, in milliseconds: a batch of events is taken, drawn and laid out, with nothing waited
 * for. `rounds` batches, each with the growth of four outputs and one execution that ends and joins the history.
 */
export async function measureUpdates({ evaluate, bridge }: DashboardPage, rounds: number): Promise<UpdateCost> {
  const epoch = bridge.parts?.epoch ?? "";
  const first = (bridge.parts?.events.lastId ?? 0) + 1;
  const { times, changes } = await evaluate<Measured>(`(async () => {
    const dashboard = document.querySelector("kiro-dashboard");
    let eventId = ${first};
    const event = (type, executionId, more) => ({ type, executionId, eventId: eventId++, windowId: "w", timestamp: new Date().toISOString(), ...more });
    const send = (events) => window.dispatchEvent(new MessageEvent("message", { data: { type: "events", epoch: ${JSON.stringify(epoch)}, events, eventId: eventId - 1 } }));
    const start = (id) => event("command-started", id, { command: "kiro.cli.chat", args: ["prompt " + id] });
    send(["a", "b", "c", "d"].map(start));
    const times = [];
    const changes = [];
    for (let round = 0; round < ${rounds}; round++) {
      const growing = ["a", "b", "c", "d"].map((id) => event("command-output", id, { output: "A line of the answer, as long as lines are.\\n", stream: "stdout" }));
      const brief = "brief-" + round;
      const ended = event("command-completed", brief, { success: true, output: "done", executionTimeMs: 3 });
      const before = performance.now();
      send([...growing, start(brief), ended]);
      dashboard.requestUpdate();
      await dashboard.updateComplete;
      for (const part of dashboard.renderRoot.querySelectorAll("kiro-now, kiro-history")) {
        await part.updateComplete;
        for (const inner of part.renderRoot.querySelectorAll("kiro-output, kiro-list")) await inner.updateComplete;
      }
      document.body.getBoundingClientRect();
      times.push(performance.now() - before);
      await new Promise((resolve) => requestAnimationFrame(resolve));
      changes.push(window.takeChanges?.() ?? 0);
    }
    return { times, changes };
  })()`);
  const at = (values: readonly number[], share: number) =>
    values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? 0;
  return { p50: at(times, 0.5), p95: at(times, 0.95), changes: at(changes, 0.5) };
}

/** Counts the changes of the page from now on. */
export async function watchChanges({ evaluate }: DashboardPage): Promise<void> {
  await evaluate(`(() => {
    let changes = 0;
    const observer = new MutationObserver((records) => { changes += records.length; });
    const observe = (root) => {
      observer.observe(root, { childList: true, subtree: true, attributes: true, characterData: true });
      for (const { shadowRoot } of root.querySelectorAll("*")) if (shadowRoot !== null) observe(shadowRoot);
    };
    observe(document);
    window.takeChanges = () => {
      const taken = changes + observer.takeRecords().length;
      changes = 0;
      return taken;
    };
  })()`);
}
