import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { type ExecutionRecord, executionSchema } from "../../../src/protocol/executions.ts";
import { chatResponseSchema, sessionListSchema } from "../../../src/protocol/chat.ts";
import { answerTo } from "../../../src/protocol/input.ts";
import { fake } from "../../fixtures/simulator/directive.ts";
import { call, startExecution } from "../../support/dashboard/programCalls.ts";
import { askHealth, execute, isGone, waitForNoDiscovery } from "../../support/editor/bridge.ts";
import { eventually } from "../../support/editor/deadline.ts";
import { EditorGroup } from "../../support/editor/editorGroup.ts";
import { KeyedLoad } from "../../support/windows/keyedLoad.ts";
import { probeSchema } from "../../support/editor/windowProbe.ts";
import { SocketClient } from "../../support/socketClient.ts";
import { describeInBrowser, SEE_DEADLINE_MS, START_DEADLINE_MS, SUITE_TIMEOUT_MS } from "../support.ts";

const REQUESTS = 300;

const responseSchema = z.object({ executionId: z.string(), result: probeSchema });
const eventSchema = z.looseObject({
  type: z.string(),
  eventId: z.int(),
  windowId: z.string(),
  windowEventId: z.int(),
  executionId: z.string().optional(),
});

/** The windows and their editors. */
const editorOf = { one: 0, two: 0, three: 1, four: 1 } as const;
type Name = keyof typeof editorOf;
const names: readonly Name[] = ["one", "two", "three", "four"];

