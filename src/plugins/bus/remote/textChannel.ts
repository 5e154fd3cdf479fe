import type { BridgeError } from "../../../protocol/errors.ts";

/** A connection to the bus of a bridge, which carries texts in both directions and in order. */
export interface TextChannel {
  /** Called after the first message has arrived, and not after the end. */
  send(text: string): void;
  /** Closes it for good, so that the bridge ends the session. `onClose` may follow. */
  close(): void;
}

export interface ChannelListener {
  onMessage(text: string): void;
  /**
   * Called at the end, also if the connection was never opened.
   * @param error connecting again makes sense if it is recoverable
   */
  onClose(error: BridgeError): void;
}

/**
 * Opens a connection. May call the listener before it returns.
 * @param query the query of the URL, without `?`: the name of the plugin, and the session to resume
 */
export type OpenChannel = (query: string, listener: ChannelListener) => TextChannel;
