import { type Disposable, DisposableStore } from "../../../base/disposables.ts";
import { noEvent } from "../../../base/events.ts";
import type { Logger } from "../../../base/logger.ts";
import { bindMethods, type ChannelReply } from "../../../channel/channel.ts";
import type { BridgeError } from "../../../protocol/errors.ts";
import { browserMethods } from "../../contract/browser.ts";
import type { DashboardPush } from "../../contract/dashboard.ts";
import { BridgeSource } from "../bridgeSource.ts";
import { DashboardChannel } from "../dashboardChannel.ts";
import type { DashboardDeps } from "../dashboardDeps.ts";
import { BrowserEditor } from "./browserEditor.ts";
import { assertMayCall, withheldFrom } from "./withheldFrom.ts";

/** The connection to the page. */
interface BrowserConnection {
  /** True while the page has not read enough. */
  readonly isBehind: boolean;
  /** Calls back once when nothing is pending. */
  onceDrained(listener: () => void): void;
  /** @throws BridgeError RATE_LIMIT_EXCEEDED */
  post(message: object): void;
}

export interface BrowserDashboardDeps {
  /** The bridge as the client may see it. */
  readonly deps: DashboardDeps;
  readonly connection: BrowserConnection;
  /** Counts a request. @throws BridgeError RATE_LIMIT_EXCEEDED */
  readonly admit: () => void;
  /** Ends the access of the client. */
  readonly forget: () => Promise<void>;
  readonly toError: (thrown: unknown) => BridgeError;
  readonly onRefused: (error: BridgeError, method: string) => void;
  /** Closes the connection. */
  readonly close: (why: BridgeError) => void;
  readonly logger: Logger;
}

export interface BrowserDashboardOptions {
  /** The address by which the page has reached the bridge. */
  readonly url: string;
  readonly version: string;
}

/** Pushes of lists of programs, which others than their administrator must not see. */
const ofAdministrator: ReadonlySet<string> = new Set<DashboardPush["type"]>(["clients", "access"]);
/** Pushes of which only the latest one matters. */
const replaceable: ReadonlySet<string> = new Set<DashboardPush["type"]>(["state", "clients", "access"]);

/** One dashboard in a browser, which sees and does what its client may see and do. Ends with its connection. */
export class BrowserDashboard implements Disposable {
  readonly #store = new DisposableStore();
  readonly #deps: BrowserDashboardDeps;
  readonly #channel: DashboardChannel;
  /** The latest push of each kind that waits for the page to read. */
  readonly #held = new Map<string, DashboardPush>();
  /** Batches of events that the page has not acknowledged. */
  #unacknowledged = 0;

  constructor(options: BrowserDashboardDeps, { url, version }: BrowserDashboardOptions) {
    const { deps, connection, logger } = options;
    const { principal } = deps.caller;
    this.#deps = options;
    const editor = new BrowserEditor(
      { send: (push) => connection.post(push), submit: (request) => deps.submit(request) },
      url,
    );
    this.#store.defer(() => editor.close());
    const toggle = { state: { kind: "on", bridge: { url, note: undefined } }, onDidChangeState: noEvent } as const;
    const withheld = withheldFrom(principal);
    const source = this.#store.add(
      new BridgeSource({ toggle, depsOf: () => deps, isTrusted: () => true, version, withheld }),
    );
    const handlers = {
      acted: ({ actionId, result }) => editor.succeed(actionId, result),
      failed: ({ actionId, message }) => editor.fail(actionId, message),
      forget: () => options.forget(),
    } satisfies Parameters<typeof bindMethods<typeof browserMethods>>[0]["handlers"];
    this.#channel = this.#store.add(
      new DashboardChannel({
        source,
        editorActions: editor,
        post: (message) => this.#post(message),
        logger,
        rules: {
          assertMayCall: (method) => assertMayCall(principal, method),
          methods: bindMethods({ schemas: browserMethods, handlers }),
          toError: options.toError,
          onError: options.onRefused,
        },
      }),
    );
  }

  /** Handles a request of the page. Never rejects. */
  async handle(message: unknown): Promise<ChannelReply> {
    try {
      if (!this.#isExpected(message)) this.#deps.admit();
    } catch (thrown) {
      const error = this.#deps.toError(thrown);
      this.#deps.onRefused(error, "(none)");
      return { id: idOf(message), error: error.toBody() };
    }
    return this.#channel.handle(message);
  }

  dispose(): Promise<void> {
    this.#held.clear();
    return this.#store.dispose();
  }

  /** Returns true for what answers the bridge, and so does not count: how much there is of it depends on others. */
  #isExpected(message: unknown): boolean {
    if (methodOf(message) !== "acknowledge" || this.#unacknowledged === 0) return false;
    this.#unacknowledged--;
    return true;
  }

  #post(message: ChannelReply | DashboardPush): void {
    // The reply to a request leaves by `handle`.
    if ("id" in message) return;
    const { principal } = this.#deps.deps.caller;
    if (ofAdministrator.has(message.type) && !principal.scopes.has("access:manage")) return;
    const { connection } = this.#deps;
    if (replaceable.has(message.type) && (connection.isBehind || this.#held.size > 0)) this.#hold(message);
    else this.#send(message);
  }

  /** Keeps a push until the page has read what it got. A slow page gets the latest one. */
  #hold(push: DashboardPush): void {
    if (this.#held.size === 0) this.#deps.connection.onceDrained(() => this.#sendHeld());
    this.#held.set(push.type, push);
  }

  #sendHeld(): void {
    const held = [...this.#held.values()];
    this.#held.clear();
    for (const push of held) this.#send(push);
  }

  /** Closes the connection of a page that cannot be told: it would show something old, and begins again when it is back. */
  #send(push: DashboardPush): void {
    try {
      if (push.type === "events") this.#unacknowledged++;
      this.#deps.connection.post(push);
    } catch (thrown) {
      this.#deps.close(this.#deps.toError(thrown));
    }
  }
}

function methodOf(message: unknown): unknown {
  return typeof message === "object" && message !== null ? Reflect.get(message, "method") : undefined;
}

function idOf(message: unknown): ChannelReply["id"] {
  const id: unknown = typeof message === "object" && message !== null ? Reflect.get(message, "id") : undefined;
  return typeof id === "string" || typeof id === "number" ? id : null;
}
