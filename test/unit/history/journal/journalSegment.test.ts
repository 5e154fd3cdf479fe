import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import * as z from "zod";
import { JournalSegment } from "../../../../src/history/journal/journalSegment.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";

const writer = join(import.meta.dirname, "../../../fixtures/live/segmentWriter.ts");

describe("JournalSegment", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => removeFolder(folder));

  it("removes a partially written line", async function () {
    if (process.platform === "win32") this.skip();
    // The system lets no file of this process become larger than 64 blocks of 512 or 1024 bytes.
    const limited = ["-c", `ulimit -f 64; exec "$0" "$@"`, process.execPath, writer, folder];
    const { stdout } = await promisify(execFile)("sh", limited);
    const { path, size, reason } = z
      .object({ path: z.string(), size: z.int(), reason: z.string() })
      .parse(JSON.parse(stdout));
    assert.match(reason, /EFBIG/);
    const text = await readFile(path, "utf8");
    assert.ok(size > 0 && size % 10_000 === 0);
    assert.deepEqual([text.length, text.endsWith("\n")], [size, true]);
  });

  it("is a new file each time, and detects its removal", async () => {
    const segments = [await JournalSegment.create(folder), await JournalSegment.create(folder)];
    assert.equal(new Set(segments.map(({ path }) => path)).size, 2);
    const [first] = segments;
    assert.equal(await first?.isGone(), false);
    await removeFolder(folder);
    assert.equal(await first?.isGone(), true);
    for (const segment of segments) await segment.close();
  });
});
