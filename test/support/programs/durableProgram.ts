// A bridge that stores durable messages until it is killed: `node durableProgram.ts <folder> <first number>`. Publishes
// messages with rising numbers for the consumers `reader`, which has no subscription, and `worker`, which acknowledges
// them. Prints `stored <number>` for each message that the log has confirmed, and `done <number>` for each that the worker
// has received.
import { writeSync } from "node:fs";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { DurableLog } from "../../../src/plugins/durable/durableLog.ts";
import { LogFolder } from "../../../src/plugins/durable/logFolder.ts";
import { consumerOf, packetOf } from "../plugins/durableMessages.ts";

const AT_ONCE = 25;

const [folder = "", first = "0"] = process.argv.slice(2);
const files = new LogFolder(folder);
const deps = { files, clock: systemClock, logger: silentLogger, isOwner: () => Promise.resolve(true) };
const log = new DurableLog(deps, { maxSegmentBytes: 32 * 1024 });
log.consume(consumerOf("worker"), async ({ message }) => say(`done ${String(message.payload)}`));
await log.declareConsumer(consumerOf("reader"));

for (let number = Number(first); ; number += AT_ONCE) {
  const batch = Array.from({ length: AT_ONCE }, (_, index) => number + index);
  await Promise.all(batch.map(store));
}

async function store(number: number): Promise<void> {
  await log.append(packetOf({ messageId: `${number}`, payload: number }));
  say(`stored ${number}`);
}

/** Writes to the pipe, also while the parent is slow to read: what has happened is known there, even if this process dies. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}
