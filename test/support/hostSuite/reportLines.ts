/** Stands before every line of the in-host report, for the console of an extension host is shared. */
export const reportPrefix = "[host test] ";

const KEPT_LINES = 40;

/** Sorts the host's console: prints the report as it comes, keeps the rest for when something goes wrong. */
export class ReportLines {
  /** Resolves with the first line of the report: the tests are in the host. */
  readonly begun: Promise<void>;
  readonly #others: string[] = [];
  readonly #begin: () => void;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.begun = promise;
    this.#begin = resolve;
  }

  take(text: string): void {
    for (const line of text.split(/\r?\n/)) {
      const at = line.indexOf(reportPrefix);
      if (at >= 0) this.#begin();
      if (at >= 0) console.log(line.slice(at + reportPrefix.length));
      else if (line.trim() !== "") this.#keep(line);
    }
  }

  /** The last console lines that were not part of the report, each text once. */
  get others(): string {
    return this.#others.join("\n");
  }

  #keep(line: string): void {
    if (this.#others.includes(line)) return;
    this.#others.push(line);
    if (this.#others.length > KEPT_LINES) this.#others.shift();
  }
}
