import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { isFinal } from "../../protocol/executionStatus.ts";
import { isEnd, isEndType } from "../../protocol/events.ts";
import type { CommonSettings } from "../delivery/commonSettings.ts";
import type { Destination, Receipt } from "../delivery/destination.ts";
import { withinTime } from "../delivery/withinTime.ts";
import type { Fact, RunFact } from "../outbox/fact.ts";
import type { DestinationPorts } from "../ports.ts";
import { archivedRun } from "./archivedRun.ts";
import type { ArchivedObject, ObjectStore } from "./objectStore.ts";
import { runArchive, runDay } from "./runArchive.ts";

const compress = promisify(gzip);

export interface ArchiveOptions {
  readonly store: ObjectStore;
  readonly settings: Pick<CommonSettings, "content"> & { readonly prefix: string; readonly gzip: boolean };
  readonly ports: DestinationPorts;
}

/** Creates a destination with one object for each run that has ended. */
export function archiveDestination({ store, settings, ports }: ArchiveOptions): Destination {
  const below = (key: string): string => (settings.prefix === "" ? key : `${settings.prefix}/${key}`);
  const send = async (fact: RunFact, signal: AbortSignal): Promise<Receipt> => {
    const run = await archivedRun(fact, settings.content, ports);
    const object = await objectOf(JSON.stringify(run), settings.gzip);
    const outcome = await store.put(below(runKey(fact)), object, signal);
    return { outcome: "stored", ...(outcome === "kept" && { detail: `${store.place} has this run already.` }) };
  };
  return {
    // An object may be large, and is in memory while it is sent.
    limits: { maxFacts: 1, maxLength: 1, concurrency: 4 },
    wants: isEndType,
    send: async (facts, signal) => {
      const receipts: Receipt[] = [];
      for (const fact of facts) {
        if (!isEndFact(fact)) continue;
        receipts.push(await withinTime(store.place, signal, (limit) => send(fact, limit)));
      }
      return receipts.at(-1) ?? { outcome: "stored" };
    },
    test: async (signal) => {
      const { now, windowId, version } = ports;
      const key = below(`test/${new Date(now()).toISOString().replaceAll(/[:.]/g, "-")}-${windowId}.json`);
      const text = JSON.stringify({ format: "kiro-bridge-test", at: new Date(now()).toISOString(), windowId, version });
      const object = await objectOf(text, settings.gzip);
      const outcome = await withinTime(store.place, signal, (limit) => store.put(key, object, limit));
      const detail = `${store.place} ${outcome === "written" ? "has stored" : "already had"} the object '${key}'.`;
      return { outcome: "stored", detail };
    },
    archive: runArchive(store, settings.prefix),
    dispose: () => store.dispose(),
  };
}

/**
 * Returns the key of a run below the prefix. Its day (UTC) is the one on which it was queued: all that tell the run's end agree
 * about that, so that it has one object however often it is sent.
 */
export function runKey({ run: { executionId, queuedAt } }: RunFact): string {
  const name = executionId.replaceAll(/[^A-Za-z0-9_-]/g, "_").slice(0, 128);
  return `${runDay(executionId) ?? new Date(queuedAt).toISOString().slice(0, 10)}/${name}.json`;
}

function isEndFact(fact: Fact): fact is RunFact {
  return fact.run !== undefined && isEnd(fact.event) && isFinal(fact.run.status);
}

async function objectOf(text: string, isGzip: boolean): Promise<ArchivedObject> {
  const body = Buffer.from(text);
  return { body: isGzip ? await compress(body) : body, isGzip };
}
