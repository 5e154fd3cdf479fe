import assert from "node:assert/strict";
import type { OpenConversation } from "../../../../../src/agents/engines/ports.ts";
import type { ConversationItem } from "../../../../../src/core/models/step.ts";
import { Random } from "../../../../simulation/time/random.ts";
import {
  answerItem,
  callItem,
  Conversations,
  place,
  problemOf,
  resultItem,
  userItem,
} from "../../../../support/models/conversations.ts";

describe("A conversation on the disk", () => {
  let conversations: Conversations;

  beforeEach(async () => {
    conversations = await Conversations.create();
  });
  afterEach(() => conversations.dispose());

  it("is that in memory after any changes, although none waits for the one before", async () => {
    for (let seed = 1; seed <= 25; seed++) {
      const random = new Random(seed);
      const window = conversations.window();
      let conversation = await window.open({ ...place, name: `seed ${seed}` }, true);
      let turn = 0;
      for (let round = 0; round < 4; round++) {
        const changes: Promise<void>[] = [];
        for (let count = random.int(1, 8); count > 0; count--) {
          turn += 1;
          for (const item of turnOf(turn, random)) changes.push(conversation.append(item, `exec-${turn}`));
          if (random.chance(0.3)) changes.push(compact(conversation, random));
          if (random.chance(0.2)) await Promise.all(changes);
        }
        const { items, turns } = conversation;
        await conversation.dispose();
        await Promise.all(changes);
        conversation = await window.open({ ...place, name: `seed ${seed}` }, false);
        assert.deepEqual(conversation.items, items, `seed ${seed}, round ${round}`);
        assert.equal(conversation.turns, turns, `seed ${seed}, round ${round}`);
        assert.equal(turns, turn, `seed ${seed}, round ${round}`);
        assert.equal(problemOf(items), undefined);
      }
      await window.dispose();
    }
    assert.deepEqual(conversations.warnings, []);
  });
});

function turnOf(turn: number, random: Random): readonly ConversationItem[] {
  const id = `call-${turn}`;
  const calls = random.chance(0.5) ? [callItem(id), resultItem(`result ${turn}`, id)] : [];
  return [userItem(`prompt ${turn}`), ...calls, answerItem(`answer ${turn}`)];
}

/** Replaces whole turns by a summary. */
function compact(conversation: OpenConversation, random: Random): Promise<void> {
  const starts = [...conversation.items.keys()].filter((at) => conversation.items[at]?.role === "user");
  const from = random.pick(starts) ?? 0;
  const kept = conversation.items.length - from;
  return conversation.rewrite(from === 0 ? [] : [userItem("summary"), answerItem("yes")], kept);
}
