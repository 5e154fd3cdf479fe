import * as z from "zod";

type Shape = Readonly<Record<string, z.ZodType>>;

/** The settings of one part of the bridge. */
export interface SettingsSlice {
  /** By key, without the prefix `kiroBridge.`. Each schema has a default. */
  readonly shape: Shape;
  /** Keys whose changes take effect while the bridge runs. Changes of all others take a restart. */
  readonly live?: readonly string[];
  /** Values that replace invalid ones where the default would permit more than was wanted. */
  readonly safe?: Readonly<Record<string, unknown>>;
}

interface TypedSlice<S extends Shape> extends SettingsSlice {
  readonly shape: S;
  readonly live?: readonly (keyof S & string)[];
  readonly safe?: { readonly [K in keyof S & string]?: z.infer<S[K]> };
}

/** Checks the keys of a slice, and keeps their types. */
export function settingsSlice<S extends Shape>(slice: TypedSlice<S>): TypedSlice<S> {
  return slice;
}

export function strings(value: readonly string[] = []) {
  return z.array(z.string()).default([...value]);
}

export function milliseconds(value: number, min: number, max: number) {
  return z.int().min(min).max(max).default(value);
}
