import * as z from "zod";
import { dashboardStateSchema, executionRowSchema } from "../contract/dashboard.ts";
import { executionStatusSchema } from "../../protocol/executions.ts";
import { ALL } from "../state/windowChoice.ts";

export const TABS = ["now", "history", "activity", "models", "plugins", "exports", "clients", "access"] as const;
export type Tab = (typeof TABS)[number];

/** The state saved for the next page: the location of the user, and the data with its position in the events. */
const savedPageSchema = z.object({
  tab: z.enum(TABS),
  selected: z.string(),
  scroll: z.number(),
  /** A `WindowChoice`. */
  window: z.string().default(ALL),
  client: z.object({
    position: z.object({ epoch: z.string(), since: z.int() }).partial(),
    state: dashboardStateSchema.optional(),
    active: z.array(executionRowSchema),
    history: z.array(executionRowSchema),
    query: z.object({
      search: z.string().optional(),
      status: executionStatusSchema.optional(),
      windowId: z.string().optional(),
    }),
  }),
});

export type SavedPage = z.infer<typeof savedPageSchema>;

/** The location of the user. */
export type Whereabouts = Pick<SavedPage, "tab" | "selected" | "scroll" | "window">;

export function isSame(a: Whereabouts, b: Whereabouts): boolean {
  return a.tab === b.tab && a.selected === b.selected && a.scroll === b.scroll && a.window === b.window;
}

/** Returns undefined for the first page, and for data of another version of the extension. */
export function readSavedPage(saved: unknown): SavedPage | undefined {
  return savedPageSchema.safeParse(saved).data;
}
