import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request as httpRequest, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { FAILED_MS, RecentPlaces, STREAMED_MS } from "../../../../src/gateways/door/recentPlaces.ts";
import { ManualClock } from "../../../support/windows/manualClock.ts";

describe("The window of a recent request", () => {
  let clock: ManualClock;
  let places: RecentPlaces;
  beforeEach(() => {
    clock = new ManualClock();
    places = new RecentPlaces(clock);
  });

  /** Answers a request that was recorded, and checks on the way that it is known meanwhile. */
  async function answer(isStream: boolean, end: (response: ServerResponse) => void): Promise<void> {
    const closed = Promise.withResolvers<void>();
    const server = createServer((_request, response) => {
      places.enter("key", "window", response, isStream);
      response.once("close", () => closed.resolve());
      assert.equal(places.windowOf("key"), "window");
      end(response);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const call = httpRequest({ port, host: "127.0.0.1", agent: false }, (response) => response.resume()).end();
    call.on("error", () => undefined);
    await closed.promise;
    server.close();
  }

  async function lasts(ms: number): Promise<void> {
    await clock.pass(ms - 1);
    assert.equal(places.windowOf("key"), "window");
    await clock.pass(1);
    assert.equal(places.windowOf("key"), undefined);
  }

  it("is kept for as long as its turn keeps a failure", async () => {
    await answer(false, (response) => response.writeHead(500).end());
    await lasts(FAILED_MS);
    await answer(true, (response) => response.destroy());
    await lasts(FAILED_MS);
  });

  it("is kept for a moment after a stream, which may have failed inside", async () => {
    await answer(true, (response) => response.writeHead(200).end());
    await lasts(STREAMED_MS);
  });

  it("is not kept after an answer, or an error before anything ran", async () => {
    for (const status of [200, 400, 503]) {
      await answer(false, (response) => response.writeHead(status).end());
      assert.equal(places.windowOf("key"), undefined, String(status));
    }
  });

  it("is unknown for any other request", () => {
    assert.equal(places.windowOf("other"), undefined);
  });
});
