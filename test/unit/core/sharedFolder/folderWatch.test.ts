import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger } from "../../../../src/base/logger.ts";
import { FolderWatch } from "../../../../src/core/sharedFolder/folderWatch.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { until } from "../../../support/until.ts";

describe("A folder watch", () => {
  let place: string;
  let folder: string;
  let watch: FolderWatch;
  let looks: number;

  beforeEach(async () => {
    place = await temporaryFolder();
    folder = join(place, "folder");
    looks = 0;
  });

  afterEach(async () => {
    await watch.dispose();
    await removeFolder(place);
  });

  function begin(look: () => Promise<void> = async () => undefined): void {
    const count = async (): Promise<void> => {
      looks++;
      await look();
    };
    watch = new FolderWatch(folder, count, silentLogger);
  }

  it("reports immediately, and again when something changes", async () => {
    await mkdir(folder);
    begin();
    await until(() => looks === 1);
    // The first look begins when the system watches already.
    await writeFile(join(folder, "token"), "1");
    await until(() => looks > 1);
  });

  it("finds a folder that is created later, or again", async () => {
    begin();
    await until(() => looks >= 1);
    await mkdir(folder);
    await writeFile(join(folder, "one"), "");
    const before = looks;
    await until(() => looks > before);
    await rm(folder, { recursive: true });
    await mkdir(folder);
    const again = looks;
    await until(() => looks > again);
  });

  it("runs one check at a time, another for all changes during it, and continues when one fails", async () => {
    await mkdir(folder);
    let inside = 0;
    let most = 0;
    let release = Promise.withResolvers<void>();
    begin(async () => {
      most = Math.max(most, ++inside);
      await release.promise;
      inside--;
      throw new Error("no look");
    });
    await until(() => inside === 1);
    for (const name of ["a", "b", "c"]) await writeFile(join(folder, name), "");
    const first = release;
    release = Promise.withResolvers<void>();
    first.resolve();
    await until(() => looks === 2 && inside === 1);
    release.resolve();
    await until(() => inside === 0);
    assert.equal(most, 1);
  });

  it("stops checking when it is disposed, and waits for the running check", async () => {
    await mkdir(folder);
    let isDone = false;
    const release = Promise.withResolvers<void>();
    begin(async () => {
      await release.promise;
      isDone = true;
    });
    await until(() => looks === 1);
    const disposed = watch.dispose();
    release.resolve();
    await disposed;
    assert.equal(isDone, true);
    await writeFile(join(folder, "token"), "1");
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(looks, 1);
  });
});
