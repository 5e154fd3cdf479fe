import assert from "node:assert/strict";
import { fits, HistoryPages } from "../../../../src/dashboard/state/historyPages.ts";
import type { DashboardResults, ExecutionRow } from "../../../../src/dashboard/contract/dashboard.ts";

function row(number: number, change: Partial<ExecutionRow> = {}): ExecutionRow {
  const startedAt = new Date(1_800_000_000_000 + number * 1000).toISOString();
  return {
    id: `e${number}`,
    windowId: "w",
    command: "echo",
    args: [],
    target: "editor",
    status: "completed",
    startedAt,
    output: "",
    ...change,
  };
}

type Page = DashboardResults["listExecutions"];

describe("HistoryPages", () => {
  it("loads the next page, without duplicates", async () => {
    const pages: Page[] = [{ rows: [row(5), row(4)], nextCursor: "e4" }, { rows: [row(4), row(3)] }];
    const cursors: unknown[] = [];
    const history = new HistoryPages(async ({ cursor }) => {
      cursors.push(cursor);
      return pages.shift() ?? { rows: [] };
    });
    await history.ask({});
    await history.more();
    await history.more();
    assert.deepEqual(cursors, [undefined, "e4"]);
    assert.deepEqual(
      history.rows.map(({ id }) => id),
      ["e5", "e4", "e3"],
    );
    assert.equal(history.hasMore, false);
  });

  it("keeps an execution that ends while the list is read", async () => {
    const answer = Promise.withResolvers<Page>();
    const history = new HistoryPages(() => answer.promise);
    const asking = history.ask({});
    history.add(row(2));
    answer.resolve({ rows: [row(3), row(1)] });
    await asking;
    assert.deepEqual(
      history.rows.map(({ id }) => id),
      ["e3", "e2", "e1"],
    );
  });

  it("skips empty pages that are not the last", async () => {
    const pages: Page[] = [
      { rows: [], nextCursor: "e9" },
      { rows: [], nextCursor: "e6" },
      { rows: [row(5)], nextCursor: "e5" },
      { rows: [] },
    ];
    const cursors: unknown[] = [];
    const history = new HistoryPages(async ({ cursor }) => {
      cursors.push(cursor);
      return pages.shift() ?? { rows: [] };
    });
    await history.ask({ search: "rare" });
    assert.deepEqual(cursors, [undefined, "e9", "e6"]);
    assert.equal(history.rows.length, 1);
    await history.more();
    assert.deepEqual(cursors.slice(3), ["e5"]);
    assert.equal(history.hasMore, false);
  });

  it("discards the results of an earlier query", async () => {
    const answers = new Map([
      ["old", Promise.withResolvers<Page>()],
      ["new", Promise.withResolvers<Page>()],
    ]);
    const history = new HistoryPages(({ search = "" }) => answers.get(search)?.promise ?? Promise.reject(new Error()));
    const both = [history.ask({ search: "old" }), history.ask({ search: "new" })];
    answers.get("new")?.resolve({ rows: [row(2)] });
    answers.get("old")?.resolve({ rows: [row(1)] });
    await Promise.all(both);
    assert.deepEqual(
      history.rows.map(({ id }) => id),
      ["e2"],
    );
    assert.equal(history.isLoading, false);
  });

  it("inserts an ended execution in the order of start times if it matches the query", async () => {
    const history = new HistoryPages(async () => ({ rows: [row(5), row(1)] }));
    await history.ask({ status: "completed" });
    for (const one of [row(3), row(3), row(6), row(0), row(4, { status: "failed" })]) history.add(one);
    assert.deepEqual(
      history.rows.map(({ id }) => id),
      ["e6", "e5", "e3", "e1", "e0"],
    );
  });

  it("keeps its rows and reports the error when the host cannot answer", async () => {
    const answers: (() => Promise<Page>)[] = [
      async () => ({ rows: [row(1)] }),
      async () => {
        throw new Error("The bridge is off.");
      },
    ];
    const history = new HistoryPages(() => answers.shift()?.() ?? Promise.reject(new Error()));
    await history.ask({});
    await history.ask({});
    assert.equal(history.rows.length, 1);
    assert.equal(history.error, "The bridge is off.");
  });
});

describe("fits", () => {
  it("searches command, arguments, output and error, ignoring case", () => {
    const one = row(1, { command: "kiro.cli.chat", args: ["Explain Lanes"], output: "A lane is a line." });
    for (const search of ["explain LANES", "is a line", "cli.chat", ""]) assert.ok(fits(one, { search }), search);
    assert.ok(!fits(one, { search: "queue" }));
    assert.ok(!fits(one, { status: "failed" }));
  });
});
