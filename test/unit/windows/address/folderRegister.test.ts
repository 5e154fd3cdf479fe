import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { chmod, mkdir, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { processSpace } from "../../../../src/core/processes.ts";
import type { AddressRecord } from "../../../../src/windows/address/addressPorts.ts";
import { addressFolder, FolderRegister } from "../../../../src/windows/address/folderRegister.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";

const PROCESSES = 5;
const ROUNDS = 40;
const STEPS = 40;
const isWindows = process.platform === "win32";
const isRoot = process.getuid?.() === 0;
const owner = { windowId: "a", pid: 17, started: "long ago" };

function record(term: number, port = 3001): AddressRecord {
  return { term, owner, port, renewal: `renewal ${term}` };
}

describe("The register in a folder", function () {
  this.timeout(120_000);
  let place: string;
  let folder: string;
  let register: FolderRegister;

  beforeEach(async () => {
    place = await temporaryFolder();
    folder = addressFolder(place, 3001);
    register = new FolderRegister(folder);
  });

  afterEach(() => removeFolder(place));

  async function write(versions: number): Promise<void> {
    for (let count = 0; count < versions; count++) {
      const latest = await register.read();
      assert.ok(await register.compareAndSet(latest, record(latest.version + 1)));
    }
  }

  it("is empty before the first record", async () => assert.deepEqual(await register.read(), { version: 0 }));

  it("returns what was written, with and without an owner and a challenger", async () => {
    const records = [
      record(1),
      { ...record(2), challenger: { windowId: "b", nonce: "n" } },
      { term: 2, port: 3002, renewal: "r" },
    ];
    for (const [index, each] of records.entries()) {
      const written = await register.compareAndSet(await register.read(), each);
      assert.deepEqual(written, { version: index + 1, record: each });
      assert.deepEqual(await new FolderRegister(folder).read(), written);
    }
  });

  it("refuses to write after a version that is not the latest", async () => {
    const first = await register.read();
    await write(2);
    assert.equal(await register.compareAndSet(first, record(9)), undefined);
    assert.equal(await register.compareAndSet({ version: 5 }, record(9)), undefined);
    assert.equal((await register.read()).record?.term, 2);
  });

  it("refuses to write after a record that was there before the folder was removed", async () => {
    await write(1);
    const before = await register.read();
    await rm(folder, { recursive: true });
    await register.compareAndSet({ version: 0 }, record(7));
    assert.equal(await register.compareAndSet(before, record(8)), undefined);
    assert.equal((await register.read()).record?.term, 7);
  });

  it("removes old versions, and what crashed processes have prepared", async () => {
    await write(1);
    const [left, fresh] = ["new-00000000-0000-4000-8000-000000000000", "new-00000000-0000-4000-8000-000000000001"];
    for (const name of [left, fresh]) await mkdir(join(folder, name));
    const longAgo = new Date(Date.now() - 3_600_000);
    await utimes(join(folder, left), longAgo, longAgo);
    await write(20);
    const names = await readdir(folder);
    assert.deepEqual(
      names.toSorted(),
      [fresh, ...Array.from({ length: 8 }, (_, index) => String(14 + index))].toSorted(),
    );
  });

  it("lets a slow process lose that creates a version again after its removal", async () => {
    await write(3);
    const latest = await register.read();
    const slow: AddressRecord = {
      ...record(9),
      // Read when the slow process has seen that it has the latest version, and before it writes.
      get renewal() {
        for (let version = 4; version <= 30; version++) mkdirSync(join(folder, String(version)), { recursive: true });
        writeFileSync(join(folder, "30", "record.json"), JSON.stringify(record(30)));
        return "slow";
      },
    };
    assert.equal(await register.compareAndSet(latest, slow), undefined);
    assert.deepEqual(await register.read(), { version: 30, record: record(30) });
  });

  const contents: Record<string, (path: string) => Promise<void>> = {
    "an empty folder": (path) => mkdir(path, { recursive: true }).then(() => undefined),
    "a file": (path) => writeFile(path, "{}"),
    "an empty record": (path) => put(path, ""),
    "half a record": (path) => put(path, JSON.stringify(record(4)).slice(0, 40)),
    "a record of another kind": (path) => put(path, JSON.stringify({ term: "4" })),
    "a record with the port of no program": (path) => put(path, JSON.stringify(record(4, 70_000))),
    "a large record": (path) => put(path, JSON.stringify({ ...record(4), padding: "x".repeat(100_000) })),
    "a folder in place of the record": (path) =>
      mkdir(join(path, "record.json"), { recursive: true }).then(() => undefined),
  };
  async function put(path: string, text: string): Promise<void> {
    await mkdir(path, { recursive: true });
    await writeFile(join(path, "record.json"), text);
  }
  for (const [name, create] of Object.entries(contents)) {
    it(`has a version without a record, and goes on, if there is ${name}`, async () => {
      await write(3);
      await create(join(folder, "4"));
      const latest = await register.read();
      assert.deepEqual([latest.version, latest.record], [4, undefined]);
      assert.deepEqual(await register.compareAndSet(latest, record(5)), { version: 5, record: record(5) });
      assert.deepEqual((await register.read()).record, record(5));
    });
  }

  it("ignores files that are not versions", async () => {
    await write(2);
    for (const name of ["007", "9".repeat(20), "3x", ".DS_Store", "-4"]) await writeFile(join(folder, name), "x");
    assert.equal((await register.read()).version, 2);
  });

  it("rejects if the folder cannot be used", async () => {
    await mkdir(join(place, "addresses"), { recursive: true });
    await writeFile(folder, "not a folder");
    await assert.rejects(register.read(), { code: "ENOTDIR" });
    await assert.rejects(register.compareAndSet({ version: 0 }, record(1)), { code: "ENOTDIR" });
  });

  it("rejects if a record must not be read, instead of taking it for invalid", async function () {
    if (isWindows || isRoot) this.skip();
    await write(1);
    await chmod(join(folder, "1", "record.json"), 0);
    await assert.rejects(register.read(), { code: "EACCES" });
  });

  it("can be read by this user only", async function () {
    if (isWindows) this.skip();
    await write(1);
    const modes = ["", "1", "1/record.json"].map(async (name) => (await stat(join(folder, name))).mode & 0o777);
    assert.deepEqual(await Promise.all(modes), [0o700, 0o700, 0o600]);
  });

  it("has a folder of its own for each port and each machine", () => {
    const folders = [3001, 3002].flatMap((port) =>
      [processSpace, "other"].map((space) => addressFolder("/x", port, space)),
    );
    assert.equal(new Set(folders).size, 4);
  });

  describe("with several processes", () => {
    let processes: ChildProcess[];

    before(async () => {
      processes = await Promise.all(Array.from({ length: PROCESSES }, start));
    });

    after(() => {
      for (const child of processes) child.kill("SIGKILL");
    });

    async function start(): Promise<ChildProcess> {
      const child = fork(join(import.meta.dirname, "registerProcess.ts"));
      await once(child, "message");
      return child;
    }

    const tellAll = (order: object): Promise<unknown[]> =>
      Promise.all(
        processes.map(async (child) => {
          child.send(order);
          const [answer] = await once(child, "message");
          return answer as unknown;
        }),
      );

    it("lets exactly one of them write each version", async () => {
      for (let version = 0; version < ROUNDS; version++) {
        const counts = await tellAll({ folder, version });
        assert.deepEqual(
          counts.toSorted((a, b) => Number(a) - Number(b)),
          [0, 0, 0, 0, 1],
          `version ${version}`,
        );
      }
    });

    it("loses no write of theirs", async () => {
      assert.deepEqual(await tellAll({ folder, steps: STEPS }), Array(PROCESSES).fill(STEPS));
      const { version, record: last } = await register.read();
      // A write that another process has followed at once may count as lost for its writer, and was made nevertheless.
      assert.ok(last !== undefined && last.term === version && version >= PROCESSES * STEPS);
    });
  });
});
