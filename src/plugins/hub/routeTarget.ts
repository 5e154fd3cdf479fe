import * as z from "zod";
import type { Principal } from "../../core/access/principal.ts";
import {
  type CommandTarget,
  type CommandTask,
  type LaneKey,
  type TargetStatus,
  taskFieldsOf,
} from "../../core/commands/target.ts";
import type { KnownCommand, Outcome, RunContext } from "../../core/ports.ts";
import { BridgeError } from "../../protocol/errors.ts";
import type { ExecuteRequest } from "../../protocol/executions.ts";
import { type RouteRequest, routeRequestSchema } from "../../protocol/plugins/routing.ts";
import { invalid, validate } from "../../protocol/validate.ts";
import { encodeValue } from "../../protocol/values.ts";
import type { PluginDirectory } from "./pluginDirectory.ts";

export interface RouteTargetDeps {
  readonly directory: PluginDirectory;
  /** @param timeoutMs of the request, if it has one */
  run(request: RouteRequest, context: RunContext, timeoutMs: number | undefined): Promise<Outcome>;
}

interface RouteTask extends CommandTask {
  readonly request: RouteRequest;
  readonly timeoutMs: number | undefined;
}

const COMMAND = "plugin.route";
const optionsSchema = z.record(z.string(), z.unknown());
const READY: TargetStatus = { state: "ready" };
const LANE: LaneKey = { name: "route", concurrency: 16 };
const command = { id: COMMAND, title: "Route a Request to a Plugin", source: "kiro-bridge" };

/**
 * Requests for the plugin that fits best: `{"command": "<text>", "target": "route"}`, whose `params[0]` may have `files`,
 * `subtasks` and `from`; or the command `plugin.route` with everything in `params[0]`.
 */
export class RouteTarget implements CommandTarget<RouteTask> {
  readonly id = "route";
  readonly onDidChangeCommands: PluginDirectory["onDidChange"];
  readonly isCancellable = true;
  /** Each attempt has its own. */
  readonly defaultTimeoutMs = undefined;
  readonly #deps: RouteTargetDeps;

  constructor(deps: RouteTargetDeps) {
    this.#deps = deps;
    this.onDidChangeCommands = deps.directory.onDidChange;
  }

  /** Offered as soon as there is a plugin. */
  get commands(): readonly KnownCommand[] {
    return this.#deps.directory.plugins().length === 0 ? [] : [command];
  }

  commandOf(request: ExecuteRequest): string | undefined {
    return request.target === this.id || request.command === COMMAND ? COMMAND : undefined;
  }

  accepts(given: ExecuteRequest, principal: Principal): RouteTask {
    const request = senderChecked(requestOf(given), principal);
    const params = [encodeValue(request).value];
    const { workspacePath } = taskFieldsOf(given);
    const place = workspacePath === undefined ? {} : { workspacePath };
    return { kind: "command", command: COMMAND, args: [], params, ...place, request, timeoutMs: given.timeoutMs };
  }

  laneOf(): LaneKey {
    return LANE;
  }

  status(): TargetStatus {
    return READY;
  }

  run({ request, timeoutMs }: RouteTask, context: RunContext): Promise<Outcome> {
    return this.#deps.run(request, context, timeoutMs);
  }
}

function requestOf({ command: text, args = [], params = [] }: ExecuteRequest): RouteRequest {
  const [options = {}] = params;
  if (args.length > 0 || params.length > 1) throw invalid("params", "too_big", "one object with all options", "more");
  const more = validate(optionsSchema, options);
  return validate(routeRequestSchema, text === COMMAND ? more : { ...more, text });
}

/**
 * Fills in the plugin that routes a request.
 * @throws BridgeError ACCESS_DENIED for a plugin that names another one
 */
export function senderChecked(request: RouteRequest, { kind, name }: Pick<Principal, "kind" | "name">): RouteRequest {
  if (kind !== "plugin") return request;
  if (request.from === undefined || request.from === name) return { ...request, from: name };
  throw new BridgeError("ACCESS_DENIED", `The plugin '${name}' cannot route in the name of another one.`, {
    rule: "from",
  });
}
