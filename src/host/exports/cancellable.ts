/** The dialogs of the editor, see `messages.ts`. */
type Dialogs = Pick<typeof import("../status/messages.ts"), "showProgress">;

/** Shows progress that the user can cancel. @returns undefined if the user has cancelled it @throws what the work throws */
export async function cancellable<T>(
  { showProgress }: Dialogs,
  title: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<{ readonly result: T } | undefined> {
  return await showProgress({ title, place: "message" }, async (_report, signal) => {
    try {
      return { result: await work(signal) };
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
  });
}
