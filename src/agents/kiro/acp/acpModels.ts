import { BridgeError } from "../../../protocol/errors.ts";
import { quote } from "../../../protocol/validate.ts";
import type { AgentModel } from "../../startAgent.ts";
import type { AcpPeer } from "./acpPeer.ts";
import { RpcError, rpcCodes } from "./rpc.ts";

const SELECT_MS = 10_000;
/** Maximum length of the list of models in an error, in characters. */
const MAX_SHOWN = 1000;

/** The models of a session, and the one that it uses. */
export class AcpModels {
  readonly #peer: AcpPeer;
  #all: readonly AgentModel[] = [];
  #current: string | undefined;

  constructor(peer: AcpPeer) {
    this.#peer = peer;
  }

  get all(): readonly AgentModel[] {
    return this.#all;
  }

  /** Takes what the CLI says when a session begins. */
  begin(all: readonly AgentModel[], current: string | undefined): void {
    this.#all = all;
    this.#current = current;
  }

  /** @throws BridgeError NOT_FOUND for an unknown model, or with the CLI's own reason; the signal's reason */
  async select(model: string, sessionId: string, signal: AbortSignal): Promise<void> {
    if (model === this.#current) return;
    if (this.#all.length > 0 && !this.#all.some(({ id }) => id === model)) {
      throw unknownModel(
        model,
        `it has ${this.#all
          .map(({ id }) => id)
          .join(", ")
          .slice(0, MAX_SHOWN)}`,
      );
    }
    try {
      await this.#ask(model, sessionId, signal);
    } catch (error) {
      throw error instanceof RpcError ? unknownModel(model, error.message) : error;
    }
    this.#current = model;
  }

  /** Engine v3 has an option in place of the method. */
  async #ask(modelId: string, sessionId: string, signal: AbortSignal): Promise<void> {
    const call = { timeoutMs: SELECT_MS, signal };
    try {
      await this.#peer.request("session/set_model", { sessionId, modelId }, call);
    } catch (error) {
      if (!(error instanceof RpcError) || error.code !== rpcCodes.methodNotFound) throw error;
      await this.#peer.request("session/set_config_option", { sessionId, configId: "model", value: modelId }, call);
    }
  }
}

function unknownModel(model: string, why: string): BridgeError {
  return new BridgeError("NOT_FOUND", `Kiro CLI does not use the model ${quote(model)}: ${why}.`, {
    field: "model",
    vendorCode: "model_not_found",
  });
}
