import { Writable } from "node:stream";
import { runTests, runVSCodeCommand, TestRunFailedError } from "@vscode/test-electron";
import { withDeadline } from "../editor/deadline.ts";
import { EditorProfile } from "../editor/editorProfile.ts";
import type { HostRun } from "./hostRun.ts";

/** Runs the in-host tests in a desktop VS Code. Settles with 0 or another code as the tests say. */
export async function runInDesktop(executable: string, run: HostRun): Promise<number> {
  const profile = await EditorProfile.create();
  try {
    return await withDeadline(
      runFor(profile, executable, run),
      run.deadlineMs,
      "the tests inside the extension host to end",
    );
  } finally {
    await profile.remove();
  }
}

async function runFor(profile: EditorProfile, executable: string, run: HostRun): Promise<number> {
  const folders = [
    `--extensions-dir=${profile.extensions}`,
    `--user-data-dir=${profile.userData}`,
    "--use-inmemory-secretstorage",
  ];
  const editor = { vscodeExecutablePath: executable, reuseMachineInstall: true };
  if (run.vsix !== undefined) {
    await runVSCodeCommand(["--install-extension", run.vsix, "--force", ...folders], {
      ...editor,
      spawn: { env: profile.environment() },
    });
  }
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      run.lines.take(chunk.toString());
      done();
    },
  });
  try {
    return await runTests({
      ...editor,
      extensionDevelopmentPath: run.developed,
      extensionTestsPath: run.tests,
      extensionTestsEnv: profile.environment(),
      launchArgs: [await profile.createWorkspace("host-workspace"), ...folders],
      stdout: output,
      stderr: output,
    });
  } catch (error) {
    if (error instanceof TestRunFailedError && error.code !== undefined) return error.code;
    throw error;
  }
}
