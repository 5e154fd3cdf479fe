import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import * as z from "zod";
import type { CodeServerInstall } from "./codeServerInstall.ts";
import type { EditorProfile } from "./editorProfile.ts";
import { installVsix } from "./editorServer.ts";
import { repositoryRoot } from "./paths.ts";

const folder = join(repositoryRoot, "test", "fixtures", "windowProbe");
const { resolve } = createRequire(import.meta.url);

/** The result of both commands of the probe. */
export const probeSchema = z.object({ pid: z.int(), folders: z.array(z.string()) });

/** Installs an extension whose commands show which window runs them. */
export async function installWindowProbe(install: CodeServerInstall, profile: EditorProfile): Promise<void> {
  const vsix = join(profile.root, "window-probe.vsix");
  const options = ["--no-dependencies", "--allow-missing-repository", "--skip-license", "-o", vsix];
  await promisify(execFile)(process.execPath, [resolve("@vscode/vsce/vsce"), "package", ...options], { cwd: folder });
  await installVsix(install, profile, vsix);
}
