import assert from "node:assert/strict";
import { readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { identify, processSpace } from "../../../../../src/core/processes.ts";
import { answerItem, Conversations, place, userItem } from "../../../../support/models/conversations.ts";
import { until } from "../../../../support/until.ts";
import { ManualClock } from "../../../../support/windows/manualClock.ts";

const MINUTE_MS = 60_000;

describe("The claim of a conversation", () => {
  let conversations: Conversations;

  beforeEach(async () => {
    conversations = await Conversations.create();
  });
  afterEach(() => conversations.dispose());

  const claim = async (): Promise<string> => {
    const name = (await readdir(conversations.folder)).find((found) => found.endsWith(".claim"));
    return join(conversations.folder, name ?? "none");
  };
  /** Lets the conversation be that of another process. */
  const claimFor = async (owner: object, ageMs = 0): Promise<void> => {
    const path = await claim();
    const theirs = { id: "theirs", pid: process.pid, space: processSpace, ...owner };
    await writeFile(path, JSON.stringify(theirs));
    await utimes(path, new Date(Date.now() - ageMs), new Date(Date.now() - ageMs));
  };

  it("is taken from an ended process, from another machine that is silent, and from nobody else", async function () {
    // Windows does not say when a process has started.
    if (process.platform === "win32") this.skip();
    const self = await identify(process.pid);
    const later = { pid: process.pid, started: `${self?.started ?? ""} of another process` };
    const cases: readonly (readonly [string, object, number, boolean])[] = [
      ["a process that has ended", { pid: 2 ** 22 - 1 }, 0, false],
      ["a later process with the same ID", later, 0, false],
      ["this process", { started: self?.started }, 10 * MINUTE_MS, true],
      ["another machine", { space: "another machine" }, MINUTE_MS, true],
      ["another machine that is silent", { space: "another machine" }, 3 * MINUTE_MS, false],
      ["a process whose start is unknown", {}, MINUTE_MS, true],
      ["a process whose start is unknown, and that is silent", {}, 3 * MINUTE_MS, false],
    ];
    for (const [what, owner, ageMs, isHeld] of cases) {
      const first = await conversations.window().open(place, true);
      await claimFor(owner, ageMs);
      const { isHeldElsewhere } = await conversations.window().open(place, false);
      assert.equal(isHeldElsewhere, isHeld, what);
      await first.dispose();
      await claimFor({ pid: 2 ** 22 - 1 });
    }
  });

  it("is taken if it cannot be read", async () => {
    await conversations.window().open(place, true);
    await writeFile(await claim(), "{");
    assert.equal((await conversations.window().open(place, false)).isHeldElsewhere, false);
  });

  it("is touched every minute, so that other machines know it is held", async () => {
    const clock = new ManualClock();
    await conversations.window({ clock }).open(place, true);
    const path = await claim();
    await utimes(path, new Date(0), new Date(0));
    await clock.pass(MINUTE_MS);
    await until(async () => (await stat(path)).mtimeMs > 0);
  });

  it("lets a process that was stopped for long do no harm when it runs on", async () => {
    const stopped = await conversations.window().open(place, true);
    await stopped.append(userItem("before"), "exec-1");
    await claimFor({ space: "another machine" }, 3 * MINUTE_MS);
    const window = conversations.window();
    const next = await window.open(place, false);
    await next.append(userItem("after"), "exec-2");
    await stopped.append(answerItem("late"), "exec-1");
    await stopped.rewrite([userItem("late summary")], 0);
    await stopped.append(answerItem("later"), "exec-3");
    await stopped.dispose();
    await next.append(answerItem("yes"), "exec-2");
    await next.dispose();
    const { items } = await window.open(place, false);
    assert.deepEqual(
      items.filter(({ role }) => role === "user"),
      [userItem("before"), userItem("after")],
    );
    assert.deepEqual(items.at(-1), answerItem("yes"));
    const [path = ""] = await conversations.files();
    assert.doesNotMatch(await readFile(path, "utf8"), /late/);
  });
});
