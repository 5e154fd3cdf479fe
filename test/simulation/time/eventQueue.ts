import type { SimProcess } from "./simProcess.ts";

/** The kind of a step of a process, which decides in which order a process that goes on makes up for what it missed. */
export type StepKind = "timer" | "input";

/** Something that happens at a time. */
export interface Step {
  readonly time: number;
  /** Orders steps of the same time. */
  readonly order: number;
  /** The process that takes the step; undefined for what happens outside of the windows. */
  readonly process: SimProcess | undefined;
  readonly kind: StepKind;
  readonly run: () => void;
  isCancelled: boolean;
}

/** The steps to come, earliest first: a binary heap. */
export class EventQueue {
  readonly #heap: Step[] = [];

  get size(): number {
    return this.#heap.length;
  }

  push(step: Step): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(step);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || isBefore(above, step)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = step;
  }

  pop(): Step | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const least = isBeforeIn(heap, left + 1, left) ? left + 1 : left;
      const below = heap[least];
      if (below === undefined || isBefore(last, below)) break;
      heap[at] = below;
      at = least;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(a: Step, b: Step): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}

function isBeforeIn(heap: readonly Step[], a: number, b: number): boolean {
  const [left, right] = [heap[a], heap[b]];
  return left !== undefined && right !== undefined && isBefore(left, right);
}
