import { within } from "../../../base/deadline.ts";
import type { Logger } from "../../../base/logger.ts";
import type { LentTools } from "../../../core/commands/turnInput.ts";
import { BridgeError, isBridgeError } from "../../../protocol/errors.ts";
import { unavailable } from "../../../protocol/unavailable.ts";
import type { CliProgram, TurnLimits } from "../../agent.ts";
import type { Json } from "../../../protocol/values.ts";
import type { ProcessGuard } from "../../../core/childProcesses/orphanGuard.ts";
import { startKiroProcess } from "../process/kiroProcess.ts";
import { AcpUnusable, type AgentRequest, type StartAgent, type StartedAgent } from "../../startAgent.ts";
import { type AcpAbilities, AcpAgent } from "./acpAgent.ts";
import { AcpPeer, PeerEnded } from "./acpPeer.ts";
import type { LineLimits } from "./ndjson.ts";
import type { RpcCall } from "./connection.ts";
import { RpcTimeout } from "./rpc.ts";
import { initializeError, startError } from "./startErrors.ts";
import { initializeResultSchema, loadSessionResultSchema, newSessionResultSchema, PROTOCOL_VERSION } from "./wire.ts";

/** Timeouts of the CLI in milliseconds (docs/kiro-cli.md#44-known-bugs). */
export interface StartLimits {
  readonly initializeMs: number;
  /** Long, because the CLI starts MCP servers (Kiro#11068). */
  readonly newSessionMs: number;
  /** Bounded, because `session/load` never returns in some versions (Kiro#6753). */
  readonly loadSessionMs: number;
}

/**
 * Timeout in milliseconds for the exit of a CLI that no longer reads: slightly longer than reading its last output
 * takes.
 */
const EXIT_WAIT_MS = 3000;

const defaultStartLimits: StartLimits = { initializeMs: 20_000, newSessionMs: 60_000, loadSessionMs: 15_000 };

export interface AcpOptions {
  readonly program: CliProgram;
  /** Flags after `acp`: trust, agent, model. */
  readonly flags: readonly string[];
  /** The Kiro agent requested by a flag. The CLI uses another one if it does not exist. */
  readonly kiroAgent?: string;
  /** Version of this extension, sent to the CLI. */
  readonly clientVersion: string;
  readonly turnLimits: TurnLimits;
  readonly startLimits?: StartLimits;
  /** Quiet time in milliseconds between a turn and the next prompt, during which late updates may arrive. */
  readonly settleMs?: number;
  readonly lineLimits?: LineLimits;
  readonly guard?: ProcessGuard | undefined;
  readonly logger: Logger;
}

/** Creates the function that starts `kiro-cli acp`: it initializes the connection, then loads or creates a session. */
export function acpStarter(options: AcpOptions): StartAgent {
  return async (request, signal) => {
    const { resumeId } = request;
    const resumed = resumeId === undefined ? undefined : await resume(options, request, resumeId, signal);
    return resumed ?? (await start(options, request, signal, newSession));
  };
}

type OpenSession = (start: Start) => Promise<{ readonly sessionId: string; readonly isResumed: boolean }>;

/** The MCP servers of a session, over HTTP. */
type McpServers = {
  readonly type: "http";
  readonly name: string;
  readonly url: string;
  readonly headers: { readonly name: string; readonly value: string }[];
}[];

interface Start {
  readonly options: AcpOptions;
  readonly request: AgentRequest;
  readonly peer: AcpPeer;
  readonly agent: AcpAgent;
  readonly canLoad: boolean;
  readonly mcpServers: McpServers;
  readonly signal: AbortSignal;
}

/**
 * Returns undefined if the CLI hung or exited while loading the session (Kiro#6753, roundhouse#149). The caller then
 * starts another process.
 */
async function resume(
  options: AcpOptions,
  request: AgentRequest,
  resumeId: string,
  signal: AbortSignal,
): Promise<StartedAgent | undefined> {
  try {
    return await start(options, request, signal, (start) => loadOrNewSession(start, resumeId));
  } catch (error) {
    if (!(error instanceof LoadFailed)) throw error;
    options.logger.warn("The previous session could not be loaded; starting a new one", { error: error.message });
    return undefined;
  }
}

async function start(
  options: AcpOptions,
  request: AgentRequest,
  signal: AbortSignal,
  open: OpenSession,
): Promise<StartedAgent> {
  signal.throwIfAborted();
  const { program, flags, logger, guard } = options;
  const process = await startKiroProcess(program, ["acp", ...flags], { cwd: request.workspacePath, logger, guard });
  const peer = new AcpPeer(process, logger, options.lineLimits);
  const agent = new AcpAgent(peer, { limits: options.turnLimits, settleMs: options.settleMs ?? 100, logger });
  try {
    signal.throwIfAborted();
    const { canLoad, ...abilities } = await initialize(options, peer, signal);
    agent.speaksAs(abilities);
    const mcpServers = abilities.takesTools ? serversOf(request.tools) : [];
    const { sessionId, isResumed } = await open({ options, request, peer, agent, canLoad, mcpServers, signal });
    agent.speakIn(sessionId);
    return { agent, resumeId: sessionId, isResumed, models: agent.models.all };
  } catch (error) {
    peer.kill(unavailable("cli-ended", "The start was cancelled."));
    await peer.exited;
    throw signal.aborted || error instanceof LoadFailed ? error : startError(error);
  }
}

