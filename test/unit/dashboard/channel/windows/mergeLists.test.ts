import assert from "node:assert/strict";
import { mergeLists } from "../../../../../src/dashboard/channel/windows/mergeLists.ts";
import type { ExecutionRecord } from "../../../../../src/protocol/executions.ts";

function run(time: number, life = "a", command = "echo"): ExecutionRecord {
  const at = new Date(time).toISOString();
  const id = `exec-${time}-1-${life}`;
  return {
    id,
    command,
    args: [],
    startedAt: at,
    queuedAt: at,
    status: "completed",
    output: "",
    target: "editor",
    windowId: life,
  };
}

const times = ({ executions }: ReturnType<typeof mergeLists>) => executions.map(({ id }) => id.split("-")[1]).join();

describe("mergeLists", () => {
  it("lists the executions of all windows, newest first, each once", () => {
    const merged = mergeLists([
      { executions: [run(9), run(5, "b", "first")] },
      { executions: [run(7, "b"), run(5, "b")] },
    ]);
    assert.equal(times(merged), "9,7,5");
    assert.equal(merged.executions.at(-1)?.command, "first");
    assert.equal(merged.nextCursor, undefined);
  });

  it("ends where the first of the pages ends, and goes on there without a gap", () => {
    const lists = [[9, 8, 3, 2].map((time) => run(time)), [7, 6, 5, 4, 1].map((time) => run(time, "b"))];
    /** As a window answers: at most two after the cursor. */
    const page = (all: readonly ExecutionRecord[], cursor: string | undefined) => {
      const before = Number(cursor?.split("-")[1] ?? Number.POSITIVE_INFINITY);
      const rest = all.filter(({ id }) => Number(id.split("-")[1]) < before);
      const executions = rest.slice(0, 2);
      const last = executions.at(-1)?.id;
      return { executions, ...(rest.length > 2 && last !== undefined && { nextCursor: last }) };
    };
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const merged = mergeLists(lists.map((list) => page(list, cursor)));
      seen.push(times(merged));
      cursor = merged.nextCursor;
    } while (cursor !== undefined);
    assert.equal(seen.filter((text) => text !== "").join(), "9,8,7,6,5,4,3,2,1");
  });
});
