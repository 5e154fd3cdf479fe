import assert from "node:assert/strict";

/** A text that is bad for careless searching: a unit over and over, between two ends. */
export interface HostileText {
  readonly head?: string;
  readonly unit: string;
  readonly tail?: string;
}

/** In characters. Short ones go first: exponential work fails at 28, quadratic work at 60,000, each within seconds. */
const LENGTHS = [16, 20, 24, 28, 64, 1000, 4000, 15_000, 60_000, 250_000, 1_000_000];
/**
 * What the longest text may cost, in milliseconds of CPU: linear work takes a tenth of it, a third on a slow machine;
 * quadratic work takes minutes.
 */
const MAX_CPU_MS = 400;
const ROUNDS = 5;
/** What costs more, in milliseconds, is no matter of chance: it is not tried again. */
const HOPELESS_MS = 4000;

/** Bad for most patterns: long runs of one kind of character, and many beginnings without an end. */
const generalTexts: readonly HostileText[] = [
  ...Array.from("a0A_-./\\\"'`*?:=,;&<>()[]{}|#@$^+~! \t\n\r\0\u00e4\u0130\u4e2d\u{1f600}"),
  "a-",
  "a ",
  "a.",
  "a:b ",
  "a=b&",
  "a\n",
  " \n",
  "../",
  "\u001b[",
  "\u001b[0;",
  '{"a":',
  "aB3_xY9-",
  "The quick brown fox jumps over the lazy dog. ",
].map((unit) => ({ unit }));

/**
 * Asserts that work on a text takes time in proportion to its length: at most 400 ms of CPU for a million characters of
 * each hostile text. The CPU time of this thread is measured and the best of several rounds counts, so that what else
 * the machine does has no say in it.
 * @param name of the work, for the message
 * @param work a promise of it is awaited
 * @param texts in addition to the general ones; a string means its repetition, and long runs of one character behind it
 */
export async function assertLinear(
  name: string,
  work: (text: string) => unknown,
  texts: readonly (HostileText | string)[] = [],
): Promise<void> {
  for (const hostile of [...generalTexts, ...texts.flatMap(variantsOf)]) {
    for (const length of LENGTHS) await assertFast(name, work, hostile, length);
  }
}

function variantsOf(text: HostileText | string): HostileText[] {
  if (typeof text !== "string") return [text];
  return [{ unit: text }, ...["a", "-", " ", "."].map((unit) => ({ head: text, unit }))];
}

async function assertFast(
  name: string,
  work: (text: string) => unknown,
  hostile: HostileText,
  length: number,
): Promise<void> {
  const text = build(hostile, length);
  let best = Number.POSITIVE_INFINITY;
  let cost = 0;
  for (let round = 0; round < ROUNDS && best > MAX_CPU_MS && cost < HOPELESS_MS; round++) {
    const before = process.threadCpuUsage();
    await work(text);
    const { user, system } = process.threadCpuUsage(before);
    cost = (user + system) / 1000;
    best = Math.min(best, cost);
  }
  const { head, unit, tail } = hostile;
  const shown = JSON.stringify([head, unit, tail]);
  assert.ok(best <= MAX_CPU_MS, `${name} took ${Math.round(best)} ms for ${length} characters of ${shown}`);
}

/** One flat string: one that is still in pieces would be joined within the first round. */
function build({ head = "", unit, tail = "" }: HostileText, length: number): string {
  const times = Math.max(1, Math.floor((length - head.length - tail.length) / unit.length));
  return Buffer.from(head + unit.repeat(times) + tail, "utf16le").toString("utf16le");
}
