import assert from "node:assert/strict";
import { consumerOf } from "../../../support/plugins/durableMessages.ts";
import { DurableLogs, publish } from "../../../support/plugins/durableLogs.ts";
import { until } from "../../../support/until.ts";

describe("A DurableLog that delivers ahead", () => {
  let logs: DurableLogs;
  beforeEach(async () => {
    logs = await DurableLogs.create();
  });
  afterEach(() => logs.dispose());

  it("makes no message a dead letter while an earlier one waits for its acknowledgement", async () => {
    const log = logs.open();
    const consumer = consumerOf("a", { maxDeliver: 1 });
    await log.declareConsumer(consumer);
    await publish(log, 1, 2, 3);
    const handled: unknown[] = [];
    const never = new Promise<void>(() => undefined);
    let isFirst = true;
    log.consume(
      consumer,
      async ({ message: { payload } }) => {
        if (payload === 2) throw new Error("no");
        if (payload === 1 && isFirst) {
          isFirst = false;
          return await never;
        }
        handled.push(payload);
      },
      { window: 2 },
    );
    await until(() => handled.includes(3));
    assert.deepEqual(handled, [1, 3]);
    const letters = await log.deadLetters.list(10);
    assert.deepEqual(
      letters.map(({ message }): unknown => message.payload),
      [2],
    );
  });
});
