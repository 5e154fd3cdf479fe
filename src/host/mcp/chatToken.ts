import type { SecretStorage } from "vscode";
import { within } from "../../base/deadline.ts";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import { SerialQueue } from "../../base/serialQueue.ts";
import type { AccessStore } from "../../access/accessStore.ts";
import { editorUser } from "../../core/access/principal.ts";
import type { ScopeName } from "../../protocol/access.ts";
import { BridgeError } from "../../protocol/errors.ts";

/** The secret, as JSON of `KeptToken`. */
const SECRET = "kiroBridge.chatToken";
/** True from the end of the access until the user asks for another one. */
const ENDED = "kiroBridge.chatAccessEnded";
/** The least that the tools need. Questions of the agent are answered by people, never by the chat that has asked. */
const SCOPES: readonly ScopeName[] = ["status:read", "commands:run", "agents:prompt"];
const DAY_MS = 24 * 3_600_000;
const REVOKE_MS = 500;

interface KeptToken {
  readonly id: string;
  readonly token: string;
  /** As `performance.now()`, which nobody sets back. Only of a token that is not stored. */
  readonly endsAt?: number;
}

export interface ChatTokenDeps {
  readonly store: Pick<
    AccessStore,
    "ready" | "problem" | "find" | "refresh" | "create" | "revoke" | "onDidEnd" | "onDidChange"
  >;
  readonly secrets: Pick<SecretStorage, "get" | "store" | "delete">;
  /** The state that the editor keeps for the extension, implemented by its `Memento`. */
  readonly state: { get(key: string): unknown; update(key: string, value: unknown): PromiseLike<void> };
}

export interface ChatTokenOptions {
  /** The name of the client, for people. */
  readonly name: string;
  /** False for an editor in a browser, whose secrets end with the page. The token then ends with the bridge or in a day. */
  readonly keepsSecrets: boolean;
}

/**
 * The token of the editor's own chat: a client like any other, which is made on first use. After the user has revoked it, none
 * is made until they ask for it.
 */
export class ChatToken implements Disposable {
  readonly #deps: ChatTokenDeps;
  readonly #options: ChatTokenOptions;
  readonly #store = new DisposableStore();
  readonly #queue = new SerialQueue();
  readonly #changed = this.#store.add(new Emitter<void>());
  /** Fires when the token has ended, and when another one may be made. */
  readonly onDidChange = this.#changed.event;
  #kept: KeptToken | undefined;
  #hadProblem = false;
  #ends = 0;
  #lastEnded: string | undefined;

  constructor(deps: ChatTokenDeps, options: ChatTokenOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#store.add(
      deps.store.onDidEnd(({ id }) => {
        const kept = this.#kept;
        if (kept?.id === id) void this.#queue.run(() => this.#noticeEnd(kept));
      }),
    );
    this.#store.add(deps.store.onDidChange(() => this.#noticeProblem()));
  }

  /** The number of tokens that have ended here. A connection with an earlier token must be made again. */
  get generation(): number {
    return this.#ends;
  }

  /** Returns false if the user has revoked the access, or no access can be granted now. */
  isAvailable(): Promise<boolean> {
    return this.#queue.run(async () => {
      await this.#deps.store.ready;
      if (this.#deps.store.problem !== undefined) return false;
      return (await this.#present()) !== undefined || !this.#hasEnded();
    });
  }

  /** Returns true if the user has revoked the access, and has not asked for another one. */
  wasRevoked(): Promise<boolean> {
    return this.#queue.run(async () => {
      await this.#deps.store.ready;
      return (await this.#present()) === undefined && this.#hasEnded();
    });
  }

  /**
   * Returns the token, and makes one if there is none yet.
   * @throws BridgeError ACCESS_DENIED if the user has revoked it; errors of `AccessStore.create`
   */
  get(): Promise<string> {
    return this.#queue.run(async () => {
      await this.#deps.store.ready;
      const present = await this.#present();
      if (present !== undefined) return present.token;
      if (this.#hasEnded())
        throw new BridgeError("ACCESS_DENIED", `The access of “${this.#options.name}” was revoked.`, { rule: "scope" });
      return (await this.#create()).token;
    });
  }

  /** Allows another token after the last one was revoked. */
  async renew(): Promise<void> {
    await this.#queue.run(async () => {
      // An end that nobody has noticed yet must not be noticed later.
      await this.#present();
      await this.#deps.state.update(ENDED, undefined);
    });
    this.#changed.fire();
  }

  async dispose(): Promise<void> {
    await this.#store.dispose();
    if (this.#options.keepsSecrets || this.#kept === undefined) return;
    await within(this.#deps.store.revoke(this.#kept.id, editorUser), REVOKE_MS, undefined);
  }

  #hasEnded(): boolean {
    return this.#deps.state.get(ENDED) === true;
  }

  /** Returns the token if its access has not ended. An end that this window has not seen is remembered. */
  async #present(): Promise<KeptToken | undefined> {
    if (this.#options.keepsSecrets) this.#kept = readKept(await this.#deps.secrets.get(SECRET));
    const kept = this.#kept;
    if (kept === undefined || this.#deps.store.find(kept.id) !== undefined) return kept;
    // Another window may have made it a moment ago.
    await this.#deps.store.refresh();
    if (this.#deps.store.find(kept.id) !== undefined) return kept;
    await this.#noticeEnd(kept);
    return undefined;
  }

  #noticeProblem(): void {
    const hasProblem = this.#deps.store.problem !== undefined;
    if (hasProblem === this.#hadProblem) return;
    this.#hadProblem = hasProblem;
    this.#changed.fire();
  }

  async #noticeEnd(kept: KeptToken): Promise<void> {
    if (this.#deps.store.problem !== undefined || kept.id === this.#lastEnded) return;
    this.#lastEnded = kept.id;
    const isRevoked = kept.endsAt === undefined || performance.now() < kept.endsAt;
    if (isRevoked) await this.#deps.state.update(ENDED, true);
    this.#kept = undefined;
    if (this.#options.keepsSecrets) await this.#deps.secrets.delete(SECRET);
    this.#ends++;
    this.#changed.fire();
  }

  async #create(): Promise<KeptToken> {
    const { name, keepsSecrets } = this.#options;
    const endsAt = performance.now() + DAY_MS;
    const expiresAt = keepsSecrets ? undefined : Date.now() + DAY_MS;
    const grant = { name, kind: "client", scopes: SCOPES, expiresAt, by: editorUser } as const;
    const { client, token } = await this.#deps.store.create(grant);
    const kept = { id: client.id, token, ...(!keepsSecrets && { endsAt }) };
    if (keepsSecrets) await this.#deps.secrets.store(SECRET, JSON.stringify(kept));
    this.#kept = kept;
    return kept;
  }
}

function readKept(text: string | undefined): KeptToken | undefined {
  if (text === undefined) return undefined;
  try {
    const { id, token }: Partial<Record<string, unknown>> = Object(JSON.parse(text));
    return typeof id === "string" && typeof token === "string" ? { id, token } : undefined;
  } catch {
    return undefined;
  }
}
