import assert from "node:assert/strict";
import type { Answer } from "../support/httpClient.ts";
import { until } from "../support/until.ts";
import { EventReader } from "../support/windows/eventReader.ts";
import { WindowGroup } from "../support/windows/windowGroup.ts";
import type { WindowProcess } from "../support/windows/windowProcess.ts";

const COUNT = 50;

/** Whole bridges, each in a process of its own: a member that ends or stops while requests are forwarded to it. */
describe("A member", function () {
  this.timeout(300_000);
  let group: WindowGroup;
  let owner: WindowProcess;
  let reader: EventReader | undefined;

  beforeEach(async () => {
    group = await WindowGroup.create();
    owner = await group.start("owner");
  });
  afterEach(async () => {
    reader?.stop();
    reader = undefined;
    await group.dispose();
  });

  const execute = (body: object): Promise<Answer | undefined> => group.call("/api/kiro/execute", { body });
  const activeOf = async (windowId: string): Promise<unknown[]> => {
    const answer = await group.call("/api/kiro/executions?status=running&limit=200");
    const { executions } = answer?.json ?? {};
    return (executions as { windowId?: string }[]).filter((execution) => execution.windowId === windowId);
  };

  /** Kills a member while it has many requests. @returns the responses to them */
  const loseMember = async (id: string): Promise<(Answer | undefined)[]> => {
    const member = await group.start(id);
    await group.settled([owner, member]);
    reader = await EventReader.open(group.port, "ws");
    const requests = Array.from({ length: COUNT }, (_, at) =>
      execute({ command: "test.hold", args: [`${id}-${at}`], windowId: id }),
    );
    const arrived = (): Set<unknown> => new Set(reader?.of(id).map(({ executionId }) => executionId ?? ""));
    await reader.until(() => [...arrived()].filter((found) => found !== "").length === COUNT, "all requests to arrive");
    const [first = ""] = [...arrived()].filter((found) => found !== "");
    await until(() => group.isInJournal(String(first)), "the journal of the member");
    await member.kill();
    const answers = await Promise.all(requests);
    await reader.untilEvent(({ type, leftWindowId }) => type === "window-left" && leftWindowId === id, "window-left");
    return answers;
  };

  it("that is killed with 50 requests ends them with errors, and leaves nothing behind", async () => {
    const answers = await loseMember("first");
    for (const answer of answers) {
      assert.equal(answer?.status, 503);
      assert.equal(answer.json["code"], "KIRO_UNAVAILABLE");
      assert.equal((answer.json["context"] as { cause?: string }).cause, "window-gone");
    }
    const ended = reader?.events.filter(({ type }) => type === "command-error") ?? [];
    assert.equal(new Set(ended.map(({ executionId }) => executionId)).size, COUNT);
    assert.ok(ended.every((event) => event["status"] === "interrupted"));
    assert.deepEqual(reader?.violations, []);
    reader?.stop();
    const [known] = ended;
    const found = await group.call(`/api/kiro/executions/${known?.executionId}`);
    assert.equal(found?.json["status"], "interrupted");
    const before = await owner.usage();
    for (const id of ["second", "third", "fourth"]) {
      await loseMember(id);
      reader?.stop();
    }
    await until(async () => {
      const { resources } = await owner.usage();
      return Object.entries(resources).every(([kind, count]) => count <= (before.resources[kind] ?? 0) + 2);
    }, "the resources of the owner to be released");
    const after = await owner.usage();
    const grownMiB = (after.heapUsed - before.heapUsed) / 2 ** 20;
    assert.ok(grownMiB < 8, `the heap of the owner has grown by ${grownMiB.toFixed(1)} MiB`);
  });

  it("that is stopped fails its requests until it goes on, and its work is there then, each event once", async () => {
    const member = await group.start("member");
    await group.settled([owner, member]);
    reader = await EventReader.open(group.port, "sse");
    const background = await group.call("/api/kiro/execute", {
      body: { command: "test.hold", args: ["work"], windowId: "member" },
      headers: { prefer: "respond-async" },
    });
    const id = String(background?.json["executionId"]);
    assert.equal(background?.status, 202);
    const waiting = execute({ command: "test.hold", args: ["other"], windowId: "member" });
    await until(async () => (await activeOf("member")).length === 2);
    member.signal("SIGSTOP");
    const [posted, got] = await Promise.all([waiting, group.call(`/api/kiro/executions/${id}?wait=30`)]);
    for (const answer of [posted, got]) {
      assert.equal(answer?.status, 503);
      assert.equal((answer.json["context"] as { cause?: string }).cause, "window-gone");
    }
    await reader.untilEvent((event) => event.type === "window-left", "window-left");
    const refused = await execute({ command: "test.windowId", windowId: "member" });
    assert.equal(refused?.status, 503);
    assert.equal((await execute({ command: "test.windowId", windowId: "owner" }))?.status, 200);
    member.signal("SIGCONT");
    await reader.untilEvent((event) => event.type === "window-joined", "window-joined");
    assert.equal((await group.call(`/api/kiro/executions/${id}`))?.json["status"], "running");
    const waited = group.call(`/api/kiro/executions/${id}?wait=30`);
    for (const name of ["work", "other"]) await execute({ command: "test.release", args: [name], windowId: "member" });
    assert.equal((await waited)?.json["status"], "completed");
    const ends = (): unknown[] => reader?.of("member").filter(({ type }) => type === "command-completed") ?? [];
    await reader.until(() => ends().length === 4, "the events of the member");
    assert.deepEqual(reader.violations, []);
    assert.equal(reader.repeated, 0);
    const left = reader.events.find(({ type }) => type === "window-left");
    assert.equal(left?.["reason"], "not-responding");
  });
});