/** Each test goes on where the one before has stopped. */
describeInBrowser("Windows of two editors", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let group: EditorGroup;

  before(async () => {
    group = await EditorGroup.start({ editors: 2, deadlineMs: START_DEADLINE_MS });
  });
  after(() => group?.end());

  const folderOf = (name: Name): string => group.folderOf(name, editorOf[name]);
  const marksOf = (purpose: string): string => join(group.home, "..", `marks-${purpose}`);

  function owner(): Name {
    const { owner: found } = group;
    return names.find((name) => name === found) ?? assert.fail(`${found} owns the address`);
  }

  /** A member in the editor that does not have the owner. */
  function distantMember(): Name {
    const editor = editorOf[owner()];
    return names.find((name) => editorOf[name] !== editor) ?? assert.fail("all are in one editor");
  }

  const askWhere = (name: Name): ReturnType<typeof execute> =>
    execute(group.bridge, { command: "windowProbe.where", workspacePath: folderOf(name) });
  const read = (body: unknown): z.infer<typeof responseSchema> =>
    responseSchema.parse(body, { error: () => JSON.stringify(body) });
  const where = async (name: Name): Promise<z.infer<typeof responseSchema>> => read((await askWhere(name)).body);

  /** As `where`, but repeats a request while its window does not respond, or the owner waits for it: 503, and nothing else. */
  async function whereAgain(name: Name): Promise<z.infer<typeof responseSchema>> {
    const look = async () => {
      const answer = await askWhere(name);
      return answer.status === 503 ? undefined : answer;
    };
    const { body } = await eventually(look, { what: `${name} to respond`, deadlineMs: START_DEADLINE_MS });
    return read(body);
  }

  /** Repeats requests to windows that the owner still waits for. */
  async function assertReachable(open: readonly Name[]): Promise<void> {
    for (const name of open) {
      const what = { what: `${name} to respond`, deadlineMs: START_DEADLINE_MS };
      const { result } = await eventually(() => where(name), what);
      assert.deepEqual(result, { pid: group.windowOf(name).pid, folders: [folderOf(name)] });
    }
  }

  /** Waits until an execution is as wanted. */
  function whenExecution(id: string, isWanted: (record: ExecutionRecord) => boolean): Promise<ExecutionRecord> {
    const look = async () => {
      const record = executionSchema.parse(await call(group.bridge, `/api/kiro/executions/${id}`));
      return isWanted(record) ? record : undefined;
    };
    return eventually(look, { what: "the execution to change", deadlineMs: SEE_DEADLINE_MS });
  }

  const prompt = (name: Name, text: string): Promise<string> =>
    startExecution(group.bridge, { command: "kiro.cli.chat", args: [text], workspacePath: folderOf(name) });

  it("have one address with one owner when they start at once, and are told apart in bridge.json", async () => {
    await Promise.all(names.map((name) => group.open(name, editorOf[name])));
    const { url, windows } = await group.whenOpen(...names);
    assert.equal(url, `http://127.0.0.1:${group.port}`);
    assert.equal(new Set(windows.map(({ id }) => id)).size, names.length);
    assert.equal(new Set(windows.map(({ pid }) => pid)).size, names.length);
    await assertReachable(names);
  });

  it("get 300 requests by the path of their folder, and each runs in the right window", async () => {
    const wanted = Array.from({ length: REQUESTS }, (_, index) => names[index % names.length] ?? "one");
    const found = await Promise.all(wanted.map(async (name) => (await whereAgain(name)).result.folders));
    assert.deepEqual(
      found,
      wanted.map((name) => [folderOf(name)]),
    );
  });

  it("send their events on one stream, each with its window and its number there", async () => {
    const client = await SocketClient.open({ port: group.port }, { token: group.bridge.token });
    await client.ask("subscribe", {});
    const homes = new Map<string, string>();
    await Promise.all(
      Array.from({ length: 10 }, () => names)
        .flat()
        .map(async (name) => homes.set((await where(name)).executionId, group.windowOf(name).id)),
    );
    const isEnd = ({ type, executionId }: Record<string, unknown>, id: string): boolean =>
      type === "command-completed" && executionId === id;
    for (const id of homes.keys()) await client.waitFor((message) => isEnd(message, id), SEE_DEADLINE_MS);
    client.close();
    const events = client.events.filter(({ windowEventId }) => windowEventId !== undefined);
    const last = { eventId: 0, windows: new Map<string, number>() };
    for (const { eventId, windowId, windowEventId, executionId } of events.map((event) => eventSchema.parse(event))) {
      assert.ok(eventId > last.eventId);
      assert.equal(windowEventId, (last.windows.get(windowId) ?? windowEventId - 1) + 1);
      assert.equal(homes.get(executionId ?? "") ?? windowId, windowId);
      last.eventId = eventId;
      last.windows.set(windowId, windowEventId);
    }
    assert.equal(last.windows.size, names.length);
  });

  it("answer prompts, list sessions, take answers and cancel through the owner", async () => {
    const member = distantMember();
    const { id } = group.windowOf(member);
    const chat = { prompt: "Good morning", workspacePath: folderOf(member) };
    const { message } = chatResponseSchema.parse(await call(group.bridge, "/kiro/chat", chat));
    assert.match(message, /Good morning/);
    const { sessions } = sessionListSchema.parse(await call(group.bridge, "/kiro/sessions"));
    assert.deepEqual(
      sessions.map(({ windowId, workspacePath }) => [windowId, workspacePath]),
      [[id, folderOf(member)]],
    );

    const asking = await prompt(member, `May I? ${fake("tool")}`);
    const { pendingInput, windowId } = await whenExecution(asking, ({ pendingInput: input }) => input !== undefined);
    assert.equal(windowId, id);
    assert.ok(pendingInput?.choices?.[0] !== undefined);
    await call(group.bridge, "/api/kiro/input", answerTo(asking, pendingInput, pendingInput.choices[0]));
    await whenExecution(asking, ({ status }) => status === "completed");

    const long = await prompt(member, `Go on ${fake("long", { words: 100_000, chunkMs: 5 })}`);
    await whenExecution(long, ({ output }) => output !== "");
    await call(group.bridge, `/api/kiro/executions/${long}/cancel`, {});
    await whenExecution(long, ({ status }) => status === "cancelled");
  });

  it("keep the address when its owner is killed under load: all others are served, and no key runs twice", async () => {
    const { pid, url, token } = group.bridge;
    const killed = owner();
    const work = await prompt(distantMember(), `Go on ${fake("long", { words: 100_000, chunkMs: 5 })}`);
    await whenExecution(work, ({ output }) => output !== "");
    const load = new KeyedLoad({
      url,
      token,
      folders: names.map(folderOf),
      marks: marksOf("load"),
      perSecond: 200,
      deadlineMs: START_DEADLINE_MS,
    });
    await load.more(400);
    process.kill(pid, "SIGKILL");
    const killedAt = Date.now();
    const isServed = async () => ((await askHealth(url)) === "healthy" ? Date.now() - killedAt : undefined);
    const tookMs = await eventually(isServed, { what: "a new owner", deadlineMs: START_DEADLINE_MS, everyMs: 10 });
    await load.more(400);
    const outcomes = await load.end();
    const counts = `${outcomes.length} requests, ${load.unanswered} attempts without a response`;
    process.stdout.write(`      a new owner after ${tookMs} ms; ${counts}\n`);

    const runs = await load.runs();
    const ran = new Set(runs);
    assert.equal(ran.size, runs.length, "a key ran twice");
    for (const { key, folder, httpStatus, body } of outcomes) {
      const text = `${key} for ${folder}: ${httpStatus} ${JSON.stringify(body)}`;
      const isCompleted = httpStatus === 200 && body.status === "completed";
      if (isCompleted) assert.ok(ran.has(key), text);
      else assert.ok(folder === folderOf(killed) && httpStatus >= 400, text);
    }
    await whenExecution(work, ({ status }) => status === "running");
    await call(group.bridge, `/api/kiro/executions/${work}/cancel`, {});

    await group.whenBack(killed, pid);
    await group.whenOpen(...names);
    assert.deepEqual([group.bridge.url, group.bridge.token], [url, token]);
    await assertReachable(names);
  });

  it("use the next port while the owner is stopped, which steps down when it goes on, and return", async () => {
    const { pid, url, token } = group.bridge;
    const stopped = owner();
    const others = names.filter((name) => name !== stopped);
    const mark = { command: "windowProbe.mark", args: [marksOf("stopped"), "ran"] };
    process.kill(pid, "SIGSTOP");
    let sent: Promise<{ readonly status: number } | undefined>;
    try {
      // The stopped owner has it as soon as it goes on, and must not run it, nor pass it on.
      sent = execute(group.bridge, { ...mark, workspacePath: folderOf(distantMember()) }).catch(() => undefined);
      await group.when((found) => found.url !== url);
      assert.notEqual(group.bridge.pid, pid);
      assert.equal(group.bridge.token, token);
      for (const name of others)
        await eventually(() => where(name), { what: `${name} to join`, deadlineMs: START_DEADLINE_MS });
      const toStopped = await execute(group.bridge, { ...mark, workspacePath: folderOf(stopped) });
      assert.ok(toStopped.status >= 400, JSON.stringify(toStopped));
    } finally {
      process.kill(pid, "SIGCONT");
    }
    const acting = owner();
    await group.when((found) => found.url === url && found.windows.length === names.length && found.pid !== pid);
    assert.equal(owner(), acting);
    assert.notEqual((await sent)?.status, 200);
    await assert.rejects(readFile(marksOf("stopped")), { code: "ENOENT" });
    await assertReachable(names);
  });

  it("keep the address and the token when the owner is reloaded, which then joins", async () => {
    const { pid, url, token } = group.bridge;
    const reloaded = owner();
    await group.opened(reloaded).reload();
    await group.whenBack(reloaded, pid);
    await group.whenOpen(...names);
    assert.deepEqual([group.bridge.url, group.bridge.token], [url, token]);
    assert.notEqual(owner(), reloaded);
    await assertReachable(names);
  });

  it("leave the address to those that stay when one after the other closes", async () => {
    const { url, token } = group.bridge;
    let open: readonly Name[] = names;
    while (open.length > 1) {
      const closed = owner();
      await group.opened(closed).close();
      open = open.filter((name) => name !== closed);
      await group.whenOpen(...open);
      assert.equal(group.bridge.url, url);
      await assertReachable(open);
    }
    await group.opened(owner()).close();
    await waitForNoDiscovery(group.home, START_DEADLINE_MS);
    const hasGone = async () => ((await isGone({ url, token })) ? true : undefined);
    await eventually(hasGone, { what: "the port to become free", deadlineMs: SEE_DEADLINE_MS });
  });
});
