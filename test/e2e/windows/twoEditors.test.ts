import assert from "node:assert/strict";
import { join } from "node:path";
import * as z from "zod";
import { askHealth, execute } from "../../support/editor/bridge.ts";
import { eventually } from "../../support/editor/deadline.ts";
import { EditorGroup } from "../../support/editor/editorGroup.ts";
import { KeyedLoad } from "../../support/editor/keyedLoad.ts";
import { probeSchema } from "../../support/editor/windowProbe.ts";
import { describeInBrowser, START_DEADLINE_MS, SUITE_TIMEOUT_MS } from "../support.ts";

const responseSchema = z.object({ result: probeSchema });

/** The windows and their editors. */
const editorOf = { one: 0, two: 0, three: 0, four: 1, five: 1 } as const;
type Name = keyof typeof editorOf;
const names = Object.keys(editorOf) as Name[];

describeInBrowser("The address of several windows in two editors", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let group: EditorGroup;

  before(async () => {
    group = await EditorGroup.start({ editors: 2, deadlineMs: START_DEADLINE_MS });
  });
  after(() => group?.end());

  const folderOf = (name: Name): string => group.folderOf(name, editorOf[name]);
  const othersThan = (name: string): Name[] => names.filter((each) => each !== name);

  async function where(name: Name): Promise<z.infer<typeof probeSchema>> {
    const { body } = await execute(group.bridge, { command: "windowProbe.where", workspacePath: folderOf(name) });
    return responseSchema.parse(body, { error: () => JSON.stringify(body) }).result;
  }

  /** Waits until a window has joined the present owner. */
  async function whenReachable(name: Name): Promise<void> {
    const { folders } = await eventually(() => where(name), { what: name, deadlineMs: START_DEADLINE_MS });
    assert.deepEqual(folders, [folderOf(name)]);
  }

  async function assertAllReachable(): Promise<void> {
    for (const name of names)
      assert.deepEqual(await where(name), { pid: group.windowOf(name).pid, folders: [folderOf(name)] });
  }

  it("has one owner when five windows start at once", async () => {
    await Promise.all(names.map((name) => group.open(name, editorOf[name])));
    const { url, windows } = await group.whenOpen(...names);
    assert.equal(url, `http://127.0.0.1:${group.port}`);
    assert.equal(new Set(windows.map(({ id }) => id)).size, names.length);
    assert.equal(new Set(windows.map(({ pid }) => pid)).size, names.length);
    await assertAllReachable();
  });

  it("moves to another window when the owner is killed under load, and no key runs twice", async function () {
    const { pid, url, token } = group.bridge;
    const killed = group.owner as Name;
    const load = new KeyedLoad({
      url,
      token,
      folders: names.map(folderOf),
      marks: join(group.home, "..", "marks"),
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
    process.stdout.write(
      `      a new owner after ${tookMs} ms; ${outcomes.length} requests, ${load.unanswered} attempts without a response\n`,
    );
    const runs = await load.runs();
    const ran = new Set(runs);
    assert.equal(ran.size, runs.length, "a key ran twice");
    for (const { key, folder, httpStatus, body } of outcomes) {
      const text = `${key} for ${folder}: ${httpStatus} ${JSON.stringify(body)}`;
      const isCompleted = httpStatus === 200 && body.status === "completed";
      if (isCompleted) assert.ok(ran.has(key), text);
      else assert.ok(folder === folderOf(killed) && httpStatus >= 400, text);
    }
    await group.whenBack(killed, pid);
    await group.whenOpen(...names);
    assert.equal(group.bridge.url, url);
    assert.equal(group.bridge.token, token);
    assert.notEqual(group.owner, killed);
    await assertAllReachable();
  });

  it("is on the next port while the owner is stopped, and back when it goes on", async () => {
    const { pid, url, token } = group.bridge;
    const stopped = group.owner as Name;
    const marks = join(group.home, "..", "marks-of-the-stopped");
    const [other = "one"] = othersThan(stopped);
    process.kill(pid, "SIGSTOP");
    let late: Promise<{ status: number } | undefined>;
    try {
      const command = { command: "windowProbe.mark", args: [marks, "late"], workspacePath: folderOf(other) };
      late = execute(group.bridge, command).catch(() => undefined);
      await group.when((found) => found.url !== url);
      assert.notEqual(group.bridge.pid, pid);
      assert.equal(group.bridge.token, token);
      for (const name of othersThan(stopped)) await whenReachable(name);
      const toStopped = await execute(group.bridge, {
        command: "windowProbe.where",
        workspacePath: folderOf(stopped),
      });
      assert.ok(toStopped.status >= 400, JSON.stringify(toStopped));
    } finally {
      process.kill(pid, "SIGCONT");
    }
    const acting = group.owner;
    await group.when((found) => found.url === url && found.windows.length === names.length && found.pid !== pid);
    assert.equal(group.owner, acting);
    assert.notEqual((await late)?.status, 200);
    await assertAllReachable();
  });
});
