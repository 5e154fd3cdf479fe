import { eventually } from "./editor/deadline.ts";

/** Long enough for a machine whose processors are busy with other things. */
const DEADLINE_MS = 60_000;

/** Waits for a state that nothing announces. */
export async function until(isTrue: () => boolean | Promise<boolean>, what = "the expected state"): Promise<void> {
  await eventually(async () => ((await isTrue()) ? true : undefined), { what, deadlineMs: DEADLINE_MS, everyMs: 2 });
}
