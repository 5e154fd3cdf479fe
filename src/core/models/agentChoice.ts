import { within } from "../../base/deadline.ts";
import { BridgeError } from "../../protocol/errors.ts";
import type { CliStatus } from "../../protocol/status.ts";
import { invalid, quote } from "../../protocol/validate.ts";
import type { AgentSettings } from "./agentSettings.ts";
import { engineCommand, type EngineDirectory } from "./engineDirectory.ts";

/** The name of Kiro among the agents. */
export const KIRO = "kiro";

export interface AgentChoiceDeps {
  readonly engines: Pick<EngineDirectory, "list">;
  readonly settings: () => Pick<AgentSettings, "agents.default" | "agents.fallback">;
  readonly cliStatus: () => CliStatus;
  /** Searches the CLI. Never rejects. */
  readonly look: () => Promise<unknown>;
}

/** The agent of a prompt. */
export interface ChosenAgent {
  /** `kiro`, or the ID of an engine. */
  readonly agent: string;
  /** The command that sends the prompt. */
  readonly command: string;
}

/** Time in milliseconds after which a CLI that was missing is looked for again. */
const LOOK_AGAIN_MS = 30_000;
/** Timeout in milliseconds of a prompt that waits for the search. The search goes on. */
const LOOK_MS = 10_000;

/** Chooses the agents of prompts, before they are submitted. */
export class AgentChoice {
  readonly #deps: AgentChoiceDeps;
  #looking: Promise<unknown> | undefined;
  #lookedAt: number | undefined;

  constructor(deps: AgentChoiceDeps) {
    this.#deps = deps;
  }

  /**
   * Chooses the agent of a prompt. Another one than the wanted one only in place of a Kiro that is known to be unavailable, and
   * if the user has set one for that.
   * @param wanted `kiro`, the ID of an engine, or undefined for the default of the settings
   * @throws BridgeError VALIDATION_FAILED if there is no such agent, CONFIGURATION_ERROR if the setting names none
   */
  async choose(wanted: string | undefined): Promise<ChosenAgent> {
    const agent = this.#wanted(wanted);
    return chosen(agent === KIRO ? ((await this.inPlaceOfKiro()) ?? KIRO) : agent);
  }

  /** Chooses as `choose` does, by what is known of Kiro without looking for it. */
  chooseNow(wanted: string | undefined): ChosenAgent {
    const agent = this.#wanted(wanted);
    const isMissing = agent === KIRO && this.#deps.cliStatus().state === "unavailable";
    return chosen(isMissing ? (this.#fallback ?? KIRO) : agent);
  }

  /** Returns the engine that answers in place of Kiro now; undefined if Kiro itself answers, or fails. */
  async inPlaceOfKiro(): Promise<string | undefined> {
    const fallback = this.#fallback;
    return fallback !== undefined && (await this.#isKiroUnavailable()) ? fallback : undefined;
  }

  get #fallback(): string | undefined {
    const fallback = this.#deps.settings()["agents.fallback"];
    return fallback !== "" && this.#has(fallback) ? fallback : undefined;
  }

  #wanted(wanted: string | undefined): string {
    return wanted === undefined ? this.#default() : this.#known(wanted);
  }

  #default(): string {
    const agent = this.#deps.settings()["agents.default"];
    if (agent === KIRO || this.#has(agent)) return agent;
    throw new BridgeError(
      "CONFIGURATION_ERROR",
      `kiroBridge.agents.default is '${agent}', but there is no engine with this ID in kiroBridge.engines.`,
    );
  }

  #known(wanted: string): string {
    if (wanted === KIRO || this.#has(wanted)) return wanted;
    const expected = [KIRO, ...this.#deps.engines.list().map(({ id }) => id)].join(" | ");
    throw invalid("target", "invalid_value", expected, "string", `${quote(wanted)} is none of ${expected}`);
  }

  #has(id: string): boolean {
    return this.#deps.engines.list().some((engine) => engine.id === id);
  }

  /** Looks for the CLI if it was never looked for, or was missing some time ago: it may have been installed or repaired. */
  async #isKiroUnavailable(): Promise<boolean> {
    const { state } = this.#deps.cliStatus();
    const isOld = this.#lookedAt === undefined || performance.now() - this.#lookedAt >= LOOK_AGAIN_MS;
    if (state === "unknown" || (state === "unavailable" && isOld)) await within(this.#look(), LOOK_MS, undefined);
    return this.#deps.cliStatus().state === "unavailable";
  }

  /** Looks once for all that ask at the same time. */
  #look(): Promise<unknown> {
    this.#looking ??= this.#deps.look().finally(() => {
      this.#looking = undefined;
      this.#lookedAt = performance.now();
    });
    return this.#looking;
  }
}

/** Returns the agent behind a target: `kiro`, or the ID of an engine. */
export function agentOfTarget(target: string): string {
  return target === "cli" ? KIRO : target;
}

function chosen(agent: string): ChosenAgent {
  return { agent, command: agent === KIRO ? "kiro.cli.chat" : engineCommand(agent, "chat") };
}
