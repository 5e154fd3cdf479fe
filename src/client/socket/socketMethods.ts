import type {
  CancelResponse,
  EventType,
  ExecuteCommandRequest,
  ExecuteCommandResponse,
  KiroStatusResponse,
  UserInputRequest,
  UserInputResponse,
} from "../wireTypes.ts";

interface ExecuteParams {
  readonly request: ExecuteCommandRequest;
  readonly idempotencyKey: string;
  readonly respondAsync?: boolean | undefined;
  readonly traceparent?: string | undefined;
}

interface SubscribeParams {
  readonly since?: number | undefined;
  readonly epoch?: string | undefined;
  readonly types?: readonly EventType[] | undefined;
  readonly executionId?: string | undefined;
}

/** The methods of the bridge over a WebSocket (docs/wire-contract.md#53-websocket). */
export interface SocketMethods {
  readonly execute: { readonly params: ExecuteParams; readonly result: ExecuteCommandResponse };
  readonly cancel: { readonly params: { readonly executionId: string }; readonly result: CancelResponse };
  readonly input: { readonly params: UserInputRequest; readonly result: UserInputResponse };
  readonly status: { readonly params: undefined; readonly result: KiroStatusResponse };
  readonly subscribe: {
    readonly params: SubscribeParams;
    readonly result: { readonly epoch: string; readonly since: number; readonly lastEventId: number };
  };
}
