import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The folder that `node scripts/release/pack.mjs` fills, and from which everything is published. */
export const releaseFolder = join("dist", "release");
/** In the form of `sha256sum`. */
const SUMS = "SHA256SUMS";
const LINE = /^([0-9a-f]{64}) {2}(\S+)$/;

/** Returns the names of the files of a release: what is published, a list of its contents, and the checksums of all. */
export function releaseFiles(version) {
  const vsix = `kiro-bridge-${version}.vsix`;
  const npmPackage = `kiro-bridge-${version}.tgz`;
  const contents = [vsix, npmPackage, contentsOf(vsix), contentsOf(npmPackage)];
  return { vsix, npmPackage, sums: SUMS, all: [...contents, SUMS] };
}

/** Returns the name of the list of the packages that a file contains, in CycloneDX's format. */
export function contentsOf(file) {
  return `${file}.cdx.json`;
}

/** Returns the checksum of a file, as hexadecimal digits. */
export function sha256Of(file) {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

/** Writes the checksums of all files of a folder. */
export function writeChecksums(folder) {
  const lines = namesIn(folder).map((name) => `${sha256Of(join(folder, name))}  ${name}\n`);
  writeFileSync(join(folder, SUMS), lines.join(""));
}

/**
 * Verifies that a folder has the files of a release, these only, and with their checksums. Each program that publishes does so
 * first, because the files come from another job.
 * @returns the paths of the files
 * @throws if something differs
 */
export function verifyRelease(version, folder = releaseFolder) {
  const files = releaseFiles(version);
  if (!existsSync(join(folder, SUMS))) {
    throw new Error(`There is no ${join(folder, SUMS)}: run node scripts/release/pack.mjs first.`);
  }
  const sums = sumsIn(join(folder, SUMS));
  const expected = files.all.filter((name) => name !== SUMS).toSorted();
  for (const [names, place] of [
    [[...sums.keys()], SUMS],
    [namesIn(folder), folder],
  ]) {
    if (names.toSorted().join() === expected.join()) continue;
    throw new Error(
      `${place} has ${names.join(", ") || "nothing"}, but the release ${version} is ${expected.join(", ")}.`,
    );
  }
  for (const [name, sum] of sums) {
    if (sha256Of(join(folder, name)) !== sum)
      throw new Error(`${name} is not the file that was packed: its checksum differs.`);
  }
  const at = (name) => join(folder, name);
  return { vsix: at(files.vsix), npmPackage: at(files.npmPackage), sums: at(SUMS), all: files.all.map(at) };
}

function sumsIn(file) {
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  return new Map(
    lines.map((line) => {
      const [, sum, name] = LINE.exec(line) ?? [];
      if (name === undefined) throw new Error(`${SUMS} has the line "${line}".`);
      return [name, sum];
    }),
  );
}

function namesIn(folder) {
  return readdirSync(folder)
    .filter((name) => name !== SUMS)
    .toSorted();
}
