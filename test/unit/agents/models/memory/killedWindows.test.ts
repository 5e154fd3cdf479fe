import assert from "node:assert/strict";
import { join } from "node:path";
import type { ConversationItem } from "../../../../../src/core/models/step.ts";
import { withDeadline } from "../../../../support/editor/deadline.ts";
import { Conversations, place, problemOf, userItem } from "../../../../support/models/conversations.ts";
import { ProcessGroup } from "../../../../support/programs/processGroup.ts";

const program = join(import.meta.dirname, "../../../../support/programs/conversationProgram.ts");
const DEADLINE_MS = 60_000;
/** Lines at which a process kills itself, and iterations of its event loop until then. */
const ends: readonly (readonly [string, number])[] = [
  ["adding 1 0", 0],
  ["added 1 0", 0],
  ...[1, 2, 3, 5, 8].map((delay) => ["adding 2 1", delay] as const),
  ["added 2 1", 0],
  ["added 3 2", 0],
  ...[0, 1, 2, 4, 8, 16].map((delay) => ["compacting 4", delay] as const),
  ["compacted 4", 0],
  ["adding 6 3", 3],
];

describe("Conversations of windows that are killed", () => {
  let conversations: Conversations;
  let programs: ProcessGroup[];

  beforeEach(async () => {
    conversations = await Conversations.create();
    programs = [];
  });
  afterEach(async () => {
    for (const started of programs) await killed(started);
    await conversations.dispose();
  });

  const start = async (...args: readonly string[]): Promise<ProcessGroup> => {
    const started = await ProcessGroup.start(process.execPath, [program, conversations.folder, ...args], {
      env: process.env,
    });
    programs.push(started);
    return started;
  };

  it("are held by a living process, and given to the next one when it has been killed", async () => {
    const first = await start("1");
    await first.waitForLine(/^done$/, DEADLINE_MS);
    const window = conversations.window();
    assert.equal((await window.open(place, false)).isHeldElsewhere, true);
    await killed(first);
    const resumed = await window.open(place, false);
    assert.equal(resumed.isHeldElsewhere, false);
    assert.equal(resumed.turns, 1);
    assert.equal(resumed.items.length, 4);
  });

  it("have every item that was confirmed, and no turn twice, wherever the process was killed", async function () {
    this.timeout(ends.length * DEADLINE_MS);
    let turns = 0;
    for (const [line, delay] of ends) {
      const at = `killed at '${line}' + ${delay}`;
      const started = await start("9", line, String(delay));
      assert.equal(await withDeadline(started.exited, DEADLINE_MS, at), null, at);
      assert.match(started.output, new RegExp(`^opened ${turns}$`, "m"), "no turn was lost, and none counted twice");
      const confirmed = [...started.output.matchAll(/^added \d+ 0$/gm)].length;
      const begun = [...started.output.matchAll(/^adding \d+ 0$/gm)].length;
      const window = conversations.window();
      const conversation = await window.open(place, false);
      assert.equal(conversation.isHeldElsewhere, false, at);
      assert.equal(problemOf(conversation.items), undefined, at);
      // What was being written may be there or not.
      const added = conversation.turns - turns;
      assert.ok(added >= confirmed && added <= begun, `${added} of ${confirmed} to ${begun} turns, ${at}`);
      const prompts = conversation.items.map(numberOf).filter((number) => number !== undefined);
      const expected = Array.from(
        { length: prompts.length },
        (_, index) => conversation.turns - prompts.length + 1 + index,
      );
      assert.deepEqual(prompts, expected, `each turn once and in order, ${at}`);
      ({ turns } = conversation);
      await window.dispose();
    }
    const end = conversations.window();
    const conversation = await end.open(place, false);
    await conversation.append(userItem("after all"), "exec-last");
    assert.equal(conversation.turns, turns + 1);
  });
});

/** Returns the number of the turn that begins with an item. */
function numberOf(item: ConversationItem): number | undefined {
  const [, number] = /"prompt (\d+)"/.exec(JSON.stringify(item)) ?? [];
  return number === undefined ? undefined : Number(number);
}

async function killed(program: ProcessGroup): Promise<void> {
  program.kill();
  await program.exited;
}
