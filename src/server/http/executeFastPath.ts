import type { IncomingMessage, RequestListener } from "node:http";
import type { Express } from "express";
import { EXECUTE_PATH } from "./answers.ts";
import type { ErrorHandler } from "./errorHandler.ts";
import type { Gate } from "./gate.ts";
import type { Executor } from "../routes/execute.ts";

export interface ExecuteFastPathDeps {
  readonly app: Express;
  readonly gate: Gate;
  /** Counts a request against the client's limit. @throws BridgeError RATE_LIMIT_EXCEEDED */
  readonly admit: (request: IncomingMessage) => void;
  readonly execute: Executor;
  readonly errorHandler: ErrorHandler;
}

/**
 * Handles executes without Express, whose overhead equals that of a small command: with the same gate, handler and
 * error handler. Other requests, including other spellings of the path, go to the app.
 */
export function executeFastPath({ app, gate, admit, execute, errorHandler }: ExecuteFastPathDeps): RequestListener {
  return (request, response) => {
    if (request.url !== EXECUTE_PATH || request.method !== "POST") {
      app(request, response);
      return;
    }
    const asked = Object.assign(request, { app });
    const answer = Object.assign(response, { app });
    const fail = (thrown: unknown): void => errorHandler(thrown, asked, answer);
    try {
      const proceed = (): void => {
        admit(asked);
        execute(asked, answer).catch(fail);
      };
      gate(asked, answer, proceed, fail);
    } catch (thrown) {
      fail(thrown);
    }
  };
}
