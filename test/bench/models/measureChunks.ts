import { join } from "node:path";
import * as z from "zod";
import { TEST_MODEL } from "../../support/models/forms/scriptedAnswer.ts";
import { BenchProcess } from "../benchProcess.ts";
import { median } from "../load.ts";
import type { Figure } from "../table.ts";
import { Streams } from "./streams.ts";
import { RELAY_PATH, requests, type Wish, type WireName, wireNames } from "./wires.ts";

const ROUNDS = 9;
const WARM_UP = 8;
/** All at once, so that the code is compiled soon. */
const WARM: Wish = { chunks: 500, pauseMs: 0 };
/** As a fast model speaks, about 150 chunks a second. The bridge merges what comes faster than 250 a second. */
const PACED: Wish = { chunks: 84, pauseMs: 6 };
/** What a turn costs without its further chunks. */
const SHORT: Wish = { chunks: 2, pauseMs: 6 };
/** Faster than any model: chunks wait for others, 4 ms at most (docs/decisions/output-coalescing.md). */
const BURST: Wish = { chunks: 200, pauseMs: 1 };
const BURST_WIRE = "openai-chat";

/** The ways from the vendor to the reader of a chunk. */
const ways = ["bare SDK", "relayed SDK", "engine", "no bridge", "gateway"] as const;
type Way = (typeof ways)[number];

/** Of one wire, in each round: the median age of a chunk in ms, and its CPU time in µs. */
type Measured = Readonly<Record<Way, { readonly age: number[]; readonly cpu: number[] }>>;

interface Rig {
  readonly vendor: BenchProcess;
  readonly bridge: BenchProcess;
  readonly bare: BenchProcess;
  readonly streams: Streams;
}

/**
 * What the bridge adds to each chunk of a model's answer. The same vendor is read by the official SDK alone, by a server that
 * relays what the SDK reads, by an engine, by the gateway of the same protocol, and by a client without a bridge. Vendor, bridge
 * and SDK are processes of their own. A chunk takes one hop over a socket to the SDK alone and to the client without a bridge,
 * and two to everybody else, so the bounds compare with the relay: the difference is what the bridge does.
 */
export async function measureChunks(): Promise<Figure[]> {
  const main = (name: string): string => join(import.meta.dirname, `${name}Main.ts`);
  const vendor = await BenchProcess.start(main("vendor"));
  const profile = process.argv.includes("--profile") ? "models" : undefined;
  const bridge = await BenchProcess.start(main("bridge"), [String(vendor.port)], profile);
  const bare = await BenchProcess.start(main("bareSdk"), [String(vendor.port)], profile);
  const rig = { vendor, bridge, bare, streams: new Streams() };
  try {
    const measured = Object.fromEntries(wireNames.map((wire) => [wire, emptyMeasured()])) as Record<WireName, Measured>;
    for (const wire of wireNames) for (const way of ways) await warmUp(rig, wire, way);
    for (let round = 0; round < ROUNDS; round++) {
      for (const wire of wireNames) {
        for (const way of round % 2 === 0 ? ways : ways.toReversed())
          await measure(rig, wire, way, measured[wire][way]);
      }
    }
    return [...wireNames.flatMap((wire) => figuresOf(wire, measured[wire])), await measureBurst(rig)];
  } finally {
    rig.streams.close();
    await Promise.all([bare.dispose(), bridge.dispose()]);
    await vendor.dispose();
  }
}

function emptyMeasured(): Measured {
  const none = () => ({ age: [], cpu: [] });
  return { "bare SDK": none(), "relayed SDK": none(), engine: none(), "no bridge": none(), gateway: none() };
}

async function warmUp(rig: Rig, wire: WireName, way: Way): Promise<void> {
  for (let turn = 0; turn < WARM_UP; turn++) await ask(rig, wire, way, WARM);
}

