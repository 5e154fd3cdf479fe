import assert from "node:assert/strict";
import type { TestBridge } from "../../testBridge.ts";
import { until } from "../../until.ts";
import { exportsOf } from "../exportingBridge.ts";
import { BEACON, type PlantedSecret } from "./plantedRuns.ts";
import { RecordingProxy } from "./recordingProxy.ts";
import { formFound } from "./secretForms.ts";

/** A peer behind a proxy, with what it has stored. */
interface Watched {
  readonly name: string;
  readonly proxy: RecordingProxy;
  /** Returns what the peer tells of what it has. */
  readonly stored: () => unknown;
  /** Its own secrets, which are in the headers of its requests. */
  readonly own: readonly string[];
  /** False for a peer that gets no content. */
  readonly hasContent: boolean;
}

/** Peers whose requests are recorded, so that a test can search for what must not have arrived. */
export class WatchedPeers implements AsyncDisposable {
  readonly #watched: Watched[] = [];

  /** Puts a proxy in front of a peer. @returns the address of the proxy, with the path of the peer */
  async watch(
    name: string,
    target: URL,
    { stored = () => undefined, own = [], hasContent = true }: Partial<Omit<Watched, "name" | "proxy">> = {},
  ): Promise<string> {
    const proxy = await RecordingProxy.start(target);
    this.#watched.push({ name, proxy, stored, own, hasContent });
    return proxy.url.href;
  }

  /** Fails if a secret has arrived anywhere in any form, or a peer has not got what is next to it. */
  async assertFreeOf(secrets: readonly PlantedSecret[]): Promise<void> {
    for (const { name, proxy, stored, own, hasContent } of this.#watched) {
      const { requests } = proxy;
      assert.ok(requests.length > 0, `nothing has come to ${name}`);
      const kept = Buffer.from(JSON.stringify((await stored()) ?? ""));
      const isToldIn = (bytes: Buffer): boolean => formFound(bytes, BEACON) !== undefined;
      const isTold = requests.some(({ body }) => isToldIn(body));
      assert.equal(isTold, hasContent, `the content at ${name}`);
      for (const { core, name: what } of secrets) {
        assertFree(kept, core, `${what} that ${name} has stored`);
        for (const { head, body } of requests) {
          assertFree(body, core, `${what} in a body for ${name}`);
          if (!own.includes(core)) assertFree(head, core, `${what} in a header for ${name}`);
        }
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { proxy } of this.#watched) await proxy[Symbol.asyncDispose]();
  }
}

/** Fails if bytes contain a text in any form. */
export function assertFree(bytes: Buffer, text: string, what: string): void {
  const found = formFound(bytes, text);
  assert.ok(found === undefined, `${what}, ${found}`);
}

/** Waits until each destination has all events, or has refused them. */
export async function untilAllSettled(bridge: TestBridge, isRefused: boolean): Promise<void> {
  let last = "";
  const isDone = async (): Promise<boolean> => {
    const { destinations, problems } = await exportsOf(bridge);
    last = JSON.stringify({ destinations, problems });
    assert.deepEqual(problems, []);
    return destinations.every(({ state, waiting, deadLetters }) => {
      const isSettled = isRefused ? deadLetters > 0 : state === "ok" && deadLetters === 0;
      return isSettled && waiting.events === 0;
    });
  };
  try {
    await until(isDone, "the end of all deliveries");
  } catch (error) {
    throw new Error(`Not all has arrived: ${last}`, { cause: error });
  }
}
