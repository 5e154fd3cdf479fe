import assert from "node:assert/strict";
import { withDeadline } from "../support/editor/deadline.ts";
import { SocketClient } from "../support/socketClient.ts";
import { until } from "../support/until.ts";
import { EventReader } from "../support/windows/eventReader.ts";
import { WindowGroup } from "../support/windows/windowGroup.ts";
import type { WindowProcess } from "../support/windows/windowProcess.ts";

const SUBSCRIBERS = 20;

/** Whole bridges, each in a process of its own: the owner ends while others work. */
describe("The work of a window whose owner is killed", function () {
  this.timeout(300_000);
  let group: WindowGroup;
  let owner: WindowProcess;
  let others: readonly WindowProcess[];
  /** The ID of a member. */
  let member: string;
  let readers: EventReader[];

  beforeEach(async () => {
    readers = [];
    group = await WindowGroup.create();
    const windows = await group.three();
    owner = await group.settled(windows);
    others = windows.filter((window) => window !== owner);
    member = others[0]?.id ?? "";
  });
  afterEach(async () => {
    for (const reader of readers) reader.stop();
    await group.dispose();
  });

  const open = async (kind: "sse" | "ws"): Promise<EventReader> => {
    const reader = await EventReader.open(group.port, kind);
    readers.push(reader);
    return reader;
  };
  const begin = async (windowId: string, prompt: string, session = "default"): Promise<string> => {
    const body = { command: prompt, target: "cli", windowId, session };
    const answer = await group.call("/api/kiro/execute", { body, headers: { prefer: "respond-async" } });
    assert.equal(answer?.status, 202, answer?.text);
    return String(answer.json["executionId"]);
  };
  const recordOf = async (id: string): Promise<Record<string, unknown>> =>
    (await group.call(`/api/kiro/executions/${id}`))?.json ?? {};
  const failOver = async (): Promise<void> => {
    await owner.kill();
    await group.settled(others);
  };

  it("goes on, ends, and can be looked up at the new owner", async () => {
    const counting = await begin(member, "count 400");
    const held = await begin(member, "hold work", "other");
    const lost = await begin(owner.id, "hold lost");
    await until(() => group.isInJournal(lost), "the journal of the owner");
    await failOver();
    assert.equal((await recordOf(held))["status"], "running");
    const streamed = group.call(`/api/kiro/executions/${counting}/events`);
    const { status, output } = (await group.call(`/api/kiro/executions/${counting}?wait=30`))?.json ?? {};
    assert.equal(status, "completed");
    const numbers = Array.from({ length: 400 }, (_, at) => `${at + 1} `).join("");
    assert.equal(output, numbers);
    assert.match((await streamed)?.text ?? "", /event: command-completed/);
    await group.execute({ command: "test.release", args: ["work"], windowId: member });
    await until(async () => (await recordOf(held))["status"] === "completed");
    assert.equal((await recordOf(lost))["status"], "interrupted");
    const list = (await group.call("/api/kiro/executions?limit=50"))?.json["executions"] as { id: string }[];
    assert.deepEqual(
      [counting, held, lost].filter((id) => !list.some((execution) => execution.id === id)),
      [],
    );
  });

  it("waits for the answer to its question, which a client gives through the new owner", async () => {
    const reader = await open("sse");
    const id = await begin(member, "ask which one?");
    const isQuestion = ({ type, executionId }: { type: string; executionId?: string | undefined }): boolean =>
      type === "user-input-required" && executionId === id;
    const asked = await reader.untilEvent(isQuestion, "the question");
    await failOver();
    const { pendingInput, status } = await recordOf(id);
    assert.equal(status, "waiting-input");
    assert.equal((pendingInput as { questionId: string }).questionId, asked["questionId"]);
    const body = { executionId: id, questionId: asked["questionId"], value: "the second", type: "text" };
    const answer = await group.call("/api/kiro/input", { body });
    assert.equal(answer?.status, 200, answer?.text);
    const done = await reader.untilEvent((event) => event.type === "command-completed", "its end");
    assert.equal(done["output"], "the answer is the second");
    assert.deepEqual(reader.violations, []);
  });

  it("is canceled through the new owner, by HTTP and over the WebSocket", async () => {
    const ids = [await begin(member, "hold one"), await begin(member, "hold two", "other")] as const;
    await failOver();
    const canceled = await group.call(`/api/kiro/executions/${ids[0]}/cancel`, { method: "POST" });
    assert.equal(canceled?.status, 200, canceled?.text);
    const socket = await SocketClient.open({ port: group.port });
    const reply = await socket.ask("cancel", { executionId: ids[1] });
    assert.equal(reply["error"], undefined);
    socket.close();
    for (const id of ids) await until(async () => (await recordOf(id))["status"] === "cancelled");
  });

  it("reports all of its events once to clients that connect again with their cursor, and the end of the dead", async () => {
    const sockets = await Promise.all([open("ws"), open("sse")]);
    const streams = await Promise.all(Array.from({ length: SUBSCRIBERS }, () => open("sse")));
    const all = [...sockets, ...streams];
    const ids = await Promise.all(
      [...others, owner].flatMap(({ id }) => [begin(id, "count 300"), begin(id, "hold it", "other")]),
    );
    const [first] = all;
    await first?.until(() => (first.of(owner.id).length ?? 0) > 30, "events of the owner");
    await failOver();
    for (const { id } of others) await group.execute({ command: "test.release", args: ["it"], windowId: id });
    const survivors = new Set(others.map(({ id }) => id));
    const ended = (reader: EventReader): number =>
      reader.events.filter(
        ({ type, windowId, executionId }) =>
          type === "command-completed" && survivors.has(windowId ?? "") && ids.includes(executionId ?? ""),
      ).length;
    for (const reader of all) {
      await reader.until(() => ended(reader) === 4, "the ends of all work that survives");
      const left = await reader.untilEvent(({ leftWindowId }) => leftWindowId === owner.id, "the end of the owner");
      assert.equal(left["reason"], "crashed");
      assert.deepEqual(reader.violations, []);
      assert.equal(reader.connections, 2);
    }
    // Whoever was connected has the same events of each window.
    const idsOf = (reader: EventReader, id: string): unknown[] =>
      reader.of(id).map(({ windowEventId, type }) => `${windowEventId} ${type}`);
    const [model] = streams;
    for (const { id } of others) {
      const expected = model && idsOf(model, id);
      for (const reader of streams) assert.deepEqual(idsOf(reader, id).slice(0, 200), expected?.slice(0, 200));
    }
  });

  it("has its sessions and its terminal at the new owner", async () => {
    await failOver();
    const sessions = await group.call(`/kiro/sessions?windowId=${member}`);
    const found = (sessions?.json["sessions"] ?? []) as { id: string }[];
    assert.deepEqual(
      found.map(({ id }) => id),
      [`session-${member}`],
    );
    const { webSocket, closed } = new SocketClient(group.port, { path: `/terminal?windowId=${member}` });
    webSocket.removeAllListeners("message");
    const echoed = Promise.withResolvers<string>();
    webSocket.on("message", (data) => echoed.resolve(Buffer.isBuffer(data) ? data.toString() : ""));
    webSocket.once("open", () => webSocket.send("hello"));
    assert.equal(await withDeadline(echoed.promise, 60_000, "the echo"), "you typed hello");
    webSocket.send("/quit");
    assert.equal((await closed).code, 1000);
  });
});
