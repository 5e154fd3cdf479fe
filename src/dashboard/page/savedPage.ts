import * as z from "zod";
import { dashboardStateSchema, executionRowSchema } from "../contract/dashboard.ts";
import { executionStatusSchema } from "../../protocol/executions.ts";

export const TABS = ["now", "history", "activity", "clients"] as const;
export type Tab = (typeof TABS)[number];

/** What a page leaves for the next one: where the person was, and what was known at which cursor. */
const savedPageSchema = z.object({
  tab: z.enum(TABS),
  selected: z.string(),
  scroll: z.number(),
  client: z.object({
    cursor: z.object({ epoch: z.string(), eventId: z.int() }).optional(),
    state: dashboardStateSchema.optional(),
    active: z.array(executionRowSchema),
    history: z.array(executionRowSchema),
    query: z.object({ search: z.string().optional(), status: executionStatusSchema.optional() }),
  }),
});

export type SavedPage = z.infer<typeof savedPageSchema>;

/** Where the person was. */
export type Whereabouts = Pick<SavedPage, "tab" | "selected" | "scroll">;

export function isSame(a: Whereabouts, b: Whereabouts): boolean {
  return a.tab === b.tab && a.selected === b.selected && a.scroll === b.scroll;
}

/** Undefined for the first page, and for what another version of the extension has left. */
export function readSavedPage(saved: unknown): SavedPage | undefined {
  return savedPageSchema.safeParse(saved).data;
}
