// A program that takes part in the bus of plugins with the library of any version. Arguments: `leave` or `find`, the path of
// the library, the address and the token.
import { pathToFileURL } from "node:url";

const [step, library, url, token] = process.argv.slice(2);
const { connect, getMessageBus, DistributedStateManager } = await import(pathToFileURL(library).href);

await connect({ url, token });
const keeper = getMessageBus("keeper");
const state = new DistributedStateManager("keeper");
await state.ready();

if (step === "leave") {
  state.setRegister("currency", "EUR");
  state.incrementCounter("sold", 3);
  state.addToSet("articles", { name: "tea" });
  await state.flush();
  // Messages are kept from the subscription on. The handler never acknowledges them.
  const firstCame = new Promise((resolve) => {
    keeper.subscribe(
      "orders/*",
      ({ payload }) => {
        resolve(payload);
        return new Promise(() => undefined);
      },
      { durable: true },
    );
  });
  const shop = getMessageBus("shop");
  for (const order of [1, 2]) await shop.publish({ topic: "orders/new", payload: { order } });
  await firstCame;
} else {
  const messages = [];
  await new Promise((resolve) => {
    keeper.subscribe(
      "orders/*",
      ({ payload }) => {
        if (messages.push(payload) === 2) resolve();
      },
      { durable: true },
    );
  });
  const found = {
    register: state.getRegister("currency"),
    counter: state.getCounter("sold"),
    members: state.getSet("articles"),
    messages,
  };
  process.stdout.write(JSON.stringify(found));
}
process.exit(0);
