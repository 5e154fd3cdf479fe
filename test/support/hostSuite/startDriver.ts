import { existsSync } from "node:fs";
import { join } from "node:path";
import type * as z from "zod";
import { chooseEditor } from "../editor/chooseEditor.ts";
import { repositoryRoot, testOutput, vsixPath } from "../editor/paths.ts";
import { ReportLines } from "./reportLines.ts";
import { runInCodeServer } from "./runInCodeServer.ts";
import { runInDesktop } from "./runInDesktop.ts";
import { whenWritten } from "./whenWritten.ts";
import { writeDriver } from "./writeDriver.ts";

export interface DriverOptions<T> {
  readonly name: string;
  /** The module whose `run()` is called in the host, from the root of the repository. */
  readonly entry: string;
  /** Where that module writes what its callers outside need to know, and what that is. */
  readonly file: string;
  readonly schema: z.ZodType<T>;
  readonly deadlineMs: number;
}

export interface StartedDriver<T> {
  readonly folder: string;
  readonly target: T;
  /** Settles when the module has ended. */
  readonly host: Promise<number>;
}

/** Runs a module in the extension host of a real editor with the packed extension, and waits until it says where it is. */
export async function startDriver<T>(options: DriverOptions<T>): Promise<StartedDriver<T>> {
  const { name, entry, file, schema, deadlineMs } = options;
  if (!existsSync(vsixPath)) throw new Error(`${vsixPath} is not there; run "npm run package" first.`);
  const folder = join(testOutput, name);
  await writeDriver(folder, name, {
    entryPoints: [join(repositoryRoot, entry)],
    external: ["vscode"],
    mainFields: ["module", "main"],
  });
  const editor = await chooseEditor("newest");
  const run = {
    developed: folder,
    vsix: vsixPath,
    tests: join(folder, "index.cjs"),
    lines: new ReportLines(),
    deadlineMs,
  };
  const host = editor.kind === "desktop" ? runInDesktop(editor.executable, run) : runInCodeServer(editor.install, run);
  return { folder, target: await Promise.race([whenWritten(folder, file, schema), host.then(endedEarly)]), host };
}

function endedEarly(): never {
  throw new Error("The extension host ended before it said where its servers are.");
}
