// A window that has a conversation until it is killed: `node conversationProgram.ts <folder> <turns> [<fatal> <delay>]`. Adds
// turns to the conversation, each with a call, and prints `adding <turn> <item>` before and `added <turn> <item>` after each
// item, counted from 1 in this process. Compacts after every fourth turn. Kills itself when it has printed the line `fatal`,
// so many iterations of the event loop later as `delay` says, in which it goes on.
import { writeSync } from "node:fs";
import { createServer } from "node:net";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { StoredConversations } from "../../../src/agents/models/memory/conversationStore.ts";
import { Redactor } from "../../../src/core/privacy/redactor.ts";
import { answerItem, callItem, place, resultItem, userItem } from "../models/conversations.ts";

const KEPT_ITEMS = 8;
const TURNS_UNTIL_COMPACTED = 4;

const [folder = "", turns = "0", fatal = "", delay = "0"] = process.argv.slice(2);
const store = new StoredConversations({
  folder,
  limits: { maxBytes: 1e9, maxAgeMs: 1e9 },
  redactor: new Redactor(),
  clock: systemClock,
  logger: silentLogger,
});
const conversation = await store.open(place, false);
say(conversation.isHeldElsewhere ? "held" : `opened ${conversation.turns}`);
for (let turn = 1; turn <= Number(turns); turn++) await addTurn(turn, conversation.turns + 1);
say("done");
// Lives until it is killed.
createServer().listen(0);

async function addTurn(turn: number, number: number): Promise<void> {
  const id = `call-${number}`;
  const items = [userItem(`prompt ${number}`), callItem(id), resultItem(`result ${number}`, id), answerItem("done")];
  for (const [index, item] of items.entries()) {
    say(`adding ${turn} ${index}`);
    await conversation.append(item, `exec-${number}`);
    say(`added ${turn} ${index}`);
  }
  if (turn % TURNS_UNTIL_COMPACTED !== 0) return;
  say(`compacting ${turn}`);
  await conversation.rewrite([userItem(`summary of ${number}`), answerItem("understood")], KEPT_ITEMS);
  say(`compacted ${turn}`);
}

/** Writes to the pipe, also while the parent is slow to read: what has happened is known there, even if this process dies. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
  if (line === fatal) dieIn(Number(delay));
}

function dieIn(iterations: number): void {
  if (iterations === 0) process.kill(process.pid, "SIGKILL");
  else setImmediate(() => dieIn(iterations - 1));
}
