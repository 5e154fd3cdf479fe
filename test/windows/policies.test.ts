import assert from "node:assert/strict";
import { SocketClient } from "../support/socketClient.ts";
import { TEST_TOKEN } from "../support/testBridge.ts";
import { until } from "../support/until.ts";
import { WindowGroup } from "../support/windows/windowGroup.ts";
import type { WindowProcess } from "../support/windows/windowProcess.ts";

const NEW_TOKEN = "another-token-0123456789-abcdefghijklmnopqrst";

/** Whole bridges, each in a process of its own, of which each has its own policy, trust and token. */
describe("Windows that differ", function () {
  this.timeout(300_000);
  let group: WindowGroup;
  let owner: WindowProcess;
  let member: WindowProcess;

  beforeEach(async () => {
    group = await WindowGroup.create();
  });
  afterEach(() => group.dispose());

  const codeOf = async (body: object): Promise<unknown> => {
    const answer = await group.call("/api/kiro/execute", { body });
    return answer?.status === 200 ? 200 : answer?.json["code"];
  };
  const mayRun = async (body: object): Promise<unknown> =>
    (await group.call("/api/kiro/policy/check", { body }))?.json["allowed"];

  it("each apply their own policy: the owner of the address neither widens nor narrows what a member allows", async () => {
    owner = await group.start("owner", { settings: { "commands.deny": ["test.echo"] } });
    member = await group.start("member", { settings: { "commands.deny": ["test.windowId"] } });
    assert.equal(await group.settled([owner, member]), owner);
    for (const [command, windowId, isAllowed] of [
      ["test.echo", "owner", false],
      ["test.windowId", "owner", true],
      ["test.echo", "member", true],
      ["test.windowId", "member", false],
    ] as const) {
      const request = { command, windowId, args: ["x"] };
      assert.equal(await codeOf(request), isAllowed ? 200 : "ACCESS_DENIED", `${command} in ${windowId}`);
      assert.equal(await mayRun(request), isAllowed, `${command} in ${windowId}`);
    }
    await owner.kill();
    await group.settled([member]);
    assert.equal(await codeOf({ command: "test.windowId", windowId: "member" }), "ACCESS_DENIED");
  });

  it("each have their own trust: prompts are rejected by the window whose folder is not trusted", async () => {
    owner = await group.start("owner");
    member = await group.start("member", { isTrusted: false, hasKiroCli: true });
    await group.settled([owner, member]);
    const prompt = { command: "hello", target: "cli" };
    assert.equal(await codeOf({ ...prompt, windowId: "owner" }), 200);
    const rejected = await group.call("/api/kiro/execute", { body: { ...prompt, windowId: "member" } });
    assert.equal(rejected?.status, 503);
    assert.equal((rejected.json["context"] as { cause: string }).cause, "workspace-untrusted");
    await owner.kill();
    await group.settled([member]);
    const again = await group.start("trusted");
    assert.equal(await group.settled([member, again]), member);
    assert.equal(await codeOf({ ...prompt, windowId: "trusted" }), 200);
  });

  it("reject the old token when it is replaced in the owner, also for what waits for a member", async () => {
    owner = await group.start("owner");
    member = await group.start("member");
    await group.settled([owner, member]);
    const socket = await SocketClient.open({ port: group.port });
    const begun = await group.call("/api/kiro/execute", {
      body: { command: "test.hold", args: ["x"], windowId: "member" },
      headers: { prefer: "respond-async" },
    });
    const waiting = group.call(`/api/kiro/executions/${String(begun?.json["executionId"])}?wait=30`);
    owner.say(`token ${NEW_TOKEN}`);
    assert.equal((await socket.closed).code, 4401);
    const authorization = `Bearer ${NEW_TOKEN}`;
    const release = { command: "test.release", args: ["x"], windowId: "member" };
    assert.equal(await codeOf(release), "AUTHENTICATION_FAILED");
    const released = await group.call("/api/kiro/execute", { body: release, headers: { authorization } });
    assert.equal(released?.status, 200);
    assert.equal((await waiting)?.status, 401);
    const list = await group.call("/api/kiro/executions", { headers: { authorization } });
    const executions = (list?.json["executions"] ?? []) as { status: string }[];
    assert.deepEqual(
      executions.map(({ status }) => status),
      ["completed", "completed"],
    );
  });

  it("forward requests to a member with another token, which applies once the member has the address", async () => {
    owner = await group.start("owner");
    member = await group.start("member");
    await group.settled([owner, member]);
    member.say(`token ${NEW_TOKEN}`);
    const toMember = { command: "test.windowId", windowId: "member" };
    for (let at = 0; at < 20; at++) assert.equal(await codeOf(toMember), 200);
    await owner.kill();
    await group.settled([member]);
    await until(async () => (await codeOf(toMember)) === "AUTHENTICATION_FAILED");
    const headers = { authorization: `Bearer ${NEW_TOKEN}` };
    assert.equal((await group.call("/api/kiro/execute", { body: toMember, headers }))?.status, 200);
    assert.notEqual(NEW_TOKEN, TEST_TOKEN);
  });
});
