import { acpStarter, type StartLimits } from "./acp/startAcp.ts";
import type { CliTransport, TurnLimits } from "../agent.ts";
import { type CliFlagOptions, cliFlags } from "./cli/cliFlags.ts";
import { errorOf, findCli, type FindOptions } from "./cli/findCli.ts";
import { KiroCli, type KiroCliOptions } from "./kiroCli.ts";
import { oneShotStarter } from "./oneShot/oneShotAgent.ts";
import type { PipeOptions } from "./pipe/pipeAgent.ts";
import { pipeStarter } from "./pipe/startPipe.ts";
import type { FoundCli, StartAgent } from "../startAgent.ts";

export interface KiroCliSettings extends Omit<KiroCliOptions, "find" | "starters"> {
  readonly search: Omit<FindOptions, "logger" | "guard">;
  readonly flags: CliFlagOptions;
  readonly turnLimits: TurnLimits;
  /** Version of this extension, sent to the CLI. */
  readonly clientVersion: string;
  readonly startLimits?: StartLimits;
  /** See `AcpOptions.settleMs`. Default: 100 ms. */
  readonly settleMs?: number;
  /** The dialect of the text pipe. */
  readonly pipe?: Pick<PipeOptions, "reader" | "readiness">;
}

/** Creates Kiro CLI with its three transports. Nothing is searched or started before `look` or the first prompt. */
export function createKiroCli(settings: KiroCliSettings): KiroCli {
  const { search, logger, guard } = settings;
  return new KiroCli({
    ...settings,
    find: async (signal) => {
      const finding = await findCli({ ...search, logger, guard }, signal);
      const error = errorOf(finding);
      if (error !== undefined) throw error;
      if (finding.state !== "ready") throw new TypeError("a finding without an error is ready");
      return finding;
    },
    starters: (found) => startersFor(found, settings),
  });
}

/** Creates the starters of the three transports; also for a diagnosis, which tries all of them. */
export function startersFor(
  { program }: FoundCli,
  settings: Pick<
    KiroCliSettings,
    "flags" | "turnLimits" | "clientVersion" | "startLimits" | "settleMs" | "pipe" | "logger" | "guard"
  >,
): Readonly<Record<CliTransport, StartAgent>> {
  const { turnLimits, clientVersion, startLimits, settleMs, pipe, logger, guard } = settings;
  const common = { program, flags: cliFlags(settings.flags), turnLimits, logger, guard };
  const { agent: kiroAgent } = settings.flags;
  return {
    acp: acpStarter({
      ...common,
      clientVersion,
      ...(startLimits !== undefined && { startLimits }),
      ...(settleMs !== undefined && { settleMs }),
      ...(kiroAgent !== undefined && kiroAgent !== "" && { kiroAgent }),
    }),
    oneshot: oneShotStarter(common),
    pipe: pipeStarter({ ...common, ...pipe }),
  };
}
