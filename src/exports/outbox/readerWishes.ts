import type { ContentLevel } from "./fact.ts";
import type { ReaderOptions } from "./outboxReader.ts";
import { higherLevel } from "./reduceFact.ts";

/** The wishes of several readers together. */
export interface ReaderWishes {
  /** The highest level of content that one of them gets. */
  readonly level: ContentLevel;
  readonly wantsSteps: boolean;
  /** True if one of them wants the start of a run also when the run has ended at once. */
  readonly wantsStarts: boolean;
}

export function wishesOf(readers: readonly ReaderOptions[]): ReaderWishes {
  return {
    level: readers.reduce<ContentLevel>((level, reader) => higherLevel(level, reader.level), "none"),
    wantsSteps: readers.some(({ wantsSteps }) => wantsSteps === true),
    wantsStarts: readers.some(({ wantsLatestOnly, wantsType = () => true }) => {
      return wantsLatestOnly !== true && (wantsType("command-queued") || wantsType("command-started"));
    }),
  };
}
