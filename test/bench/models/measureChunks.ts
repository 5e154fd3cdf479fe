import { join } from "node:path";
import * as z from "zod";
import { TEST_MODEL } from "../../support/models/forms/scriptedAnswer.ts";
import { BenchProcess } from "../benchProcess.ts";
import { median, quantile } from "../load.ts";
import type { Figure } from "../table.ts";
import { Streams } from "./streams.ts";
import { requests, type Wish, type WireName, wireNames } from "./wires.ts";

const ROUNDS = 7;
const WARM_UP = 12;
/** All at once, so that the code is compiled soon. */
const WARM: Wish = { chunks: 500, pauseMs: 0 };
/** As a fast model speaks: each chunk has its own write, and comes when the one before has passed. */
const PACED: Wish = { chunks: 80, pauseMs: 2 };

/** The ways from the vendor to the reader of a chunk. */
const ways = ["bare SDK", "engine", "no bridge", "gateway"] as const;
type Way = (typeof ways)[number];

/** Of one wire: the ages of all chunks in milliseconds, and the CPU time of a chunk in each round in µs. */
type Measured = Readonly<Record<Way, { readonly ages: number[]; readonly cpu: number[] }>>;

interface Rig {
  readonly vendor: BenchProcess;
  readonly bridge: BenchProcess;
  readonly bare: BenchProcess;
  readonly streams: Streams;
}

/**
 * What the bridge adds to each chunk of a model's answer: the same vendor behind an engine and behind the official SDK alone,
 * and behind the gateway of the same protocol and without it. Vendor, bridge and SDK are processes of their own.
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
    return wireNames.flatMap((wire) => figuresOf(wire, measured[wire]));
  } finally {
    rig.streams.close();
    await Promise.all([bare.dispose(), bridge.dispose()]);
    await vendor.dispose();
  }
}

function emptyMeasured(): Measured {
  const none = () => ({ ages: [], cpu: [] });
  return { "bare SDK": none(), engine: none(), "no bridge": none(), gateway: none() };
}

async function warmUp(rig: Rig, wire: WireName, way: Way): Promise<void> {
  for (let turn = 0; turn < WARM_UP; turn++) await ask(rig, wire, way, WARM);
}

async function measure(rig: Rig, wire: WireName, way: Way, { ages, cpu }: Measured[Way]): Promise<void> {
  const server = way === "bare SDK" ? rig.bare : rig.bridge;
  const before = await server.cpu();
  const found = await ask(rig, wire, way, PACED);
  cpu.push(((await server.cpu()) - before) / PACED.chunks);
  if (found.length !== PACED.chunks) throw new Error(`${wire}, ${way}: ${found.length} of ${PACED.chunks} chunks`);
  ages.push(...found);
}

/** @returns the ages of the chunks when their text was read, in milliseconds */
async function ask({ vendor, bridge, bare, streams }: Rig, wire: WireName, way: Way, wish: Wish) {
  const prompt = JSON.stringify(wish);
  const { path, body } = requests[wire];
  switch (way) {
    case "bare SDK":
      return z.array(z.number()).parse(JSON.parse(await streams.textOf(bare.port, "/", { wire, wish })));
    case "engine":
      return await streams.agesOf(bridge.port, "/kiro/chat", { target: wire, session: "fresh", prompt });
    case "no bridge":
      return await streams.agesOf(vendor.port, path, body(TEST_MODEL, prompt));
    case "gateway":
      return await streams.agesOf(bridge.port, path, body(`${wire}/${TEST_MODEL}`, prompt));
  }
}

function figuresOf(wire: WireName, measured: Measured): Figure[] {
  const p50 = (way: Way) => median(measured[way].ages);
  const p99 = (way: Way) => quantile(measured[way].ages, 0.99);
  const cpuRatio = (way: Way) =>
    median(measured[way].cpu.map((micros, round) => micros / (measured["bare SDK"].cpu[round] ?? Number.NaN)));
  const what = `models: ${wire}`;
  return [
    { what: `${what}, chunk → event of the bare SDK, p50`, value: p50("bare SDK"), unit: "ms" },
    {
      what: `${what}, engine − bare SDK, p50 of a chunk`,
      value: p50("engine") - p50("bare SDK"),
      unit: "ms",
      atMost: 0.5,
    },
    { what: `${what}, engine − bare SDK, p99 of a chunk`, value: p99("engine") - p99("bare SDK"), unit: "ms" },
    { what: `${what}, CPU per chunk, bare SDK`, value: median(measured["bare SDK"].cpu), unit: "µs" },
    { what: `${what}, CPU per chunk, engine ÷ bare SDK`, value: cpuRatio("engine"), unit: "×" },
    {
      what: `${what}, gateway − no bridge, p50 of a chunk`,
      value: p50("gateway") - p50("no bridge"),
      unit: "ms",
      atMost: 0.5,
    },
    { what: `${what}, CPU per chunk, gateway ÷ bare SDK`, value: cpuRatio("gateway"), unit: "×" },
  ];
}
