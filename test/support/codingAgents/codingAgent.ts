import type { GatewayId } from "../../../src/protocol/clients.ts";

/** The address of a gateway, as a coding agent is told it. */
export interface GatewayAddress {
  /** Without a trailing slash and without `/v1`. */
  readonly url: string;
  readonly token: string;
}

/** The files below its home folder and the environment variables by which an agent finds the gateway. */
export interface AgentSetup {
  readonly files: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
}

/** A coding agent from npm, as it runs without a person: one prompt, then it exits. */
export interface CodingAgent {
  readonly name: string;
  /** Its ID in `src/clientSetups`, by which scripts/clients/clientResults.mjs finds its tests. */
  readonly client: string;
  readonly package: string;
  readonly version: string;
  /** The path of the gateway that it calls. */
  readonly path: "/v1/chat/completions" | "/v1/responses" | "/v1/messages";
  readonly gateway: GatewayId;
  /** Path below `node_modules` of what is started; a `.js` file runs in Node. */
  program(): string;
  setup(address: GatewayAddress): AgentSetup;
  /** Arguments for the first prompt. */
  ask(prompt: string): readonly string[];
  /** Arguments for a further prompt in the same conversation. */
  goOn(prompt: string): readonly string[];
  /** Its own tool for shell commands, and the arguments that run one. */
  readonly shell: { readonly tool: string; call(command: string): object };
}

/** The model that the agents ask for. */
export const MODEL = "kiro";
