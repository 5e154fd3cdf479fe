type Command = (...args: readonly unknown[]) => unknown;

/** Holds those who wait until it is opened. */
export class Gate {
  /** Called when somebody begins to wait. */
  onWait: () => void = () => undefined;
  #opened = Promise.withResolvers<void>();

  /** Waits until it is opened. */
  wait(): Promise<void> {
    this.onWait();
    return this.#opened.promise;
  }

  /** Releases all that wait now; the next ones wait again. */
  open(): void {
    this.#opened.resolve();
    this.#opened = Promise.withResolvers();
  }
}

/** One value of each kind that results can have, by the command `test.values.<kind>`. */
const values: Record<string, () => unknown> = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  number: () => 12.5,
  nan: () => Number.NaN,
  infinity: () => Number.NEGATIVE_INFINITY,
  negativeZero: () => -0,
  bigint: () => 12345678901234567890n,
  text: () => "é 日本 🦀",
  emptyText: () => "",
  list: () => [1, [2, undefined], "three"],
  object: () => ({ a: 1, b: { c: null } }),
  ownType: () => ({ $type: "mine", value: 1 }),
  date: () => new Date("2001-02-03T04:05:06.007Z"),
  invalidDate: () => new Date(Number.NaN),
  error: () => new TypeError("verbatim: wrong type"),
  map: () =>
    new Map<unknown, unknown>([
      ["a", 1],
      [{ b: 2 }, new Set([3])],
    ]),
  set: () => new Set(["a", "b"]),
  bytes: () => new Uint8Array([1, 2, 3, 255]),
  regexp: () => /a+b/giu,
  url: () => new URL("https://example.org/a?b=c#d"),
  function: () =>
    function named() {
      return 1;
    },
  symbol: () => Symbol("described"),
  promise: () => ({ inner: Promise.resolve(1) }),
  cycle: () => {
    const cycle: Record<string, unknown> = { name: "loop" };
    cycle["self"] = cycle;
    return cycle;
  },
  unreadable: () =>
    new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error("verbatim: locked");
        },
      },
    ),
  deep: () => {
    let deep: unknown = "bottom";
    for (let level = 0; level < 101; level++) deep = [deep];
    return deep;
  },
};

export const valueKinds = Object.keys(values);

/** The commands of the editor in a recording. */
export function editorCommands(gate: Gate): Record<string, Command> {
  const kinds = Object.entries(values).map(([kind, value]) => [`test.values.${kind}`, value] as const);
  return {
    ...Object.fromEntries(kinds),
    "test.args": (...args) => args,
    "test.throws": () => {
      throw new Error("verbatim: broken");
    },
    "test.throwsText": () => {
      const text: unknown = "verbatim text";
      throw text;
    },
    "test.waits": async (value) => {
      await gate.wait();
      return value;
    },
    "test.deleteAccount": () => "never",
    _internal: () => "never",
    runCommands: (...args) => args.length,
  };
}
