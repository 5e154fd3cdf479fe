import type { Area } from "../area.ts";

const PATH = "/api/kiro/route";

/** The choice of a plugin, where there is none. */
export const routing: Area = {
  name: "routing",
  play: async (wire) => {
    await wire.call("there is no plugin", `POST ${PATH}`, { body: { text: "Add an endpoint" } });
    await wire.call("refuses a request without a text", `POST ${PATH}`, { body: { files: ["a.py"] } });
    await wire.call("refuses another field", `POST ${PATH}`, { body: { text: "a", budget: 1 } });
    await wire.call("refuses who has no token", `POST ${PATH}`, { body: { text: "a" }, isStranger: true });
    const body = { command: "Add an endpoint", target: "route" };
    await wire.call("there is no plugin to run a request", "POST /api/kiro/execute", { body });
    const named = { command: "plugin.nobody.run", target: "plugin" };
    await wire.call("there is no plugin with this method", "POST /api/kiro/execute", { body: named });
  },
};
