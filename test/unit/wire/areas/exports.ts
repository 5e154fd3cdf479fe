import type { Area } from "../area.ts";

const NOBODY = "/kiro/exports/nobody";

/** The destinations of exports, where there are none, and the traces that they continue. */
export const exports: Area = {
  name: "exports",
  play: async (wire) => {
    await wire.call("no destinations", "GET /kiro/exports");
    await wire.call("no destinations of a window", "GET /kiro/exports?windowId=window-1");
    await wire.call("refuses who has no token", "GET /kiro/exports", { isStranger: true });
    await wire.call("a test of an unknown destination", `POST ${NOBODY}/test`);
    await wire.call("a replay of an unknown destination", `POST ${NOBODY}/replay`);
    await wire.call("dead letters of an unknown destination", `GET ${NOBODY}/dead-letters`);
    await wire.call("refuses a limit of nothing", `GET ${NOBODY}/dead-letters?limit=0`);
    await wire.call("removes dead letters of an unknown destination", `DELETE ${NOBODY}/dead-letters`);
    const headers = { traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" };
    await wire.call("a command in a trace", "POST /api/kiro/execute", { body: { command: "test.echo" }, headers });
  },
};
