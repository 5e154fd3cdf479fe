import type { Area } from "../area.ts";
import type { Wire } from "../wire.ts";

const PATH = "/api/kiro/bus";

/** The bus of the plugins, over HTTP. */
export const bus: Area = {
  name: "bus",
  play: async (wire) => {
    const stream = await wire.follow("messages as they are published", `${PATH}/messages?name=a&subscribe=build/*`);
    const message = { topic: "build.done", payload: { ok: true } };
    await wire.call("publish", `POST ${PATH}?name=b`, { body: { op: "publish", message } });
    await stream.until(/event: message/);
    await several(wire);
    await refusals(wire);
  },
};

async function several(wire: Wire): Promise<void> {
  const message = { topic: "build/done" };
  await wire.call("several operations", `POST ${PATH}`, {
    body: [
      { id: 1, op: "publish", message },
      { id: 2, op: "request", message: { topic: "plugin/nobody/rpc" } },
      { id: 3, op: "ack", deliveries: [] },
    ],
  });
}

async function refusals(wire: Wire): Promise<void> {
  const body = { op: "publish", message: { topic: "t" } };
  await wire.call("refuses another operation", `POST ${PATH}`, { body: { op: "steal" } });
  await wire.call("refuses a topic with a wildcard", `POST ${PATH}`, {
    body: { op: "publish", message: { topic: "*" } },
  });
  await wire.call("refuses a request to nobody", `POST ${PATH}`, {
    body: { op: "request", message: { topic: "plugin/nobody/rpc" } },
  });
  await wire.call("refuses a session that does not exist", `POST ${PATH}?session=none`, { body });
  await wire.call("refuses a name of the bridge", `POST ${PATH}?name=kiro-bridge`, { body });
  await wire.call("refuses a parameter", `GET ${PATH}/messages?since=1`);
  await wire.call("refuses a pattern", `GET ${PATH}/messages?subscribe=a//b`);
  await wire.call("refuses who has no token", `GET ${PATH}/messages`, { isStranger: true });
}
