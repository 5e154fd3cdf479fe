import { NameIndex } from "../../core/commands/nearest.ts";
import { KIRO } from "../../core/models/agentChoice.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { quote } from "../../protocol/validate.ts";

const PREFIX = `${KIRO}/`;
const MAX_SUGGESTED = 3;

/** The time in milliseconds that a request waits for the list of models. */
const LIST_MS = 15_000;

/** Returns the models of the agent, none if it does not tell them. */
export type ReadModels = (signal: AbortSignal) => Promise<readonly { readonly id: string }[]>;

/** The user's own names of models. */
export type Aliases = Readonly<Record<string, string>>;

/** The models that the agent has. */
export interface AgentModels {
  /** Returns their IDs; empty if the agent does not say. Never rejects. */
  list(): Promise<readonly string[]>;
  /** Returns the names of other models, for suggestions. Never rejects. */
  others?(): Promise<readonly string[]>;
}

/** Resolves an alias; other names are returned as they are. */
export function aliased(name: string, aliases: Aliases): string {
  return Object.hasOwn(aliases, name) ? (aliases[name] ?? name) : name;
}

/** Returns true if a name is Kiro or one of its models. */
export function namesKiro(name: string, aliases: Aliases): boolean {
  const wanted = aliased(name, aliases);
  return wanted === KIRO || wanted.startsWith(PREFIX);
}

/** Reads the models of the agent within a bounded time. @param others see `AgentModels` */
export function agentModels(read: ReadModels, others: () => Promise<readonly string[]>): AgentModels {
  return {
    others,
    list: async () => {
      try {
        return (await read(AbortSignal.timeout(LIST_MS))).map(({ id }) => id);
      } catch {
        return []; // The agent itself decides then.
      }
    },
  };
}

/**
 * Returns the agent's own ID of a model, or undefined for its default.
 * @param name an alias, `kiro`, or `kiro/<model>`
 * @throws BridgeError NOT_FOUND with `vendorCode` and `{near}`
 */
export async function resolveModel(name: string, aliases: Aliases, models: AgentModels): Promise<string | undefined> {
  const wanted = aliased(name, aliases);
  if (wanted === KIRO) return undefined;
  const known = await models.list();
  const id = wanted.startsWith(PREFIX) ? wanted.slice(PREFIX.length) : undefined;
  // The agent itself refuses a model that it does not have.
  if (id !== undefined && id !== "" && (known.length === 0 || known.includes(id))) return id;
  const others = (await models.others?.()) ?? [];
  throw unknownModel(name, [KIRO, ...known.map((model) => PREFIX + model), ...others, ...Object.keys(aliases)]);
}

function unknownModel(name: string, names: readonly string[]): BridgeError {
  // A version after a point is no name of its own, as the last part of a command is.
  const byPlain = new Map(names.map((known) => [plain(known), known]));
  const near = new NameIndex([...byPlain.keys()]).nearest(plain(name), MAX_SUGGESTED);
  // The vendor's own ID, without the name of its engine.
  const same = names.filter((known) => known.endsWith(`/${name}`));
  const suggested = [...new Set([...same, ...near.map((found) => byPlain.get(found) ?? found), ...names])].slice(
    0,
    MAX_SUGGESTED,
  );
  return new BridgeError(
    "NOT_FOUND",
    `The model ${quote(name)} does not exist. Use ${suggested.join(", ")}, or add the name to the setting kiroBridge.gateways.modelAliases.`,
    { field: "model", vendorCode: "model_not_found", near: suggested },
  );
}

function plain(name: string): string {
  return name.replaceAll(".", "-");
}
