import assert from "node:assert/strict";
import { createAnthropic } from "../../../../../src/agents/models/anthropic/createAnthropic.ts";
import type { ModelWire } from "../../../../../src/agents/models/wire.ts";
import { ModelFailure, type ModelFailureKind } from "../../../../../src/core/models/modelFailure.ts";
import type { StepRequest } from "../../../../../src/core/models/step.ts";
import type { ModelServer } from "../../../../support/models/modelServer.ts";
import { collected, NO_ABORT, stepRequest, wireOptions } from "../../../../support/models/wireOptions.ts";

/** The wire of Anthropic against a server, for tests of bad input. */
export class AnthropicRig {
  readonly #server: ModelServer;

  constructor(server: ModelServer) {
    this.#server = server;
  }

  /** @param silenceMs the longest time without a sign of the server */
  wire(silenceMs = 60_000, ...keys: string[]): ModelWire {
    const options = wireOptions({ wire: "anthropic", baseUrl: this.#server.url }, ...keys);
    const { settings } = options;
    const limits = { ...settings.limits, inactivityTimeoutMs: silenceMs };
    return createAnthropic({ ...options, settings: { ...settings, limits } });
  }

  async step(fields: Partial<StepRequest> = {}, of = this.wire()) {
    return await collected(of.stream(stepRequest(fields), NO_ABORT));
  }

  /** Expects a step to fail. */
  async fails(kind: ModelFailureKind, message: RegExp, of = this.wire()): Promise<ModelFailure> {
    const error = await this.step({}, of).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof ModelFailure, String(error));
    assert.equal(error.kind, kind, error.message);
    assert.match(error.message, message);
    return error;
  }

  /** Waits until the wire has closed the connection of a request. */
  async closed(index: number): Promise<void> {
    const { closed } = await this.#server.request(index);
    if (!closed.aborted) await new Promise((resolve) => closed.addEventListener("abort", resolve, { once: true }));
  }
}
