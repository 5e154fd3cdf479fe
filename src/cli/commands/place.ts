import { resolve } from "node:path";
import type { Command } from "commander";

export interface PlaceOptions {
  readonly window?: string;
  readonly workspace?: string;
}

/** Adds the options that choose a window. */
export function withPlace(command: Command): Command {
  return command
    .option("--window <id>", "ID of the window, of 'kiro-bridge windows'")
    .option("--workspace <path>", "folder that is open in the window, or a path inside it");
}

/** Returns the fields of a request; a relative path is relative to the current folder. */
export function placeOf({ window, workspace }: PlaceOptions): {
  readonly windowId?: string;
  readonly workspacePath?: string;
} {
  return {
    ...(window !== undefined && { windowId: window }),
    ...(workspace !== undefined && { workspacePath: resolve(workspace) }),
  };
}
