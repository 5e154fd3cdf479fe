import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { CliProgram, CliTransport } from "../../../src/agents/agent.ts";
import { median, quantile } from "../load.ts";
import type { Figure } from "../table.ts";
import { BareAcp } from "./bareAcp.ts";
import { floodBridge, type FloodResult, floodStripAnsi } from "./flood.ts";
import { ask, fastSimulator, makeKiroRig } from "./rig.ts";
import { askAsTheSeedDoes } from "./seedParser.ts";

const PROMPTS = 60;
const WARM_UP = 10;
/** Prompts of one session keep this distance by themselves, lest a late text meets the next turn; it is not measured. */
const SETTLED_MS = 110;
const FLOOD_BYTES = 100 * 1024 * 1024;
const FLOODS = 10;
const SEED_WORDS = 200;

/** The Kiro CLI part, on the simulator: what the bridge adds to the CLI's own time. */
export async function measureKiro(): Promise<Figure[]> {
  return [
    ...(await measureOverhead()),
    ...(await measureChunks()),
    ...(await measureFlood()),
    ...(await measureSeed()),
  ];
}

async function measureOverhead(): Promise<Figure[]> {
  const bare = new BareAcp(fastSimulator);
  const sessionId = await bare.open(homedir());
  const rig = makeKiroRig(fastSimulator, "acp");
  const bareTimes: number[] = [];
  const ourTimes: number[] = [];
  try {
    for (let turn = 0; turn < PROMPTS + WARM_UP; turn++) {
      await setTimeout(SETTLED_MS);
      const prompt = [{ type: "text", text: "hello" }];
      const bareMs = await timed(() => bare.request("session/prompt", { sessionId, prompt }));
      const ourMs = await timed(() => ask(rig, "hello"));
      if (turn < WARM_UP) continue;
      bareTimes.push(bareMs);
      ourTimes.push(ourMs);
    }
  } finally {
    bare.close();
    await rig.dispose();
  }
  return [
    { what: "prompt: bare ACP client p50", value: median(bareTimes), unit: "ms" },
    { what: "prompt: bridge p50", value: median(ourTimes), unit: "ms" },
    { what: "prompt: bridge − bare ACP, p50", value: median(ourTimes) - median(bareTimes), unit: "ms", atMost: 1 },
  ];
}

async function measureChunks(): Promise<Figure[]> {
  const stamps: CliProgram = {
    command: process.execPath,
    leadingArgs: [join(import.meta.dirname, "stampingAgent.mjs")],
    env: {},
    isSimulated: true,
  };
  const rig = makeKiroRig(stamps, "acp");
  const delays: number[] = [];
  rig.core.events.onDidAppend((event) => {
    if (event.type !== "command-output") return;
    const now = performance.timeOrigin + performance.now();
    for (const stamp of event.output.trim().split(" ")) delays.push(now - Number(stamp) / 1000);
  });
  try {
    await ask(rig, "go");
  } finally {
    await rig.dispose();
  }
  return [
    { what: "chunk → event p50", value: median(delays), unit: "ms" },
    { what: "chunk → event p99", value: quantile(delays, 0.99), unit: "ms", atMost: 5 },
  ];
}

/**
 * Ten floods go through one bridge, as they would in a window. Times are medians, each flood beside the one that it is
 * compared with, since other programs may take the processor for a while; growth is that of the worst flood.
 */
async function measureFlood(): Promise<Figure[]> {
  const plain: FloodResult[] = [];
  const oneShot = await flood("oneshot", async () => {
    plain.push(await floodStripAnsi(fastSimulator, FLOOD_BYTES));
  });
  const acp = await flood("acp", () => Promise.resolve());
  const medianMs = (results: readonly FloodResult[]) => median(results.map(({ elapsedMs }) => elapsedMs));
  const plainMs = medianMs(plain);
  const oneShotMs = medianMs(oneShot);
  const worstMiB = (results: readonly FloodResult[]) => Math.max(...results.map(({ grownMiB }) => grownMiB));
  return [
    { what: "100 MB: strip-ansi alone", value: plainMs, unit: "ms" },
    { what: "100 MB: bridge, one-shot", value: oneShotMs, unit: "ms" },
    { what: "100 MB: speed ÷ strip-ansi alone", value: plainMs / oneShotMs, unit: "×", atLeast: 0.5 },
    { what: `100 MB: growth, one-shot, worst of ${FLOODS}`, value: worstMiB(oneShot), unit: "MiB", atMost: 64 },
    { what: "100 MB: bridge, ACP", value: medianMs(acp), unit: "ms" },
    { what: `100 MB: growth, ACP, worst of ${FLOODS}`, value: worstMiB(acp), unit: "MiB", atMost: 64 },
  ];
}

async function flood(transport: CliTransport, before: () => Promise<void>): Promise<FloodResult[]> {
  const rig = makeKiroRig(fastSimulator, transport);
  const results: FloodResult[] = [];
  try {
    await ask(rig, "warm up");
    for (let count = 0; count < FLOODS; count++) {
      await before();
      results.push(await floodBridge(rig, FLOOD_BYTES));
    }
    return results;
  } finally {
    await rig.dispose();
  }
}

/**
 * For the record: the original clients' algorithm (docs/kiro-cli.md#114-marker-at-the-end) beside ours, three prompts on the same
 * text pipe.
 */
async function measureSeed(): Promise<Figure[]> {
  const program = {
    ...fastSimulator,
    env: { FAKE_KIRO_WORDS: String(SEED_WORDS), FAKE_KIRO_CHUNK_MS: "8", FAKE_KIRO_THINK_MS: "50" },
  };
  const prompts = ["one", "two", "three"];
  const seed = await askAsTheSeedDoes(program, prompts);
  const rig = makeKiroRig(program, "pipe");
  const answers: string[] = [];
  const ourMs = await timed(async () => {
    for (const prompt of prompts) answers.push(await ask(rig, prompt));
  });
  await rig.dispose();
  const whole = (all: readonly string[]) =>
    all.filter((answer, turn) => wordsOf(answer) >= SEED_WORDS && answer.includes(`to: ${prompts[turn]}`)).length;
  return [
    { what: "original clients' algorithm: whole answers of 3", value: whole(seed.answers), unit: "" },
    { what: "original clients' algorithm: time", value: seed.elapsedMs, unit: "ms" },
    { what: "our text pipe: whole answers of 3", value: whole(answers), unit: "" },
    { what: "our text pipe: time", value: ourMs, unit: "ms" },
  ];
}

function wordsOf(answer: string): number {
  return answer.split(/\s+/u).length;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
