import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { chooseEditor } from "../support/editor/chooseEditor.ts";
import { parseEditorName } from "../support/editor/editorVersions.ts";
import { repositoryRoot, testOutput, vsixPath } from "../support/editor/paths.ts";
import { readCounts } from "../support/mocha/testCounts.ts";
import { buildHostTests, driverFolder, testsEntry } from "../support/hostSuite/buildHostTests.ts";
import type { HostRun } from "../support/hostSuite/hostRun.ts";
import { ReportLines } from "../support/hostSuite/reportLines.ts";
import { runInCodeServer } from "../support/hostSuite/runInCodeServer.ts";
import { runInDesktop } from "../support/hostSuite/runInDesktop.ts";

const RUN_DEADLINE_MS = 900_000;

const usage =
  "node test/host/run.ts [--editor newest|lowest] [--form dev|vsix] [--grep text] [--vsix file] [--extension folder]";

/** Runs the in-host suite once: in which editor, and with the extension in which form, the arguments say. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      editor: { type: "string", default: "newest" },
      form: { type: "string", default: "dev" },
      grep: { type: "string" },
      vsix: { type: "string", default: vsixPath },
      extension: { type: "string", default: repositoryRoot },
    },
  });
  const name = parseEditorName(values.editor);
  const lines = new ReportLines();
  const run = hostRun(values.form, resolve(values.vsix), resolve(values.extension), lines);
  const countsFile = process.env["TEST_COUNTS_FILE"] ?? join(testOutput, `host-${name}-${values.form}.json`);
  await rm(countsFile, { force: true });
  await buildHostTests({ countsFile, grep: values.grep });
  const editor = await chooseEditor(name);
  try {
    const code =
      editor.kind === "desktop"
        ? await runInDesktop(editor.executable, run)
        : await runInCodeServer(editor.install, run);
    const counts = await readCounts(countsFile);
    if (counts === undefined)
      throw new Error("The tests ended without a report: the module that runs them failed before the first test.");
    console.log(
      `${editor.label}, ${values.form} form: ${counts.passes} passed, ${counts.failures} failed, ${counts.pending} pending`,
    );
    return code === 0 && counts.failures === 0 && counts.passes > 0 ? 0 : 1;
  } catch (error) {
    if (lines.others !== "") console.error(`What else the extension host said:\n${lines.others}`);
    throw error;
  }
}

function hostRun(form: string, vsix: string, extension: string, lines: ReportLines): HostRun {
  const common = { tests: testsEntry, lines, deadlineMs: RUN_DEADLINE_MS };
  if (form === "dev") return { ...common, developed: extension };
  if (form !== "vsix") throw new Error(`There is no form "${form}". Usage: ${usage}`);
  if (!existsSync(vsix)) throw new Error(`${vsix} is not there; run "npm run package" first.`);
  return { ...common, developed: driverFolder, vsix };
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
