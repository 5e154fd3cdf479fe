import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Answer } from "../support/httpClient.ts";
import { EventReader } from "../support/windows/eventReader.ts";
import { WindowGroup } from "../support/windows/windowGroup.ts";
import type { WindowProcess } from "../support/windows/windowProcess.ts";

const COUNT = 30;

/** Whole bridges, each in a process of its own: the owner is stopped with SIGSTOP, and continued later. */
describe("An owner that is stopped and goes on", function () {
  this.timeout(300_000);
  let group: WindowGroup;
  let windows: readonly WindowProcess[];
  let owner: WindowProcess;
  let others: readonly WindowProcess[];
  let marksFile: string;
  let reader: EventReader | undefined;

  beforeEach(async () => {
    group = await WindowGroup.create();
    marksFile = join(group.folder, "marks");
    windows = await group.three();
    owner = await group.settled(windows);
    others = windows.filter((window) => window !== owner);
  });
  afterEach(async () => {
    reader?.stop();
    reader = undefined;
    await group.dispose();
  });

  const mark = (key: string, windowId: string | undefined, port = group.port): Promise<Answer | undefined> =>
    group.call(
      "/api/kiro/execute",
      { body: { command: "test.append", args: [marksFile, key], windowId }, headers: { "idempotency-key": key } },
      port,
    );
  const marks = async (): Promise<string[]> => {
    const text = await readFile(marksFile, "utf8").catch(() => "");
    return text.split("\n").flatMap((line) => line.split(" ")[0] || []);
  };
  /** Waits until another window has the address, at another port. */
  const actingOwner = async (): Promise<WindowProcess> => {
    const acting = await Promise.any(
      others.map(async (window) => {
        await window.whenAddress(({ role, port }) => role === "owner" && port !== group.port);
        return window;
      }),
    );
    const at = acting.address?.port;
    await Promise.all(others.map((window) => window.whenAddress(({ port }) => port === at)));
    return acting;
  };
  const isBack = async (): Promise<void> => {
    await owner.whenAddress(({ role, port }) => role === "member" && port === group.port);
    await group.settled(windows);
  };

  it("executes no request that arrived while it was stopped, and none with a key twice", async () => {
    owner.signal("SIGSTOP");
    const keys = Array.from({ length: COUNT }, (_, at) => `k${at}`);
    const windowOf = (at: number): string | undefined => windows[at % 3]?.id;
    const stale = keys.map((key, at) => mark(key, windowOf(at)));
    const acting = await actingOwner();
    // Those for the stopped window wait for it.
    const served = keys.filter((_, at) => windowOf(at) !== owner.id);
    const repeated = await Promise.all(
      served.map((key) => mark(key, windowOf(keys.indexOf(key)), acting.address?.port)),
    );
    for (const answer of repeated) assert.equal(answer?.status, 200, answer?.text);
    assert.deepEqual((await marks()).toSorted(), served.toSorted());
    owner.signal("SIGCONT");
    for (const answer of await Promise.all(stale)) {
      assert.ok(answer === undefined || answer.status === 503, answer?.text);
    }
    await isBack();
    const all = await Promise.all(keys.map((key, at) => mark(key, windowOf(at))));
    for (const answer of all) assert.equal(answer?.status, 200, answer?.text);
    assert.deepEqual((await marks()).toSorted(), keys.toSorted());
  });

  it("answers the requests that it has, or ends them with an error, and none with a key runs twice", async () => {
    const isOver = { value: false };
    const answers = new Map<string, (Answer | undefined)[]>();
    let next = 0;
    const client = async (): Promise<void> => {
      while (!isOver.value) {
        const key = `k${++next}`;
        const got: (Answer | undefined)[] = [];
        answers.set(key, got);
        const windowId = windows[next % 3]?.id;
        do got.push(await mark(key, windowId));
        while (got.at(-1)?.status !== 200 && !isOver.value);
      }
    };
    const clients = Array.from({ length: 12 }, client);
    while (answers.size < 150) await new Promise(setImmediate);
    owner.signal("SIGSTOP");
    await actingOwner();
    owner.signal("SIGCONT");
    await isBack();
    const before = answers.size;
    while (answers.size < before + 100) await new Promise(setImmediate);
    isOver.value = true;
    await Promise.all(clients);
    const done = await marks();
    assert.equal(new Set(done).size, done.length, "a key ran twice");
    for (const [key, got] of answers) {
      const last = got.at(-1);
      for (const answer of got) assert.ok(answer === undefined || [200, 503].includes(answer.status), answer?.text);
      if (last?.status === 200) assert.ok(done.includes(key), `${key} was answered and did not run`);
    }
  });

  it("ends the streams of its clients, which get each event of all windows once", async () => {
    reader = await EventReader.open(group.port, "sse");
    const [first] = others;
    const begin = (window: WindowProcess | undefined, port?: number): Promise<Answer | undefined> =>
      group.call(
        "/api/kiro/execute",
        {
          body: { command: "count 300", target: "cli", windowId: window?.id },
          headers: { prefer: "respond-async" },
        },
        port,
      );
    await Promise.all(windows.map((window) => begin(window)));
    await reader.until(() => windows.every(({ id }) => (reader?.of(id).length ?? 0) > 20), "events of all windows");
    owner.signal("SIGSTOP");
    const acting = await actingOwner();
    assert.equal((await begin(first, acting.address?.port))?.status, 202);
    owner.signal("SIGCONT");
    await isBack();
    const ends = (): number => reader?.events.filter(({ type }) => type === "command-completed").length ?? 0;
    await reader.until(() => ends() === 4, "the ends of all work");
    assert.deepEqual(reader.violations, []);
    assert.ok(reader.connections > 1);
  });

  it("is only late if it goes on at once: nobody else takes over for long, and each request gets one answer", async () => {
    for (let round = 0; round < 5; round++) {
      const keys = Array.from({ length: COUNT }, (_, at) => `r${round}-${at}`);
      const answering = keys.map((key, at) => mark(key, windows[at % 3]?.id));
      owner.signal("SIGSTOP");
      owner.signal("SIGCONT");
      const answers = await Promise.all(answering);
      for (const answer of answers) assert.equal(answer?.status, 200, answer?.text);
      owner = await group.settled(windows);
    }
    assert.equal((await marks()).length, 5 * COUNT);
  });
});
