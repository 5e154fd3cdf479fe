import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type * as z from "zod";
import type * as wire from "../../../src/client/wireTypes.ts";
import type * as access from "../../../src/protocol/access.ts";
import type * as accessClients from "../../../src/protocol/accessClients.ts";
import type * as audit from "../../../src/protocol/audit/auditEntry.ts";
import type * as bus from "../../../src/protocol/bus/busSocket.ts";
import type * as busMessage from "../../../src/protocol/bus/busMessage.ts";
import type * as chat from "../../../src/protocol/chat.ts";
import type * as turnUsage from "../../../src/protocol/agents/turnUsage.ts";
import type { errorBodySchema } from "../../../src/protocol/errorBody.ts";
import type { ErrorCode } from "../../../src/protocol/errors.ts";
import type * as events from "../../../src/protocol/events.ts";
import type * as executions from "../../../src/protocol/executions.ts";
import type { ExecutionStatus } from "../../../src/protocol/executionStatus.ts";
import type * as exported from "../../../src/protocol/exports/destinations.ts";
import type * as input from "../../../src/protocol/input.ts";
import type * as oauth from "../../../src/protocol/oauth/oauth.ts";
import type { executeErrorSchema } from "../../../src/protocol/openapi/commandPaths.ts";
import type { chatStreamPayloads } from "../../../src/protocol/openapi/eventSchemas.ts";
import type * as routing from "../../../src/protocol/plugins/routing.ts";
import type { RoutingDecision } from "../../../src/protocol/plugins/routingDecision.ts";
import type * as pairing from "../../../src/protocol/pairing.ts";
import type { RunExport } from "../../../src/protocol/runExport.ts";
import type * as socket from "../../../src/protocol/socket.ts";
import type { EngineStatus } from "../../../src/protocol/agents/engines.ts";
import type * as status from "../../../src/protocol/status.ts";
import type { UnavailableCause } from "../../../src/protocol/unavailable.ts";
import type { Json } from "../../../src/protocol/values.ts";

/**
 * A type without what deliberately differs: read-only fields and lists; an optional field that may be undefined; `Json`
 * for values, in whose place the generated types accept every value, because interfaces do not match an index signature;
 * and suggestions of texts.
 */
type Plain<T> = [Json] extends [T]
  ? unknown
  : T extends readonly (infer Item)[]
    ? Plain<Item>[]
    : T extends string
      ? string extends T
        ? string
        : T
      : T extends object
        ? { -readonly [K in keyof T]-?: readonly [Plain<Exclude<T[K], undefined>>, IsOptional<T, K>] }
        : T;
type IsOptional<T, K extends keyof T> = object extends Pick<T, K> ? true : false;

/** One object in place of the branches of fields that exclude each other: the protocol rejects both when it reads them. */
type Joined<T, Either extends keyof T> = Pick<T, Exclude<keyof T, Either>> & { [K in Either]?: T[K] };
type Flat<T> = { [K in keyof T]: T[K] };

type Same<A, B> = [Plain<A>] extends [Plain<B>] ? ([Plain<B>] extends [Plain<A>] ? true : "larger") : "smaller";
type Schema<S extends { readonly _zod: { readonly output: unknown } }> = z.infer<S>;
type EventOf<T extends events.EventType> = Flat<Extract<events.BridgeEvent, { readonly type: T }>>;
type Strict<T> = Flat<{ [K in keyof T]: T[K] }>;

