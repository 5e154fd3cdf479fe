import { startDeadline } from "../../base/deadline.ts";
import { owner } from "../../core/access/principal.ts";
import { BridgeError, messageOf } from "../../protocol/errors.ts";
import type { CliProgram, Transport, Turn } from "../agent.ts";
import { type KiroCliSettings, startersFor } from "./createKiroCli.ts";
import { findCli } from "./cli/findCli.ts";
import { type RecordedTurn, recordTurn } from "./recordTurn.ts";
import { disposeQuietly, type StartAgent } from "../startAgent.ts";

/** A prompt that needs no tool and contains no user data. */
const HARMLESS_PROMPT = "Reply with the single word: pong";
/** Timeout in milliseconds for a transport to start and respond. */
const PROBE_MS = 90_000;

interface TransportProbe {
  readonly transport: Transport;
  readonly works: boolean;
  readonly elapsedMs: number;
  /** The answer, or the reason of the failure. */
  readonly detail: string;
}

/** A report about the CLI of this machine, safe to attach to an issue. */
export interface Diagnosis {
  readonly when: string;
  readonly platform: string;
  readonly node: string;
  readonly state: string;
  readonly detail: string;
  readonly version?: string;
  readonly isSimulated?: boolean;
  readonly probes: readonly TransportProbe[];
  readonly recording?: RecordedTurn;
}

export interface DiagnosisOptions {
  readonly workspacePath: string;
  /** True if the user allows sending a harmless prompt. Otherwise the transports are only started and stopped. */
  readonly maySendPrompt: boolean;
  readonly onProgress?: (step: string) => void;
}

/**
 * Finds the CLI, gets its version, tries each transport and, with consent, records the raw bytes of one harmless turn.
 */
export async function diagnose(
  settings: KiroCliSettings,
  options: DiagnosisOptions,
  signal: AbortSignal,
): Promise<Diagnosis> {
  const { logger, guard } = settings;
  options.onProgress?.("Looking for Kiro CLI");
  const finding = await findCli({ ...settings.search, logger, guard }, signal);
  const { state, detail, version, program } = finding;
  const known = {
    when: new Date().toISOString(),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    state,
    detail,
    ...(version !== undefined && { version }),
    ...(program?.isSimulated === true && { isSimulated: true }),
  };
  if (program === undefined || state !== "ready") return { ...known, probes: [] };
  const probes = await probeAll(program, settings, options, signal);
  if (!options.maySendPrompt) return { ...known, probes };
  options.onProgress?.("Recording a test prompt");
  return {
    ...known,
    probes,
    recording: await recordTurn(program, HARMLESS_PROMPT, { cwd: options.workspacePath, logger, guard }, signal),
  };
}

async function probeAll(
  program: CliProgram,
  settings: KiroCliSettings,
  options: DiagnosisOptions,
  signal: AbortSignal,
): Promise<TransportProbe[]> {
  const starters = startersFor({ program }, settings);
  const probes: TransportProbe[] = [];
  for (const transport of ["acp", "oneshot", "pipe"] as const) {
    signal.throwIfAborted();
    options.onProgress?.(`Testing the ${transport} transport`);
    probes.push(await probe(transport, starters[transport], options, signal));
  }
  return probes;
}

async function probe(
  transport: Transport,
  start: StartAgent,
  { workspacePath, maySendPrompt }: DiagnosisOptions,
  signal: AbortSignal,
): Promise<TransportProbe> {
  const begin = performance.now();
  const tooLong = new AbortController();
  const deadline = startDeadline(PROBE_MS, () => {
    tooLong.abort(new BridgeError("OPERATION_TIMEOUT", `It did not respond within ${PROBE_MS / 1000} s.`));
  });
  const limit = AbortSignal.any([signal, tooLong.signal]);
  const result = (works: boolean, detail: string): TransportProbe => ({
    transport,
    works,
    elapsedMs: Math.round(performance.now() - begin),
    detail,
  });
  try {
    const { agent } = await start({ workspacePath }, limit);
    try {
      if (!maySendPrompt) return result(true, "It starts. No prompt was sent.");
      return result(true, `It answered: ${await answerOf(agent, limit)}`);
    } finally {
      await disposeQuietly(agent);
    }
  } catch (error) {
    return result(false, messageOf(error));
  } finally {
    await deadline.dispose();
  }
}

async function answerOf(agent: Awaited<ReturnType<StartAgent>>["agent"], signal: AbortSignal): Promise<string> {
  let text = "";
  const turn: Turn = {
    executionId: "",
    principalId: owner.id,
    began: () => undefined,
    output: (piece, stream) => {
      if (stream !== "stderr" && text.length < 200) text += piece;
    },
    retract: (length) => {
      text = text.slice(0, -length);
    },
    toolCall: () => undefined,
    step: () => undefined,
    compacted: () => undefined,
    park: () => undefined,
    ask: async ({ safeAnswer }) => safeAnswer,
  };
  await agent.prompt(HARMLESS_PROMPT, turn, signal);
  return text.trim();
}
