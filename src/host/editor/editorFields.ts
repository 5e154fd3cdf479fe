import * as vscode from "vscode";
import { isObject } from "../../base/canonicalJson.ts";

/** The classes of the editor's API: `Hover`, `TextEdit`, `CompletionItem`, … */
const classes: ReadonlySet<unknown> = new Set(Object.values(vscode).filter((member) => typeof member === "function"));
/** Cached by prototype; undefined for other classes. */
const known = new WeakMap<object, readonly string[] | undefined>();

/**
 * Returns the public properties of an object of the editor's API that are set. Its own fields are not sufficient: many
 * are private (`_range`) behind accessors of the class (`range`).
 * @returns undefined for other objects
 */
export function fieldsOf(value: object): (readonly [string, unknown])[] | undefined {
  const accessors = accessorsOf(Object.getPrototypeOf(value));
  if (accessors === undefined) return undefined;
  const own = Object.keys(value).filter((key) => !key.startsWith("_"));
  return [...new Set([...own, ...accessors])]
    .map((key) => [key, Reflect.get(value, key)] as const)
    .filter(([, field]) => field !== undefined);
}

function accessorsOf(prototype: object): readonly string[] | undefined {
  if (!known.has(prototype)) known.set(prototype, findAccessors(prototype));
  return known.get(prototype);
}

function findAccessors(prototype: object): readonly string[] | undefined {
  const names: string[] = [];
  let hasEditorClass = false;
  for (let at: unknown = prototype; isObject(at) && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    // Error classes are encoded elsewhere.
    if (at === Error.prototype) return undefined;
    hasEditorClass ||= classes.has(at.constructor);
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if ("get" in property && !name.startsWith("_")) names.push(name);
    }
  }
  return hasEditorClass ? names : undefined;
}
