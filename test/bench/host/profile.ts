import { writeFile } from "node:fs/promises";
import { Session } from "node:inspector/promises";

/** Takes a CPU profile of this extension host: the bridge, and the echo servers. */
export class HostProfile {
  readonly #session = new Session();

  async start(): Promise<void> {
    this.#session.connect();
    await this.#session.post("Profiler.enable");
    await this.#session.post("Profiler.setSamplingInterval", { interval: 200 });
    await this.#session.post("Profiler.start");
  }

  /** Writes the profile in the form that the editor and Chromium's tools open. */
  async save(file: string): Promise<void> {
    const { profile } = await this.#session.post("Profiler.stop");
    this.#session.disconnect();
    await writeFile(file, JSON.stringify(profile));
  }
}
