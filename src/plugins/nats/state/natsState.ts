import type { KV } from "@nats-io/kv";
import type { NatsConnection } from "@nats-io/nats-core";
import { type Disposable, toDisposable } from "../../../base/disposables.ts";
import { BridgeError, isBridgeError, messageOf } from "../../../protocol/errors.ts";
import type { StateBackend } from "../../bus/transport.ts";
import { apiCodeOf, storeError } from "../durable/session.ts";
import { parse } from "../envelope.ts";
import type { Nats, NatsLink } from "../link.ts";
import { tooLarge } from "../outbox.ts";

const API_MS = 5000;
const WAIT_MS = 10_000;
/** JetStream's code for a revision that is not the current one. */
const WRONG_REVISION = 10_071;
const MAX_OWN = 1000;

export interface NatsStateDeps {
  readonly nats: Nats;
  readonly link: NatsLink;
}

/** Documents of shared state in a key-value bucket of the server. */
export class NatsState implements StateBackend {
  readonly #deps: NatsStateDeps;
  readonly #bucket: string;
  readonly #opened = new WeakMap<NatsConnection, Promise<KV>>();
  /** Revisions that this bridge has written, of which it does not tell itself. */
  readonly #own = new Set<number>();

  constructor(deps: NatsStateDeps, { bucket }: { readonly bucket: string }) {
    this.#deps = deps;
    this.#bucket = bucket;
  }

  /** @throws BridgeError KIRO_UNAVAILABLE */
  async read(name: string): Promise<{ readonly document: unknown; readonly revision: string } | undefined> {
    const entry = await this.#with(({ kv }) => kv.get(keyOf(name)));
    if (entry === null || entry.operation !== "PUT") return undefined;
    return { document: parse(entry.value), revision: String(entry.revision) };
  }

  /** @throws BridgeError KIRO_UNAVAILABLE, RATE_LIMIT_EXCEEDED if the store is full, PAYLOAD_TOO_LARGE */
  async write(name: string, document: unknown, revision: string | undefined): Promise<boolean> {
    const data = JSON.stringify(document);
    return await this.#with(async ({ kv, connection }) => {
      const isTooLarge = tooLarge(connection, data);
      if (isTooLarge !== undefined) throw isTooLarge;
      try {
        const key = keyOf(name);
        const written = revision === undefined ? kv.create(key, data) : kv.update(key, data, Number(revision), API_MS);
        this.#remember(await written);
        return true;
      } catch (error) {
        if (apiCodeOf(error) === WRONG_REVISION) return false;
        throw error;
      }
    });
  }

  watch(onChanged: (name: string) => void): Disposable {
    let stop: () => void = () => undefined;
    const follow = async (connection: NatsConnection): Promise<void> => {
      const kv = await this.#open(connection);
      // With each connection, also what has changed without one.
      const entries = await kv.watch();
      stop = () => entries.stop();
      for await (const { key, revision } of entries) if (!this.#own.delete(revision)) onChanged(nameOf(key));
    };
    const { link } = this.#deps;
    const start = (connection: NatsConnection) => void follow(connection).catch(() => undefined);
    const connecting = link.onDidConnect(start);
    if (link.connection !== undefined) start(link.connection);
    return toDisposable(() => {
      void connecting.dispose();
      stop();
    });
  }

  async #with<T>(use: (open: { kv: KV; connection: NatsConnection }) => Promise<T>): Promise<T> {
    try {
      const connection = await this.#deps.link.nextConnection(AbortSignal.timeout(WAIT_MS));
      return await use({ kv: await this.#open(connection), connection });
    } catch (error) {
      if (isBridgeError(error)) throw error;
      throw apiCodeOf(error) === undefined
        ? new BridgeError("KIRO_UNAVAILABLE", `The state on the NATS server cannot be reached: ${messageOf(error)}.`)
        : storeError(error);
    }
  }

  #open(connection: NatsConnection): Promise<KV> {
    const known = this.#opened.get(connection);
    if (known !== undefined) return known;
    const { nats } = this.#deps;
    const opening = new nats.Kvm(nats.jetstream(connection, { timeout: API_MS })).create(this.#bucket, { history: 1 });
    this.#opened.set(connection, opening);
    opening.catch(() => this.#opened.delete(connection));
    return opening;
  }

  #remember(revision: number): void {
    this.#own.add(revision);
    const [oldest] = this.#own;
    if (this.#own.size > MAX_OWN && oldest !== undefined) this.#own.delete(oldest);
  }
}

/** Keys of the server allow few characters. */
function keyOf(name: string): string {
  return /^[A-Za-z0-9_-]+$/.test(name) ? name : `=${Buffer.from(name).toString("base64url")}`;
}

function nameOf(key: string): string {
  return key.startsWith("=") ? Buffer.from(key.slice(1), "base64url").toString() : key;
}
