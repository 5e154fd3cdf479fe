import * as z from "zod";

/** The window that a request is for. */
export const windowIdSchema = z
  .string()
  .min(1)
  .max(100)
  .describe(
    "The ID of a window. Default: the window that has workspacePath open, else the one that had the focus last.",
  );

/** The query parameters that select a window (docs/wire-contract.md#49-windows). */
export const placeQuerySchema = z.object({
  windowId: windowIdSchema.optional().describe("Only the window with this ID."),
  workspacePath: z.string().min(1).max(4096).optional().describe("Only the window that has this path open."),
});

export type PlaceQuery = z.infer<typeof placeQuerySchema>;

export const missingWindowsSchema = z
  .array(z.string())
  .describe(
    "The IDs of windows that did not respond in time, and whose part is missing. Absent if all have responded.",
  );
