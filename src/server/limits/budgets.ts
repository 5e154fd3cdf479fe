import { ByteBudget } from "./byteBudget.ts";
import { UnsentAnswers } from "./unsentAnswers.ts";

/** What all requests of a server share, over HTTP and over WebSockets. */
export interface Budgets {
  readonly unsent: UnsentAnswers;
  /** Bytes of bodies and messages that are being received. */
  readonly incoming: ByteBudget;
}

/** A request or an answer that knows the budgets of its server, as Express's do. */
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
  return { unsent: new UnsentAnswers(), incoming: new ByteBudget(MAX_INCOMING_BYTES) };
}
