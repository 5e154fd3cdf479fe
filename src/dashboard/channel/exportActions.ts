import type { ExportControl } from "../../core/exportControl.ts";
import type { DeadLetterList, DestinationTest } from "../../protocol/exports/destinations.ts";
import { bridgeOff } from "../../protocol/unavailable.ts";
import type { DestinationPlace, ExportsView } from "../contract/exports.ts";
import type { EditorActions } from "./editorActions.ts";

/** Timeout of a test in milliseconds. */
export const TEST_MS = 60_000;
/** Maximum number of dead letters that a page shows. */
export const SHOWN_LETTERS = 20;

/** The destinations of exports as dashboards see them. */
export interface ExportParts {
  view(): ExportsView | PromiseLike<ExportsView>;
  /** Sends one marked item. A failure is a result. @throws BridgeError NOT_FOUND, CONFLICT */
  test(place: DestinationPlace): Promise<DestinationTest>;
  /** Lists the newest dead letters. @throws BridgeError NOT_FOUND */
  letters(place: DestinationPlace): Promise<DeadLetterList>;
  /** Sends the dead letters again. @returns their number @throws BridgeError NOT_FOUND, CONFLICT */
  replay(place: DestinationPlace): Promise<number>;
  /** @throws BridgeError NOT_FOUND */
  removeLetters(place: DestinationPlace): Promise<unknown>;
}

const none = (): Promise<never> => Promise.reject(bridgeOff());

/** For a bridge without exports. */
export const noExports: ExportParts = {
  view: () => ({ destinations: [], problems: [] }),
  test: none,
  letters: none,
  replay: none,
  removeLetters: none,
};

/** Returns what dashboards see of the destinations of this window. */
export function exportParts(control: Omit<ExportControl, "archives" | "onDidChange">): ExportParts {
  return {
    view: () => control.list(),
    test: ({ name }) => control.test(name, AbortSignal.timeout(TEST_MS)),
    letters: ({ name }) => control.deadLetters(name, SHOWN_LETTERS),
    replay: ({ name }) => control.replay(name),
    removeLetters: ({ name }) => control.removeDeadLetters(name),
  };
}

/** Removes the dead letters of a destination if the user is sure: nobody else has them. */
export async function removeLetters(
  exports: ExportParts,
  editorActions: Pick<EditorActions, "confirm">,
  place: DestinationPlace,
): Promise<{ isRemoved: boolean }> {
  const isRemoved = await editorActions.confirm({ kind: "remove-export-letters", name: place.name });
  if (isRemoved) await exports.removeLetters(place);
  return { isRemoved };
}
