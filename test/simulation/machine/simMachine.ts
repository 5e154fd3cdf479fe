import type { WindowProcesses } from "../../../src/windows/group/groupPorts.ts";
import { Runs } from "./runs.ts";
import { SimHistory } from "./simHistory.ts";
import { SimLedger } from "./simLedger.ts";
import { SimNetwork } from "./simNetwork.ts";
import type { SimProcess } from "../time/simProcess.ts";
import { SimRegister } from "./simRegister.ts";
import type { World } from "../time/world.ts";

/** A machine: its files, its ports and the processes that run on it. */
export class SimMachine {
  readonly world: World;
  readonly register = new SimRegister();
  readonly ledger = new SimLedger();
  readonly history = new SimHistory();
  readonly network: SimNetwork;
  readonly runs: Runs;
  /** The IDs of the processes that have not ended. */
  readonly pids = new Set<number>();

  constructor(world: World) {
    this.world = world;
    this.network = new SimNetwork(world);
    this.runs = new Runs(world);
    this.register.onDidWrite = ({ version, record }) => world.note(`register ${version}: ${JSON.stringify(record)}`);
  }

  /** Returns the processes, as one of them sees them. */
  processesFor(observer: SimProcess): WindowProcesses {
    return {
      identify: (pid) => observer.operation(() => (this.pids.has(pid) ? { pid, started: String(pid) } : undefined)),
      isLiving: ({ pid }) => observer.operation(() => this.pids.has(pid)),
    };
  }
}
