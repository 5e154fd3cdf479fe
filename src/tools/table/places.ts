import * as z from "zod";
import type { Place } from "../../server/windows/windows.ts";
import type { ToolCall } from "./toolCall.ts";

export const workspaceSchema = z
  .string()
  .min(1)
  .max(4096)
  .optional()
  .describe(
    "Absolute path of a folder that is open in a window, or of something inside it: the call is for that window. Default: that of the agent, or the one that had the focus last.",
  );

/** Returns the place of a call: the folder that it names, or else the default one. @throws BridgeError VALIDATION_FAILED */
export function placeOf({ defaultPlace }: Pick<ToolCall, "defaultPlace">, workspacePath: string | undefined): Place {
  return workspacePath === undefined ? defaultPlace() : { workspacePath };
}
