import { appendFile } from "node:fs/promises";
import { FakeEditor } from "../fakePorts.ts";
import type { ProcessBus } from "./processBus.ts";

/** Work of a process that goes on until a test ends it. */
export class HeldWork {
  readonly #releases = new Map<string, () => void>();

  hold(name: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#releases.set(name, resolve);
    return promise;
  }

  release(name: string): void {
    this.#releases.get(name)?.();
    this.#releases.delete(name);
  }
}

export interface ProcessEditorOptions {
  readonly windowId: string;
  readonly ownCommands: readonly string[];
  readonly bus: ProcessBus;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The editor of a window in a process of its own. */
export function processEditor(held: HeldWork, { windowId, ownCommands, bus }: ProcessEditorOptions): FakeEditor {
  return new FakeEditor({
    "test.echo": (value) => value,
    "test.windowId": () => windowId,
    "test.pid": () => process.pid,
    "test.append": async (file, text) => {
      await appendFile(textOf(file), `${textOf(text)} ${windowId}\n`);
      return windowId;
    },
    "test.appendAndHold": async (file, text) => {
      await appendFile(textOf(file), `${textOf(text)} ${windowId}\n`);
      await held.hold(textOf(text));
    },
    "test.length": (value) => textOf(value).length,
    "test.large": (length) => "x".repeat(Number(length)),
    "test.hold": (name) => held.hold(textOf(name)),
    "test.release": (name) => held.release(textOf(name)),
    ...bus.commands,
    ...Object.fromEntries(ownCommands.map((id) => [id, () => windowId])),
  });
}
