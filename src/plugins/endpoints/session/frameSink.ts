/** A connection that carries the frames of a session to its client. */
export interface FrameSink {
  /** Number of bytes sent but not read by the client. */
  readonly waitingBytes: number;
  /** @param number that of the frame; 0 for `ready` */
  send(text: string, type: string, number: number): void;
  /** Calls back once when nothing is pending. */
  onceDrained(listener: () => void): void;
}

/** Maximum number of bytes that may be pending for a connection, and that a session keeps for a client that confirms. */
export const MAX_PENDING_BYTES = 1024 * 1024;
