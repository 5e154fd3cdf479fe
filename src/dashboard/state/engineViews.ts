import * as l10n from "@vscode/l10n";
import type { EngineUsage } from "../../protocol/agents/engineUsage.ts";
import type { EngineStatus } from "../../protocol/agents/engines.ts";
import type { AccessClientView } from "../contract/access.ts";
import type { ModelsView, WindowEngines } from "../contract/models.ts";

/** The ID of the user as a principal, and of programs with the user's token (docs/wire-contract.md#15-principals). */
const OWNER = "owner";

export interface EngineView extends Pick<EngineStatus, "id" | "name" | "sessions" | "cause" | "detail"> {
  /** Absent for an engine that is no longer in the settings. */
  readonly wire?: EngineStatus["wire"] | undefined;
  /** `removed`: it was used today, and is no longer in the settings. */
  readonly state: EngineStatus["state"] | "removed";
  readonly today: UsedView;
  readonly limits: readonly LimitView[];
  /** Those that have used most first. */
  readonly clients: readonly (UsedView & { readonly id: string; readonly name: string })[];
  /** Those that have used most first. */
  readonly usedSessions: readonly SessionUseView[];
}

export interface SessionUseView extends UsedView {
  /** Unique in its window. */
  readonly id: string;
  readonly windowId: string;
  /** Absent if the session has ended. */
  readonly name?: string | undefined;
}

export interface UsedView {
  readonly steps: number;
  /** With those that were read from a cache. */
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  /** Absent without prices in the settings. */
  readonly cost?: number | undefined;
  readonly currency?: string | undefined;
}

/** A daily limit, and how much of it is used. */
export interface LimitView {
  /** Absent for tokens. */
  readonly currency?: string | undefined;
  /** The client whose limit it is. Absent for that of all clients together. */
  readonly client?: string | undefined;
  readonly used: number;
  readonly limit: number;
}

type EngineUse = EngineUsage["engines"][number];

const unused: UsedView = { steps: 0, inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };

/**
 * Joins the engines of all windows with what they have used, in the order of the settings.
 * @param programs those that were let in
 */
export function engineViews(
  { windows, usage }: ModelsView,
  programs: readonly Pick<AccessClientView, "id" | "name">[],
): readonly EngineView[] {
  const names = new Map([[OWNER, l10n.t("Owner")], ...programs.map(({ id, name }) => [id, name] as const)]);
  const known = statusesOf(windows);
  const removed = usage?.engines.filter(({ engine, steps }) => steps > 0 && !known.has(engine)) ?? [];
  const engines = [
    ...known.values(),
    ...removed.map(({ engine }) => ({ id: engine, name: engine, state: "removed", sessions: 0 }) as const),
  ];
  return engines.map((engine) => ({ ...engine, ...useOf(engine.id, { usage, names, windows }) }));
}

/** Returns the status of each engine in the first window that has it; where it was not used, as another one has used it. */
function statusesOf(windows: readonly WindowEngines[]): ReadonlyMap<string, EngineStatus> {
  const statuses = new Map<string, EngineStatus>();
  for (const status of windows.flatMap(({ engines }) => engines)) {
    const first = statuses.get(status.id);
    const sessions = status.sessions + (first?.sessions ?? 0);
    const isNews = first?.state === "unknown" && status.state !== "off";
    statuses.set(status.id, { ...(first === undefined || isNews ? status : first), sessions });
  }
  return statuses;
}

interface Known {
  readonly usage: EngineUsage | undefined;
  /** Of clients, by their IDs. */
  readonly names: ReadonlyMap<string, string>;
  readonly windows: readonly WindowEngines[];
}

function useOf(
  id: string,
  { usage, names, windows }: Known,
): Pick<EngineView, "today" | "limits" | "clients" | "usedSessions"> {
  const today = usage?.engines.find(({ engine }) => engine === id);
  const clients = (usage?.principals ?? [])
    .filter(({ engine }) => engine === id)
    .map((use) => ({ ...usedView(use), id: use.principalId, name: names.get(use.principalId) ?? use.principalId }));
  const usedSessions = (usage?.sessions ?? [])
    .filter(({ engine }) => engine === id)
    .map(({ sessionId, windowId, ...use }) => {
      const window = windows.find((one) => one.windowId === windowId);
      const name = window?.sessions.find((session) => session.id === sessionId)?.name;
      return { ...usedView(use), id: sessionId, windowId, ...(name !== undefined && { name }) };
    });
  return {
    today: today === undefined ? unused : usedView(today),
    limits: today === undefined ? [] : limitsOf(today, clients),
    clients,
    usedSessions,
  };
}

function limitsOf(today: EngineUse, clients: EngineView["clients"]): readonly LimitView[] {
  const { maxDailyTokens, maxDailyCost, maxDailyTokensPerClient, cost = 0, currency = "" } = today;
  const limits: LimitView[] = [];
  if (maxDailyTokens !== undefined) limits.push({ used: tokensOf(today), limit: maxDailyTokens });
  if (maxDailyCost !== undefined) limits.push({ currency, used: cost, limit: maxDailyCost });
  if (maxDailyTokensPerClient === undefined) return limits;
  // The user is no client.
  const limited = clients.filter((client) => client.id !== OWNER);
  return [
    ...limits,
    ...limited.map((client) => ({ client: client.name, used: tokensOf(client), limit: maxDailyTokensPerClient })),
  ];
}

function tokensOf({ inputTokens, outputTokens }: UsedView): number {
  return inputTokens + outputTokens;
}

function usedView({ steps, inputTokens, cachedInputTokens, outputTokens, cost, currency }: UsedView): UsedView {
  return {
    steps,
    inputTokens,
    cachedInputTokens,
    outputTokens,
    ...(cost !== undefined && { cost }),
    ...(currency !== undefined && { currency }),
  };
}
