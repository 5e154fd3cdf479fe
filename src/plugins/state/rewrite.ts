import type { OutgoingChange } from "./outbox.ts";
import type { StateChange, StateDocument } from "./stateDocument.ts";
import type { StateReplica } from "./stateReplica.ts";

/**
 * Repeats the writes of one replica in another one, which has an id of its own: values of registers with their times, the
 * amounts of counters, and the members of sets.
 * @returns the changes for other replicas
 */
export function rewritten(from: StateReplica, to: StateReplica, onProblem: (error: unknown) => void): OutgoingChange[] {
  const { version, registers = {} } = from.toJSON();
  const changes: OutgoingChange[] = [];
  const attempt = (type: StateChange["type"], key: string, write: () => StateDocument): void => {
    try {
      changes.push({ type, key, delta: write() });
    } catch (error) {
      onProblem(error);
    }
  };
  for (const [key, entry] of Object.entries(registers)) {
    const delta = { version, registers: Object.fromEntries([[key, entry]]) };
    if (to.merge(delta).length > 0) changes.push({ type: "register", key, delta });
  }
  for (const key of from.keys.counters) attempt("counter", key, () => to.increment(key, from.getCounter(key)));
  for (const key of from.keys.sets) {
    for (const member of from.getMembers(key)) attempt("set", key, () => to.addToSet(key, JSON.parse(member)));
  }
  return changes;
}

/** Returns the keys whose values differ between two replicas. */
export function changesBetween(a: StateReplica, b: StateReplica): Pick<StateChange, "type" | "key">[] {
  const keysOf = (type: "registers" | "counters" | "sets"): string[] => [
    ...new Set([...a.keys[type], ...b.keys[type]]),
  ];
  const members = (of: StateReplica, key: string): string => JSON.stringify(of.getMembers(key).toSorted());
  const value = (of: StateReplica, key: string): string => JSON.stringify([of.getRegister(key)]);
  return [
    ...keysOf("registers")
      .filter((key) => value(a, key) !== value(b, key))
      .map((key) => ({ type: "register" as const, key })),
    ...keysOf("counters")
      .filter((key) => a.getCounter(key) !== b.getCounter(key))
      .map((key) => ({ type: "counter" as const, key })),
    ...keysOf("sets")
      .filter((key) => members(a, key) !== members(b, key))
      .map((key) => ({ type: "set" as const, key })),
  ];
}
