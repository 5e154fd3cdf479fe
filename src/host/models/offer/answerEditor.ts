import type * as vscode from "vscode";
import type { Caller } from "../../../core/access/principal.ts";
import { inputTokensOf, tokensOf } from "../../../gateways/turns/answer/tokens.ts";
import type { Piece, Turns } from "../../../gateways/turns/turn.ts";
import { isBridgeError, messageOf } from "../../../protocol/errors.ts";
import type { OfferApi } from "../editorApi.ts";
import { type EditorRequest, messagesOf, turnOfEditor } from "./turnOfEditor.ts";

export interface AnswerEditorDeps {
  readonly api: OfferApi;
  readonly turns: Turns;
  /** The user of the editor. */
  readonly caller: Caller;
}

/**
 * Answers a request of the editor for one of the models that this extension offers.
 * @param signal aborted when the editor cancels the request, after which nothing is reported
 * @throws LanguageModelError, or an error with a sentence for the user
 */
export async function answerEditor(
  { api, turns, caller }: AnswerEditorDeps,
  request: EditorRequest,
  report: (part: vscode.LanguageModelResponsePart) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    const response = await turns.respond(turnOfEditor(request, caller, api, api.LanguageModelChatToolMode));
    let isWhole = false;
    try {
      for await (const piece of response.pieces(signal)) {
        for (const part of partsOf(piece, api)) report(part);
        isWhole = piece.type === "end";
      }
    } finally {
      if (isWhole) response.arrived();
      else response.leave();
    }
  } catch (error) {
    // The editor has left, and expects no error.
    if (!signal.aborted) throw editorError(error, api);
  }
}

/** Estimates the tokens of a text or a message. The agent tells none, and a model only those of a whole request. */
export function countTokens(text: string | vscode.LanguageModelChatRequestMessage, api: OfferApi): number {
  return typeof text === "string" ? tokensOf(text) : inputTokensOf(messagesOf([text], api), []);
}

/** @throws BridgeError for a turn that has failed */
function partsOf(piece: Piece, api: OfferApi): readonly vscode.LanguageModelResponsePart[] {
  switch (piece.type) {
    case "text":
      return [new api.LanguageModelTextPart(piece.text)];
    case "calls":
      return piece.calls.map(
        ({ id, name, arguments: text }) => new api.LanguageModelToolCallPart(id, name, inputOf(text)),
      );
    case "failed":
      throw piece.error;
    // There is no part for the tools that an agent runs on its own.
    case "activity":
    case "end":
      return [];
  }
}

/** Returns the arguments of a call, which the editor takes as an object only, and checks by the schema of the tool. */
function inputOf(text: string): object {
  try {
    return Object(JSON.parse(text));
  } catch {
    return { arguments: text };
  }
}

/** Returns an error as the editor knows it: with a code where it has one. */
function editorError(error: unknown, { LanguageModelError: errors }: OfferApi): Error {
  const message = messageOf(error);
  switch (isBridgeError(error) ? error.code : undefined) {
    case "NOT_FOUND":
      return errors.NotFound(message);
    case "ACCESS_DENIED":
      return errors.NoPermissions(message);
    case "RATE_LIMIT_EXCEEDED":
      return errors.Blocked(message);
    default:
      return error instanceof Error ? error : new Error(message);
  }
}
