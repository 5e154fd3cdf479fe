import * as z from "zod";
import type { Place } from "../../../server/windows/windows.ts";
import { placeInHeaders } from "../../door/placedBody.ts";
import type { ToolCall } from "./toolDefinition.ts";

export const workspaceSchema = z
  .string()
  .min(1)
  .max(4096)
  .optional()
  .describe(
    "Absolute path of a folder that is open in a window, or of something inside it: the call is for that window. Default: the window that had the focus last.",
  );

/**
 * Returns the place of a call: the folder that it names, or else what the headers of its request name.
 * @throws BridgeError VALIDATION_FAILED for headers that are not valid
 */
export function placeOf({ request }: ToolCall, workspacePath: string | undefined): Place {
  return workspacePath === undefined ? (placeInHeaders(request) ?? {}) : { workspacePath };
}
