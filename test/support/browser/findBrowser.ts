import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { unpackChromium } from "./packedChromium.ts";

export interface FoundBrowser {
  readonly path: string;
  readonly env?: Readonly<Record<string, string>>;
}

const linuxNames = [
  "google-chrome-stable",
  "google-chrome",
  "chromium",
  "chromium-browser",
  "microsoft-edge-stable",
  "microsoft-edge",
];

const macPaths = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
];

const windowsPaths = ["Google\\Chrome\\Application\\chrome.exe", "Microsoft\\Edge\\Application\\msedge.exe"];

/** Chooses a Chromium-like browser: `CHROME_PATH`, else one on the machine, else the one that npm brought. */
export async function findBrowser(): Promise<FoundBrowser> {
  const named = process.env["CHROME_PATH"];
  if (named) {
    if (!existsSync(named)) throw new Error(`CHROME_PATH names ${named}, and there is no such file.`);
    return { path: named };
  }
  const installed = candidates().find((path) => existsSync(path));
  return installed ? { path: installed } : unpackChromium();
}

function candidates(): string[] {
  if (process.platform === "darwin") return macPaths;
  if (process.platform === "win32") {
    const roots = ["ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA"].flatMap((name) => process.env[name] ?? []);
    return roots.flatMap((root) => windowsPaths.map((path) => join(root, path)));
  }
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return linuxNames.flatMap((name) => folders.map((folder) => join(folder, name)));
}
