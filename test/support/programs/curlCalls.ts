import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A `curl` that notes how it was called before the real one runs. */
export interface CurlCalls {
  /** The `PATH` with which it is found first. */
  readonly path: string;
  /** The arguments of each call. */
  calls(): Promise<string[]>;
}

/** @param folder where it may put its files */
export async function listenInCurl(folder: string): Promise<CurlCalls> {
  const programs = join(folder, "programs");
  const log = join(folder, "curl.log");
  const path = process.env["PATH"] ?? "";
  await mkdir(programs, { recursive: true });
  await writeFile(log, "");
  const script = `#!/bin/sh\necho "$*" >> '${log}'\nPATH='${path}' exec curl "$@"\n`;
  await writeFile(join(programs, "curl"), script);
  await chmod(join(programs, "curl"), 0o700);
  return {
    path: `${programs}:${path}`,
    calls: async () => (await readFile(log, "utf8")).split("\n").filter((line) => line !== ""),
  };
}
