import type { Clock } from "../../base/clock.ts";
import { type Disposable, toDisposable } from "../../base/disposables.ts";
import type { Link } from "./link.ts";
import { afterWaiting } from "./patience.ts";

/** Interval of the heartbeats in milliseconds. */
const BEAT_MS = 500;
/** Time in milliseconds without any message, after which the other end is considered dead. */
const silentMs = {
  /** A member then calls the owner again, and takes over if it does not respond. */
  owner: 1_000,
  /** Requests for a member then fail. Other extensions block an extension host for seconds. */
  member: 5_000,
} as const;

/** The part of a link that heartbeats need. */
export type Beating = Pick<Link, "send" | "onDidReceive" | "onDidEnd" | "end">;

/**
 * Sends heartbeats over a link until it ends, and ends it as `silent` after a time without any message.
 * @param peer what the other end is
 */
export function watchBeats(link: Beating, clock: Clock, peer: keyof typeof silentMs): Disposable {
  const maxSilentMs = silentMs[peer];
  let heardAt = clock.now();
  let beating: Disposable;
  let watching: Disposable;
  const beat = (): void => {
    beating = clock.after(BEAT_MS, beat);
    link.send({ type: "beat" });
  };
  const watch = (): void => {
    watching = afterWaiting(clock, heardAt + maxSilentMs - clock.now(), () => {
      const passedMs = clock.now() - heardAt;
      if (passedMs < maxSilentMs) watch();
      else link.end("silent", `The other window has sent nothing for ${Math.round(passedMs)} ms.`);
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
