import * as z from "zod";

type Shape = Readonly<Record<string, z.ZodType>>;

/** The settings of one part of the bridge. */
export interface SettingsSlice {
  /** By key, without the prefix `kiroBridge.`. Each schema has a default. */
  readonly shape: Shape;
  /** Keys whose changes apply while the bridge is running. Other changes need a restart. */
  readonly live?: readonly string[];
  /** Replacements for invalid values whose default would be too permissive. */
  readonly safe?: Readonly<Record<string, unknown>>;
  /** Lists whose elements are checked one by one: an invalid or repeated one is left out. */
  readonly elements?: { readonly [key: string]: ListElements | undefined };
}

export interface ListElements {
  readonly schema: z.ZodType;
  /** The name of the property that must be unique. */
  readonly key: string;
}

interface TypedSlice<S extends Shape> extends SettingsSlice {
  readonly shape: S;
  readonly live?: readonly (keyof S & string)[];
  readonly safe?: { readonly [K in keyof S & string]?: z.infer<S[K]> };
  readonly elements?: { readonly [K in keyof S & string]?: ListElements };
}

/** Creates a slice. Checks its keys at compile time and keeps their types. */
export function settingsSlice<S extends Shape>(slice: TypedSlice<S>): TypedSlice<S> {
  return slice;
}

export function strings(value: readonly string[] = []) {
  return z.array(z.string()).default([...value]);
}

export function milliseconds(value: number, min: number, max: number) {
  return z.int().min(min).max(max).default(value);
}
