import type { Event } from "../../base/events.ts";
import type { Message, NewMessage, NewRequest, Untyped } from "./message.ts";
import type { RequestOptions, SubscribeOptions } from "./participant.ts";

/** The message bus, as another extension in the editor sees it. Stays when the bridge restarts. */
export interface EditorMessageBus {
  /** The name of the extension on the bus, which is the source of all that it sends. */
  readonly id: string;
  /** Resolves when the bus has accepted the message. Waits for the bridge for 10 s. */
  publish(message: NewMessage): Promise<void>;
  /** Subscribes now, or as soon as the bridge is on, and again after each restart. @returns a function that unsubscribes */
  subscribe(
    pattern: string,
    handler: (message: Message, signal: AbortSignal) => unknown,
    options?: SubscribeOptions,
  ): () => void;
  /** Resolves with the payload of the response. Waits for the bridge for 10 s. */
  request(message: NewRequest, options?: RequestOptions): Promise<Untyped>;
  respond(correlationId: string, payload?: unknown): Promise<void>;
  progress(correlationId: string, payload: unknown): Promise<void>;
  /** Ends its subscriptions and requests. */
  dispose(): Promise<void>;
}

/** A plugin of any window. */
export interface EditorPlugin {
  readonly name: string;
  readonly version?: string | undefined;
  readonly state: string;
  readonly windowId: string;
}

/** The exports of the extension: `vscode.extensions.getExtension("kiro-bridge.kiro-bridge").exports`. */
export interface KiroBridgeExtension {
  /** Increased when something of this is removed or changed, never when something is added. */
  readonly apiVersion: 1;
  /** True while the bridge is on. */
  readonly isOn: boolean;
  /** Fires when `isOn` has changed. */
  readonly onDidChangeState: Event<boolean>;
  /**
   * Returns a participant of the message bus under a name that no plugin has. May be called before the bridge is on.
   * @throws BridgeError VALIDATION_FAILED for a name that no plugin can have
   */
  getMessageBus(name: string): Promise<EditorMessageBus>;
  /** Returns the plugins of all windows; none while the bridge is off. */
  plugins(): Promise<readonly EditorPlugin[]>;
}
