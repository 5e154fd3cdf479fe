import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { findPortOwner } from "../../../../src/server/listen/portOwner.ts";
import { basename } from "node:path";
import { portOf } from "../../../support/httpClient.ts";
import { startTestBridge } from "../../../support/testBridge.ts";

/** A pid that lived and lives no more. */
function deadPid(): number {
  return Number(execFileSync(process.execPath, ["-p", "process.pid"]).toString());
}

describe("findPortOwner", () => {
  it("recognizes another bridge by its entry, its process and its health", async () => {
    const bridge = await startTestBridge();
    try {
      const entry = { url: bridge.server.url, pid: process.pid };
      const owner = await findPortOwner(bridge.port, [{ url: "http://127.0.0.1:1", pid: process.pid }, entry]);
      assert.deepEqual(owner, {
        kind: "sibling",
        pid: process.pid,
        sentence: `Port ${bridge.port} is used by the Kiro Bridge of another window (process ${process.pid}).`,
      });
      const dead = await findPortOwner(bridge.port, [{ url: bridge.server.url, pid: deadPid() }]);
      assert.equal(dead.kind, "stranger");
    } finally {
      await bridge.dispose();
    }
  });

  it("names another program, with or without an entry, by its process or its server header", async () => {
    const server = createServer((_request, response) => void response.setHeader("Server", "nginx/1.2").end());
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, "127.0.0.1", resolve);
    await promise;
    try {
      const port = portOf(server);
      const owner = await findPortOwner(port, [{ url: `http://127.0.0.1:${port}`, pid: process.pid }]);
      assert.equal(owner.kind, "stranger");
      const program = basename(process.execPath).replace(/\.exe$/, "");
      const sentences = [
        `Port ${port} is used by '${program}' (process ${process.pid}).`,
        // Where nothing tells who listens.
        `Port ${port} is used by a program named 'nginx/1.2'.`,
      ];
      assert.ok(sentences.includes(owner.sentence), owner.sentence);
    } finally {
      server.close();
    }
  });

  it("has a message for a port without a response", async () => {
    assert.match((await findPortOwner(1, [])).sentence, /^Port 1 is used by /);
  });
});
