import * as z from "zod";
import type { Place } from "../../../server/windows/windows.ts";
import type { ToolCall } from "./toolDefinition.ts";

export const workspaceSchema = z
  .string()
  .min(1)
  .max(4096)
  .optional()
  .describe(
    "Absolute path of a folder that is open in a window, or of something inside it: the call is for that window. Default: the window that had the focus last.",
  );

/** Returns the place of a call: the folder that it names, or what the headers of its request name. */
export function placeOf({ request }: ToolCall, workspacePath: string | undefined): Place {
  if (workspacePath !== undefined) return { workspacePath };
  const { "x-kiro-window": windowId, "x-kiro-workspace": workspace } = request.headers;
  return {
    ...(typeof windowId === "string" && { windowId }),
    ...(typeof workspace === "string" && { workspacePath: workspace }),
  };
}
