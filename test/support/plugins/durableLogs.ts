import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { DurableLog, type DurableLogOptions } from "../../../src/plugins/durable/durableLog.ts";
import type { DurableConsumer } from "../../../src/plugins/bus/transport.ts";
import { removeFolder, temporaryFolder } from "../temporaryFolder.ts";
import { packetOf, Received } from "./durableMessages.ts";
import { FaultyFolder } from "./faultyFolder.ts";

interface OpenOptions extends DurableLogOptions {
  readonly isOwner?: () => boolean;
  readonly clock?: Clock;
}

/** A folder, and the logs of durable messages that a test opens there. */
export class DurableLogs {
  readonly folder: string;
  /** The texts of warnings and errors of all logs. */
  readonly warnings: string[] = [];
  readonly #open: DurableLog[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<DurableLogs> {
    return new DurableLogs(join(await temporaryFolder(), "bus"));
  }

  open({ isOwner = () => true, clock = systemClock, ...options }: OpenOptions = {}): OpenedLog {
    const files = new FaultyFolder(this.folder);
    const warn = (text: string): void => void this.warnings.push(text);
    const logger = { ...silentLogger, warn, error: warn };
    const log = new DurableLog({ files, clock, logger, isOwner: () => Promise.resolve(isOwner()) }, options);
    this.#open.push(log);
    return Object.assign(log, { files });
  }

  async names(): Promise<readonly string[]> {
    return (await readdir(this.folder)).toSorted();
  }

  /** Returns the names of the files with lines, in order. */
  async segments(): Promise<readonly string[]> {
    const index = (name: string): number => Number(/\d+(?=\.jsonl)/.exec(name)?.[0]);
    return (await this.names()).filter((name) => name.endsWith(".jsonl")).toSorted((a, b) => index(a) - index(b));
  }

  async lastSegment(): Promise<string> {
    return join(this.folder, (await this.segments()).at(-1) ?? "");
  }

  async bytes(): Promise<number> {
    const sizes = await Promise.all(
      (await this.names()).map(async (name) => (await stat(join(this.folder, name))).size),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  async text(): Promise<string> {
    const texts = await Promise.all((await this.segments()).map((name) => readFile(join(this.folder, name), "utf8")));
    return texts.join("");
  }

  async dispose(): Promise<void> {
    for (const log of this.#open) await log.dispose();
    await removeFolder(join(this.folder, ".."));
  }
}

export type OpenedLog = DurableLog & { readonly files: FaultyFolder };

export async function publish(log: DurableLog, ...payloads: unknown[]): Promise<void> {
  for (const payload of payloads) await log.append(packetOf({ payload }));
}

/** Receives, without a failure, all that waits for a consumer. */
export function receive(log: DurableLog, consumer: DurableConsumer): Received {
  const received = new Received();
  log.consume(consumer, received.take);
  return received;
}
