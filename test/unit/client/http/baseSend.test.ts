import assert from "node:assert/strict";
import { KiroBridgeClient } from "../../../../src/client/client.ts";
import type { Endpoint } from "../../../../src/client/http/endpoint.ts";
import { isKiroBridgeError } from "../../../../src/client/errors.ts";
import { inspect } from "node:util";

const ADDRESS = "http://127.0.0.1:3001";

class NotedEndpoint implements Endpoint {
  url = ADDRESS;
  readonly latestToken = "first";
  readonly noted: boolean[] = [];

  token(): Promise<string> {
    return Promise.resolve("first");
  }

  renew(): Promise<string> {
    return Promise.resolve("second");
  }

  reached(isBridge: boolean): void {
    this.noted.push(isBridge);
  }
}

function refused(): Response {
  const body = { code: "AUTHENTICATION_FAILED", message: "The token is wrong.", recoverable: false };
  return Response.json(body, { status: 401 });
}

describe("A request of the SDK", () => {
  it("does not quote a token in its error that cannot be sent", async () => {
    const client = new KiroBridgeClient(ADDRESS, { token: "secret-one\nsecret-two", retry: true });
    await assert.rejects(client.me(), (error) => {
      assert.ok(isKiroBridgeError(error));
      assert.deepEqual([error.code, error.recoverable], ["CONFIGURATION_ERROR", false]);
      assert.ok(!inspect(error).includes("secret"));
      return true;
    });
  });

  it("rejects an Idempotency-Key that cannot be sent as an error of the program", async () => {
    const client = new KiroBridgeClient(ADDRESS, { token: "token", retry: true });
    const call = client.executeCommand("test.echo", [], { idempotencyKey: "ключ" });
    await assert.rejects(call, { code: "CONFIGURATION_ERROR", recoverable: false });
  });

  it("leaves no failure of a token unhandled when it is aborted before", async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on("unhandledRejection", note);
    try {
      const client = new KiroBridgeClient(ADDRESS, { token: () => Promise.reject(new Error("no token")) });
      await assert.rejects(client.me({ signal: AbortSignal.abort(new Error("aborted")) }), /aborted/);
      await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual(unhandled, []);
    } finally {
      process.off("unhandledRejection", note);
    }
  });

  it("has the bridge prove itself again when it cannot be reached with the renewed token either", async () => {
    const endpoint = new NotedEndpoint();
    let requests = 0;
    const fetch = (): Promise<Response> =>
      ++requests === 1 ? Promise.resolve(refused()) : Promise.reject(new TypeError("fetch failed"));
    await assert.rejects(new KiroBridgeClient(endpoint, { fetch }).me(), { code: "NETWORK_ERROR" });
    assert.deepEqual(endpoint.noted, [true, false]);
  });

  it("stays with the address when the platform gives up the wait for a long execution", async () => {
    const endpoint = new NotedEndpoint();
    const urls: unknown[] = [];
    const fetch: typeof globalThis.fetch = (url) => {
      urls.push(url);
      endpoint.url = "http://127.0.0.1:3002";
      if (urls.length === 1) return Promise.reject(new DOMException("The wait was too long.", "TimeoutError"));
      return Promise.resolve(Response.json({ success: true, output: "" }));
    };
    await new KiroBridgeClient(endpoint, { fetch }).executeCommand("test.echo");
    assert.deepEqual(
      urls,
      Array.from({ length: 2 }, () => `${ADDRESS}/api/kiro/execute`),
    );
  });
});
