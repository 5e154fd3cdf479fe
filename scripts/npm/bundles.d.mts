import type { Metafile } from "esbuild";

export function browserBundle(): Promise<{ readonly code: Uint8Array; readonly metafile: Metafile }>;
export function writeCommandLine(outfile: string, version: string): Promise<void>;
export function writeLibrary(
  name: "client" | "patterns" | "plugin",
  format: "esm" | "cjs",
  outfile: string,
): Promise<void>;
