import type { ErrorForm } from "../http/foreignError.ts";
import type { Ownership } from "../listen/ownership.ts";
import { IncomingBytes } from "./incomingBytes.ts";
import { UnsentAnswers } from "./unsentAnswers.ts";

/** Budgets shared by all requests of a server, over HTTP and WebSocket. */
export interface Budgets {
  readonly unsent: UnsentAnswers;
  /** Bytes of bodies and messages that are being received. */
  readonly incoming: IncomingBytes;
}

/** The values of a server that its requests and responses share. */
interface ServerLocals extends Budgets {
  readonly ownership: Ownership;
  /** The form of errors of other APIs. */
  readonly errorForm: ErrorForm;
}

/** A request or response with access to the values of its server, as Express provides it. */
export interface Budgeted {
  readonly app: { readonly locals: Partial<ServerLocals> };
}

declare global {
  namespace Express {
    /** Set by `createApp`. */
    interface Locals extends Partial<ServerLocals> {}
  }
}

export const MAX_INCOMING_BYTES = 128 * 1024 * 1024;

export function createBudgets(): Budgets {
  return { unsent: new UnsentAnswers(), incoming: new IncomingBytes(MAX_INCOMING_BYTES) };
}
