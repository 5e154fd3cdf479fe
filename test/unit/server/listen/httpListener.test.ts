import assert from "node:assert/strict";
import { HttpListener } from "../../../../src/server/listen/httpListener.ts";
import { RawConnection } from "../../../support/httpClient.ts";
import { until } from "../../../support/until.ts";

describe("HttpListener", () => {
  it("closes each pipelined response once when the client disconnects", async () => {
    const paths: string[] = [];
    const closed: string[] = [];
    const listener = new HttpListener(
      {
        request: ({ url = "" }, response) => {
          paths.push(url);
          response.on("close", () => closed.push(url));
        },
        upgrade: () => assert.fail("nobody asked for an upgrade"),
      },
      { receiveTimeoutMs: 60_000 },
    );
    const connection = new RawConnection(await listener.listen("127.0.0.1", 0));
    try {
      for (const path of ["/first", "/second", "/third"]) connection.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
      await until(() => paths.length === 3, "three requests to arrive");
      assert.deepEqual(closed, []);
      connection.close();
      await until(() => closed.length >= 3, "three responses to be closed");
    } finally {
      connection.close();
      await listener.close();
    }
    assert.deepEqual([closed.length, new Set(closed)], [3, new Set(paths)]);
  });
});
