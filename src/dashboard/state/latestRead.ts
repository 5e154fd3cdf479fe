/** Reads something that changes: one read at a time, and once more if it was requested again in the meantime. */
export class LatestRead {
  readonly #read: () => Promise<void>;
  #state: "idle" | "reading" | "outdated" = "idle";

  constructor(read: () => Promise<void>) {
    this.#read = read;
  }

  /** Resolves when it has been read; immediately if a read that is in progress will be repeated. */
  async request(): Promise<void> {
    if (this.#state !== "idle") {
      this.#state = "outdated";
      return;
    }
    try {
      do {
        this.#state = "reading";
        await this.#read();
      } while (this.#isOutdated);
    } finally {
      this.#state = "idle";
    }
  }

  get #isOutdated(): boolean {
    return this.#state === "outdated";
  }
}
