import { EVENT_STREAM, type Send } from "../http/send.ts";
import { numberOption } from "../../base/numberOption.ts";
import { Slots } from "./slots.ts";

/**
 * A queue of the commands and chats of one client. A streamed chat keeps its place until it ends: with all places taken by
 * chats, a command that one of them waits for would never run.
 */
export interface QueueOptions {
  /** Commands and chats that run at the same time, by default 3. */
  readonly maxConcurrent?: number | undefined;
}

export const queueDefaults = { maxConcurrent: 3 } as const;

export interface QueueStatus {
  /** Calls that wait for their turn. */
  readonly queueLength: number;
  readonly activeCommands: number;
  /** True while a command is active. */
  readonly processing: boolean;
}

/** Lets a limited number of calls run at the same time, those of higher priority first. */
export class CallQueue {
  readonly #slots: Slots;

  constructor(options: QueueOptions = {}) {
    this.#slots = new Slots(numberOption("maxConcurrent", options.maxConcurrent, queueDefaults.maxConcurrent, 1));
  }

  get status(): QueueStatus {
    const { waiting, running } = this.#slots;
    return { queueLength: waiting, activeCommands: running, processing: running > 0 };
  }

  run<T>(work: () => Promise<T>, options: { readonly priority?: number; readonly signal?: AbortSignal }): Promise<T> {
    return this.#slots.run(work, options);
  }

  /** Commands and chats wait; everything else passes, so that answers and cancels reach what runs. */
  wrap(next: Send): Send {
    return (request) => {
      if (request.command === undefined) return next(request);
      if (request.accept === EVENT_STREAM) return this.#stream(() => next(request), request);
      return this.#slots.run(() => next(request), request);
    };
  }

  /** Resolves with the response of a stream, which keeps its slot until it ends. */
  #stream(open: () => Promise<Response>, options: Parameters<Slots["run"]>[1]): Promise<Response> {
    return new Promise((resolve, reject) => {
      const work = async (): Promise<void> => {
        const response = await open();
        if (response.body === null) return resolve(response);
        const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
        const { status, statusText, headers } = response;
        resolve(new Response(readable, { status, statusText, headers }));
        // Settles at the end of the stream, when it breaks, and when the reader cancels it. The reader gets the error.
        await response.body.pipeTo(writable).catch(() => undefined);
      };
      this.#slots.run(work, options).catch(reject);
    });
  }
}
