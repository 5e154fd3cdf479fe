import assert from "node:assert/strict";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { TEST_TOKEN } from "../support/testBridge.ts";
import { EventReader } from "../support/windows/eventReader.ts";
import { WindowGroup } from "../support/windows/windowGroup.ts";
import type { WindowProcess } from "../support/windows/windowProcess.ts";

const MiB = 2 ** 20;
/** Their responses have 32 MiB, which the bridge holds. */
const SLOW_READERS = 8;
/** Longer than a link lives without a heartbeat. */
const SEVERAL_HEARTBEATS_MS = 4_000;

/** Whole bridges, each in a process of its own, with much data between them. */
describe("Large data of a member", function () {
  this.timeout(300_000);
  let group: WindowGroup;
  let windows: readonly WindowProcess[];
  let reader: EventReader | undefined;

  beforeEach(async () => {
    group = await WindowGroup.create();
    const settings = { "api.maxBodyBytes": 12 * MiB };
    windows = [await group.start("owner", { settings }), await group.start("member", { settings })];
    await group.settled(windows);
  });
  afterEach(async () => {
    reader?.stop();
    reader = undefined;
    await group.dispose();
  });

  const execute = async (body: object): Promise<Record<string, unknown>> => {
    const answer = await group.call("/api/kiro/execute", { body: { windowId: "member", ...body } });
    assert.equal(answer?.status, 200, answer?.text.slice(0, 500));
    return answer.json;
  };
  /** Sends an execute whose response is not read yet. */
  const executeSlowly = (body: object): Promise<IncomingMessage> => {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const headers = { authorization: `Bearer ${TEST_TOKEN}`, "content-type": "application/json" };
    const options = { host: "127.0.0.1", port: group.port, path: "/api/kiro/execute", method: "POST", headers };
    const request = httpRequest({ ...options, agent: false }, resolve);
    request.once("error", reject);
    request.end(JSON.stringify({ windowId: "member", ...body }));
    return promise;
  };
  const textOf = async (response: IncomingMessage): Promise<string> => {
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  };

  it("reaches it and comes back unchanged: a body of 10 MB, a value of 7 MB, an output of 20 MB", async () => {
    const text = "äbc".repeat(Math.floor((10 * MiB) / 4));
    const { result } = await execute({ command: "test.length", params: [text] });
    assert.equal(result, text.length);
    const large = await execute({ command: "test.large", params: [7 * MiB] });
    assert.equal(String(large["result"]).length, 7 * MiB);
    reader = await EventReader.open(group.port, "ws");
    const said = await execute({ command: `say ${20 * MiB}`, target: "cli" });
    const here = await execute({ command: `say ${20 * MiB}`, target: "cli", windowId: "owner" });
    assert.equal(String(said["output"]).length, String(here["output"]).length);
    assert.equal(said["isTruncated"], here["isTruncated"]);
    const id = String(said["executionId"]);
    const record = await group.call(`/api/kiro/executions/${id}`);
    assert.equal(record?.json["output"], said["output"]);
    await reader.untilEvent(({ type, executionId }) => type === "command-completed" && executionId === id, "its end");
    assert.deepEqual(reader.violations, []);
  });

  it("for clients that do not read stops neither heartbeats nor other requests", async () => {
    const roles = windows.map(({ roleChanges }) => roleChanges);
    const slow = await Promise.all(
      Array.from({ length: SLOW_READERS }, () => executeSlowly({ command: "test.large", params: [2 * MiB] })),
    );
    const until = performance.now() + SEVERAL_HEARTBEATS_MS;
    let sent = 0;
    while (performance.now() < until || sent < 100) {
      assert.equal((await execute({ command: "test.windowId" }))["output"], "member");
      sent++;
    }
    assert.deepEqual(
      windows.map(({ roleChanges }) => roleChanges),
      roles,
      "a link has ended",
    );
    for (const response of slow) {
      const { result } = JSON.parse(await textOf(response)) as { result: string };
      assert.equal(result.length, 2 * MiB);
    }
  });
});
