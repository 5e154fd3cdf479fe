import type { ExecutionList, ExecutionRecord } from "../protocol/executions.ts";

/** How much JSON a page has, about, in bytes; one execution it always has. */
export const MAX_PAGE_BYTES = 1024 * 1024;

/** One page of a list, while it is filled: it ends where it has as many executions as were asked for, or as have room. */
export class ExecutionPage {
  readonly #limit: number;
  readonly #executions: ExecutionRecord[] = [];
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get isFull(): boolean {
    return this.#executions.length >= this.#limit;
  }

  /** @returns false when there is no room for it */
  add(execution: ExecutionRecord): boolean {
    const bytes = Buffer.byteLength(JSON.stringify(execution));
    if (this.isFull || (this.#bytes + bytes > MAX_PAGE_BYTES && this.#executions.length > 0)) return false;
    this.#executions.push(execution);
    this.#bytes += bytes;
    return true;
  }

  /** @param nextCursor the last execution that was looked at, when there may be more behind it */
  list(nextCursor: string | undefined): ExecutionList {
    return { executions: this.#executions, ...(nextCursor !== undefined && { nextCursor }) };
  }
}
