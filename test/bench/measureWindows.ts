import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../support/programs/freePort.ts";
import { TEST_TOKEN } from "../support/testBridge.ts";
import { WindowProcess } from "../support/windows/windowProcess.ts";
import { IN_FLIGHT, load, median, PARALLEL, ROUNDS, SEQUENTIAL } from "./load.ts";
import type { Figure } from "./table.ts";

const settings = { "api.maxRequestsPerMinute": 10_000_000 };

/** The cost of a request that its owner sends to another window, against one that it handles itself: bridges without editors. */
export async function measureWindows(): Promise<Figure[]> {
  const discovery = await mkdtemp(join(tmpdir(), "kiro-bridge-bench-"));
  const shared = { port: await freePort(), discovery, settings };
  const owner = await WindowProcess.start({ id: "owner", ...shared });
  const member = await WindowProcess.start({ id: "member", ...shared });
  try {
    const { url } = await owner.whenAddress(({ windows, role }) => role === "owner" && windows === 2);
    return await measure({ url: `${url}/api/kiro/execute`, token: TEST_TOKEN }, owner, member);
  } finally {
    await Promise.all([owner.end(), member.end()]);
    await rm(discovery, { recursive: true, force: true });
  }
}

async function measure(
  target: { readonly url: string; readonly token: string },
  owner: WindowProcess,
  member: WindowProcess,
): Promise<Figure[]> {
  const times: Record<string, number[]> = { owner: [], member: [] };
  const rates: Record<string, number[]> = { owner: [], member: [] };
  const cpu: Record<string, number> = { owner: 0, member: 0 };
  const bodyFor = (windowId: string): string => JSON.stringify({ command: "test.echo", args: ["hello"], windowId });
  const used = async (): Promise<number> => (await owner.cpuTime()) + (await member.cpuTime());
  for (const id of ["owner", "member"]) await load(target, PARALLEL, IN_FLIGHT, bodyFor(id));
  for (let round = 0; round < ROUNDS; round++) {
    for (const id of ["owner", "member"]) {
      times[id]?.push(...(await load(target, SEQUENTIAL, 1, bodyFor(id))).times);
      const before = await used();
      rates[id]?.push((await load(target, PARALLEL, IN_FLIGHT, bodyFor(id))).rate);
      cpu[id] = (cpu[id] ?? 0) + (await used()) - before;
    }
  }
  const own = { p50: median(times["owner"] ?? []), rate: median(rates["owner"] ?? []), cpu: cpu["owner"] ?? 0 };
  const through = { p50: median(times["member"] ?? []), rate: median(rates["member"] ?? []), cpu: cpu["member"] ?? 0 };
  return [
    {
      what: "execute through a member, p50 above the owner's own",
      value: through.p50 - own.p50,
      unit: "ms",
      atMost: 1,
    },
    {
      what: `execute through a member, rate ÷ the owner's own, ${IN_FLIGHT} in flight`,
      value: through.rate / own.rate,
      unit: "×",
      atLeast: 0.6,
    },
    { what: "execute through a member, CPU of both ÷ the owner's own", value: through.cpu / own.cpu, unit: "×" },
  ];
}
