import { ownTime } from "./time/ambientTime.ts";
import { checkOwners, unsettled, watchLog } from "./checks.ts";
import { SimClients } from "./simClients.ts";
import { SimDesktop } from "./simDesktop.ts";
import { SimMachine } from "./machine/simMachine.ts";
import { Storm } from "./storm.ts";
import { World } from "./time/world.ts";

/** Time in milliseconds after a storm, in which everything must have settled. */
const CALM_MS = 20_000;
const CHECK_MS = 100;
/** Maximum time in milliseconds without an owner that answers after the last one has ended, or was stopped. */
const MAX_CRASHED_MS = 2000;
const MAX_FROZEN_MS = 5000;

/** What a schedule has come to, to see that the simulation is not idle. */
export interface Result {
  readonly steps: number;
  readonly answers: number;
  readonly terms: number;
  readonly settledMs: number;
  /** Of a takeover in calm weather; 0 without one. */
  readonly takeoverMs: number;
}

/**
 * Runs one random schedule of several windows and their clients, and checks it.
 * @throws Error with the seed and the last steps if a promise was broken
 */
export async function simulate(seed: number): Promise<Result> {
  const world = new World(seed);
  const restore = ownTime(world);
  const unhandled = (error: unknown): void =>
    world.fail(`A rejection was not handled: ${String(error instanceof Error ? error.stack : error)}`);
  process.on("unhandledRejection", unhandled);
  try {
    return await run(world);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    const replay = `SIMULATION_SEED=${seed} mocha test/unit/windows/simulation.test.ts`;
    throw new Error([`Seed ${seed}: ${problem}`, ...world.lines, `Replay with ${replay}`].join("\n"), { cause: error });
  } finally {
    restore();
    process.off("unhandledRejection", unhandled);
  }
}

async function run(world: World): Promise<Result> {
  const machine = new SimMachine(world);
  const desktop = new SimDesktop(machine);
  const clients = new SimClients(desktop);
  const storm = new Storm(desktop, clients);
  desktop.onDidOpen = (window) => {
    watchLog(window, desktop);
    storm.watch(window);
  };
  world.onDidStep = () => checkOwners(desktop);
  await pass(world, world.random.int(2000, 8000));
  clients.close();
  storm.end();
  const settledMs = await settle(desktop, clients);
  const takeoverMs = desktop.windows.size > 1 && world.random.chance(0.3) ? await takeOver(desktop, storm) : 0;
  if (takeoverMs > 0) await settle(desktop, clients);
  const terms = machine.register.latest.record?.term ?? 0;
  return { steps: world.steps, answers: clients.answers, terms, settledMs, takeoverMs };
}

async function pass(world: World, ms: number): Promise<void> {
  const end = world.now + ms;
  world.after(ms, () => undefined);
  await world.run(() => world.now >= end);
}

/** Waits until everything is as it must be. @returns the time that it took */
async function settle(desktop: SimDesktop, clients: SimClients): Promise<number> {
  const { world } = desktop;
  const since = world.now;
  for (;;) {
    await pass(world, CHECK_MS);
    // The last ones may have left.
    if (desktop.windows.size === 0) desktop.open();
    const problem = unsettled(desktop) ?? unanswered(clients);
    if (problem === undefined) return world.now - since;
    if (world.now > since + CALM_MS) world.fail(`${CALM_MS} ms after the last disturbance, ${problem}.`);
  }
}

/** Stops or ends the owner in calm weather. @returns the time after which another window answers */
async function takeOver(desktop: SimDesktop, storm: Storm): Promise<number> {
  const { world } = desktop;
  const { owner } = storm;
  if (owner === undefined) return 0;
  const isFrozen = world.random.chance(0.5);
  world.note(`-- ${owner.record.id} ${isFrozen ? "freezes" : "crashes"} in calm weather`);
  if (isFrozen) owner.process.freeze();
  else desktop.crash(owner);
  const [since, limitMs] = [world.now, isFrozen ? MAX_FROZEN_MS : MAX_CRASHED_MS];
  world.after(limitMs, () => undefined);
  const hasOther = (): boolean => [...desktop.windows].some((window) => window !== owner && window.address.isServing);
  await world.run(() => {
    if (!hasOther() && world.now >= since + limitMs) world.fail(`No window has taken over within ${limitMs} ms.`);
    return hasOther();
  });
  const takenMs = world.now - since;
  owner.process.thaw();
  return takenMs;
}

function unanswered(clients: SimClients): string | undefined {
  const [first] = clients.unanswered;
  return first === undefined ? undefined : `${first.id} has no response`;
}
