import type { StateChange, StateDocument } from "./stateDocument.ts";
import { StateReplica } from "./stateReplica.ts";

export interface OutgoingChange {
  readonly type: StateChange["type"];
  readonly key: string;
  readonly delta: StateDocument;
}

/** Changes that wait to be published. Those of one key become one, so a fast writer fills nothing. */
export class Outbox {
  readonly #waiting = new Map<string, OutgoingChange>();

  add(change: OutgoingChange): void {
    const id = `${change.type} ${change.key}`;
    const earlier = this.#waiting.get(id);
    this.#waiting.set(id, earlier === undefined ? change : { ...change, delta: joined(earlier.delta, change.delta) });
  }

  take(): OutgoingChange | undefined {
    const [next] = this.#waiting;
    if (next === undefined) return undefined;
    this.#waiting.delete(next[0]);
    return next[1];
  }

  clear(): void {
    this.#waiting.clear();
  }
}

function joined(a: StateDocument, b: StateDocument): StateDocument {
  const both = new StateReplica({ id: "-" }, a);
  both.merge(b);
  return both.toJSON();
}
