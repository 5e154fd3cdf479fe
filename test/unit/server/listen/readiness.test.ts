import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import express from "express";
import { Readiness } from "../../../../src/server/listen/readiness.ts";
import { addHealth } from "../../../../src/server/routes/health.ts";
import { noOtherWindows } from "../../../../src/server/windows/windows.ts";
import { callPort, portOf } from "../../../support/httpClient.ts";

describe("GET /health", () => {
  const readiness = new Readiness();
  let server: Server;

  before(async () => {
    const app = express();
    const access = { store: { keyOf: () => undefined } };
    const deps = { status: { isWindowConnected: true }, access, windows: noOtherWindows };
    addHealth(app, readiness, { prove: () => "", proveBy: () => "" }, deps);
    server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  after(() => server.close());

  it("responds 503 while the bridge starts, 200 while it is open, and 503 once it stops", async () => {
    const ask = async (): Promise<unknown[]> => {
      const { status, json } = await callPort(portOf(server), "/health");
      return [status, json["status"], json["reason"]];
    };
    assert.deepEqual(await ask(), [503, "unhealthy", "starting"]);
    assert.throws(() => readiness.assertOpen(), { context: { reason: "not_running", cause: "bridge-starting" } });
    readiness.open();
    assert.deepEqual(await ask(), [200, "healthy", undefined]);
    readiness.stop();
    readiness.open();
    assert.deepEqual(await ask(), [503, "unhealthy", "stopping"]);
  });
});
