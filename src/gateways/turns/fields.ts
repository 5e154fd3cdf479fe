import { BridgeError } from "../../protocol/errors.ts";
import { invalid, quote } from "../../protocol/validate.ts";

/** Some values of a field. */
export interface Values {
  /** Completes "if it is …" in the documentation. */
  readonly text: string;
  includes(value: unknown): boolean;
}

/** A row in the table of a protocol's fields, from which requests are checked and the documentation is made. */
export interface FieldRow {
  /** A path in the body, where `[]` is each element of an array: `tools[].type`. */
  readonly field: string;
  /** `mapped`: has an effect, but not quite the one at the vendor. `ignored`: accepted, and named to the caller. */
  readonly support: "supported" | "mapped" | "ignored" | "refused";
  /** Describes its effect; for a refused field, what to do instead, as the caller will read it. */
  readonly note: string;
  /** The values that this row is about. Default: all. */
  readonly values?: Values;
  /** The vendor's code of the error for a refused field, after which its clients go on without the field. */
  readonly errorCode?: string;
  /** The setting with which an ignored field has an effect. */
  readonly setting?: SettingName;
}

type SettingName = "gateways.enforceMaxTokens";
type Body = Readonly<Record<string, unknown>>;
/** The settings that are on. */
export type FieldSettings = Partial<Readonly<Record<SettingName, boolean>>>;

/** Keeps the header `x-kiro-bridge-ignored` within what clients and proxies take. */
const MOST_NAMES = 32;
const LONGEST_NAME = 64;

/** Returns the values that are equal to one of these. */
export function oneOf(...values: readonly (string | number | boolean)[]): Values {
  const known: ReadonlySet<unknown> = new Set(values);
  return { text: values.map((value) => `\`${JSON.stringify(value)}\``).join(" or "), includes: (v) => known.has(v) };
}

/** Returns all values except these. */
export function otherThan(...values: readonly (string | number | boolean)[]): Values {
  const these = oneOf(...values);
  return { text: `other than ${these.text}`, includes: (value) => !these.includes(value) };
}

/** Returns the numbers above `limit`. */
export function moreThan(limit: number): Values {
  return { text: `more than ${limit}`, includes: (value) => typeof value === "number" && value > limit };
}

/**
 * Applies the table of a protocol to the body of a request. A field that is `null` counts as absent. Of the rows of one
 * field, the first one that is about the value applies.
 * @param unknownNote what to do instead of a field without a row. Default: it is ignored, because new clients must not break
 * @returns the names of the ignored fields, printable and bounded, for the header `x-kiro-bridge-ignored`
 * @throws BridgeError VALIDATION_FAILED with `{field}` for a refused one
 */
export function readFields(
  body: Body,
  table: readonly FieldRow[],
  settings: FieldSettings = {},
  unknownNote?: string,
): readonly string[] {
  const ignored = new Set<string>();
  const { fields, names } = readTable(table);
  for (const { steps, rows } of fields) {
    visit(body, steps, (value, path) => {
      const row = rows.find(({ values }) => values?.includes(value) ?? true);
      if (row?.support === "refused") throw refused(textOf(path), row);
      const hasEffect = row?.setting !== undefined && settings[row.setting] === true;
      if (row?.support === "ignored" && !hasEffect) addName(ignored, () => textOf(path));
    });
  }
  for (const [name, value] of Object.entries(body)) {
    if (!isPresent(value) || names.has(name)) continue;
    if (unknownNote !== undefined) throw refused(printable(name), { note: unknownNote });
    addName(ignored, () => name);
  }
  return [...ignored];
}

interface ReadTable {
  readonly fields: readonly { readonly steps: readonly string[]; readonly rows: readonly FieldRow[] }[];
  /** The names at the top. */
  readonly names: ReadonlySet<string | undefined>;
}

const readTables = new WeakMap<readonly FieldRow[], ReadTable>();

/** Groups the rows of a table by field, once. */
function readTable(table: readonly FieldRow[]): ReadTable {
  const known = readTables.get(table);
  if (known !== undefined) return known;
  const groups = [...Map.groupBy(table, ({ field }) => field)];
  const fields = groups.map(([field, rows]) => ({ steps: stepsOf(field), rows }));
  const read = { fields, names: new Set(fields.map(({ steps }) => steps[0])) };
  readTables.set(table, read);
  return read;
}

function addName(names: Set<string>, nameOf: () => string): void {
  if (names.size < MOST_NAMES) names.add(printable(nameOf()));
}

/** Names come from the caller, and go to a header that separates them by commas. */
function printable(name: string): string {
  return name.slice(0, LONGEST_NAME).replaceAll(/[^\w.[\]-]/gu, "?");
}

function refused(
  path: string,
  { note, values, errorCode }: Pick<FieldRow, "note" | "values" | "errorCode">,
): BridgeError {
  const error = invalid(path, "unsupported", "a supported field", values?.text ?? "a value", quote(note));
  if (errorCode === undefined) return error;
  return new BridgeError(error.code, error.message, { ...error.context, vendorCode: errorCode });
}

/** The names of members, and the indexes of elements. */
type Path = readonly (string | number)[];

function stepsOf(field: string): readonly string[] {
  return field.split(/\.|(?=\[\])/u);
}

/** Calls `found` with each value that is present at a path. Makes no copies: bodies may have many elements. */
function visit(body: unknown, steps: readonly string[], found: (value: unknown, path: Path) => void): void {
  const path: (string | number)[] = [];
  const at = (value: unknown, depth: number): void => {
    const step = steps[depth];
    if (step === undefined) return found(value, path);
    if (step === "[]") {
      if (Array.isArray(value)) for (let index = 0; index < value.length; index++) into(value[index], index, depth);
    } else if (typeof value === "object" && value !== null && Object.hasOwn(value, step)) {
      const member: unknown = Reflect.get(value, step);
      if (isPresent(member)) into(member, step, depth);
    }
  };
  const into = (value: unknown, step: string | number, depth: number): void => {
    path.push(step);
    at(value, depth + 1);
    path.pop();
  };
  at(body, 0);
}

/** Returns a path as vendors write it: `tools[2].type`. */
function textOf(path: Path): string {
  return path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`))
    .join("")
    .slice(1);
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}
