import assert from "node:assert/strict";
import type { Principal } from "../../../src/core/access/principal.ts";
import type { Core } from "../../support/core.ts";
import { FakePrincipals } from "../../support/fakePrincipals.ts";
import { HistoryWindows, nextMillisecond } from "../../support/historyWindows.ts";

describe("The history of a principal that may see its own executions only", () => {
  const principals = new FakePrincipals();
  const own = principals.add("own");
  const other = principals.add("other");
  const long = principals.add(`https://issuer.example/"${"subject".repeat(30)}"`);
  const viewer = principals.add("viewer", { role: "viewer" });
  let windows: HistoryWindows;

  beforeEach(async () => {
    windows = await HistoryWindows.create();
  });
  afterEach(() => windows.dispose());

  const run = async (core: Core, principal: Principal, text: string): Promise<string> => {
    await nextMillisecond();
    const execution = await core.dispatcher.submit({ command: "echo", args: [text] }, { principal, via: "http" });
    await execution.settled;
    return execution.id;
  };
  const pages = async (core: Core, principal: Principal, query: object = {}): Promise<string[][]> => {
    const all: string[][] = [];
    for (let cursor: string | undefined, isFirst = true; isFirst || cursor !== undefined; isFirst = false) {
      const page = await core.history.list({ limit: 2, ...query, ...(cursor && { cursor }) }, principal);
      all.push(page.executions.map(({ args }) => String(args[0])));
      cursor = page.nextCursor;
      if (cursor !== undefined) assert.equal(page.executions.at(-1)?.id, cursor);
    }
    return all;
  };

  it("has these in memory and in the journals of all windows, in full pages", async () => {
    const first = await windows.open();
    for (const text of ["1", "2", "3"]) {
      await run(first, own, `own ${text}`);
      await run(first, other, `other ${text}`);
      await run(first, long, `long ${text}`);
    }
    const assertAll = async (core: Core): Promise<void> => {
      assert.deepEqual(await pages(core, own), [["own 3", "own 2"], ["own 1"]]);
      assert.deepEqual(await pages(core, other, { search: "own" }), [[]]);
      assert.deepEqual(await pages(core, long, { limit: 10 }), [["long 3", "long 2", "long 1"]]);
      assert.equal((await pages(core, viewer, { limit: 10 })).flat().length, 9);
    };
    await assertAll(first);
    await assertAll(await windows.reopen(first));
  });

  it("finds none of another principal by its ID", async () => {
    const first = await windows.open();
    const id = await run(first, other, "x");
    for (const core of [first, await windows.reopen(first)]) {
      assert.equal(await core.history.find(id, own), undefined);
      assert.equal((await core.history.find(id, other))?.id, id);
      assert.equal((await core.history.find(id, viewer))?.id, id);
    }
  });
});
