import { statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { repositoryRoot, testOutput, vsixPath } from "../support/editor/paths.ts";
import { type BenchTarget, type BenchTargets, benchTargets } from "./benchTargets.ts";
import { measureCpu } from "./cpu.ts";
import { measureExports } from "./exports/measureExports.ts";
import { measureGateways } from "./gateways/measureGateways.ts";
import { measureKiro } from "./kiro/measure.ts";
import { measureDashboard } from "./measureDashboard.ts";
import { IN_FLIGHT, load, median, PARALLEL, quantile, ROUNDS, SEQUENTIAL } from "./load.ts";
import { Line, loadLine } from "./line.ts";
import { pair } from "./pair.ts";
import { measureModels } from "./models/measureModels.ts";
import { measurePlugins } from "./plugins/measurePlugins.ts";
import { measureSockets } from "./sockets.ts";
import { measureWindows } from "./measureWindows.ts";
import { type Figure, markdownTable, printTable } from "./table.ts";
import { startDriver } from "../support/hostSuite/startDriver.ts";

const DRIVER = "bench-driver";
const RUN_DEADLINE_MS = 300_000;

/** `npm run bench`: measures the packed extension in a real editor, as ratios within one run. Not a test: it never fails on a number. */
async function main(): Promise<void> {
  if (process.argv.includes("--windows")) return printTable(await measureWindows());
  if (process.argv.includes("--plugins")) return printTable(await measurePlugins());
  if (process.argv.includes("--gateways")) return printTable(await measureGateways());
  if (process.argv.includes("--exports")) return printTable(await measureExports());
  if (process.argv.includes("--models")) return printTable(await measureModels());
  const { target: targets, host } = await startDriver({
    name: DRIVER,
    entry: "test/bench/host/index.ts",
    file: "targets.json",
    schema: benchTargets,
    deadlineMs: RUN_DEADLINE_MS,
  });
  if (process.argv.includes("--cpu")) {
    printTable(await measureCpu(targets));
    await fetch(`${targets.echo.url}done`);
    return void (await host);
  }
  if (process.argv.includes("--profile")) {
    await profileBridge(targets);
    return void (await host);
  }
  const figures = [
    ...(await measureCpu(targets)),
    ...(await measureHttp(targets)),
    ...(await measureSockets(targets)),
    ...activationFigures(targets),
    ...sizeFigures(),
  ];
  await fetch(`${targets.echo.url}done`);
  await host;
  figures.push(...(await measureKiro()), ...(await measureWindows()), ...(await measureDashboard()));
  figures.push(...(await measurePlugins()), ...(await measureGateways()), ...(await measureModels()));
  figures.push(...(await measureExports()));
  const report = { when: new Date().toISOString(), editor: targets.editor, node: targets.node, figures };
  await writeFile(join(testOutput, "bench.json"), `${JSON.stringify(report, undefined, 2)}\n`);
  await writeFile(join(repositoryRoot, "docs", "bench.md"), documentOf(targets, figures));
  console.log(`${targets.editor}, Node ${targets.node} in the host`);
  printTable(figures);
}

function documentOf({ editor, node }: BenchTargets, figures: readonly Figure[]): string {
  return `# What \`npm run bench\` printed last

${editor}, Node ${node} in the host, ${cpus().length} cores. Read the ratios; the absolute numbers are those of one machine.
The last run was on ${new Date().toISOString().slice(0, 10)}.

${markdownTable(figures)}
`;
}

/** Profiles the bridge alone under the parallel load, over HTTP or (`--ws`) a WebSocket; the file is said at the end. */
async function profileBridge({ bridge, echo }: BenchTargets): Promise<void> {
  const line = process.argv.includes("--ws") ? await Line.open(bridge, "/ws") : undefined;
  const send = () => (line === undefined ? load(bridge, PARALLEL, IN_FLIGHT) : loadLine(line, PARALLEL, IN_FLIGHT));
  await send();
  await fetch(`${echo.url}profile/start`);
  for (let round = 0; round < ROUNDS; round++) await send();
  line?.close();
  await fetch(`${echo.url}profile/stop`);
  console.log(`The profile is ${join(testOutput, DRIVER, "bridge.cpuprofile")}`);
}

async function measureHttp({ bridge, echo, express }: BenchTargets): Promise<Figure[]> {
  const servers = { bridge, echo, express };
  const names = ["bridge", "echo", "express"] as const;
  const times: Record<string, number[]> = { bridge: [], echo: [], express: [] };
  const rates: Record<string, number[]> = { bridge: [], echo: [], express: [] };
  for (let round = 0; round <= ROUNDS; round++) {
    for (const name of names) {
      const sequential = await load(servers[name], SEQUENTIAL, 1);
      const parallel = await load(servers[name], PARALLEL, IN_FLIGHT);
      if (round === 0) continue; // warming up
      times[name]?.push(...sequential.times);
      rates[name]?.push(parallel.rate);
    }
  }
  const at = (name: string, q: number) => quantile(times[name] ?? [], q);
  const rate = (name: string) => median(rates[name] ?? []);
  const figures: Figure[] = names.flatMap((name) => [
    { what: `${name}: sequential p50`, value: at(name, 0.5), unit: "ms" },
    { what: `${name}: sequential p95`, value: at(name, 0.95), unit: "ms" },
    { what: `${name}: sequential p99`, value: at(name, 0.99), unit: "ms" },
    { what: `${name}: ${IN_FLIGHT} in flight`, value: rate(name), unit: "/s" },
  ]);
  return [
    ...figures,
    {
      what: "execute p50, paired token ÷ owner",
      value: await measurePaired(bridge),
      unit: "×",
      atMost: 1.05,
    },
    { what: "execute p50 ÷ bare node:http", value: at("bridge", 0.5) / at("echo", 0.5), unit: "×", atMost: 2.5 },
    { what: "execute p50 ÷ bare Express", value: at("bridge", 0.5) / at("express", 0.5), unit: "×" },
    { what: "execute rate ÷ bare node:http", value: rate("bridge") / rate("echo"), unit: "×", atLeast: 0.45 },
    { what: "execute rate ÷ bare Express", value: rate("bridge") / rate("express"), unit: "×" },
  ];
}

/** Alternates between both tokens and their order, with nothing else in between whose aftermath one of them would pay. */
async function measurePaired(bridge: BenchTarget): Promise<number> {
  const paired = await pair(bridge);
  const ofPaired: number[] = [];
  const ofOwner: number[] = [];
  const loads = [
    async () => void ofPaired.push(...(await load(paired, SEQUENTIAL, 1)).times),
    async () => void ofOwner.push(...(await load(bridge, SEQUENTIAL, 1)).times),
  ];
  for (let round = 0; round < 2 * ROUNDS; round++) {
    for (const measure of round % 2 === 0 ? loads : loads.toReversed()) await measure();
    // The first two warm up.
    if (round === 1) for (const times of [ofPaired, ofOwner]) times.length = 0;
  }
  return median(ofPaired) / median(ofOwner);
}

function activationFigures({ activation }: BenchTargets): Figure[] {
  if (activation === undefined) return [];
  const { requireMs, activateMs } = activation;
  return [{ what: "activation: require + activate", value: requireMs + activateMs, unit: "ms", atMost: 60 }];
}

function sizeFigures(): Figure[] {
  const KiB = (file: string) => statSync(file).size / 1024;
  return [
    { what: "bundle read at start", value: KiB(join(repositoryRoot, "dist/extension.cjs")), unit: "KiB", atMost: 40 },
    { what: "bundle of the bridge", value: KiB(join(repositoryRoot, "dist/bridge.cjs")), unit: "KiB", atMost: 700 },
    { what: "VSIX", value: KiB(vsixPath), unit: "KiB", atMost: 2000 },
  ];
}

await main();
