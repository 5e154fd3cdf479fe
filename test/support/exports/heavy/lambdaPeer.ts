import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../../programs/freePort.ts";
import { until } from "../../until.ts";
import { peerPackages } from "./peerPackages.ts";
import { PeerProcess } from "./peerProcess.ts";

const handlers = `
import { appendFileSync } from "node:fs";
export const hook = async (event) => {
  appendFileSync("events.jsonl", JSON.stringify(event) + "\\n");
  return { ok: true };
};
export const failing = async () => { throw new Error("The handler fails."); };
`;

/** The Invoke API of Lambda on loopback (serverless-offline), which runs handlers. It checks no signature. */
export class LambdaPeer implements AsyncDisposable {
  /** Keeps its events. */
  readonly hook = "kiro-hook";
  /** Throws. */
  readonly failing = "kiro-failing";
  readonly #process: PeerProcess;

  private constructor(running: PeerProcess) {
    this.#process = running;
  }

  static async start(): Promise<LambdaPeer> {
    const port = String(await freePort());
    const running = await PeerProcess.startOwn("lambdaMain.ts", await peerPackages("lambda"), {
      prepare: (folder) => writeFile(join(folder, "hook.mjs"), handlers),
      env: { KIRO_PEER_PORT: port },
    });
    return new LambdaPeer(running);
  }

  get endpoint(): URL {
    return this.#process.url;
  }

  /** Returns the events that `hook` has got. */
  async events(): Promise<readonly unknown[]> {
    const text = await readFile(join(this.#process.folder, "events.jsonl"), "utf8").catch(() => "");
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line): unknown => JSON.parse(line));
  }

  /** Waits until `hook` has got as many events. */
  async received(count: number): Promise<readonly unknown[]> {
    await until(async () => (await this.events()).length >= count, `${count} events of the function`);
    return this.events();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process[Symbol.asyncDispose]();
  }
}
