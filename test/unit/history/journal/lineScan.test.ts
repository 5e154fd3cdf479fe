import assert from "node:assert/strict";
import { type FileHandle, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type LinePlace, readLine, readLines, scanLines } from "../../../../src/history/journal/lineScan.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";

const MEBI = 1024 * 1024;

describe("scanLines and readLines", () => {
  let folder: string;
  let file: FileHandle | undefined;

  beforeEach(async () => {
    folder = await temporaryFolder();
  });

  afterEach(async () => {
    await file?.close();
    file = undefined;
    await removeFolder(folder);
  });

  const fileOf = async (content: string | Buffer): Promise<FileHandle> => {
    await writeFile(join(folder, "file"), content);
    file = await open(join(folder, "file"));
    return file;
  };
  const scan = async (handle: FileHandle, from = 0, to = Number.MAX_SAFE_INTEGER) => {
    const heads: string[] = [];
    const places: LinePlace[] = [];
    const end = await scanLines(handle, { from, to }, 4, (head, place) => {
      heads.push(head);
      places.push(place);
    });
    return { heads, places, end };
  };

  it("returns complete lines, however they are split across reads", async () => {
    const lines = ["", "a", "x".repeat(MEBI - 5), "bcdefg", "y".repeat(3 * MEBI), "last"];
    const handle = await fileOf(`${lines.join("\n")}\ntorn`);
    const { heads, places, end } = await scan(handle);
    assert.deepEqual(
      heads,
      lines.map((line) => line.slice(0, 4)),
    );
    assert.deepEqual(
      places.map(({ length }) => length),
      lines.map(({ length }) => length),
    );
    assert.equal(end, lines.join("\n").length + 1);
    const read: string[] = [];
    for await (const line of readLines(handle, places)) read.push(line);
    assert.ok(read.length === lines.length && read.every((line, at) => line === lines[at]));
  });

  it("returns the lines that start in a part of a file", async () => {
    const handle = await fileOf("one\ntwo\nthree\nfour\n");
    assert.deepEqual((await scan(handle, 4, 9)).heads, ["two", "thre"]);
    assert.deepEqual((await scan(handle, 4, 8)).heads, ["two"]);
    assert.deepEqual((await scan(handle, 4, 4)).heads, []);
    assert.equal((await scan(handle, 4, 9)).end, 14);
  });

  it("skips a line that is not wanted, and one that is gone", async () => {
    const handle = await fileOf(`${"x".repeat(17 * MEBI)}\nshort\n`);
    const { places } = await scan(handle);
    assert.equal(await readLine(handle, places[0] ?? { offset: 0, length: 0 }), "");
    assert.equal(await readLine(handle, places[1] ?? { offset: 0, length: 0 }), "short");
    assert.equal(await readLine(handle, { offset: 20 * MEBI, length: 5 }), "");
    const read: string[] = [];
    for await (const line of readLines(handle, places)) read.push(line);
    assert.deepEqual(read, ["short"]);
  });
});
