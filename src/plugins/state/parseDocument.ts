import { canonicalJson } from "../../base/canonicalJson.ts";
import { MAX_COUNT, type Stamp } from "./hybridClock.ts";
import { frozen } from "./jsonValue.ts";
import type { Lease } from "./store/leases.ts";
import { contains, type Ranges } from "./ranges.ts";
import type { CounterEntry, RegisterEntry, SetEntry, StateDocument } from "./stateDocument.ts";
import { DOCUMENT_VERSION } from "./stateDocument.ts";
import { bytesOf, invalidState, type StateLimits, stateLimits, tooLarge } from "./stateLimits.ts";

const MAX_REPLICA_LENGTH = 100;
/** Bounds of the ranges seen of one replica: lost messages leave gaps, until the next exchange of whole documents. */
const MAX_BOUNDS = 2000;
const MAX_REPLICAS = 1000;

/**
 * Checks a document from elsewhere: a file, another process. Unknown kinds of state are left out.
 * @throws BridgeError VALIDATION_FAILED or PAYLOAD_TOO_LARGE
 */
export function parseDocument(input: unknown, limits: StateLimits = stateLimits): StateDocument {
  const { version, registers, counters, sets, exports } = recordOf(input, "The state");
  if (version !== DOCUMENT_VERSION) {
    throw invalidState(`The state has the version ${JSON.stringify(version)}; this bridge reads ${DOCUMENT_VERSION}.`);
  }
  return {
    version,
    ...(registers !== undefined && {
      registers: entriesOf(registers, limits, (entry) => registerOf(entry, limits.valueBytes)),
    }),
    ...(counters !== undefined && { counters: entriesOf(counters, limits, counterOf) }),
    ...(sets !== undefined && { sets: entriesOf(sets, limits, (entry) => setOf(entry, limits)) }),
    ...(exports !== undefined && {
      exports: entriesOf(exports, limits, (entry) => registerOf(entry, limits.exportBytes)),
    }),
  };
}

/** Checks the leases that are stored with a document. */
export function parseLeases(input: unknown): Lease[] {
  if (!Array.isArray(input) || input.length > MAX_REPLICAS) throw invalidState("The state has no valid leases.");
  return input.map((each: unknown) => {
    const { replica, instance, turn, renewedAt } = recordOf(each, "A lease");
    if (isReplica(replica) && isReplica(instance) && isWhole(turn, 0) && isWhole(renewedAt, 0)) {
      return { replica, instance, turn, renewedAt };
    }
    throw invalidState("The state has no valid leases.");
  });
}

/** Checks the key of a register, counter or set. */
export function keyOf(key: unknown, limits: StateLimits): string {
  if (typeof key !== "string" || key === "") throw invalidState("A key of the state is a text that is not empty.");
  if (key.length > limits.keyLength) throw tooLarge("The key", limits.keyLength, "characters");
  return key;
}

function entriesOf<T>(input: unknown, limits: StateLimits, parse: (entry: unknown) => T): Record<string, T> {
  const entries = Object.entries(recordOf(input, "A part of the state"));
  if (entries.length > limits.keys) throw tooLarge("The state", limits.keys, "keys of one type");
  return Object.fromEntries(entries.map(([key, entry]) => [keyOf(key, limits), parse(entry)]));
}

function registerOf(input: unknown, maxBytes: number): RegisterEntry {
  const { value, at } = recordOf(input, "A register");
  if (value === undefined) throw invalidState("A register has no value.");
  if (bytesOf(JSON.stringify(value)) > maxBytes) throw tooLarge("A value of the state", maxBytes, "bytes");
  return { value: frozen(value), at: stampOf(at) };
}

function stampOf(input: unknown): Stamp {
  const [ms, count, replica]: unknown[] = Array.isArray(input) ? input : [];
  if (isWhole(ms, 0) && isWhole(count, 0) && count <= MAX_COUNT && isReplica(replica)) return [ms, count, replica];
  throw invalidState("A register has no valid time.");
}

function counterOf(input: unknown): CounterEntry {
  const shares = replicasOf(input);
  return Object.fromEntries(
    shares.map(([replica, share]) => {
      const [write, amount]: unknown[] = Array.isArray(share) ? share : [];
      if (isWhole(write, 1) && typeof amount === "number" && Number.isFinite(amount)) return [replica, [write, amount]];
      throw invalidState("A counter has a share that is not a number.");
    }),
  );
}

function setOf(input: unknown, limits: StateLimits): SetEntry {
  const { seen, members } = recordOf(input, "A set");
  const parsedSeen = new Map(replicasOf(seen).map(([replica, ranges]) => [replica, rangesOf(ranges)]));
  const entries = Object.entries(recordOf(members, "The members of a set"));
  if (entries.length > limits.setMembers) throw tooLarge("A set", limits.setMembers, "members");
  const taken = new Set<string>();
  const parsed = entries.map(([member, dots]) => {
    if (!isCanonical(member)) throw invalidState("A member of a set is not canonical JSON.");
    if (bytesOf(member) > limits.valueBytes) throw tooLarge("A member of a set", limits.valueBytes, "bytes");
    const numbers = replicasOf(dots).map(([replica, number]) => {
      if (!isWhole(number, 1) || !contains(parsedSeen.get(replica) ?? [], number)) throw invalidDot();
      if (taken.size === taken.add(`${number} ${replica}`).size) throw invalidDot();
      return [replica, number] as const;
    });
    if (numbers.length === 0) throw invalidDot();
    return [member, Object.fromEntries(numbers)] as const;
  });
  return { seen: Object.fromEntries(parsedSeen), members: Object.fromEntries(parsed) };
}

function rangesOf(input: unknown): Ranges {
  const bounds: unknown[] = Array.isArray(input) ? input : [];
  if (bounds.length % 2 !== 0 || bounds.length > MAX_BOUNDS) throw invalidDot();
  let least = 1;
  const ranges: number[] = [];
  for (const [at, bound] of bounds.entries()) {
    if (!isWhole(bound, least)) throw invalidDot();
    ranges.push(bound);
    least = bound + (at % 2 === 0 ? 0 : 2);
  }
  return ranges;
}

function replicasOf(input: unknown): [string, unknown][] {
  const entries = Object.entries(recordOf(input, "A part of the state"));
  if (entries.length > MAX_REPLICAS) throw tooLarge("The state", MAX_REPLICAS, "replicas");
  if (!entries.every(([replica]) => isReplica(replica))) throw invalidState("A replica has no valid name.");
  return entries;
}

function isCanonical(member: string): boolean {
  try {
    return canonicalJson(JSON.parse(member)) === member;
  } catch {
    return false;
  }
}

function isReplica(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= MAX_REPLICA_LENGTH;
}

function isWhole(value: unknown, least: number): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= least;
}

function recordOf(input: unknown, what: string): Readonly<Record<string, unknown>> {
  if (isRecord(input)) return input;
  throw invalidState(`${what} is not an object.`);
}

function isRecord(input: unknown): input is Readonly<Record<string, unknown>> {
  return typeof input === "object" && input !== null && !Array.isArray(input);
}

function invalidDot(): Error {
  return invalidState("A set has numbers of additions that contradict each other.");
}
