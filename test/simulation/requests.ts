import type { BridgeError } from "../../src/protocol/errors.ts";
import type { ExecutionStatus } from "../../src/protocol/executionStatus.ts";
import { causeOf } from "../../src/protocol/unavailable.ts";
import type { Place } from "../../src/server/windows/windows.ts";
import type { Order } from "./machine/runs.ts";

/** A request of a client to the address. */
export type SimRequest =
  | {
      readonly kind: "execute";
      readonly command: "editor.run" | "cli.run";
      readonly order: Order;
      readonly place: Place;
    }
  | { readonly kind: "cancel" | "input" | "show"; readonly executionId: string };

/** What a client gets. */
export type SimAnswer =
  | {
      readonly kind: "execution";
      readonly executionId: string;
      readonly status: ExecutionStatus;
      readonly windowId: string;
    }
  | {
      readonly kind: "error";
      readonly code: string;
      readonly cause?: string | undefined;
      readonly executionId?: string | undefined;
    }
  /** The connection was refused, or ended before the response. */
  | { readonly kind: "disconnected" };

export function errorAnswer(error: BridgeError): SimAnswer {
  return { kind: "error", code: error.code, cause: causeOf(error), executionId: error.executionId };
}