/** Each exported type of the file, compared with that of the protocol. */
interface Comparisons {
  ErrorCode: Same<wire.ErrorCode, ErrorCode>;
  EventType: Same<wire.EventType, events.EventType>;
  ExecutionStatus: Same<wire.ExecutionStatus, ExecutionStatus>;
  InputType: Same<wire.InputType, input.InputRequest["inputType"]>;
  KiroStatusType: Same<wire.KiroStatusType, status.BridgeStatus["status"]>;
  PrincipalKind: Same<wire.PrincipalKind, access.PrincipalKind>;
  Role: Same<wire.Role, access.Role>;
  UnavailableCause: Same<wire.UnavailableCause, UnavailableCause>;
  EventFields: Same<wire.EventFields, Pick<events.BridgeEvent, "eventId" | "timestamp" | "windowId" | "windowEventId">>;
  ScopeName: Same<wire.ScopeName, access.ScopeName>;
  ExecuteCommandRequest: Same<Flat<Joined<wire.ExecuteCommandRequest, "args" | "params">>, executions.ExecuteRequest>;
  UserInputRequest: Same<wire.UserInputRequest, input.InputAnswer>;
  ChatRequest: Same<Flat<Joined<wire.ChatRequest, "prompt" | "message">>, chat.ChatRequest>;
  PairAsk: Same<Flat<Joined<wire.PairAsk, "scopes" | "role">>, Schema<typeof pairing.pairAskSchema>>;
  Scope: Same<wire.Scope, access.GrantedScope>;
  NewClientAsk: Same<Flat<Joined<wire.NewClientAsk, "scopes" | "role">>, Schema<typeof pairing.newClientAskSchema>>;
  PairDecision: Same<wire.PairDecision, pairing.PairDecision>;
  OAuthRegistration: Same<wire.OAuthRegistration, Schema<typeof oauth.oauthRegistrationSchema>>;
  ConnectionReadyEvent: Same<wire.ConnectionReadyEvent, EventOf<"connection-ready">>;
  CommandStartedEvent: Same<wire.CommandStartedEvent, EventOf<"command-started">>;
  Principal: Same<wire.Principal, access.PrincipalRef>;
  CommandOutputEvent: Same<wire.CommandOutputEvent, EventOf<"command-output">>;
  CommandCompletedEvent: Same<wire.CommandCompletedEvent, EventOf<"command-completed">>;
  CommandErrorEvent: Same<wire.CommandErrorEvent, EventOf<"command-error">>;
  UserInputRequiredEvent: Same<wire.UserInputRequiredEvent, EventOf<"user-input-required">>;
  InputAcceptedEvent: Same<wire.InputAcceptedEvent, EventOf<"input-accepted">>;
  StatusChangedEvent: Same<wire.StatusChangedEvent, EventOf<"status-changed">>;
  CommandQueuedEvent: Same<wire.CommandQueuedEvent, EventOf<"command-queued">>;
  CommandCancelledEvent: Same<wire.CommandCancelledEvent, EventOf<"command-cancelled">>;
  InputExpiredEvent: Same<wire.InputExpiredEvent, EventOf<"input-expired">>;
  ToolCallEvent: Same<wire.ToolCallEvent, EventOf<"tool-call">>;
  AgentStepEvent: Same<wire.AgentStepEvent, EventOf<"agent-step">>;
  ConversationCompactedEvent: Same<wire.ConversationCompactedEvent, EventOf<"conversation-compacted">>;
  WaitChangedEvent: Same<wire.WaitChangedEvent, EventOf<"wait-changed">>;
  OutputRetractedEvent: Same<wire.OutputRetractedEvent, EventOf<"output-retracted">>;
  SessionChangedEvent: Same<wire.SessionChangedEvent, EventOf<"session-changed">>;
  EventsLostEvent: Same<wire.EventsLostEvent, EventOf<"events-lost">>;
  WindowJoinedEvent: Same<wire.WindowJoinedEvent, EventOf<"window-joined">>;
  WindowLeftEvent: Same<wire.WindowLeftEvent, EventOf<"window-left">>;
  ExecuteCommandResponse: Same<wire.ExecuteCommandResponse, executions.ExecuteResponse>;
  ExecuteCommandError: Same<wire.ExecuteCommandError, Schema<typeof executeErrorSchema>>;
  ErrorBody: Same<wire.ErrorBody, Schema<typeof errorBodySchema>>;
  ExecutionList: Same<wire.ExecutionList, executions.ExecutionList>;
  CommandExecution: Same<wire.CommandExecution, executions.ExecutionRecord>;
  PendingInput: Same<wire.PendingInput, input.InputRequest>;
  CancelResponse: Same<wire.CancelResponse, executions.CancelResponse>;
  UserInputResponse: Same<wire.UserInputResponse, input.InputResponse>;
  PolicyCheckResponse: Same<wire.PolicyCheckResponse, executions.PolicyCheckResponse>;
  Ticket: Same<wire.Ticket, socket.Ticket>;
  KiroStatusResponse: Same<wire.KiroStatusResponse, status.BridgeStatus>;
  CliStatus: Same<wire.CliStatus, status.CliStatus>;
  EngineStatus: Same<wire.EngineStatus, EngineStatus>;
  Window: Same<wire.Window, status.WindowRecord>;
  ExportDestinationList: Same<wire.ExportDestinationList, exported.DestinationList>;
  ExportDestination: Same<wire.ExportDestination, exported.DestinationRecord>;
  ExportTestResult: Same<wire.ExportTestResult, exported.DestinationTest>;
  ExportReplay: Same<wire.ExportReplay, Schema<typeof exported.replaySchema>>;
  ExportDeadLetterList: Same<wire.ExportDeadLetterList, exported.DeadLetterList>;
  ExportDeadLetter: Same<wire.ExportDeadLetter, exported.DeadLetter>;
  ExportDeadLettersRemoved: Same<wire.ExportDeadLettersRemoved, Schema<typeof exported.deadLettersRemovedSchema>>;
  WindowList: Same<wire.WindowList, Schema<typeof status.windowListSchema>>;
  WindowListing: Same<wire.WindowListing, status.WindowListing>;
  CommandList: Same<wire.CommandList, Schema<typeof status.commandListSchema>>;
  Command: Same<wire.Command, status.CommandEntry>;
  HealthResponse: Same<wire.HealthResponse, status.Health>;
  TurnUsage: Same<wire.TurnUsage, turnUsage.TurnUsage>;
  ChatResponse: Same<wire.ChatResponse, chat.ChatResponse>;
  ChatStreamEvent: Same<wire.ChatStreamEvent, ChatStreamPayloads[keyof ChatStreamPayloads]>;
  ChatQuestion: Same<wire.ChatQuestion, chat.ChatQuestion>;
  ChatAccepted: Same<wire.ChatAccepted, chat.ChatAccepted>;
  KiroSessionList: Same<wire.KiroSessionList, Schema<typeof chat.sessionListSchema>>;
  KiroSession: Same<wire.KiroSession, chat.SessionRecord>;
  KiroSessionClosed: Same<wire.KiroSessionClosed, Schema<typeof chat.sessionClosedSchema>>;
  PairPending: Same<wire.PairPending, Schema<typeof pairing.pairPendingSchema>>;
  PairAllowed: Same<wire.PairAllowed, Schema<typeof pairing.pairAllowedSchema>>;
  AccessClient: Same<wire.AccessClient, accessClients.AccessClient>;
  AccessClientList: Same<wire.AccessClientList, Schema<typeof pairing.accessClientListSchema>>;
  NewClient: Same<wire.NewClient, Schema<typeof pairing.newClientSchema>>;
  Revoked: Same<wire.Revoked, Schema<typeof pairing.revokedSchema>>;
  PairRequestList: Same<wire.PairRequestList, Schema<typeof pairing.pairRequestListSchema>>;
  PairRequest: Same<wire.PairRequest, pairing.PairRequest>;
  PairDecided: Same<wire.PairDecided, Schema<typeof pairing.pairDecidedSchema>>;
  AuditPage: Same<wire.AuditPage, audit.AuditPage>;
  AuditEntry: Same<wire.AuditEntry, audit.AuditLine>;
  OwnAccess: Same<wire.OwnAccess, Schema<typeof accessClients.ownAccessSchema>>;
  OAuthServerMetadata: Same<wire.OAuthServerMetadata, Schema<typeof oauth.oauthServerMetadataSchema>>;
  OAuthResourceMetadata: Same<wire.OAuthResourceMetadata, Schema<typeof oauth.oauthResourceMetadataSchema>>;
  OAuthClient: Same<wire.OAuthClient, oauth.OAuthClient>;
  OAuthError: Same<wire.OAuthError, Schema<typeof oauth.oauthErrorSchema>>;
  OAuthTokens: Same<wire.OAuthTokens, oauth.OAuthTokens>;
  BusAnswer: Same<wire.BusAnswer, Schema<typeof bus.busAnswerSchema>>;
  BusFrame: Same<wire.BusFrame, Schema<typeof bus.busFrameSchema>>;
  BusMessage: Same<wire.BusMessage, Schema<typeof busMessage.busMessageSchema>>;
  BusReply: Same<wire.BusReply, Schema<typeof bus.busReplySchema>>;
  BusRequest: Same<wire.BusRequest, bus.BusRequest>;
  NewBusMessage: Same<wire.NewBusMessage, Schema<typeof busMessage.newBusMessageSchema>>;
  RouteRequest: Same<wire.RouteRequest, routing.RouteRequest>;
  RoutingDecision: Same<wire.RoutingDecision, RoutingDecision>;
  BridgeEvent: Same<wire.BridgeEvent, { [T in events.EventType]: EventOf<T> }[events.EventType]>;
  CommandRules: Same<wire.CommandRules, access.CommandRules>;
  PrincipalLimits: Same<wire.PrincipalLimits, access.PrincipalLimits>;
  Requester: Same<wire.Requester, executions.Requester>;
  FileDiff: Same<wire.FileDiff, events.FileDiff>;
  SocketParams: Same<SocketParams, SocketParamsOfProtocol>;
  ChatStreamPayloads: Same<wire.ChatStreamPayloads, ChatStreamPayloads>;
  SocketReply: Same<wire.SocketReply, socket.SocketReply>;
  RunExport: Same<wire.RunExport, RunExport>;
  Json: Same<wire.Json, Json>;
  KiroStatus: Same<wire.KiroStatus, Pick<status.BridgeStatus, "status" | "currentCommand" | "version">>;
}