/** Returns what the CLI can do; `canLoad`: load sessions. */
async function initialize(
  { clientVersion, startLimits, logger }: AcpOptions,
  peer: AcpPeer,
  signal: AbortSignal,
): Promise<AcpAbilities & { readonly canLoad: boolean }> {
  const { initializeMs } = startLimits ?? defaultStartLimits;
  const call = { timeoutMs: initializeMs, signal };
  const answer = await ask(peer, "initialize", initializeParams(clientVersion), call).catch((error: unknown) => {
    throw signal.aborted ? error : initializeError(error);
  });
  const result = initializeResultSchema.safeParse(answer).data;
  if (result === undefined) throw new AcpUnusable("its response to initialize is not valid");
  const { protocolVersion, agentInfo, agentCapabilities } = result;
  if (protocolVersion !== PROTOCOL_VERSION)
    throw new AcpUnusable(`it uses version ${protocolVersion}, and the bridge supports version 1`);
  logger.info("Kiro CLI supports ACP", { agent: agentInfo?.name, version: agentInfo?.version });
  const { loadSession, promptCapabilities, mcpCapabilities } = agentCapabilities;
  return { canLoad: loadSession, takesImages: promptCapabilities.image, takesTools: mcpCapabilities.http };
}

function serversOf(tools: LentTools | undefined): McpServers {
  if (tools === undefined) return [];
  const { serverName: name, url } = tools;
  const headers = Object.entries(tools.headers).map(([header, value]) => ({ name: header, value }));
  return [{ type: "http", name, url, headers }];
}

/** Calls a method. If writing fails because the CLI has already exited, the exit is reported as the cause. */
async function ask(peer: AcpPeer, method: string, params: Json, call: RpcCall): Promise<unknown> {
  try {
    return await peer.request(method, params, call);
  } catch (error) {
    if (!isBridgeError(error) || error.context?.["reason"] !== "not_running") throw error;
    const exit = await within(peer.exited, EXIT_WAIT_MS, undefined);
    throw exit === undefined ? error : new PeerEnded(exit);
  }
}

/**
 * Offers no file or terminal access: Kiro does not use it (docs/kiro-cli.md#42-kiro-cli-acp), and it could be abused.
 */
function initializeParams(version: string) {
  return {
    protocolVersion: PROTOCOL_VERSION,
    clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
    clientInfo: { name: "kiro-bridge", title: "Kiro Bridge", version },
  };
}

const newSession: OpenSession = async ({ options, request, peer, agent, mcpServers, signal }) => {
  const { newSessionMs } = options.startLimits ?? defaultStartLimits;
  const params = { cwd: request.workspacePath, mcpServers };
  const answer = await ask(peer, "session/new", params, { timeoutMs: newSessionMs, signal });
  const { sessionId, modes, models } = newSessionResultSchema.parse(answer);
  agent.models.begin(models.all, models.current);
  assertAgent(options, agent, modes?.currentModeId);
  return { sessionId, isResumed: false };
};

/**
 * Loads a session, or creates one in the same process if the CLI rejects it: it is unknown, or locked after a kill
 * (docs/kiro-cli.md#m21).
 */
async function loadOrNewSession(start: Start, sessionId: string): ReturnType<OpenSession> {
  const { options, request, peer, agent, canLoad, mcpServers, signal } = start;
  if (!canLoad) return await newSession(start);
  const { loadSessionMs } = options.startLimits ?? defaultStartLimits;
  const params = { sessionId, cwd: request.workspacePath, mcpServers };
  try {
    const answer = await ask(peer, "session/load", params, { timeoutMs: loadSessionMs, signal });
    const { modes, models } = loadSessionResultSchema.parse(answer ?? {});
    agent.models.begin(models.all, models.current);
    assertAgent(options, agent, modes?.currentModeId);
    return { sessionId, isResumed: true };
  } catch (error) {
    if (signal.aborted || isBridgeError(error)) throw error;
    if (error instanceof RpcTimeout || error instanceof PeerEnded) throw new LoadFailed(error.message);
    options.logger.info("Kiro CLI rejected the previous session; starting a new one", {
      error: error instanceof Error ? error.name : "",
    });
    return await newSession(start);
  }
}

/**
 * Rejects the default agent as a replacement of an unknown one, because it may use all tools (docs/kiro-cli.md#m28).
 */
function assertAgent({ kiroAgent }: AcpOptions, { missingAgent }: AcpAgent, currentMode: string | undefined): void {
  if (missingAgent !== undefined) throw wrongAgent(missingAgent, currentMode ?? "its default agent");
  if (kiroAgent === undefined || currentMode === undefined || currentMode === kiroAgent) return;
  throw wrongAgent(kiroAgent, currentMode);
}

function wrongAgent(asked: string, took: string): BridgeError {
  return new BridgeError(
    "CONFIGURATION_ERROR",
    `Kiro CLI started the agent '${took}' instead of '${asked}'. Check kiroBridge.cli.agent.`,
  );
}

class LoadFailed extends Error {}
