import { Client, StreamableHTTPClientTransport, type Transport } from "@modelcontextprotocol/client";
import { RestartGuard, type RestartLimits } from "../../agents/restartGuard.ts";
import { abortable, within } from "../../base/deadline.ts";
import type { Disposable } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import type { Logger } from "../../base/logger.ts";
import type { ProcessGuard } from "../../core/childProcesses/orphanGuard.ts";
import type { McpServerSettings } from "../../core/models/agentSettings.ts";
import { messageOf } from "../../protocol/errors.ts";
import type { Json } from "../../protocol/values.ts";
import { hasCommand, type ServerAnswer, type ServerTool } from "../servers/toolServers.ts";
import { boundedFetch } from "./boundedFetch.ts";
import { answerOf } from "./serverAnswer.ts";
import { StdioTransport } from "./stdioTransport.ts";

/** Time in milliseconds to connect and to list the tools, and for a call, in addition to the timeout of its execution. */
const CONNECT_MS = 15_000;
const CALL_MS = 1_800_000;
/** Time in milliseconds for a connection to close. */
const CLOSE_MS = 3000;
const CLOSED: Error = new Error("the server has ended");

export interface McpServerDeps {
  /** The folder in which programs are started. */
  readonly cwd: string;
  readonly guard: ProcessGuard;
  readonly logger: Logger;
  readonly version: string;
  /** Default: 15 s. */
  readonly connectMs?: number;
  readonly restarts?: RestartLimits;
}

interface Connection {
  readonly client: Client;
  readonly transport: Transport;
  readonly ended: AbortController;
}

/** One MCP server of the user. It is connected when it is needed, and again after it has ended, with pauses if it fails. */
export class McpServer implements Disposable {
  readonly name: string;
  readonly #settings: McpServerSettings;
  readonly #deps: McpServerDeps;
  readonly #restarts: RestartGuard;
  readonly #changed = new Emitter<void>();
  readonly onDidChange = this.#changed.event;
  readonly #disposal = new AbortController();
  #connecting: Promise<Connection> | undefined;
  #tools: readonly ServerTool[] = [];

  constructor(name: string, settings: McpServerSettings, deps: McpServerDeps) {
    this.name = name;
    this.#settings = settings;
    this.#deps = deps;
    this.#restarts = new RestartGuard(deps.restarts);
  }

  /** Those of the connection, none without one. */
  get tools(): readonly ServerTool[] {
    return this.#tools;
  }

  /** Connects unless it is connected. @throws Error with the reason; the signal's reason */
  async connect(signal: AbortSignal): Promise<void> {
    await this.#connection(signal);
  }

  /** @throws Error with the reason; the signal's reason */
  async call(tool: string, args: { readonly [name: string]: Json }, signal: AbortSignal): Promise<ServerAnswer> {
    const { client, ended } = await this.#connection(signal);
    const any = AbortSignal.any([signal, ended.signal]);
    const request = client.callTool({ name: tool, arguments: { ...args } }, { signal: any, timeout: CALL_MS });
    const result = await abortable(request, any);
    this.#restarts.succeeded();
    return answerOf(result);
  }

  async dispose(): Promise<void> {
    this.#disposal.abort(new Error("the server was removed"));
    const connection = await this.#connecting?.catch(() => undefined);
    if (connection !== undefined) await close(connection);
    this.#changed.dispose();
  }

  /** The same connection for all callers, so that none of them ends it. */
  async #connection(signal: AbortSignal): Promise<Connection> {
    this.#connecting ??= this.#open().catch((error: unknown) => {
      this.#connecting = undefined;
      throw error;
    });
    return await abortable(this.#connecting, signal);
  }

  async #open(): Promise<Connection> {
    if (this.#restarts.isStopped)
      throw new Error(`it has failed ${this.#restarts.crashes} times in a row, and is not started for a minute`);
    const { connectMs = CONNECT_MS } = this.#deps;
    const late = AbortSignal.any([AbortSignal.timeout(connectMs), this.#disposal.signal]);
    await this.#restarts.permit(late);
    const connection = this.#create();
    try {
      await abortable(this.#start(connection, late), late);
      connection.ended.signal.throwIfAborted();
    } catch (error) {
      await this.#discard(connection, error);
      throw error;
    }
    connection.ended.signal.addEventListener("abort", () => this.#lose());
    return connection;
  }

  #create(): Connection {
    const client = new Client({ name: "kiro-bridge", title: "Kiro Bridge", version: this.#deps.version });
    const ended = new AbortController();
    Object.assign(client, { onclose: () => ended.abort(CLOSED) });
    return { client, transport: this.#transport(), ended };
  }

  async #start({ client, transport, ended }: Connection, late: AbortSignal): Promise<void> {
    await client.connect(transport, { timeout: CONNECT_MS, signal: late });
    client.setNotificationHandler("notifications/tools/list_changed", () => {
      const again = AbortSignal.any([ended.signal, AbortSignal.timeout(CONNECT_MS)]);
      this.#list(client, again).catch((error: unknown) => this.#warn("The tools of an MCP server are unknown", error));
    });
    await this.#list(client, late);
  }

  async #discard(connection: Connection, error: unknown): Promise<void> {
    const { transport } = connection;
    const stderr = transport instanceof StdioTransport ? await transport.stderrTail() : "";
    this.#warn("An MCP server cannot be used", error, stderr);
    this.#restarts.crashed(messageOf(error));
    this.#forgetTools();
    await close(connection);
  }

  #warn(what: string, error: unknown, stderr = ""): void {
    this.#deps.logger.warn(what, { server: this.name, error: messageOf(error), stderr: stderr.slice(-500) });
  }

  async #list(client: Client, signal: AbortSignal): Promise<void> {
    const { tools } = await abortable(client.listTools(undefined, { signal, timeout: CONNECT_MS }), signal);
    this.#tools = tools
      .map(({ name, title, description = "", inputSchema, annotations }) => ({
        server: this.name,
        name,
        title: title ?? annotations?.title,
        description,
        parameters: inputSchema,
        isReadOnly: annotations?.readOnlyHint === true,
      }))
      .filter(hasCommand);
    this.#changed.fire();
  }

  #lose(): void {
    this.#connecting = undefined;
    this.#forgetTools();
    if (!this.#disposal.signal.aborted) this.#restarts.crashed(CLOSED.message);
  }

  #forgetTools(): void {
    if (this.#tools.length === 0) return;
    this.#tools = [];
    this.#changed.fire();
  }

  #transport(): Transport {
    const settings = this.#settings;
    if ("url" in settings)
      return new StreamableHTTPClientTransport(new URL(settings.url), {
        fetch: boundedFetch,
        requestInit: { headers: { ...settings.headers } },
      });
    const { command, args, env, cwd = this.#deps.cwd } = settings;
    const { guard, logger } = this.#deps;
    return new StdioTransport({ command, args, env }, { cwd, guard, logger });
  }
}

/** Ends a connection, also one whose client has none yet. Never rejects. */
async function close({ client, transport }: Connection): Promise<void> {
  const closing = Promise.allSettled([client.close(), transport.close()]);
  await within(closing, CLOSE_MS, undefined);
}
