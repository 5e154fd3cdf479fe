import { type Disposable, toDisposable } from "../base/disposables.ts";

/** The signals that end the server, and the exit codes of a second one. Windows sends SIGBREAK for Ctrl+Break. */
const ending: readonly (readonly [NodeJS.Signals, number])[] = [
  ["SIGINT", 130],
  ["SIGBREAK", 130],
  ["SIGTERM", 143],
];

export interface SignalsDeps {
  /** Called for the first signal that ends the server. */
  readonly onEnd: () => void;
  readonly onReload: () => void;
  /** True if the terminal of the server sends SIGHUP when it is closed. */
  readonly hasTerminal: boolean;
  readonly exit: (code: number) => void;
}

/**
 * Listens to the signals of the operating system. The first one ends the server, a second one ends the process at once.
 * SIGHUP reads the settings again, unless it is from a terminal that is closed.
 */
export function followSignals({ onEnd, onReload, hasTerminal, exit }: SignalsDeps): Disposable {
  let isEnding = false;
  const end = (code: number): void => {
    if (isEnding) exit(code);
    isEnding = true;
    onEnd();
  };
  const listeners = new Map(ending.map(([name, code]) => [name, () => end(code)]));
  listeners.set("SIGHUP", hasTerminal ? () => end(129) : onReload);
  for (const [name, listener] of listeners) process.on(name, listener);
  return toDisposable(() => {
    for (const [name, listener] of listeners) process.off(name, listener);
  });
}
