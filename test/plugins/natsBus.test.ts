import { systemClock } from "../../src/base/clock.ts";
import { silentLogger } from "../../src/base/logger.ts";
import { MessageBroker } from "../../src/plugins/bus/broker/messageBroker.ts";
import { connectNats, freshPrefix } from "../support/nats/natsBus.ts";
import { describeNats } from "../support/nats/describeNats.ts";
import { NatsServer } from "../support/nats/natsServer.ts";
import type { DurableEnd } from "../support/plugins/durableWorld.ts";
import { busOf } from "../support/plugins/busUnderTest.ts";
import { busSuite } from "../unit/plugins/transport/busSuite.ts";
import { durableBusSuite } from "../unit/plugins/transport/durableBusSuite.ts";
import { durableSuite } from "../unit/plugins/transport/durableSuite.ts";

describeNats("The bus of two bridges on one NATS server", () => {
  let server: NatsServer;
  before(async () => {
    server = await NatsServer.start();
  });
  after(() => server[Symbol.asyncDispose]());

  busSuite(async () => {
    const prefix = freshPrefix();
    const transports = [await connectNats(server, { prefix }), await connectNats(server, { prefix })];
    const brokers = transports.map(
      (transport) => new MessageBroker({ transport, clock: systemClock, logger: silentLogger }),
    );
    return busOf(brokers, async () => {
      // The second time, each of them learns what the others have declared.
      for (const _ of [1, 2]) await Promise.all(transports.map((transport) => transport.flush()));
    });
  }, [durableBusSuite]);

  describe("durable topics", () =>
    durableSuite(async () => {
      const prefix = freshPrefix();
      const start = async (): Promise<DurableEnd> => {
        const transport = await connectNats(server, { prefix });
        const { durable } = transport;
        return { durable, publish: (packet) => durable.append(packet), close: () => transport.dispose() };
      };
      return { start, dispose: () => Promise.resolve() };
    }));
});
