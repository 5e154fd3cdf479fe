import assert from "node:assert/strict";
import { once } from "node:events";
import { executeResponseSchema } from "../../../../src/protocol/executions.ts";
import { type LinkedBridges, startLinkedBridges } from "../../../support/windows/linkedBridges.ts";
import { until } from "../../../support/until.ts";

describe("An execute for another window", () => {
  let bridges: LinkedBridges;
  let release: (value: unknown) => void;
  let held: Promise<unknown>;
  const toMember = { windowId: "member-window" };

  beforeEach(async () => {
    const holding = Promise.withResolvers<unknown>();
    release = holding.resolve;
    held = holding.promise;
    bridges = await startLinkedBridges({
      member: { commands: { "test.held": () => held, "test.where": () => "there" } },
    });
  });

  afterEach(async () => {
    release(undefined);
    await bridges.dispose();
  });

  it("runs there, and only there", async () => {
    const { owner, member } = bridges;
    const answer = await owner.execute({ command: "test.where", ...toMember });
    assert.equal(answer.status, 200);
    assert.equal(executeResponseSchema.parse(answer.json).result, "there");
    assert.equal(member.core.executions.all.size, 1);
    assert.equal(owner.core.executions.all.size, 0);
  });

  it("keeps the exact bytes of its body", async () => {
    const body = `{"command":"test.echo","params":["1e999 \\u00e4ä",{"a":-0}],"windowId":"member-window"}`;
    const direct = await bridges.member.execute(body);
    const forwarded = await bridges.owner.execute(body);
    assert.equal(forwarded.json["output"], direct.json["output"]);
  });

  it("names its principal and its program there", async () => {
    await bridges.owner.execute({ command: "test.echo", ...toMember }, { "User-Agent": "my-script/1.0" });
    const [execution] = bridges.member.core.executions.all.values();
    assert.deepEqual(execution?.requestedBy, {
      origin: "program",
      name: "my-script/1.0",
      principal: { id: "owner", name: "Owner", kind: "owner" },
    });
  });

  it("goes on when the client leaves, and its stream is closed", async () => {
    const { owner, member, link } = bridges;
    const body = JSON.stringify({ command: "test.held", ...toMember });
    const connection = owner.connect();
    connection.write(
      `POST /api/kiro/execute HTTP/1.1\r\nHost: 127.0.0.1:${owner.port}\r\nAuthorization: Bearer test-token-0123456789-abcdefghijklmnopqrstuv\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await until(() => member.core.executions.active.size === 1);
    const [stream] = link.streams;
    assert.ok(stream);
    const closed = once(stream, "close");
    connection.close();
    await closed;
    release("done");
    await until(() => member.core.executions.active.size === 0);
    const [execution] = member.core.executions.all.values();
    assert.equal(execution?.status, "completed");
  });

  it("is window-gone if the window ends first", async () => {
    const answering = bridges.owner.execute({ command: "test.held", ...toMember });
    await until(() => bridges.member.core.executions.active.size === 1);
    bridges.link.end();
    const { status, json } = await answering;
    assert.equal(status, 503);
    assert.equal(json["code"], "KIRO_UNAVAILABLE");
    assert.equal(json["recoverable"], true);
    assert.deepEqual(json["context"], { reason: "window_disconnected", cause: "window-gone" });
    assert.match(String(json["message"]), /may have been done/);
    const later = await bridges.owner.execute({ command: "test.where", ...toMember });
    assert.equal(later.status, 503);
  });

  it("shares one stream with the next, and has its own while another is in progress", async () => {
    const { owner, link } = bridges;
    await owner.execute({ command: "test.where", ...toMember });
    await owner.execute({ command: "test.where", ...toMember });
    assert.equal(link.streams.size, 1);
    const answers = await Promise.all([1, 2, 3].map(() => owner.execute({ command: "test.where", ...toMember })));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200],
    );
    assert.ok(link.streams.size <= 3);
  });

  it("is rejected by the policy of its window", async () => {
    bridges.member.core.policy.reconfigure(["*"], ["test.where"]);
    const direct = await bridges.member.execute({ command: "test.where" });
    const forwarded = await bridges.owner.execute({ command: "test.where", ...toMember });
    assert.equal(forwarded.status, 403);
    assert.deepEqual({ ...forwarded.json, timestamp: 0 }, { ...direct.json, timestamp: 0 });
  });

  it("is 404 for an unknown window", async () => {
    const { status, json } = await bridges.owner.execute({ command: "test.where", windowId: "no-window" });
    assert.equal(status, 404);
    assert.equal(json["code"], "NOT_FOUND");
  });

  it("of a window without others is 404 for any other window", async () => {
    const { status } = await bridges.member.execute({ command: "test.where", windowId: "owner-window" });
    assert.equal(status, 404);
  });
});
