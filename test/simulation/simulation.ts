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

/** What a schedule has come to, to see that the simulation is not idle. */
export interface Result {
  readonly steps: number;
  readonly answers: number;
  readonly terms: number;
  readonly settledMs: number;
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
  const stormMs = world.random.int(2000, 8000);
  let calmAt: number | undefined;
  let problem: string | undefined;
  const check = (): void => {
    // The last ones may have left.
    if (desktop.windows.size === 0) desktop.open();
    problem = unsettled(desktop) ?? unanswered(clients);
    if (problem === undefined) calmAt = world.now;
    else if (world.now > stormMs + CALM_MS) world.fail(`${CALM_MS} ms after the last disturbance, ${problem}.`);
    else world.after(CHECK_MS, check);
  };
  world.after(stormMs, () => {
    clients.close();
    storm.end();
    world.after(CHECK_MS, check);
  });
  await world.run(() => calmAt !== undefined);
  const terms = machine.register.latest.record?.term ?? 0;
  return { steps: world.steps, answers: clients.answers, terms, settledMs: (calmAt ?? 0) - stormMs };
}

function unanswered(clients: SimClients): string | undefined {
  const [first] = clients.unanswered;
  return first === undefined ? undefined : `${first.id} has no response`;
}
