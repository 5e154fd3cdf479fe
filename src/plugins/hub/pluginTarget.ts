import { resultText } from "../../core/commands/resultText.ts";
import {
  assertCommandId,
  type CommandTarget,
  type CommandTask,
  type LaneKey,
  type TargetStatus,
  taskFieldsOf,
} from "../../core/commands/target.ts";
import type { KnownCommand, Outcome, RunContext } from "../../core/ports.ts";
import type { ExecuteRequest } from "../../protocol/executions.ts";
import { invalid, quote } from "../../protocol/validate.ts";
import { encodeValue, type Json } from "../../protocol/values.ts";
import { type DeclaredMethod, methodsOf } from "../manifest/declarations.ts";
import type { MethodAnswer, MethodCall } from "./callMethod.ts";
import type { PluginDirectory, PluginRecord } from "./pluginDirectory.ts";

export interface PluginTargetDeps {
  readonly directory: PluginDirectory;
  readonly callMethod: (call: MethodCall, context: RunContext) => Promise<MethodAnswer>;
  /** Checks parameters against the schemas of manifests, which may be slow on purpose. */
  readonly schemas: {
    problemOf(schema: Readonly<Record<string, unknown>>, value: unknown): Promise<string | undefined>;
  };
}

/** One call of a plugin's method. */
export interface PluginTask extends CommandTask {
  readonly plugin: string;
  readonly method: string;
  /** The parameters of the call. */
  readonly call: Json;
  readonly timeoutMs: number;
}

const COMMAND = /^plugin\.([a-z0-9][a-z0-9-]{0,63})\.(.+)$/s;
const PREFIX = "plugin.";
const READY: TargetStatus = { state: "ready" };
/** Of a method whose manifest does not say: calls at once, and milliseconds. */
const DEFAULT_CONCURRENCY = 16;
const DEFAULT_TIMEOUT_MS = 30_000;

/** The methods of plugins as commands `plugin.<name>.<method>`, of any window of the user. */
export class PluginTarget implements CommandTarget<PluginTask> {
  readonly id = "plugin";
  readonly isCancellable = true;
  /** Each method has its own, from the start of its call. */
  readonly defaultTimeoutMs = undefined;
  readonly onDidChangeCommands: PluginDirectory["onDidChange"];
  readonly #deps: PluginTargetDeps;

  constructor(deps: PluginTargetDeps) {
    this.#deps = deps;
    this.onDidChangeCommands = deps.directory.onDidChange;
  }

  get commands(): readonly KnownCommand[] {
    return this.#deps.directory.plugins().flatMap(commandsOf);
  }

  /**
   * Without a target, a command of an unknown plugin may be one of the editor; with it, the plugin may be a program that
   * has taken the name on the bus.
   */
  commandOf({ command, target }: ExecuteRequest): string | undefined {
    if (target !== this.id && !command.startsWith(PREFIX)) return undefined;
    const name = COMMAND.exec(command)?.[1];
    if (target === this.id) {
      if (name === undefined) throw invalid("command", "format", "plugin.<name>.<method>", "another text");
    } else if (name === undefined || this.#find(name) === undefined) return undefined;
    assertCommandId(command);
    return command;
  }

  /** @throws BridgeError VALIDATION_FAILED for more than one object of parameters */
  accepts(request: ExecuteRequest): PluginTask {
    const [, plugin = "", method = ""] = COMMAND.exec(request.command) ?? [];
    const timeoutMs = request.timeoutMs ?? this.#declared({ plugin, method })?.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    return { kind: "command", ...taskFieldsOf(request), plugin, method, call: callOf(request), timeoutMs };
  }

  laneOf(task: PluginTask): LaneKey {
    const { concurrency = DEFAULT_CONCURRENCY } = this.#declared(task) ?? {};
    return { name: `${task.plugin}.${task.method} ${concurrency}`, concurrency };
  }

  status(): TargetStatus {
    return READY;
  }

  async run(task: PluginTask, context: RunContext): Promise<Outcome> {
    const { plugin, method, call, timeoutMs } = task;
    await this.#check(task);
    const answer = await this.#deps.callMethod({ plugin, method, params: call, timeoutMs }, context);
    if (answer.kind !== "completed") return answer;
    const { value, truncated } = encodeValue(answer.result);
    return { kind: "completed", output: resultText(value), result: value, ...(truncated && { isTruncated: true }) };
  }

  async #check(task: PluginTask): Promise<void> {
    const schema = this.#declared(task)?.params;
    const problem = schema && (await this.#deps.schemas.problemOf(schema, task.call));
    if (problem === undefined) return;
    const message = `The value ${quote(problem)}`;
    throw invalid("params", "schema", "parameters that match the schema of the method", "others", message);
  }

  #find(name: string): PluginRecord | undefined {
    return this.#deps.directory.plugins().find((plugin) => plugin.name === name);
  }

  #declared({ plugin, method }: Pick<PluginTask, "plugin" | "method">): DeclaredMethod | undefined {
    const manifest = this.#find(plugin)?.manifest;
    return manifest && methodsOf(manifest).find(({ name }) => name === method);
  }
}

function commandsOf({ name, manifest }: PluginRecord): readonly KnownCommand[] {
  if (manifest === undefined) return [];
  return methodsOf(manifest).map((method) => ({
    id: `${PREFIX}${name}.${method.name}`,
    ...(method.description !== undefined && { title: method.description }),
    source: name,
  }));
}

/** `params` has the parameters as its only item; `args` are texts, which the method gets as `{args}`. */
function callOf({ args = [], params }: ExecuteRequest): Json {
  if (params === undefined) return args.length === 0 ? {} : { args };
  const [call = {}] = params;
  if (params.length > 1) throw invalid("params", "too_big", "one object with all parameters", "more");
  return call;
}
