import { cp, readdir, readFile, rename, utimes } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "../editor/paths.ts";
import { type Traces, tracesSchema } from "./traces.ts";

const fixtures = join(repositoryRoot, "test", "fixtures", "upgrade");
/** The port of the recorded bridges, by which their log of messages is named. */
const RECORDED_PORT = 3001;

export async function recordedTraces(version: string): Promise<Traces> {
  return tracesSchema.parse(JSON.parse(await readFile(join(fixtures, version, "traces.json"), "utf8")));
}

/** Copies what an earlier version has left, with the times that the files had, for a bridge on another port. */
export async function copyRecorded({ version, at }: Traces, to: string, port: number): Promise<void> {
  for (const name of ["home", "storage"])
    await cp(join(fixtures, version, name), join(to, name), { recursive: true }).catch(ifMissing);
  const bus = join(to, "home", "bus");
  await rename(join(bus, `log-${RECORDED_PORT}`), join(bus, `log-${port}`)).catch(ifMissing);
  const time = new Date(at);
  for (const file of await readdir(to, { recursive: true })) await utimes(join(to, file), time, time);
}

function ifMissing(error: unknown): void {
  if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
}
