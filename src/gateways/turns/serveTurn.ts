import { abortable } from "../../base/deadline.ts";
import type { Clock } from "../../base/clock.ts";
import { DisposableStore } from "../../base/disposables.ts";
import { ownTurn } from "../../base/ownTurn.ts";
import { accessEnded } from "../../core/access/scopes.ts";
import { BridgeError, type ErrorCode, isBridgeError } from "../../protocol/errors.ts";
import type { ClientRegistry } from "../../server/clients.ts";
import { type Answer, JSON_TYPE, sendText } from "../../server/http/answers.ts";
import { SMALL_ANSWER } from "../../server/limits/unsentAnswers.ts";
import { EventStream, sent } from "./eventStream.ts";
import type { Exchange, ServeTurn } from "./renderer.ts";
import { ResponseClient } from "./responseClient.ts";
import type { Piece, TurnResponse, Turns } from "./turn.ts";

/** Time in milliseconds after which a stream starts although the turn may still fail with a status. */
const HEAD_MS = 5000;
/** Clients and proxies give up connections that are silent for a minute and more. */
const KEEP_ALIVE_MS = 10_000;
const KEEP_ALIVE = ": keep-alive\n\n";
/** Errors after which a repetition cannot help, or would have the agent work twice. Some clients repeat them unless told. */
const finalErrors: ReadonlySet<ErrorCode> = new Set(["INTERNAL_ERROR", "CONFLICT"]);

export interface ServeTurnDeps {
  readonly turns: Turns;
  readonly clients: Pick<ClientRegistry, "connect" | "assertRoom">;
  readonly clock: Clock;
}

/** Creates the HTTP side of turns, which all protocols share. */
export function createServeTurn(deps: ServeTurnDeps): ServeTurn {
  return async (exchange) => {
    try {
      await serve(deps, exchange);
    } catch (error) {
      if (isBridgeError(error) && finalErrors.has(error.code)) exchange.response.setHeader("x-should-retry", "false");
      throw error;
    }
  };
}

async function serve(deps: ServeTurnDeps, exchange: Exchange): Promise<void> {
  const { turn, request, response, isStream } = exchange;
  const { clients } = deps;
  const { principal } = turn.caller;
  // Checked before the turn, because its response could not be sent.
  clients.assertRoom(principal);
  const answer = await deps.turns.respond(turn);
  const store = new DisposableStore();
  const client = store.add(new ResponseClient({ request, response, isStream, principal }));
  let hasArrived = false;
  try {
    client.connect(clients);
    exchange.onResponse?.(answer);
    setHeaders(exchange, answer);
    const send = isStream ? streamed : whole;
    hasArrived = await send({ ...deps, exchange, answer, left: client.left, store });
  } catch (error) {
    if (!client.hasGone) throw error;
  } finally {
    if (hasArrived) answer.arrived();
    else answer.leave();
    await store.dispose();
  }
}

interface Serving extends ServeTurnDeps {
  readonly exchange: Exchange;
  readonly answer: TurnResponse;
  /** See `ResponseClient`. */
  readonly left: AbortSignal;
  readonly store: DisposableStore;
}

/** Resolves with false if the client has gone before the end. */
async function streamed({ exchange, answer, left, store, clock }: Serving): Promise<boolean> {
  const { response, renderer } = exchange;
  await headTime(answer, left, clock, store);
  setIgnored(exchange, answer);
  const stream = new EventStream(response);
  const keepAlive = (): void => {
    stream.writeIfReady(KEEP_ALIVE + renderer.ping);
    beat = clock.after(KEEP_ALIVE_MS, keepAlive);
  };
  let beat = clock.after(KEEP_ALIVE_MS, keepAlive);
  store.defer(() => void beat.dispose());
  await stream.write(renderer.start(answer));
  for await (const piece of answer.pieces(left)) await stream.write(renderer.piece(piece));
  return await stream.end();
}

/** Waits until the turn is accepted, or takes so long that its stream has to start. @throws BridgeError if it has failed */
async function headTime(answer: TurnResponse, left: AbortSignal, clock: Clock, store: DisposableStore): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  store.add(clock.after(HEAD_MS, resolve));
  await abortable(Promise.race([answer.accepted, late]), left);
}

async function whole(serving: Serving): Promise<boolean> {
  const { exchange, answer, left } = serving;
  const { response, renderer, turn } = exchange;
  const pieces: Piece[] = [];
  for await (const piece of answer.pieces(left, true)) pieces.push(piece);
  const last = pieces.at(-1);
  if (last?.type === "failed") throw last.error;
  if (!turn.caller.principal.isActive) throw accessEnded();
  setIgnored(exchange, answer);
  const text = `${JSON.stringify(renderer.body(pieces, answer))}\n`;
  if (text.length > SMALL_ANSWER) await room(response, left);
  return await sent(response, () => sendText(response, 200, JSON_TYPE, text));
}

/** Waits for room among the responses that clients have not read yet. */
async function room(response: Answer, left: AbortSignal): Promise<void> {
  const { unsent } = response.app.locals;
  await ownTurn();
  if (unsent === undefined || unsent.hasRoom) return;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  unsent.whenRoom(resolve);
  if (await abortable(promise, left)) return;
  throw new BridgeError("INTERNAL_ERROR", "The answer could not be sent, because clients have too many unread ones.");
}

function setHeaders({ response, renderer }: Exchange, answer: TurnResponse): void {
  response.setHeader(renderer.requestIdHeader, answer.executionId);
  response.setHeader("x-kiro-agent", answer.agent);
  if (answer.session !== undefined) response.setHeader("x-kiro-session", answer.session);
  if (answer.estimated.length > 0) response.setHeader("x-kiro-bridge-estimated", answer.estimated.join(", "));
}

/** Names the fields without effect, as far as they are known. */
function setIgnored({ response, ignored }: Exchange, answer: TurnResponse): void {
  const names = new Set([...ignored, ...answer.ignored]);
  if (names.size > 0) response.setHeader("x-kiro-bridge-ignored", [...names].join(", "));
}
