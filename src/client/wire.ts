/** The types of the wire that the SDK uses, under their names in the OpenAPI document. */
import type { ownAccessSchema } from "../protocol/accessClients.ts";
import type { sessionClosedSchema, sessionListSchema } from "../protocol/chat.ts";
import type { commandListSchema } from "../protocol/status.ts";

export type { AccessClient } from "../protocol/accessClients.ts";
export type { CommandRules, GrantedScope, PrincipalLimits, Role } from "../protocol/access.ts";
export type { ChatResponse, SessionRecord as KiroSession } from "../protocol/chat.ts";
export type { ErrorBody, ErrorCode } from "../protocol/errors.ts";
export type { BridgeEvent, EventType } from "../protocol/events.ts";
export type {
  CancelResponse,
  ExecuteResponse as ExecuteCommandResponse,
  ExecutionList,
  ExecutionRecord as CommandExecution,
  ExecutionStatus,
  PolicyCheckResponse,
} from "../protocol/executions.ts";
export type {
  InputAnswer as UserInputRequest,
  InputRequest as PendingInput,
  InputResponse as UserInputResponse,
} from "../protocol/input.ts";
export type {
  BridgeStatus as KiroStatusResponse,
  CommandEntry as Command,
  Health as HealthResponse,
  WindowListing,
} from "../protocol/status.ts";
export type { Ticket } from "../protocol/tickets.ts";
export type { Json } from "../protocol/values.ts";

type Of<Schema extends { readonly _zod: { readonly output: unknown } }> = Schema["_zod"]["output"];

export type CommandList = Of<typeof commandListSchema>;
export type KiroSessionList = Of<typeof sessionListSchema>;
export type KiroSessionClosed = Of<typeof sessionClosedSchema>;
export type OwnAccess = Of<typeof ownAccessSchema>;
