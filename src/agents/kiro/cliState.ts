import { type BridgeError, isBridgeError } from "../../protocol/errors.ts";
import { causeOf } from "../../protocol/unavailable.ts";
import { type CliStatus, cliStatusSchema } from "../../protocol/status.ts";
import type { FoundCli } from "../startAgent.ts";
import type { TransportInUse } from "./transports.ts";
import { ToldStatus } from "../toldStatus.ts";

/** The facts behind a status, all in memory. */
export interface CliFacts {
  readonly isTrusted: boolean;
  readonly sessions: number;
  readonly transport: TransportInUse;
}

/** The state of the CLI: found or not, running or not, and why. Emits an event on each change. */
export class CliState {
  readonly #told = new ToldStatus<CliStatus>(() => this.current());
  readonly #facts: () => CliFacts;
  #found: FoundCli | undefined;
  #failure: BridgeError | undefined;

  constructor(facts: () => CliFacts) {
    this.#facts = facts;
  }

  readonly onDidChange = this.#told.onDidChange;

  get isSimulated(): boolean {
    return this.#found?.program.isSimulated === true;
  }

  found(cli: FoundCli): void {
    this.#found = cli;
    this.#failure = undefined;
    this.tell();
  }

  /** Records a successful start. */
  works(): void {
    this.#failure = undefined;
    this.tell();
  }

  /** Records a failed start. Failures that do not concern the CLI (a missing folder, a timeout, a bridge that stops) are ignored. */
  failed(error: unknown): void {
    if (isBridgeError(error) && causeOf(error)?.startsWith("cli-") === true) this.#failure = error;
    this.tell();
  }

  /** Returns the status from memory. */
  current(): CliStatus {
    const { isTrusted, sessions, transport } = this.#facts();
    const base = { sessions, ...this.#foundFacts() };
    if (!isTrusted) return { ...base, state: "off", detail: "The workspace is not trusted." };
    if (this.#failure !== undefined) return { ...base, state: "unavailable", ...reasonOf(this.#failure) };
    if (this.#found === undefined)
      return { ...base, state: "unknown", detail: "Kiro CLI has not been searched for yet." };
    return { ...base, state: "ready", detail: transport.why, ...transportOf(transport) };
  }

  /** Notifies listeners if the status has changed. */
  tell(): void {
    this.#told.tell();
  }

  dispose(): void {
    this.#told.dispose();
  }

  #foundFacts(): Partial<CliStatus> {
    const version = this.#found?.version;
    return { ...(version !== undefined && { version }), ...(this.isSimulated && { simulated: true }) };
  }
}

function transportOf({ transport }: TransportInUse): Partial<CliStatus> {
  return transport === undefined ? {} : { transport };
}

function reasonOf(failure: BridgeError): Partial<CliStatus> {
  const reason = cliStatusSchema.shape.reason.safeParse(failure.context?.["reason"]).data;
  const cause = causeOf(failure);
  return { detail: failure.message, ...(reason && { reason }), ...(cause && { cause }) };
}
