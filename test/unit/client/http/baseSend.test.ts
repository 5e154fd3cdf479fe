import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { inspect } from "node:util";
import { KiroBridgeClient } from "../../../../src/client/client.ts";
import { baseSend } from "../../../../src/client/http/baseSend.ts";
import type { Endpoint } from "../../../../src/client/http/endpoint.ts";
import { isKiroBridgeError } from "../../../../src/client/errors.ts";

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

  it("has the bridge prove itself again when a stream was lost, but not when its reader has left", async () => {
    const endpoint = new NotedEndpoint();
    const { signal } = new AbortController();
    const fetch = (): Promise<Response> => Promise.resolve(new Response("data: one\n\n"));
    const send = baseSend({ endpoint, fetch, name: undefined });
    const open = (): Promise<Response> =>
      send({ method: "GET", path: "/api/kiro/events", accept: "text/event-stream", signal });
    await (await open()).body?.cancel();
    assert.deepEqual(endpoint.noted, [true]);
    assert.equal(await (await open()).text(), "data: one\n\n");
    assert.deepEqual(endpoint.noted, [true, true, false]);
    assert.equal(getEventListeners(signal, "abort").length, 0);
  });

  it("has its deadline for each attempt", async () => {
    let requests = 0;
    const fetch: typeof globalThis.fetch = (_url, init) => {
      requests++;
      return new Promise((_resolve, reject) => {
        const { signal } = init ?? {};
        signal?.addEventListener("abort", () => reject(new Error("aborted", { cause: signal.reason })));
      });
    };
    const client = new KiroBridgeClient(ADDRESS, { fetch, retry: { maxRetries: 1, baseDelayMs: 0 } });
    await assert.rejects(client.executeCommand("test.echo", [], { timeoutMs: 1 }), { code: "OPERATION_TIMEOUT" });
    assert.equal(requests, 2);
  });

  describe("with an Idempotency-Key", () => {
    const lost = new TypeError("fetch failed", { cause: new Error("other side closed") });
    const refusal = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    const unopened = new TypeError("fetch failed", { cause: refusal });

    /** Repeats an execution whose first attempt fails. The bridge is found at another address then. */
    async function move(failure: Error): Promise<{ readonly urls: readonly string[]; readonly result: unknown }> {
      const endpoint = new NotedEndpoint();
      const urls: string[] = [];
      const fetch: typeof globalThis.fetch = (url) => {
        urls.push(new URL(url instanceof Request ? url.url : url).origin);
        endpoint.url = "http://127.0.0.1:3002";
        return urls.length === 1
          ? Promise.reject(failure)
          : Promise.resolve(Response.json({ success: true, output: "" }));
      };
      const client = new KiroBridgeClient(endpoint, { fetch, retry: { baseDelayMs: 0 } });
      const result = await client.executeCommand("test.echo").catch((error: unknown) => error);
      return { urls, result };
    }

    it("does not go to another bridge after one that may have run it", async () => {
      const { urls, result } = await move(lost);
      assert.deepEqual(urls, [ADDRESS]);
      assert.ok(isKiroBridgeError(result));
      assert.deepEqual([result.code, result.recoverable], ["KIRO_UNAVAILABLE", false]);
    });

    it("goes to the bridge at its next address if the first attempt did not reach it", async () => {
      const { urls, result } = await move(unopened);
      assert.deepEqual(urls, [ADDRESS, "http://127.0.0.1:3002"]);
      assert.deepEqual(result, { success: true, output: "" });
    });
  });
});
