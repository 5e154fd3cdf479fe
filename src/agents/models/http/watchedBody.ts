import { startDeadline } from "../../../base/deadline.ts";
import { toDisposable, type Disposable } from "../../../base/disposables.ts";

export interface BodyWatch {
  /** Largest number of bytes, after decompression. */
  readonly maxBytes: number;
  /** Largest number of bytes without a line break, for streams of events, whose readers hold a line until it ends. */
  readonly maxLineBytes: number;
  /** Longest time in milliseconds without a byte while its reader waits. */
  readonly maxSilenceMs: number;
  readonly tooLarge: () => Error;
  readonly silent: () => Error;
  /** Called when the whole body was read. */
  readonly onEnd: () => void;
  /** Returns what to throw if the connection breaks. */
  readonly broken: (error: unknown) => unknown;
}

const LINE_BREAK = 0x0a;

/**
 * Returns a body that fails if it is too large, silent for too long, or breaks off. Reads no more than its reader asks for,
 * and cancels the source whenever it fails.
 */
export function watchedBody(source: ReadableStream<Uint8Array>, watch: BodyWatch): ReadableStream<Uint8Array> {
  const reader = source.getReader();
  let bytes = 0;
  let lineBytes = 0;
  const fail = (controller: ReadableStreamDefaultController<Uint8Array>, error: unknown): void => {
    controller.error(error);
    reader.cancel(error).catch(() => undefined);
  };
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const silence = silenceAfter(watch, (error) => fail(controller, error));
        try {
          const { done, value } = await reader.read();
          if (silence.isOver) return;
          if (done) {
            watch.onEnd();
            return controller.close();
          }
          bytes += value.length;
          const at = value.lastIndexOf(LINE_BREAK);
          lineBytes = at < 0 ? lineBytes + value.length : value.length - at - 1;
          if (bytes > watch.maxBytes || lineBytes > watch.maxLineBytes) fail(controller, watch.tooLarge());
          else controller.enqueue(value);
        } catch (error) {
          if (!silence.isOver) controller.error(watch.broken(error));
        } finally {
          void silence.dispose();
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

/** Returns the beginning of a body as text, and cancels the rest. */
export async function headOf(body: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= maxBytes) break;
  }
  return new TextDecoder().decode(Buffer.concat(chunks).subarray(0, maxBytes));
}

function silenceAfter(
  { maxSilenceMs, silent }: BodyWatch,
  onSilence: (error: Error) => void,
): Disposable & { readonly isOver: boolean } {
  let isOver = false;
  const deadline = startDeadline(maxSilenceMs, () => {
    isOver = true;
    onSilence(silent());
  });
  return {
    get isOver() {
      return isOver;
    },
    ...toDisposable(() => void deadline.dispose()),
  };
}
