import type { Place } from "../../src/server/windows/windows.ts";
import { Outcomes } from "./outcomes.ts";
import type { SimAnswer, SimRequest } from "./requests.ts";
import type { SimMachine } from "./machine/simMachine.ts";
import { PORT, SimWindow } from "./simWindow.ts";
import type { World } from "./time/world.ts";

const FOLDERS = ["/work/a", "/work/b", "/work/a/inner", "/work/c"];

/** The windows of one user on a machine. */
export class SimDesktop {
  readonly machine: SimMachine;
  readonly world: World;
  readonly outcomes: Outcomes;
  /** Those that have not ended. */
  readonly windows = new Set<SimWindow>();
  /** Called with each new window before it starts. */
  onDidOpen: (window: SimWindow) => void = () => undefined;
  #opened = 0;
  #lastTerm = 0;

  constructor(machine: SimMachine) {
    this.machine = machine;
    this.world = machine.world;
    const { history, world } = machine;
    this.outcomes = new Outcomes(world, (id) => this.#windowOf(id) === undefined && !history.has(id));
  }

  open(): void {
    const { random } = this.world;
    const number = ++this.#opened;
    const folder = random.pick(FOLDERS);
    const record = {
      id: `w${number}`,
      pid: 1000 + number,
      editor: "Simulated 1.110",
      workspaceFolders: folder === undefined || random.chance(0.1) ? [] : [folder],
    };
    this.world.note(`${record.id} opens with ${record.workspaceFolders.join() || "no folder"}`);
    const window = new SimWindow(this.machine, record, {
      onDidAnswer: (answer) => this.#checkAnswer(window, answer),
      onDidExit: () => this.crash(window),
    });
    this.windows.add(window);
    this.machine.pids.add(record.pid);
    this.onDidOpen(window);
    window.process.later(0, () => window.start());
  }

  /** Ends the process of a window at once. */
  crash(window: SimWindow): void {
    this.windows.delete(window);
    this.machine.pids.delete(window.record.pid);
    window.process.kill();
    this.machine.network.bury(window);
    window.die();
  }

  /** Returns the port that the discovery file has, or the configured one, as most clients use it. */
  publishedPort(): number {
    const { record } = this.machine.register.latest;
    return record === undefined || this.world.random.chance(0.3) ? PORT : record.port;
  }

  /** Returns what a request may select: a window, a folder, or nothing. */
  somePlace(): Place {
    const { random } = this.world;
    const some = random.chance(0.9) ? random.pick([...this.windows])?.record : undefined;
    switch (random.weighted({ none: 3, folder: 3, window: 2 })) {
      case "none":
        return {};
      case "folder":
        return { workspacePath: `${some?.workspaceFolders[0] ?? random.pick(FOLDERS)}/file` };
      case "window":
        return { windowId: some?.id ?? `w${random.int(1, this.#opened)}` };
    }
  }

  /** Returns the ID of an execution that is running somewhere. */
  someExecution(): string | undefined {
    const running = [...this.windows].flatMap(({ executions }) => [...executions.active]);
    return this.world.random.pick(running)?.id;
  }

  /** Connects a client to a port, and sends a request. */
  connect(port: number, request: SimRequest, respond: (answer: SimAnswer) => void): void {
    const { world, machine } = this;
    world.after(world.random.next(), () => {
      const holder = machine.network.holderOf(port);
      if (holder instanceof SimWindow) holder.receive(port, request, respond);
      else respond({ kind: "disconnected" });
    });
  }

  #windowOf(executionId: string): SimWindow | undefined {
    return [...this.windows].find(({ executions }) => executions.get(executionId) !== undefined);
  }

  /** Checks a response that leaves a window for a client. */
  #checkAnswer({ address, record }: SimWindow, answer: SimAnswer): void {
    if (answer.kind === "execution") this.outcomes.see(answer.executionId, answer.status, record.id, "a response");
    if (answer.kind === "error" && answer.code === "KIRO_UNAVAILABLE") return;
    if (!address.isServing) this.world.fail(`${record.id} answers without the address: ${JSON.stringify(answer)}`);
    const { role } = address;
    if (role.kind !== "owner") return;
    if (role.term < this.#lastTerm) {
      this.world.fail(`${record.id} answers in term ${role.term}, after an answer in term ${this.#lastTerm}.`);
    }
    this.#lastTerm = role.term;
  }
}
