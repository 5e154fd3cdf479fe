import { IncomingBytes } from "./incomingBytes.ts";
import { UnsentAnswers } from "./unsentAnswers.ts";

/** Budgets shared by all requests of a server, over HTTP and WebSocket. */
export interface Budgets {
  readonly unsent: UnsentAnswers;
  /** Bytes of bodies and messages that are being received. */
  readonly incoming: IncomingBytes;
}

/** A request or response with access to the budgets of its server, as Express provides it. */
export interface Budgeted {
  readonly app: { readonly locals: Partial<Budgets> };
}

declare global {
  namespace Express {
    /** Set by `createApp`. */
    interface Locals extends Partial<Budgets> {}
  }
}

export const MAX_INCOMING_BYTES = 128 * 1024 * 1024;

export function createBudgets(): Budgets {
  return { unsent: new UnsentAnswers(), incoming: new IncomingBytes(MAX_INCOMING_BYTES) };
}
