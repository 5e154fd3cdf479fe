import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import * as z from "zod";
import type { BridgePlace } from "./bridgePlace.ts";

const DEADLINE_MS = 120_000;

export interface PluginProgramOptions {
  /** `leave` stores state and messages; `find` reads them. */
  readonly step: "leave" | "find";
  readonly place: BridgePlace;
  /** The library for plugins of one version, an ES module. */
  readonly library: string;
}

const foundSchema = z.object({
  register: z.unknown(),
  counter: z.number(),
  members: z.array(z.unknown()),
  messages: z.array(z.unknown()),
});

/** What the program has left; `find` returns the same. */
export const leftByPlugin = {
  register: "EUR",
  counter: 3,
  members: [{ name: "tea" }],
  messages: [{ order: 1 }, { order: 2 }],
} satisfies z.infer<typeof foundSchema>;

/** Runs a program that takes part in the bus of plugins. @returns what it has found */
export async function runPluginProgram(
  options: PluginProgramOptions & { readonly step: "find" },
): Promise<z.infer<typeof foundSchema>>;
export async function runPluginProgram(options: PluginProgramOptions & { readonly step: "leave" }): Promise<undefined>;
export async function runPluginProgram({ step, place, library }: PluginProgramOptions) {
  const program = join(import.meta.dirname, "pluginMain.mjs");
  const args = [program, step, library, place.url, place.token];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: DEADLINE_MS, windowsHide: true });
  return step === "find" ? foundSchema.parse(JSON.parse(stdout)) : undefined;
}
