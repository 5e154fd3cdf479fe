import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../../../../support/until.ts";

/** What the simulator noted down: every start with its pid, every line of input, every answer to a question. */
export class SimulatorLog {
  readonly #folder = mkdtempSync(join(tmpdir(), "kiro-sim-"));
  readonly path = join(this.#folder, "log.jsonl");

  /** For the environment of the simulator. */
  get env(): Record<string, string> {
    return { FAKE_KIRO_LOG: this.path };
  }

  records(event?: string): Record<string, unknown>[] {
    const all = this.#text()
      .split("\n")
      .filter((line) => line !== "")
      .map((line): Record<string, unknown> => JSON.parse(line));
    return event === undefined ? all : all.filter((record) => record["event"] === event);
  }

  /** Process groups that the simulator leads or led, of which something is still alive. */
  survivors(): number[] {
    return this.records("start")
      .map(({ pid }) => Number(pid))
      .filter(isGroupAlive);
  }

  /** Waits until no process is left, and throws when one stays. Then the file is removed. */
  async assertAllGone(): Promise<void> {
    await until(() => this.survivors().length === 0, "the end of every process group");
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #text(): string {
    try {
      return readFileSync(this.path, "utf8");
    } catch {
      return ""; // Nothing was started.
    }
  }
}

function isGroupAlive(pid: number): boolean {
  try {
    return process.kill(-pid, 0);
  } catch {
    return false;
  }
}
