import type * as z from "zod";
import { isBridgeError } from "../../protocol/errors.ts";
import type { OtherWindow, WindowAnswer, WindowCall } from "./windows.ts";

/** Timeout in milliseconds for a part of a list. */
export const PART_MS = 2000;

/** The response of one window; undefined if it did not respond in time. */
export interface AskedWindow {
  readonly window: OtherWindow;
  readonly answer: WindowAnswer | undefined;
}

/** Sends the same request to several windows, which have 2 s. */
export function askAll(windows: readonly OtherWindow[], call: WindowCall): Promise<readonly AskedWindow[]> {
  return Promise.all(windows.map(async (window) => ({ window, answer: await ask(window, call) })));
}

async function ask(window: OtherWindow, call: WindowCall): Promise<WindowAnswer | undefined> {
  try {
    return await window.call({ timeoutMs: PART_MS, ...call });
  } catch (error) {
    if (isBridgeError(error)) return undefined;
    throw error;
  }
}

/** The parts of a list that other windows have. */
export interface Parts<T> {
  readonly parts: readonly { readonly window: OtherWindow; readonly part: T }[];
  /** IDs of windows that did not respond in time, or not as expected. */
  readonly missing: readonly string[];
}

/** Requests the parts of a list. A window whose settings deny the list has no part, and is not missing. */
export async function partsOf<T>(
  windows: readonly OtherWindow[],
  call: Omit<WindowCall, "method">,
  schema: z.ZodType<T>,
): Promise<Parts<T>> {
  const answers = await askAll(windows, { method: "GET", ...call });
  const asked = answers.filter(({ answer }) => answer?.status !== 403);
  const found = asked.map(({ window, answer }) => ({ window, part: answer && parsed(answer, schema) }));
  return {
    parts: found.flatMap(({ window, part }) => (part === undefined ? [] : [{ window, part }])),
    missing: found.filter(({ part }) => part === undefined).map(({ window }) => window.record.id),
  };
}

function parsed<T>({ status, body }: WindowAnswer, schema: z.ZodType<T>): T | undefined {
  if (status !== 200) return undefined;
  try {
    return schema.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}
