import type { ExecutionList, ExecutionRecord } from "../protocol/executions.ts";

/** Approximate maximum size of a page in bytes of JSON. A page has at least one execution. */
export const MAX_PAGE_BYTES = 1024 * 1024;

/** Builds one page of a list, which ends at the requested limit or at the maximum size. */
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

  /** @returns false if it does not fit */
  add(execution: ExecutionRecord): boolean {
    const bytes = Buffer.byteLength(JSON.stringify(execution));
    if (this.isFull || (this.#bytes + bytes > MAX_PAGE_BYTES && this.#executions.length > 0)) return false;
    this.#executions.push(execution);
    this.#bytes += bytes;
    return true;
  }

  /** @param nextCursor the last execution examined, if there may be more */
  list(nextCursor: string | undefined): ExecutionList {
    return { executions: this.#executions, ...(nextCursor !== undefined && { nextCursor }) };
  }
}
