import { execFile } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { repositoryRoot } from "../../support/editor/paths.ts";
import { median } from "../load.ts";
import type { Figure } from "../table.ts";

const STARTS = 5;
const bundle = join(repositoryRoot, "dist/models.cjs");
const sdks = ["openai", "@anthropic-ai/sdk"];

const run = promisify(execFile);

/** What the first use of an engine costs before its first request, and what the bundles weigh. */
export async function measureFirstUse(): Promise<Figure[]> {
  if (!existsSync(bundle)) throw new Error(`${bundle} is not there; run "npm run build" first.`);
  const ofBundle: number[] = [];
  const ofSdks: number[] = [];
  for (let start = 0; start < STARTS; start++) {
    ofBundle.push(await requireMs([bundle]));
    ofSdks.push(await requireMs(sdks));
  }
  const KiB = (bytes: number): number => bytes / 1024;
  const atStart = statSync(join(repositoryRoot, "dist/extension.cjs")).size;
  return [
    { what: "models: first use, CPU to require the bundle", value: median(ofBundle), unit: "ms" },
    {
      what: "models: first use, CPU to require the bundle ÷ both SDKs from their packages",
      value: median(ofBundle.map((ms, start) => ms / (ofSdks[start] ?? Number.NaN))),
      unit: "×",
      atMost: 1,
    },
    {
      what: "models: bundle, compressed",
      value: KiB(gzipSync(readFileSync(bundle)).byteLength),
      unit: "KiB",
      atMost: 260,
    },
    { what: "models: bundle of the extension, which is read at start", value: KiB(atStart), unit: "KiB", atMost: 40 },
  ];
}

/** @returns the CPU time in ms of a new process for its first `require` of modules */
async function requireMs(modules: readonly string[]): Promise<number> {
  const program = `
    const before = process.cpuUsage();
    for (const module of ${JSON.stringify(modules)}) require(module);
    const { user, system } = process.cpuUsage(before);
    console.log((user + system) / 1000);`;
  const { stdout } = await run(process.execPath, ["-e", program], { cwd: repositoryRoot });
  return Number(stdout);
}
