import assert from "node:assert/strict";
import { callPort } from "../../../support/httpClient.ts";
import { startTestBridge } from "../../../support/testBridge.ts";

const STATUS = "/api/kiro/status";

describe("The rate limit", () => {
  it("rejects with RATE_LIMIT_EXCEEDED and Retry-After, exempts health, and starts again with a new token", async () => {
    const bridge = await startTestBridge({ limits: { maxRequestsPerMinute: 3 } });
    try {
      for (let count = 0; count < 3; count++) assert.equal((await bridge.call(STATUS)).status, 200);
      const answer = await bridge.call(STATUS);
      assert.equal(answer.status, 429);
      assert.equal(answer.json["code"], "RATE_LIMIT_EXCEEDED");
      assert.equal(answer.json["recoverable"], true);
      assert.deepEqual(answer.json["context"], { limit: 3 });
      const seconds = Number(answer.headers["retry-after"]);
      assert.ok(seconds >= 1 && seconds <= 60, String(seconds));
      assert.equal((await callPort(bridge.port, "/health")).status, 200);
      assert.equal((await callPort(bridge.port, STATUS)).status, 401);
      bridge.server.rotateToken("new-token");
      assert.equal((await bridge.call(STATUS, { headers: { Authorization: "Bearer new-token" } })).status, 200);
    } finally {
      await bridge.dispose();
    }
  });
});
