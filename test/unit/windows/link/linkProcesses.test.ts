import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { DisposableStore } from "../../../../src/base/disposables.ts";
import type { LinkEnd, StreamLink } from "../../../../src/windows/link/link.ts";
import { until } from "../../../support/until.ts";
import { dial, LinkOwner, timeless } from "../../../support/windows/linkRig.ts";

const program = join(import.meta.dirname, "../../../support/programs/linkProgram.ts");

describe("A link to the window of another process", () => {
  let store: DisposableStore;

  beforeEach(() => {
    store = new DisposableStore();
  });

  afterEach(() => store.dispose());

  const start = (...args: readonly string[]): ChildProcess => {
    const child = fork(program, args);
    store.defer(() => void child.kill("SIGKILL"));
    return child;
  };

  const nextOf = async (child: ChildProcess): Promise<unknown> => (await once(child, "message"))[0];

  const startMember = async (owner: LinkOwner): Promise<{ child: ChildProcess; link: StreamLink }> => {
    const accepted = owner.nextLink();
    const child = start("member", String(owner.port));
    assert.deepEqual(await nextOf(child), { kind: "joined" });
    return { child, link: await accepted };
  };

  const endOf = (link: StreamLink): Promise<LinkEnd> => {
    const { promise, resolve } = Promise.withResolvers<LinkEnd>();
    link.onDidEnd(resolve);
    return promise;
  };

  it("ends with all of its streams when the process is killed", async () => {
    const owner = store.add(await LinkOwner.start({ clock: timeless }));
    const { child, link } = await startMember(owner);
    const streams: Duplex[] = Array.from({ length: 50 }, () => link.openStream());
    for (const stream of streams) stream.write("asked");
    await Promise.all(streams.map((stream) => once(stream, "data")));
    const failed = Promise.all(streams.map((stream) => once(stream, "error")));
    const ended = endOf(link);
    child.kill("SIGKILL");
    for (const [error] of await failed) assert.equal(error.code, "ECONNRESET");
    assert.equal((await ended).reason, "closed");
  });

  it("ends as silent when the process is stopped, which learns that it has ended when it goes on", async function () {
    if (process.platform === "win32") this.skip();
    const owner = store.add(await LinkOwner.start());
    const { child, link } = await startMember(owner);
    const ended = endOf(link);
    child.kill("SIGSTOP");
    assert.equal((await ended).reason, "silent");
    const told = nextOf(child);
    child.kill("SIGCONT");
    assert.deepEqual(await told, { reason: "closed" });
  });

  it("is found silent while the owner is stopped, and joined when it goes on", async function () {
    if (process.platform === "win32") this.skip();
    const child = start("owner");
    const port = Number(Reflect.get(Object(await nextOf(child)), "port"));
    child.kill("SIGSTOP");
    assert.deepEqual(await dial(port, { timeoutMs: 500 }), { kind: "silent" });
    child.kill("SIGCONT");
    await until(async () => (await dial(port)).kind === "joined");
  });
});
