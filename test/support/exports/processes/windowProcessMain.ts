import { silentLogger } from "../../../../src/base/logger.ts";
import { openOutbox } from "../../../../src/exports/outbox/outbox.ts";
import { CapturedWindow } from "../capturedWindow.ts";

/** Stores runs in an outbox, says so, and stays until it is killed. */
const [, , folder = "", order = "{}"] = process.argv;
const { ended, open, acked = 0 }: { ended: number; open: number; acked?: number } = JSON.parse(order);
const outbox = await openOutbox({
  folder,
  windowId: "dead",
  epoch: "epoch",
  logger: silentLogger,
  segmentBytes: 20_000,
});
const reader = await outbox.reader("first", { wants: () => true, level: "all" });
const window = new CapturedWindow(outbox, "dead");
for (let count = 0; count < open; count++) window.start();
for (let count = 0; count < ended; count++) window.start().finish({ kind: "completed", output: "done" });
outbox.flush();
if (acked > 0) {
  const facts = await reader.next({ maxFacts: acked, maxLength: Number.MAX_SAFE_INTEGER });
  reader.ack(facts.map(({ id }) => id));
  await reader.dispose();
}
process.send?.("ready");
// Listening keeps it alive.
process.on("message", () => undefined);
