import type { Clock } from "../../base/clock.ts";
import { type Disposable, toDisposable } from "../../base/disposables.ts";
import type { Link } from "./link.ts";
import { afterWaiting } from "./patience.ts";

/** Interval of the heartbeats in milliseconds. */
const BEAT_MS = 500;
/** Time in milliseconds without any message, after which the other end is considered dead. */
const SILENT_MS = 1_000;

/** The part of a link that heartbeats need. */
export type Beating = Pick<Link, "send" | "onDidReceive" | "onDidEnd" | "end">;

/** Sends heartbeats over a link, and ends it as `silent` after 1 s without any message, until it ends. */
export function watchBeats(link: Beating, clock: Clock): Disposable {
  let heardAt = clock.now();
  let beating: Disposable;
  let watching: Disposable;
  const beat = (): void => {
    beating = clock.after(BEAT_MS, beat);
    link.send({ type: "beat" });
  };
  const watch = (): void => {
    watching = afterWaiting(clock, heardAt + SILENT_MS - clock.now(), () => {
      const silentMs = clock.now() - heardAt;
      if (silentMs < SILENT_MS) watch();
      else link.end("silent", `The other window has sent nothing for ${Math.round(silentMs)} ms.`);
    });
  };
  beating = clock.after(BEAT_MS, beat);
  watch();
  const hearing = link.onDidReceive(() => {
    heardAt = clock.now();
  });
  const ending = link.onDidEnd(() => void release.dispose());
  // At once: a store would dispose of them one after the other.
  const release = toDisposable(() => {
    for (const part of [beating, watching, hearing, ending]) void part.dispose();
  });
  return release;
}