async function measure(rig: Rig, wire: WireName, way: Way, { age, cpu }: Measured[Way]): Promise<void> {
  const short = await cpuOf(rig, wire, way, SHORT);
  const paced = await cpuOf(rig, wire, way, PACED);
  age.push(median(paced.ages));
  cpu.push((paced.micros - short.micros) / (PACED.chunks - SHORT.chunks));
}

/** Reads one answer. @returns what it has cost in the process that is measured, in µs, and the ages of its chunks */
async function cpuOf(rig: Rig, wire: WireName, way: Way, wish: Wish) {
  const server = way === "bare SDK" || way === "relayed SDK" ? rig.bare : rig.bridge;
  const before = await server.cpu();
  const ages = await ask(rig, wire, way, wish);
  const micros = (await server.cpu()) - before;
  if (ages.length !== wish.chunks) throw new Error(`${wire}, ${way}: ${ages.length} of ${wish.chunks} chunks`);
  return { micros, ages };
}

/** @returns the ages of the chunks when their text was read, in milliseconds */
async function ask({ vendor, bridge, bare, streams }: Rig, wire: WireName, way: Way, wish: Wish) {
  const prompt = JSON.stringify(wish);
  const { path, body } = requests[wire];
  switch (way) {
    case "bare SDK":
      return z.array(z.number()).parse(JSON.parse(await streams.textOf(bare.port, "/", { wire, wish })));
    case "relayed SDK":
      return await streams.agesOf(bare.port, RELAY_PATH, { wire, wish });
    case "engine":
      return await streams.agesOf(bridge.port, "/kiro/chat", { target: wire, session: "fresh", prompt });
    case "no bridge":
      return await streams.agesOf(vendor.port, path, body(TEST_MODEL, prompt));
    case "gateway":
      return await streams.agesOf(bridge.port, path, body(`${wire}/${TEST_MODEL}`, prompt));
  }
}

/** What other programs do to the machine meets all ways: differences and ratios are those of one round, and the median of all. */
function figuresOf(wire: WireName, measured: Measured): Figure[] {
  const compared = (way: Way, base: Way, of: "age" | "cpu", compare: (value: number, base: number) => number) =>
    median(measured[way][of].map((value, round) => compare(value, measured[base][of][round] ?? Number.NaN)));
  const added = (way: Way, base: Way, bound: Pick<Figure, "atMost"> = {}): Figure => ({
    what: `models: ${wire}, ${way} − ${base}, p50 of a chunk`,
    value: compared(way, base, "age", (age, ofBase) => age - ofBase),
    unit: "ms",
    ...bound,
  });
  const cpuRatio = (way: Way): Figure => ({
    what: `models: ${wire}, ${way} ÷ relayed SDK, CPU per chunk`,
    value: compared(way, "relayed SDK", "cpu", (cpu, ofBase) => cpu / ofBase),
    unit: "×",
  });
  return [
    { what: `models: ${wire}, bare SDK, p50 of a chunk`, value: median(measured["bare SDK"].age), unit: "ms" },
    added("relayed SDK", "bare SDK"),
    added("engine", "bare SDK"),
    added("engine", "relayed SDK", { atMost: 0.5 }),
    added("gateway", "no bridge"),
    added("gateway", "relayed SDK", { atMost: 0.5 }),
    { what: `models: ${wire}, relayed SDK, CPU per chunk`, value: median(measured["relayed SDK"].cpu), unit: "µs" },
    cpuRatio("engine"),
    cpuRatio("gateway"),
  ];
}

async function measureBurst(rig: Rig): Promise<Figure> {
  const ages: Record<"engine" | "bare SDK", number[]> = { engine: [], "bare SDK": [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const way of ["engine", "bare SDK"] as const) ages[way].push(...(await ask(rig, BURST_WIRE, way, BURST)));
  }
  const value = median(ages.engine) - median(ages["bare SDK"]);
  return { what: `models: ${BURST_WIRE}, engine − bare SDK, p50 of a chunk in a burst`, value, unit: "ms", atMost: 4 };
}
