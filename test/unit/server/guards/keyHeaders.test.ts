import assert from "node:assert/strict";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";
import { callPort } from "../../../support/httpClient.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../../support/testBridge.ts";

describe("The headers in which clients of other vendors send the token", () => {
  const principals = new FakePrincipals();
  const client = principals.add("client");
  const right = client.token;
  const wrong = `kbt_client_${"y".repeat(43)}`;
  let bridge: TestBridge;

  before(async () => {
    bridge = await startTestBridge({ principals });
  });
  after(() => bridge.dispose());

  const status = async (path: string, headers: Record<string, string | string[]>): Promise<number> =>
    (await callPort(bridge.port, path, { headers })).status;

  it("are accepted on the paths of their APIs, of the owner and of clients", async () => {
    for (const name of ["x-api-key", "api-key", "X-Api-Key"])
      for (const token of [right, TEST_TOKEN])
        for (const path of ["/v1/models", "/openai/v1/models", "/openai/models?api-version=2024-10-21"])
          assert.equal(await status(path, { [name]: token }), 200, `${name} ${path}`);
  });

  it("are of no use on any other path", async () => {
    for (const path of [
      "/api/kiro/status",
      "/kiro/sessions",
      "/mcp",
      "/v1",
      "/v10/models",
      "/api/v1/models",
      "/openai",
    ])
      assert.equal(await status(path, { "x-api-key": right, "api-key": right }), 401, path);
  });

  it("do not matter beside Authorization, which wins, right or wrong", async () => {
    assert.equal(await status("/v1/models", { Authorization: `Bearer ${right}`, "x-api-key": wrong }), 200);
    assert.equal(await status("/v1/models", { Authorization: `Bearer ${wrong}`, "x-api-key": right }), 401);
    for (const authorization of ["", "Basic eDp5", `Bearer`, `Bearer ${wrong} ${right}`])
      assert.equal(await status("/v1/models", { Authorization: authorization, "x-api-key": right }), 401);
  });

  it("are refused if they differ, are repeated, or have more than a token", async () => {
    assert.equal(await status("/v1/models", { "x-api-key": right, "api-key": right }), 200);
    assert.equal(await status("/v1/models", { "x-api-key": right, "api-key": wrong }), 401);
    assert.equal(await status("/v1/models", { "x-api-key": [right, right] }), 401);
    assert.equal(await status("/v1/models", { "api-key": [right, wrong] }), 401);
    for (const value of ["", `Bearer ${right}`, `${right} ${right}`, `${right},`])
      assert.equal(await status("/v1/models", { "x-api-key": value }), 401, value);
  });

  it("are never read from the URL", async () => {
    for (const name of ["api-key", "api_key", "apikey", "x-api-key", "token"])
      assert.equal(await status(`/v1/models?${name}=${right}`, { "x-api-key": right }), 401, name);
  });

  it("are of no use for an upgrade", async () => {
    const upgrade = { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13" };
    const headers = { ...upgrade, "Sec-WebSocket-Key": "AQIDBAUGBwgJCgsMDQ4PEA==", "x-api-key": right };
    for (const path of ["/ws", "/v1/responses"]) assert.equal(await status(path, headers), 401, path);
  });

  it("end with the access, as any token", async () => {
    const other = principals.add("other");
    assert.equal(await status("/v1/models", { "x-api-key": other.token }), 200);
    principals.end(other);
    assert.equal(await status("/v1/models", { "x-api-key": other.token }), 401);
  });
});
