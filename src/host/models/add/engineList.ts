import type * as z from "zod";
import type { engineSchema, EngineSettings } from "../../../agents/engines/engineSettings.ts";
import { BridgeError } from "../../../protocol/errors.ts";

/** The setting `kiroBridge.engines`, as the user has written it. */
export interface EngineList {
  /** The form of its entries. Given from outside, so that this bundle needs no library for it. */
  readonly schema: typeof engineSchema;
  /** Returns the entries, valid or not. */
  read(): unknown;
  write(engines: readonly unknown[]): Promise<void>;
}

/** An engine as a setting has it. */
export type EngineEntrySettings = z.input<typeof engineSchema>;

/** Returns the entries, of which some may not be valid. @throws BridgeError CONFIGURATION_ERROR */
function entriesOf(list: EngineList): readonly unknown[] {
  const entries = list.read() ?? [];
  if (Array.isArray(entries)) return entries;
  throw new BridgeError(
    "CONFIGURATION_ERROR",
    "The setting kiroBridge.engines is not a list. Correct it in the settings first.",
  );
}

/** Returns the ID of an entry, or undefined if it has none. */
function idOf(entry: unknown): string | undefined {
  const id: unknown = typeof entry === "object" && entry !== null ? Reflect.get(entry, "id") : undefined;
  return typeof id === "string" ? id : undefined;
}

/** Returns the IDs of all entries that have one. @throws BridgeError CONFIGURATION_ERROR */
export function idsIn(list: EngineList): readonly string[] {
  return entriesOf(list).flatMap((entry) => idOf(entry) ?? []);
}

/** Returns the engine of an entry, or undefined if the entry is not valid. @throws BridgeError CONFIGURATION_ERROR */
export function findEngine(list: EngineList, id: string): EngineSettings | undefined {
  return list.schema.safeParse(entriesOf(list).find((entry) => idOf(entry) === id)).data;
}

/** Adds an engine after the others. */
export async function addEngine(list: EngineList, engine: EngineEntrySettings): Promise<void> {
  await list.write([...entriesOf(list), engine]);
}

export async function removeEngine(list: EngineList, id: string): Promise<void> {
  await list.write(entriesOf(list).filter((entry) => idOf(entry) !== id));
}

/** Returns an ID that no engine has: the wanted one, or one with a number. @throws BridgeError CONFIGURATION_ERROR */
export function freeId(list: EngineList, wanted: string): string {
  const used = new Set(idsIn(list));
  let id = wanted;
  for (let number = 2; used.has(id); number++) id = `${wanted}-${number}`;
  return id;
}

/** Returns why an ID cannot be that of another engine, or undefined. */
export function problemOfId(list: EngineList, id: string): string | undefined {
  if (idsIn(list).includes(id)) return "There is such an engine already.";
  return list.schema.shape.id.safeParse(id).error?.issues[0]?.message;
}
