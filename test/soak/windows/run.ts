import { randomInt } from "node:crypto";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { addressFolder } from "../../../src/windows/address/folderRegister.ts";
import { Random } from "../../simulation/time/random.ts";
import { EventReader } from "../../support/windows/eventReader.ts";
import { WindowGroup } from "../../support/windows/windowGroup.ts";
import { Tally } from "../tally.ts";
import { Desktop } from "./desktop.ts";
import { KeyedClient } from "./keyedClient.ts";

const CLIENTS = 8;
/** Versions of the register that are kept, ledgers, and what is being written. */
const MAX_FILES = 14;

/**
 * `npm run soak:windows [-- --minutes 3 --windows 5 --seed 1]`: whole bridges in processes of their own, which crash, close
 * and stop at random while clients send requests with keys. Prints the seed, and what was counted; fails if a key ran twice,
 * a request has no outcome or reached a wrong window, an event came twice or was missing, or the windows do not find
 * together in the end. The seed repeats the faults, not their timing.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "3" },
      windows: { type: "string", default: "5" },
      seed: { type: "string", default: String(randomInt(1_000_000)) },
    },
  });
  const tally = new Tally();
  const random = new Random(Number(values.seed));
  console.log(`seed ${values.seed}`);
  const group = await WindowGroup.create();
  try {
    for (let at = 1; at <= Number(values.windows); at++) await mkdir(group.folderOf(`w${at}`));
    const desktop = new Desktop(group, random, tally);
    await desktop.fill(Number(values.windows));
    await soak(group, desktop, { random, tally, ms: Number(values.minutes) * 60_000 });
  } finally {
    await group.dispose();
  }
  for (const line of tally.lines()) console.log(line);
  console.log(`${tally.violationCount} violations, seed ${values.seed}`);
  for (const violation of tally.violations) console.log(`- ${violation}`);
  return tally.violationCount === 0 ? 0 : 1;
}

interface SoakOptions {
  readonly random: Random;
  readonly tally: Tally;
  readonly ms: number;
}

async function soak(group: WindowGroup, desktop: Desktop, { random, tally, ms }: SoakOptions): Promise<void> {
  const end = new AbortController();
  const readers = [new EventReader(group.port, "sse"), new EventReader(group.port, "ws")];
  const clients = Array.from(
    { length: CLIENTS },
    (_, at) => new KeyedClient({ desktop, random, tally, signal: end.signal, name: `c${at}` }),
  );
  const running = clients.map((client) => client.run());
  try {
    const until = performance.now() + ms;
    while (performance.now() < until) {
      await delay(random.int(200, 3_800));
      await desktop.disturb();
    }
    const owner = await desktop.heal();
    end.abort();
    await Promise.all(running);
    console.log(`the owner is ${owner.id}`);
    await checkEnd(group, desktop, { readers, tally });
    await checkKeys(desktop, clients, tally);
  } finally {
    end.abort();
    for (const reader of readers) reader.stop();
  }
}

async function checkKeys(desktop: Desktop, clients: readonly KeyedClient[], tally: Tally): Promise<void> {
  const text = await readFile(desktop.marksFile, "utf8");
  const ran = text.split("\n").flatMap((line) => line.split(" ")[0] || []);
  const once = new Set(ran);
  console.log(`${once.size} keys ran`);
  if (once.size !== ran.length) {
    const twice = ran.filter((key, at) => ran.indexOf(key) !== at);
    tally.violate(`${twice.length} keys ran twice: ${twice.slice(0, 5).join()}`);
  }
  for (const key of clients.flatMap(({ completed }) => completed))
    if (!once.has(key)) tally.violate(`${key} was reported as completed, and did not run`);
}

/** Checks that each window can be reached, reports its events, and that nothing is left of those that have ended. */
async function checkEnd(
  group: WindowGroup,
  desktop: Desktop,
  { readers, tally }: { readonly readers: readonly EventReader[]; readonly tally: Tally },
): Promise<void> {
  const ids = desktop.windows.map(({ id }) => id);
  for (const windowId of ids) {
    const sent = await group.execute({ command: "test.windowId", windowId });
    if (sent.kind !== "answer" || sent.body.output !== windowId) tally.violate(`${windowId}: ${JSON.stringify(sent)}`);
    else {
      for (const reader of readers) {
        const isEnd = (event: { executionId?: string | undefined; type: string }): boolean =>
          event.executionId === sent.body.executionId && event.type === "command-completed";
        await reader
          .untilEvent(isEnd, `the events of ${windowId}`)
          .catch((error: unknown) => tally.violate(String(error)));
      }
    }
  }
  for (const reader of readers) {
    for (const violation of reader.violations) tally.violate(violation);
    const { events, connections, repeated, losses } = reader;
    console.log(`${events.length} events in ${connections} connections, ${repeated} repeated, ${losses} losses`);
  }
  const { windows } = (await group.get("/api/kiro/windows")) as { windows: { id: string; owner: boolean }[] };
  const listed = windows.map(({ id }) => id).toSorted();
  if (listed.join() !== ids.toSorted().join()) tally.violate(`the windows ${listed.join()} are listed`);
  if (windows.filter(({ owner }) => owner).length !== 1) tally.violate("not one owner is listed");
  const active = (await group.get("/api/kiro/executions?status=running")) as { executions: unknown[] };
  if (active.executions.length > 0) tally.violate(`${active.executions.length} executions run without end`);
  const names = await readdir(addressFolder(group.discovery, group.port));
  if (names.length > MAX_FILES) tally.violate(`the folder of the address has ${names.join()}`);
}

process.exitCode = await main();
