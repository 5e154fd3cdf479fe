import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import { auditSlice } from "../access/audit/settings.ts";
import { jwtSlice } from "../access/jwt/issuers.ts";
import { enginesSlice } from "../agents/engines/settings.ts";
import { kiroSlice } from "../agents/kiro/settings.ts";
import { agentsSlice } from "../core/models/agentSettings.ts";
import { coreSlice } from "../core/settings.ts";
import { type ListElements, type SettingsSlice, settingsSlice } from "../core/settingsSlice.ts";
import { privacySlice } from "../core/privacy/settings.ts";
import { busSlice } from "../plugins/nats/settings.ts";
import { pluginsSlice } from "../plugins/hub/settings.ts";
import { exportsSlice } from "../exports/door/settings.ts";
import { gatewaysSlice } from "../gateways/door/settings.ts";
import { quote } from "../protocol/validate.ts";
import { historySlice } from "../history/settings.ts";
import { serverSlice } from "../server/settings.ts";

/** Settings of the extension itself, which it reads while the bridge is off as well. */
const startSlice = settingsSlice({
  shape: {
    autoStart: z.boolean().default(true),
    "analytics.enabled": z.boolean().default(false),
    "analytics.url": z.string().default(""),
    "analytics.projectKey": z.string().default(""),
  },
  live: ["autoStart", "analytics.enabled", "analytics.url", "analytics.projectKey"],
});

/** The slices of the built-in modules. */
export const settingsSlices: readonly SettingsSlice[] = [
  startSlice,
  serverSlice,
  jwtSlice,
  auditSlice,
  coreSlice,
  historySlice,
  privacySlice,
  kiroSlice,
  enginesSlice,
  agentsSlice,
  pluginsSlice,
  busSlice,
  gatewaysSlice,
  exportsSlice,
];

/** All settings of the extension, without the prefix `kiroBridge.`. A test keeps it in sync with package.json. */
export const settingsSchema = z.object({
  ...startSlice.shape,
  ...serverSlice.shape,
  ...jwtSlice.shape,
  ...auditSlice.shape,
  ...coreSlice.shape,
  ...historySlice.shape,
  ...privacySlice.shape,
  ...kiroSlice.shape,
  ...enginesSlice.shape,
  ...agentsSlice.shape,
  ...pluginsSlice.shape,
  ...busSlice.shape,
  ...gatewaysSlice.shape,
  ...exportsSlice.shape,
});

export type Settings = z.infer<typeof settingsSchema>;

/** Returns true if settings differ in a way that needs a restart. */
export function needsRestart(running: Settings, wanted: Settings, slices = settingsSlices): boolean {
  const live = new Set<string>(slices.flatMap((slice) => slice.live ?? []));
  const fixed = (settings: Settings) => Object.entries(settings).filter(([key]) => !live.has(key));
  return !isDeepStrictEqual(fixed(running), fixed(wanted));
}

export interface SettingsReading {
  /** Has the settings of further slices as well. */
  readonly settings: Settings;
  /** One sentence for each invalid value, which was replaced by a safe one. */
  readonly problems: readonly string[];
}

/** Leaves out the elements of a list that are invalid, or that repeat an earlier one. */
function validElements(key: string, list: unknown, { schema, key: unique }: ListElements) {
  if (!Array.isArray(list)) return { value: list, problems: [] };
  const value: unknown[] = [];
  const problems: string[] = [];
  const seen = new Set<unknown>();
  for (const [index, element] of list.entries()) {
    const { success, data, error } = schema.safeParse(element);
    const id: unknown = success ? Reflect.get(Object(data), unique) : undefined;
    const issue = success ? { path: [unique], message: `${quote(String(id))} is repeated` } : error.issues[0];
    if (success && !seen.has(id)) value.push(element);
    else problems.push(`kiroBridge.${[`${key}[${index}]`, ...(issue?.path ?? [])].join(".")}: ${issue?.message}`);
    seen.add(id);
  }
  return { value, problems };
}

/**
 * Reads all settings. An invalid value only affects its own setting; an invalid list of commands denies all commands
 * until it is fixed.
 */
export function readSettings(get: (key: string) => unknown, slices = settingsSlices): SettingsReading {
  const raw: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const { shape, safe = {}, elements = {} } of slices) {
    for (const [key, schema] of Object.entries(shape)) {
      const of = elements[key];
      const read = of === undefined ? { value: get(key), problems: [] } : validElements(key, get(key), of);
      problems.push(...read.problems);
      const parsed = schema.safeParse(read.value);
      if (parsed.success) raw[key] = parsed.data;
      else {
        raw[key] = safe[key] ?? schema.parse(undefined);
        problems.push(`kiroBridge.${key}: ${parsed.error.issues[0]?.message ?? "not valid"}`);
      }
    }
  }
  return { settings: settingsSchema.loose().parse(raw), problems };
}
