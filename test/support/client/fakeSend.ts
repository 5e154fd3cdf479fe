import assert from "node:assert/strict";
import { onAbort } from "../../../src/base/abort.ts";
import { KiroBridgeError, type KiroErrorFacts } from "../../../src/client/errors.ts";
import type { Send, WireRequest } from "../../../src/client/http/send.ts";
import { type ErrorCode, ERRORS } from "../../../src/protocol/errors.ts";

/** A request that has arrived at a fake bridge, which has not responded yet. */
export interface Arrival {
  readonly request: WireRequest;
  respond(body?: object): void;
  /** Responds with a body that is read later. */
  stream(body: ReadableStream<Uint8Array>): void;
  fail(error: unknown): void;
}

/** A sender whose responses are those of the test. It ends a request whose signal aborts, as fetch does. */
export class FakeSend {
  /** All requests, in the order of their arrival. */
  readonly requests: WireRequest[] = [];
  /** Those without a response. */
  readonly open: Arrival[] = [];
  maxOpen = 0;

  readonly send: Send = async (request) => {
    request.signal?.throwIfAborted();
    this.requests.push(request);
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const arrival: Arrival = {
      request,
      respond: (body = {}) => resolve(Response.json(body)),
      stream: (body) => resolve(new Response(body)),
      fail: reject,
    };
    this.open.push(arrival);
    this.maxOpen = Math.max(this.maxOpen, this.open.length);
    const listening = request.signal === undefined ? undefined : onAbort(request.signal, reject);
    try {
      return await promise;
    } finally {
      void listening?.dispose();
      this.open.splice(this.open.indexOf(arrival), 1);
    }
  };

  /** The oldest request without a response. */
  get next(): Arrival {
    const [arrival] = this.open;
    assert.ok(arrival, "no request has arrived");
    return arrival;
  }
}

/** A request of a command. */
export function commandRequest(command = "test.echo", more: Partial<WireRequest> = {}): WireRequest {
  return { method: "POST", path: "/api/kiro/execute", command, idempotencyKey: command, ...more };
}

/** An error as the bridge sends it. */
export function bridgeFailure(code: ErrorCode, facts: KiroErrorFacts = {}): KiroBridgeError {
  const { status, recoverable, text } = ERRORS[code];
  return new KiroBridgeError(code, text, { status, recoverable, ...facts });
}

export function networkFailure(): KiroBridgeError {
  return new KiroBridgeError("NETWORK_ERROR", "connect ECONNREFUSED", { recoverable: true });
}
