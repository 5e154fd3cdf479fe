import { chaosOf, exchange } from "../support/plugins/chaos/chaos.ts";
import { NatsPlace } from "../support/plugins/chaos/natsPlace.ts";
import { describeNats } from "../support/nats/describeNats.ts";
import { NatsServer } from "../support/nats/natsServer.ts";

const DEADLINE_MS = 300_000;

describeNats("20 plugins of two bridges on a NATS server, all of which fail at random", () => {
  it("lose none of 10,000 durable messages, double no effect, keep the order and forge nothing", async () => {
    await using server = await NatsServer.start();
    await exchange(await NatsPlace.create(server), chaosOf(10_000, 50));
  }).timeout(DEADLINE_MS);
});
