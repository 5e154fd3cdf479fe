import { type ClientRequest, type IncomingMessage, request as createRequest } from "node:http";
import type { Duplex } from "node:stream";
import type { Disposable } from "../../base/disposables.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { callerOf } from "../../server/guards/principals.ts";
import type { Answer } from "../../server/http/answers.ts";
import type { ReadBody } from "../../server/windows/readBody.ts";
import {
  type ForwardOptions,
  GET_TIMEOUT_MS,
  type OtherWindow,
  type WindowAnswer,
  type WindowCall,
} from "../../server/windows/windows.ts";
import { type ReportedState, ReportedWindow } from "../group/knownWindow.ts";
import type { StreamLink } from "../link/link.ts";
import { collectAnswer, timedOut } from "./collectAnswer.ts";
import { forwardedHeaders, forwardedPath, hasBody } from "./forwardedHead.ts";
import { forwardUpgrade } from "./forwardedUpgrade.ts";
import { LinkAgent } from "./linkAgent.ts";
import { passResponse } from "./passResponse.ts";
import { windowGone } from "./windowGone.ts";

/** Maximum number of requests in progress, below the maximum number of streams of a link. */
const MAX_IN_PROGRESS = 1000;

export interface StreamWindowDeps {
  readonly link: Pick<StreamLink, "openStream" | "onDidEnd">;
  readonly mirror: ReportedState;
}

/** Another window at the address, which receives HTTP requests over the streams of its link. */
export class StreamWindow extends ReportedWindow implements OtherWindow, Disposable {
  readonly #link: StreamWindowDeps["link"];
  readonly #agent: LinkAgent;
  readonly #ending: Disposable;
  #isGone = false;
  #inProgress = 0;

  constructor(deps: StreamWindowDeps) {
    super(deps.mirror);
    this.#link = deps.link;
    this.#agent = new LinkAgent(deps.link);
    this.#ending = deps.link.onDidEnd(() => this.dispose());
  }

  get isResponding(): boolean {
    return !this.#isGone;
  }

  async forward(request: IncomingMessage, response: Answer, options: ForwardOptions = {}): Promise<void> {
    const { method = "GET" } = request;
    const { body, timeoutMs = timeoutOf(method) } = options;
    const headers = forwardedHeaders(request.headers, callerOf(request), String(response.getHeader("X-Request-Id")));
    headers.push(...lengthOf(request, body));
    const outgoing = this.#begin(method, forwardedPath(request), headers);
    // The client has left, or has received everything.
    const leave = (): void => void outgoing.destroy();
    response.once("close", leave);
    try {
      sendBody(outgoing, request, body);
      const incoming = await this.#responseOf(outgoing, timeoutMs, response);
      if (incoming !== undefined) await passResponse(incoming, request, response);
    } finally {
      response.off("close", leave);
      this.#inProgress--;
    }
  }

  forwardUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#isGone) throw windowGone();
    forwardUpgrade(request, { socket, head }, () => this.#link.openStream());
  }

  async call({ method, path, caller, body, headers = {}, ...limits }: WindowCall): Promise<WindowAnswer> {
    const { timeoutMs = timeoutOf(method), signal, maxBytes } = limits;
    signal?.throwIfAborted();
    const text = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const all = text === undefined ? headers : { ...headers, "content-type": "application/json" };
    const sent = forwardedHeaders(all, caller);
    if (!isRead(method)) sent.push("content-length", String(text?.length ?? 0));
    const outgoing = this.#begin(method, path, sent);
    const abort = (): void => void outgoing.destroy();
    signal?.addEventListener("abort", abort, { once: true });
    try {
      outgoing.end(text);
      const incoming = await this.#responseOf(outgoing, timeoutMs);
      if (incoming === undefined) throw windowGone();
      return await collectAnswer(incoming, { maxBytes, timeoutMs });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#inProgress--;
    }
  }

  dispose(): void {
    this.#isGone = true;
    void this.#ending.dispose();
    this.#agent.destroy();
  }

  /** @throws BridgeError KIRO_UNAVAILABLE (`window-gone`), RATE_LIMIT_EXCEEDED */
  #begin(method: string, path: string, headers: readonly string[]): ClientRequest {
    if (this.#isGone) throw windowGone();
    if (this.#inProgress >= MAX_IN_PROGRESS)
      throw new BridgeError("RATE_LIMIT_EXCEEDED", "Too many requests to this window are in progress.", {
        limit: MAX_IN_PROGRESS,
      });
    this.#inProgress++;
    return createRequest({ agent: this.#agent, method, path, headers });
  }

  /**
   * Waits until the response begins.
   * @returns undefined if the client has left
   */
  #responseOf(
    outgoing: ClientRequest,
    timeoutMs: number | undefined,
    response?: Answer,
  ): Promise<IncomingMessage | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage | undefined>();
    const late = (): void => {
      reject(timedOut(timeoutMs ?? 0));
      outgoing.destroy();
    };
    const timer = timeoutMs === undefined ? undefined : setTimeout(late, timeoutMs);
    let hasBegun = false;
    outgoing.on("response", (incoming) => {
      hasBegun = true;
      clearTimeout(timer);
      resolve(incoming);
    });
    // Its `close` follows.
    outgoing.on("error", () => undefined);
    outgoing.on("close", () => {
      clearTimeout(timer);
      // An error is expensive to create, and every request ends here.
      if (hasBegun) return;
      if (response?.destroyed === true) resolve(undefined);
      else reject(windowGone());
    });
    return promise;
  }
}

function timeoutOf(method: string): number | undefined {
  return isRead(method) ? GET_TIMEOUT_MS : undefined;
}

function isRead(method: string): boolean {
  return method === "GET" || method === "HEAD";
}

function lengthOf(request: IncomingMessage, body: ReadBody | undefined): string[] {
  const { method = "GET", headers } = request;
  if (body !== undefined) return ["content-length", String(body.length)];
  if (!hasBody(request)) return isRead(method) ? [] : ["content-length", "0"];
  const length = headers["content-length"];
  return length === undefined ? ["transfer-encoding", "chunked"] : ["content-length", length];
}

/** Sends the body that was read, or else as it arrives. */
function sendBody(outgoing: ClientRequest, request: IncomingMessage, body: ReadBody | undefined): void {
  if (body !== undefined) outgoing.end(body.take(), () => body.release());
  else if (hasBody(request)) pipeBody(request, outgoing);
  else outgoing.end();
}

function pipeBody(request: IncomingMessage, outgoing: ClientRequest): void {
  request.pipe(outgoing);
  request.once("close", () => {
    if (!request.complete) outgoing.destroy();
  });
}
