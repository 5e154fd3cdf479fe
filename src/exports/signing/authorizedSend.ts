import type { Disposable } from "../../base/disposables.ts";
import type { KeySource } from "../../core/credentials/cachedKey.ts";
import type { IncomingAnswer, OutgoingRequest, Send } from "../http/request.ts";

/** Sends requests with the credentials of a destination. */
export interface AuthorizedSend extends Disposable {
  readonly send: Send;
}

export interface AuthorizedSendOptions<Key> {
  readonly keys: KeySource<Key>;
  readonly send: Send;
  /** Adds the key to a request. */
  readonly authorize: (request: OutgoingRequest, key: Key) => OutgoingRequest | Promise<OutgoingRequest>;
  /** Returns true for an answer that another key may change: the key has expired, or is not known. */
  readonly isRejected: (answer: IncomingAnswer) => boolean;
}

/** Creates a `Send` that adds a key to each request, and repeats it once with a fresh key if the key is rejected. */
export function authorizedSend<Key>(options: AuthorizedSendOptions<Key>): AuthorizedSend {
  const { keys, authorize, isRejected } = options;
  const send: Send = async (request, signal) => {
    const key = await keys.key(signal);
    const answer = await options.send(await authorize(request, key), signal);
    if (!isRejected(answer)) return answer;
    const fresh = await keys.key(signal, key);
    return fresh === key ? answer : await options.send(await authorize(request, fresh), signal);
  };
  return { send, dispose: () => keys.dispose() };
}
