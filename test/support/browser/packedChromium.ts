import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import type { FoundBrowser } from "./findBrowser.ts";
import { editorCache } from "../editor/paths.ts";
import { fillOnce } from "../editor/stagedFolder.ts";

const manifest = z.object({ version: z.string() });

/**
 * The package unpacks into the system's temporary folder under fixed names and believes whatever lies there.
 * So it is run in a process whose temporary folder is ours; `al2023` are the few libraries a bare machine lacks.
 */
const unpackScript = `
  import(process.argv[1]).then(async ({ default: chromium, inflate }) => {
    await chromium.executablePath();
    await inflate(process.argv[2]);
  });
`;

/** Unpacks the headless Chromium of @sparticuz/chromium into the cache once (about 210 MB, 3 s). Linux on x64 only. */
export async function unpackChromium(): Promise<FoundBrowser> {
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new Error("No Chrome, Chromium or Edge was found. Install one, or set CHROME_PATH to its program file.");
  const entry = import.meta.resolve("@sparticuz/chromium");
  const packageFolder = dirname(dirname(fileURLToPath(entry)));
  const { version } = manifest.parse(JSON.parse(await readFile(join(packageFolder, "package.json"), "utf8")));
  const folder = join(editorCache(), `chromium-${version}`);
  if (!existsSync(folder))
    console.log(`Unpacking a headless Chromium for the editor's windows: about 210 MB in ${folder} …`);
  await fillOnce(folder, async (staging) => {
    await unpack(entry, join(packageFolder, "bin", "al2023.tar.br"), staging);
    await writeFile(join(staging, "fonts.conf"), fontsConf(folder));
  });
  const libraries = join(folder, "al2023", "lib");
  const inherited = process.env["LD_LIBRARY_PATH"];
  return {
    path: join(folder, "chromium"),
    env: {
      LD_LIBRARY_PATH: inherited ? `${inherited}:${libraries}` : libraries,
      FONTCONFIG_FILE: join(folder, "fonts.conf"),
    },
  };
}

async function unpack(entry: string, libraries: string, staging: string): Promise<void> {
  const args = ["--input-type=commonjs", "--eval", unpackScript, entry, libraries];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, TMPDIR: staging },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once("error", reject).once("close", resolve),
  );
  if (code !== 0)
    throw new Error(`Unpacking Chromium ended with code ${code}. Install Chrome or Chromium, or set CHROME_PATH.`);
}

/** Chromium dies without a font, and a bare machine has none: the package's own comes along. */
function fontsConf(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${folder}/fonts-cache</cachedir>
</fontconfig>
`;
}
