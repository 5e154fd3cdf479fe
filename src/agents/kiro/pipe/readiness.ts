import { onAbort } from "../../../base/abort.ts";
import { type Disposable, DisposableStore } from "../../../base/disposables.ts";
import { startDeadline } from "../../../base/deadline.ts";
import type { BridgeError } from "../../../protocol/errors.ts";
import { unavailable } from "../../../protocol/unavailable.ts";
import { failureOf } from "../cli/cliFailure.ts";
import type { KiroProcess } from "../process/kiroProcess.ts";

export interface ReadinessLimits {
  /** Silence on both streams after the banner in milliseconds, after which the CLI reads its input. */
  readonly quietMs: number;
  /** Time in milliseconds after which a CLI without any output has no banner. */
  readonly silentStartMs: number;
  /** Timeout in milliseconds for a CLI that never becomes silent. */
  readonly absoluteMs: number;
}

export const defaultReadinessLimits: ReadinessLimits = { quietMs: 300, silentStartMs: 3000, absoluteMs: 60_000 };

/**
 * Waits until a text process has printed its banner, which appears on both streams and belongs to no answer
 * (docs/kiro-cli.md#16-start-up-output). On pipes there is no prompt (docs/kiro-cli.md#f3), so silence means that it is
 * ready. Output until then is dropped.
 * @throws BridgeError KIRO_UNAVAILABLE if it exits (`not_logged_in`, `not_running`) or never becomes silent; the
 * signal's reason
 */
export async function untilReady(process: KiroProcess, limits: ReadinessLimits, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const store = new DisposableStore();
  let silence: Disposable = startDeadline(limits.silentStartMs, resolve);
  store.defer(() => silence.dispose());
  const onData = (): void => {
    void silence.dispose();
    silence = startDeadline(limits.quietMs, resolve);
  };
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("data", onData);
    store.defer(() => void stream.off("data", onData));
  }
  store.add(startDeadline(limits.absoluteMs, () => reject(neverSilent())));
  store.add(onAbort(signal, reject));
  void process.exited.then((exit) => reject(failureOf(exit, "start")));
  try {
    await promise;
  } finally {
    await store.dispose();
  }
}

function neverSilent(): BridgeError {
  const message = "Kiro CLI did not finish starting. Run 'Kiro Bridge: Diagnose Kiro CLI'.";
  return unavailable("cli-not-responding", message);
}