type ChatStreamPayloads = { [N in keyof typeof chatStreamPayloads]: Schema<(typeof chatStreamPayloads)[N]> };

type ExecuteParams<Request> = Strict<Omit<wire.SocketParams["execute"], "request"> & { request: Request }>;
type SocketParams = Strict<
  Omit<wire.SocketParams, "execute"> & {
    execute: ExecuteParams<Flat<Joined<wire.SocketParams["execute"]["request"], "args" | "params">>>;
  }
>;
type SocketParamsOfProtocol = Flat<
  {
    [M in Exclude<socket.SocketMethod, "status" | "subscribe">]: Schema<(typeof socket.socketMethods)[M]>;
  } & {
    [M in "status" | "subscribe"]?: Schema<(typeof socket.socketMethods)[M]>;
  }
>;

/** Does not compile, and lists the types that differ, unless all are the same. */
const differing: { readonly [N in keyof Comparisons as Comparisons[N] extends true ? never : N]: never } = {};

/** Code for the SDK's events can also be used for the bridge's. */
const sharedEvent = (event: events.BridgeEvent): wire.BridgeEvent => event;

const source = (file: string): string => readFileSync(join(import.meta.dirname, file), "utf8");

describe("The generated types of the wire", () => {
  it("are all compared with those of the protocol", () => {
    const exported = [...source("../../../src/client/wireTypes.ts").matchAll(/^export (?:type|interface) (\w+)/gm)];
    const compared = [...source("wireTypes.test.ts").matchAll(/^ {2}(\w+): Same</gm)];
    const names = (matches: RegExpMatchArray[]): Set<string | undefined> => new Set(matches.map((match) => match[1]));
    assert.ok(exported.length > 80);
    assert.deepEqual(names(compared), names(exported));
    assert.deepEqual(differing, {});
    assert.equal(sharedEvent.length, 1);
  });
});
