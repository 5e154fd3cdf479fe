import assert from "node:assert/strict";
import { readdir, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../../../../../src/base/clock.ts";
import { type Logger, silentLogger } from "../../../../../src/base/logger.ts";
import { FileBackend } from "../../../../../src/plugins/hub/state/fileBackend.ts";
import { SharedStates } from "../../../../support/plugins/stateOf.ts";
import { removeFolder, temporaryFolder } from "../../../../support/temporaryFolder.ts";

describe("The files of shared states", () => {
  let parent: string;
  let folder: string;
  const errors: string[] = [];
  const logger: Logger = { ...silentLogger, error: (text) => void errors.push(text) };

  beforeEach(async () => {
    parent = await temporaryFolder();
    folder = join(parent, "bus", "state");
    errors.length = 0;
  });

  afterEach(() => removeFolder(parent));

  it("are written only by one who knows the present revision", async () => {
    const [one, two] = [new FileBackend(folder, logger), new FileBackend(folder, logger)];
    assert.equal(await one.read("shop"), undefined);
    assert.equal(await one.write("shop", { n: 1 }, undefined), true);
    assert.equal(await two.write("shop", { n: 2 }, undefined), false);
    const stale = await two.read("shop");
    assert.deepEqual(stale?.document, { n: 1 });
    assert.equal(await one.write("shop", { n: 3 }, stale?.revision), true);
    assert.equal(await two.write("shop", { n: 4 }, stale?.revision), false);
    assert.equal(await two.write("shop", { n: 4 }, "unknown"), false);
    assert.deepEqual((await two.read("shop"))?.document, { n: 3 });
  });

  it("lose no write of several windows", async () => {
    const count = async (backend: FileBackend): Promise<void> => {
      for (let n = 0; n < 10; ) {
        const found = await backend.read("shop");
        const { sum } = (found?.document ?? { sum: 0 }) as { sum: number };
        if (await backend.write("shop", { sum: sum + 1 }, found?.revision)) n += 1;
      }
    };
    await Promise.all([1, 2, 3].map(() => count(new FileBackend(folder, logger))));
    assert.deepEqual((await new FileBackend(folder, logger).read("shop"))?.document, { sum: 30 });
  });

  it("can be read by their owner only", async function () {
    if (process.platform === "win32") return this.skip();
    await new FileBackend(folder, logger).write("shop", {}, undefined);
    const modes = await Promise.all(
      [join(parent, "bus"), folder, join(folder, "shop.json")].map(async (path) => (await stat(path)).mode & 0o777),
    );
    assert.deepEqual(modes, [0o700, 0o700, 0o600]);
  });

  it("are kept under another name when they are torn, which is told", async () => {
    const backend = new FileBackend(folder, logger);
    await backend.write("shop", { text: "precious" }, undefined);
    await truncate(join(folder, "shop.json"), 60);
    const torn = await readFile(join(folder, "shop.json"), "utf8");
    assert.equal(await backend.read("shop"), undefined);
    const [kept, ...others] = (await readdir(folder)).filter((file) => file.startsWith("shop."));
    assert.deepEqual(others, []);
    assert.match(kept ?? "", /^shop\.\d+\.broken$/);
    assert.equal(await readFile(join(folder, kept ?? ""), "utf8"), torn);
    assert.match(errors.join(), /is broken. It was kept under another name/);
    assert.equal(await backend.write("shop", { n: 1 }, undefined), true);
  });

  it("are kept when broken a few times, not for ever", async () => {
    const backend = new FileBackend(folder, logger);
    await backend.write("shop", {}, undefined);
    for (let n = 0; n < 6; n++) {
      await writeFile(join(folder, "shop.json"), `torn ${n}`);
      assert.equal(await backend.read("shop"), undefined);
    }
    const kept = (await readdir(folder)).filter((file) => file.endsWith(".broken")).toSorted();
    assert.ok(kept.length <= 3 && kept.length >= 1);
    assert.equal(await readFile(join(folder, kept.at(-1) ?? ""), "utf8"), "torn 5");
  });

  it("are nowhere but in their folder", async () => {
    const backend = new FileBackend(folder, logger);
    for (const name of ["../shop", "a/b", "", "x".repeat(65), "CON.json", "__proto__"]) {
      await assert.rejects(backend.write(name, {}, undefined), { code: "VALIDATION_FAILED" });
      await assert.rejects(backend.read(name), { code: "VALIDATION_FAILED" });
    }
  });

  it("keep the state of a plugin over a restart of the bridge, and when a window writes late", async () => {
    const first = new SharedStates();
    const second = new SharedStates();
    try {
      const late = first.store({ backend: new FileBackend(folder, logger), clock: systemClock });
      const before = first.start("shop");
      await before.exportState("endpoints", ["/a"]);
      before.incrementCounter("orders", 3);
      await before.flush();
      before.incrementCounter("orders", 1);
      second.store({ backend: new FileBackend(folder, logger), clock: systemClock });
      const after = second.start("shop");
      await after.ready();
      assert.equal(after.getCounter("orders"), 3);
      after.incrementCounter("orders", 10);
      await after.flush();
      await late.dispose();
      await after.flush();
      assert.equal(after.getCounter("orders"), 14);
      assert.deepEqual(await second.start("jira").importState("shop", "endpoints"), ["/a"]);
    } finally {
      await Promise.all([first.dispose(), second.dispose()]);
    }
  });

  it("take the state from the running plugin again after they were torn", async () => {
    const world = new SharedStates();
    try {
      world.store({ backend: new FileBackend(folder, logger), clock: systemClock });
      const state = world.start("shop");
      state.incrementCounter("orders", 3);
      await state.flush();
      await truncate(join(folder, "shop.json"), 30);
      await state.flush();
      assert.match(await readFile(join(folder, "shop.json"), "utf8"), /orders/);
      assert.equal(errors.length, 1);
    } finally {
      await world.dispose();
    }
  });
});
