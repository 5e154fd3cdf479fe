import { type ExecutionStatus, isFinal } from "../../src/protocol/executionStatus.ts";
import type { World } from "./time/world.ts";

interface Sight {
  readonly status: ExecutionStatus;
  /** The window that has shown it, and how. */
  readonly viewer: string;
  readonly view: string;
}

/** The end of each execution, as any client could see it: in a response, or in the events of an owner. */
export class Outcomes {
  readonly #world: World;
  readonly #mayBeUnknown: (executionId: string) => boolean;
  readonly #sights = new Map<string, Sight[]>();

  /** @param mayBeUnknown returns true if the window of an execution has died before it could write its end to the disk */
  constructor(world: World, mayBeUnknown: (executionId: string) => boolean) {
    this.#world = world;
    this.#mayBeUnknown = mayBeUnknown;
  }

  /** @param viewer the window that shows it; one window never contradicts itself */
  see(executionId: string, status: ExecutionStatus, viewer: string, view: string): void {
    if (!isFinal(status)) return;
    const sights = this.#sights.get(executionId) ?? [];
    this.#sights.set(executionId, sights);
    for (const other of sights) {
      if (other.status === status || this.#isExcused(executionId, other, { status, viewer, view })) continue;
      const known = `${other.status} in ${other.view} of ${other.viewer}`;
      this.#world.fail(`${executionId} is ${status} in ${view} of ${viewer}, but ${known}.`);
    }
    if (!sights.some((other) => other.status === status && other.viewer === viewer)) {
      sights.push({ status, viewer, view });
    }
  }

  /** `interrupted` says that the outcome is not known, which another window may have known. */
  #isExcused(executionId: string, one: Sight, other: Sight): boolean {
    const isUnknown = one.status === "interrupted" || other.status === "interrupted";
    return isUnknown && one.viewer !== other.viewer && this.#mayBeUnknown(executionId);
  }
}
