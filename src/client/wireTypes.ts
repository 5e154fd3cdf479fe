// Written by `node scripts/clientTypes.mjs` from the schemas in src/protocol: do not edit.

/** Identifies an error of the bridge (docs/wire-contract.md#3-errors). */
export type ErrorCode =
  | "VALIDATION_FAILED"
  | "AUTHENTICATION_FAILED"
  | "ACCESS_DENIED"
  | "NOT_FOUND"
  | "OPERATION_TIMEOUT"
  | "CONFLICT"
  | "PAYLOAD_TOO_LARGE"
  | "UNSUPPORTED_MEDIA_TYPE"
  | "RATE_LIMIT_EXCEEDED"
  | "INTERNAL_ERROR"
  | "CONFIGURATION_ERROR"
  | "KIRO_UNAVAILABLE"
  | "COMMAND_EXECUTION_FAILED";

/** The type of an event. */
export type EventType =
  | "connection-ready"
  | "command-started"
  | "command-output"
  | "command-completed"
  | "command-error"
  | "user-input-required"
  | "input-accepted"
  | "status-changed"
  | "command-queued"
  | "command-cancelled"
  | "input-expired"
  | "tool-call"
  | "agent-step"
  | "conversation-compacted"
  | "wait-changed"
  | "output-retracted"
  | "session-changed"
  | "events-lost"
  | "window-joined"
  | "window-left";

/** The status of an execution. */
export type ExecutionStatus =
  | "queued"
  | "running"
  | "waiting-input"
  | "completed"
  | "failed"
  | "cancelled"
  | "interrupted";

/** The type of the answer to a question. */
export type InputType = "text" | "choice" | "file" | "confirmation";

/** The status of the bridge. */
export type KiroStatusType = "ready" | "busy" | "unavailable";

/** The kind of a principal. Further values may be added. */
export type PrincipalKind = "owner" | "client" | "plugin" | "window" | "service";

/** A named bundle of scopes. */
export type Role = "owner" | "operator" | "viewer" | "ci";

/** The exact cause of a `KIRO_UNAVAILABLE`. */
export type UnavailableCause =
  | "bridge-off"
  | "bridge-starting"
  | "bridge-stopping"
  | "window-gone"
  | "workspace-untrusted"
  | "cli-missing"
  | "cli-signed-out"
  | "cli-incompatible"
  | "cli-broken"
  | "cli-not-responding"
  | "cli-ended"
  | "cli-restarting"
  | "plugin-gone"
  | "engine-unauthorized"
  | "engine-forbidden"
  | "engine-overloaded"
  | "engine-unreachable"
  | "engine-tls"
  | "engine-clock"
  | "engine-protocol"
  | "engine-cut"
  | "engine-silent";

/** The fields of every event. */
export interface EventFields {
  /** Strictly increases within one epoch. */
  eventId: number;
  timestamp: string;
  /** The window that has reported the event. */
  windowId: string;
  /**
   * The number of the event among those of its window, also after another window has taken over the address: 1, 2,
   * 3 …. Absent in `connection-ready` and `events-lost`.
   */
  windowEventId?: number | undefined;
}

/** The name of a scope. */
export type ScopeName =
  | "status:read"
  | "events:read"
  | "events:read:own"
  | "history:read"
  | "history:read:own"
  | "commands:run"
  | "agents:prompt"
  | "executions:cancel"
  | "executions:cancel:own"
  | "inputs:answer"
  | "inputs:answer:own"
  | "terminal:open"
  | "bus:publish"
  | "bus:subscribe"
  | "access:manage";

/** The body of `POST /api/kiro/execute`. */
export type ExecuteCommandRequest = {
  /**
   * The ID of an editor command or a `kiro.cli.*` command, of at most 1000 characters, or the prompt itself if
   * target is cli.
   */
  command: string;
  /** Absolute path of a folder that is open in a window, or of a file or folder inside it. */
  workspacePath?: string | undefined;
  /** The ID of a window. Default: the window that has workspacePath open, else the one that had the focus last. */
  windowId?: string | undefined;
  /**
   * auto (default): depends only on the command ID. Or the ID of a target: editor, cli, plugin, or route, for
   * which the command is a request for the plugin that fits best.
   */
  target?: "auto" | "editor" | "cli" | (string & {}) | undefined;
  /** Maximum duration, including the time in the queue, in milliseconds. */
  timeoutMs?: number | undefined;
  /** Kiro CLI session: default, fresh, any name, or the ID of a session. */
  session?: string | undefined;
} & (
  | {
      /** Arguments as strings. */
      args?: readonly string[] | undefined;
      params?: undefined;
    }
  | {
      args?: undefined;
      /**
       * Typed arguments, instead of args. Objects such as {"$type":"Uri","value":"file:///…"} become objects of the
       * editor.
       */
      params?: readonly unknown[] | undefined;
    }
);

/** The body of `POST /api/kiro/input`. */
export interface UserInputRequest {
  value: string;
  type: InputType;
  executionId: string;
  /** The question that is answered. Without it, an answer is only accepted for the first question of an execution. */
  questionId?: string | undefined;
}

/** The body of `POST /kiro/chat`. */
export type ChatRequest = {
  session?: string | undefined;
  /** The agent: `kiro`, or the ID of an engine. Default: the setting `kiroBridge.agents.default`. */
  target?: string | undefined;
  timeoutMs?: number | undefined;
  workspacePath?: string | undefined;
  /** The ID of a window. Default: the window that has workspacePath open, else the one that had the focus last. */
  windowId?: string | undefined;
  /** A JSON Schema. The bridge finds the JSON in the answer, validates it and returns it as json. */
  schema?: Readonly<Record<string, unknown>> | undefined;
} & (
  | {
      prompt: string;
      message?: undefined;
    }
  | {
      prompt?: undefined;
      /** Another name for prompt. */
      message: string;
    }
);

/** An operation on the bus. */
export type BusRequest =
  | {
      op: "publish";
      /** Is in the reply, and in progress of a request. */
      id?: number | undefined;
      /** The number of the latest frame that the client has received, which the bridge then forgets. */
      received?: number | undefined;
      message: NewBusMessage;
    }
  | {
      op: "subscribe";
      /** Is in the reply, and in progress of a request. */
      id?: number | undefined;
      /** The number of the latest frame that the client has received, which the bridge then forgets. */
      received?: number | undefined;
      /** A number that the client chooses. */
      subscription: number;
      /** A topic with the wildcards `*` for a segment and `**` for several. */
      pattern: string;
      options?:
        | {
            priority?: number | undefined;
            /** Keep messages for the time when the program is away. */
            durable?:
              | boolean
              | {
                  /** Deliveries before a message becomes a dead letter. */
                  maxDeliver?: number | undefined;
                  /** Milliseconds before the second, third, … delivery; the last one repeats. */
                  backoffMs?: number[] | undefined;
                }
              | undefined;
            /** A queue group, which shares its messages. */
            group?: string | undefined;
            /** Messages that may wait. The oldest are dropped. */
            maxQueued?: number | undefined;
            /** Deliveries that may be unacknowledged. */
            window?: number | undefined;
          }
        | undefined;
    }
  | {
      op: "unsubscribe";
      /** Is in the reply, and in progress of a request. */
      id?: number | undefined;
      /** The number of the latest frame that the client has received, which the bridge then forgets. */
      received?: number | undefined;
      subscription: number;
    }
  | {
      op: "request";
      /** Is in the reply, and in progress of a request. */
      id?: number | undefined;
      /** The number of the latest frame that the client has received, which the bridge then forgets. */
      received?: number | undefined;
      message: {
        /** Segments with `/` or `.` between them. */
        topic: string;
        /** A JSON value. */
        payload?: unknown;
        /** Default: `event`, or `request` for a request. */
        messageType?: "request" | "response" | "event" | "command" | undefined;
        /** The name of a plugin; `*` is everybody, which is the default. */
        destination?: string | undefined;
        /** Orders the messages that wait, the higher numbers before the lower ones. */
        priority?: number | undefined;
        headers?: Record<string, string> | undefined;
        /** `expiresAt` is a date and time. */
        metadata?: Record<string, unknown> | undefined;
        /** Identifies a publish that may be repeated. */
        messageId?: string | undefined;
        /** In milliseconds. */
        timeout?: number | undefined;
      };
    }
  | {
      op: "cancel";
      /** Is in the reply, and in progress of a request. */
      id?: number | undefined;
      /** The number of the latest frame that the client has received, which the bridge then forgets. */
      received?: number | undefined;
      /** The ID of the operation `request`. */
      request: number;
    }
  | {
      op: "respond";
      /** Is in the reply, and in progress of a request. */
      id?: number | undefined;
      /** The number of the latest frame that the client has received, which the bridge then forgets. */
      received?: number | undefined;
      correlationId: string;
      payload?: unknown;
    }
  | {
      op: "progress";
      /** Is in the reply, and in progress of a request. */
      id?: number | undefined;
      /** The number of the latest frame that the client has received, which the bridge then forgets. */
      received?: number | undefined;
      correlationId: string;
      payload?: unknown;
    }
  | {
      op: "ack";
      /** Is in the reply, and in progress of a request. */
      id?: number | undefined;
      /** The number of the latest frame that the client has received, which the bridge then forgets. */
      received?: number | undefined;
      deliveries: number[];
    }
  | {
      op: "nack";
      /** Is in the reply, and in progress of a request. */
      id?: number | undefined;
      /** The number of the latest frame that the client has received, which the bridge then forgets. */
      received?: number | undefined;
      delivery: number;
      error?: string | undefined;
    };

/** A message on the bus, as its publisher gives it. */
export interface NewBusMessage {
  /** Segments with `/` or `.` between them. */
  topic: string;
  /** A JSON value. */
  payload?: unknown;
  /** Default: `event`, or `request` for a request. */
  messageType?: "request" | "response" | "event" | "command" | undefined;
  /** The name of a plugin; `*` is everybody, which is the default. */
  destination?: string | undefined;
  /** Orders the messages that wait, the higher numbers before the lower ones. */
  priority?: number | undefined;
  headers?: Readonly<Record<string, string>> | undefined;
  /** `expiresAt` is a date and time. */
  metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Identifies a publish that may be repeated. */
  messageId?: string | undefined;
}

/** The body of `POST /api/kiro/route`. */
export interface RouteRequest {
  /** The request, in the words of a person. */
  text: string;
  /** Paths of the files that it is about, which are compared with the globs of the plugins. */
  files?: readonly string[] | undefined;
  /** The steps that it consists of. */
  subtasks?: readonly string[] | undefined;
  /**
   * The plugin that passes the request on: its `canRouteTo` and the `acceptsRoutingFrom` of the others are
   * enforced. A plugin cannot name another one.
   */
  from?: string | undefined;
}

/** The body of `POST /api/kiro/pair`. */
export type PairAsk = {
  /** For people: one line of printable characters. */
  name: string;
  commands?: CommandRules | undefined;
  limits?: PrincipalLimits | undefined;
  /** Shown to the user: the purpose of the access, in one line. */
  reason?: string | undefined;
} & (
  | {
      scopes: readonly Scope[];
      role?: undefined;
    }
  | {
      scopes?: undefined;
      /** In place of `scopes`: a bundle of them. */
      role: Role;
    }
);

/** A permission (docs/wire-contract.md#16-scopes). */
export type Scope = ScopeName | `bus:${"publish" | "subscribe"}:${string}`;

/** The body of `POST /api/kiro/access/clients`. */
export type NewClientAsk = {
  /** For people: one line of printable characters. */
  name: string;
  commands?: CommandRules | undefined;
  limits?: PrincipalLimits | undefined;
  /** Without it, the access ends when it is revoked. */
  expiresInSeconds?: number | undefined;
} & (
  | {
      scopes: readonly Scope[];
      role?: undefined;
    }
  | {
      scopes?: undefined;
      /** In place of `scopes`: a bundle of them. */
      role: Role;
    }
);

/** The body of `POST /api/kiro/access/requests/{id}`. */
export interface PairDecision {
  decision: "allow" | "deny";
  /** The access ends after this many hours. Without it, the access ends when it is revoked. */
  hours?: number | undefined;
  /** Fewer scopes than asked for. */
  scopes?: readonly Scope[] | undefined;
}

/** The body of `POST /oauth/register`. */
export interface OAuthRegistration {
  /** On this machine; every port is accepted later. */
  redirect_uris: string[];
  /** The user sees it. */
  client_name?: string | undefined;
}

/** The event `connection-ready`. */
export interface ConnectionReadyEvent extends EventFields {
  type: "connection-ready";
  serverInfo: {
    version: string;
    features: readonly string[];
  };
  /**
   * Identifies the sequence of event IDs: another one after a restart, and when another window has taken over the
   * address.
   */
  epoch: string;
  /** The ID of the newest event. Subscribe with `since` to receive earlier ones. */
  lastEventId: number;
  /** Identifies this connection in the list of clients. */
  clientId: string;
}

/** The event `command-started`. */
export interface CommandStartedEvent extends EventFields {
  type: "command-started";
  executionId: string;
  /** The principal that requested the execution. Absent in events of earlier versions. */
  principalId?: string | undefined;
  command: string;
  args: readonly string[];
  /** Where the command runs: editor, cli, plugin, route. Further values may be added. */
  target?: string | undefined;
  /** Who sent the request. Absent in records of earlier versions. */
  requestedBy?: Requester | undefined;
  /** The execution in which an agent has requested this one. It is cancelled when that one ends. */
  parentId?: string | undefined;
  /** The `traceparent` that the program has sent, as W3C Trace Context describes it. */
  traceparent?: string | undefined;
}

/** Names the sender of a request, in records and events. */
export interface Principal {
  /** `owner`, or the ID of a client in the list of clients. */
  id: string;
  name: string;
  /** Further values may be added. */
  kind: PrincipalKind;
}

/** The event `command-output`. */
export interface CommandOutputEvent extends EventFields {
  type: "command-output";
  executionId: string;
  /** The principal that requested the execution. Absent in events of earlier versions. */
  principalId?: string | undefined;
  output: string;
  stream: "stdout" | "stderr";
}

/** The event `command-completed`. */
export interface CommandCompletedEvent extends EventFields {
  type: "command-completed";
  executionId: string;
  /** The principal that requested the execution. Absent in events of earlier versions. */
  principalId?: string | undefined;
  success: boolean;
  output: string;
  exitCode?: number | undefined;
  executionTimeMs: number;
}

/** The event `command-error`. */
export interface CommandErrorEvent extends EventFields {
  type: "command-error";
  executionId: string;
  /** The principal that requested the execution. Absent in events of earlier versions. */
  principalId?: string | undefined;
  error: string;
  errorCode?: ErrorCode | undefined;
  /** With KIRO_UNAVAILABLE: the exact cause. */
  cause?: UnavailableCause | undefined;
  recoverable: boolean;
  /** Present if the bridge was stopped, or its window ended, in the meantime; otherwise the execution failed. */
  status?: "interrupted" | undefined;
}

/** The event `user-input-required`. */
export interface UserInputRequiredEvent extends EventFields {
  type: "user-input-required";
  executionId: string;
  /** The principal that requested the execution. Absent in events of earlier versions. */
  principalId?: string | undefined;
  /** Identifies this question. No other question of the bridge has the same ID. */
  questionId: string;
  prompt: string;
  inputType: InputType;
  choices?: readonly string[] | undefined;
  timeoutMs?: number | undefined;
}

/** The event `input-accepted`. */
export interface InputAcceptedEvent extends EventFields {
  type: "input-accepted";
  executionId: string;
  /** The principal that requested the execution. Absent in events of earlier versions. */
  principalId?: string | undefined;
  /** Identifies this question. No other question of the bridge has the same ID. */
  questionId: string;
  inputValue: string;
}

/** The event `status-changed`. */
export interface StatusChangedEvent extends EventFields {
  type: "status-changed";
  status: KiroStatusType;
  currentCommand?: string | undefined;
  /** The principal that requested `currentCommand`. Both are absent for readers that may not see its events. */
  principalId?: string | undefined;
  previousStatus?: KiroStatusType | undefined;
}

/** The event `command-queued`. */
export interface CommandQueuedEvent extends EventFields {
  type: "command-queued";
  executionId: string;
  /** The principal that requested the execution. Absent in events of earlier versions. */
  principalId?: string | undefined;
  command: string;
  position: number;
  /** Where the command runs: editor, cli, plugin, route. Further values may be added. */
  target?: string | undefined;
  /** Who sent the request. Absent in records of earlier versions. */
  requestedBy?: Requester | undefined;
  /** The execution in which an agent has requested this one. It is cancelled when that one ends. */
  parentId?: string | undefined;
  /** The `traceparent` that the program has sent, as W3C Trace Context describes it. */
  traceparent?: string | undefined;
}

/** The event `command-cancelled`. */
export interface CommandCancelledEvent extends EventFields {
  type: "command-cancelled";
  executionId: string;
  /** The principal that requested the execution. Absent in events of earlier versions. */
  principalId?: string | undefined;
  how: "dequeued" | "cooperative" | "killed";
}

/** The event `input-expired`. */
export interface InputExpiredEvent extends EventFields {
  type: "input-expired";
  executionId: string;
  /** The principal that requested the execution. Absent in events of earlier versions. */
  principalId?: string | undefined;
  /** Identifies this question. No other question of the bridge has the same ID. */
  questionId: string;
  inputValue: string;
}

/** The event `tool-call`. */
export interface ToolCallEvent extends EventFields {
  type: "tool-call";
  executionId: string;
  /** The principal that requested the execution. Absent in events of earlier versions. */
  principalId?: string | undefined;
  toolCallId: string;
  title: string;
  kind?: string | undefined;
  status?: string | undefined;
  /** Who runs the tool: the agent, or the caller, which has lent it. Absent in events of earlier versions. */
  by?: "agent" | "caller" | undefined;
  /** The execution as which the call of an agent runs. Its `parentId` is this execution. */
  childId?: string | undefined;
  /** Changes of files by the tool, as Kiro CLI reports them. Long texts are truncated. */
  diffs?: readonly FileDiff[] | undefined;
}

/** The event `agent-step`. */
export interface AgentStepEvent extends EventFields {
  type: "agent-step";
  executionId: string;
  /** The principal that requested the execution. Absent in events of earlier versions. */
  principalId?: string | undefined;
  /** Its place in the turn. */
  step: number;
  /** `retrying`: the request has failed before the model said anything, and is sent again. */
  status: "completed" | "retrying";
  /** As its vendor names it. */
  model: string;
  /** Why the model has stopped. */
  finishReason?: string | undefined;
  /** With those that were read from a cache. */
  inputTokens?: number | undefined;
  cachedInputTokens?: number | undefined;
  /** With those of the reasoning. */
  outputTokens?: number | undefined;
  reasoningTokens?: number | undefined;
  /** Its tokens are estimated by the bridge. */
  isEstimated?: boolean | undefined;
  /** By the prices in the settings. */
  cost?: number | undefined;
  currency?: string | undefined;
  /** What has failed, if the request is sent again. */
  reason?: string | undefined;
  /** The pause before it is sent again. */
  delayMs?: number | undefined;
}

/** The event `conversation-compacted`. */
export interface ConversationCompactedEvent extends EventFields {
  type: "conversation-compacted";
  executionId: string;
  /** The principal that requested the execution. Absent in events of earlier versions. */
  principalId?: string | undefined;
  /** The number of messages that the summary replaces. */
  droppedItems: number;
  /** Estimated. */
  tokensBefore: number;
  /** Estimated. */
  tokensAfter: number;
}

/** The event `wait-changed`. */
export interface WaitChangedEvent extends EventFields {
  type: "wait-changed";
  executionId: string;
  /** The principal that requested the execution. Absent in events of earlier versions. */
  principalId?: string | undefined;
  /**
   * `caller-tool`: the execution waits for the result of a tool that the caller has lent to the agent. Only the
   * caller can send it, with its next request.
   */
  waitingFor?: "caller-tool" | undefined;
}

/** The event `output-retracted`. */
export interface OutputRetractedEvent extends EventFields {
  type: "output-retracted";
  executionId: string;
  /** The principal that requested the execution. Absent in events of earlier versions. */
  principalId?: string | undefined;
  length: number;
}

/** The event `session-changed`. */
export interface SessionChangedEvent extends EventFields {
  type: "session-changed";
  sessionId: string;
  name: string;
  state: string;
  /** The principal that the session belongs to. Absent for a shared session. */
  principalId?: string | undefined;
}

/** The event `events-lost`. */
export interface EventsLostEvent extends EventFields {
  type: "events-lost";
  from: number;
  to: number;
  /** Present if the events are those of one window: it no longer had them when they were asked for. */
  lostWindowId?: string | undefined;
  /** With `lostWindowId`: the `windowEventId` of the first one. */
  lostFrom?: number | undefined;
  /** With `lostWindowId`: the `windowEventId` of the last one. */
  lostTo?: number | undefined;
}

/** The event `window-joined`. */
export interface WindowJoinedEvent extends EventFields {
  type: "window-joined";
  /** `workspaceFolders` is empty for readers without the scope status:read. */
  window: {
    id: string;
    pid: number;
    editor: string;
    /** `server`: a bridge without an editor, started by `kiro-bridge serve`. Default: `editor`. */
    kind?: "editor" | "server" | undefined;
    workspaceFolders: readonly string[];
    /** When the window had the focus last, in epoch milliseconds. */
    focusedAt?: number | undefined;
  };
}

/** The event `window-left`. */
export interface WindowLeftEvent extends EventFields {
  type: "window-left";
  leftWindowId: string;
  /** Further values may be added. */
  reason: "closed" | "crashed" | "not-responding";
}

/** The response of `POST /api/kiro/execute`. */
export interface ExecuteCommandResponse {
  success: boolean;
  /** What the command returned, as text: '' if nothing was returned, JSON if it is not a string. */
  output: string;
  /** Why the command failed, for people. */
  error?: string | undefined;
  /** Why the command failed, for programs. */
  code?: ErrorCode | undefined;
  /** With KIRO_UNAVAILABLE: the exact cause. */
  cause?: UnavailableCause | undefined;
  executionTimeMs: number;
  executionId: string;
  status: ExecutionStatus;
  /** The exact value. Values that JSON cannot represent are {"$type":…}. */
  result?: unknown;
  exitCode?: number | undefined;
  /** Why the turn ended, as reported by the CLI: end_turn, max_tokens, refusal … */
  stopReason?: string | undefined;
  outputTruncated?: boolean | undefined;
  sessionId?: string | undefined;
  requiresInput?: boolean | undefined;
  /** Identifies this question. No other question of the bridge has the same ID. */
  questionId?: string | undefined;
  prompt?: string | undefined;
  inputType?: InputType | undefined;
  choices?: string[] | undefined;
}

/** The body of an error response to a request to execute a command. */
export interface ExecuteCommandError {
  /** Identifies the error, for programs. */
  code: ErrorCode;
  /** Describes the error and what to do, for people. */
  message: string;
  /** Whether the same request may succeed later. */
  recoverable: boolean;
  timestamp: string;
  executionId?: string | undefined;
  /** Details, depending on the code. */
  context?: Record<string, unknown> | undefined;
  success: false;
  output: string;
  error: string;
  executionTimeMs: number;
  status?: ExecutionStatus | undefined;
}

/** The body of every error response. */
export interface ErrorBody {
  /** Identifies the error, for programs. */
  code: ErrorCode;
  /** Describes the error and what to do, for people. */
  message: string;
  /** Whether the same request may succeed later. */
  recoverable: boolean;
  timestamp: string;
  executionId?: string | undefined;
  /** Details, depending on the code. */
  context?: Record<string, unknown> | undefined;
}

/** The response of `GET /api/kiro/executions`. */
export interface ExecutionList {
  executions: CommandExecution[];
  nextCursor?: string | undefined;
  /** The IDs of windows that did not respond in time, and whose part is missing. Absent if all have responded. */
  missingWindows?: string[] | undefined;
}

/** An execution: one accepted request and everything that happened to it. */
export interface CommandExecution {
  /** `exec-<epoch ms>-<counter>-<letters and digits that identify the run of the bridge>` */
  id: string;
  /** The same ID, under the name that other responses use; absent in old records. */
  executionId?: string | undefined;
  command: string;
  args: string[];
  params?: unknown[] | undefined;
  workspacePath?: string | undefined;
  /** While the execution is queued, the time when it was queued. */
  startedAt: string;
  completedAt?: string | undefined;
  status: ExecutionStatus;
  output: string;
  /** Why the command failed, for people. */
  error?: string | undefined;
  /** Why the command failed, for programs. */
  code?: ErrorCode | undefined;
  /** With KIRO_UNAVAILABLE: the exact cause. */
  cause?: UnavailableCause | undefined;
  /** Where the command runs: editor, cli, plugin, route. Further values may be added. */
  target: string;
  queuedAt: string;
  windowId: string;
  /** The session that was asked for, as in the request. */
  session?: string | undefined;
  sessionId?: string | undefined;
  /** Who sent the request. Absent in records of earlier versions. */
  requestedBy?: Requester | undefined;
  /** The execution in which an agent has requested this one. It is cancelled when that one ends. */
  parentId?: string | undefined;
  /** The `traceparent` that the program has sent, as W3C Trace Context describes it. */
  traceparent?: string | undefined;
  executionTimeMs?: number | undefined;
  result?: unknown;
  exitCode?: number | undefined;
  /** Why the turn ended, as reported by the CLI: end_turn, max_tokens, refusal … */
  stopReason?: string | undefined;
  outputTruncated?: boolean | undefined;
  /**
   * The execution comes from the history, and kiroBridge.history.storeOutput was off: arguments, output and error
   * were not kept.
   */
  contentOmitted?: boolean | undefined;
  /**
   * Texts or values are truncated. In a list, to a preview: GET the execution to read the rest. From the history,
   * to the 1 Mi characters that it keeps of one run.
   */
  contentTruncated?: boolean | undefined;
  /** The execution comes from the history, which replaced secrets by `(hidden)`. */
  contentMasked?: boolean | undefined;
  pendingInput?: PendingInput | undefined;
  /**
   * `caller-tool`: the execution waits for the result of a tool that the caller has lent to the agent. Only the
   * caller can send it, with its next request.
   */
  waitingFor?: "caller-tool" | undefined;
}

/** A question of an execution that waits for the answer. */
export interface PendingInput {
  /** Identifies this question. No other question of the bridge has the same ID. */
  questionId: string;
  prompt: string;
  inputType: InputType;
  choices?: string[] | undefined;
  /** The same choices with their meaning, such as the kind allow_once or reject_once. */
  options?:
    | {
        value: string;
        label: string;
        kind: string;
      }[]
    | undefined;
  /** When the question is denied automatically. */
  expiresAt: string;
}

/** The response of `POST /api/kiro/executions/{id}/cancel`. */
export interface CancelResponse {
  status: ExecutionStatus;
  how: "dequeued" | "cooperative" | "killed" | "not-cancellable";
}

/** The response of `POST /api/kiro/input`. */
export interface UserInputResponse {
  success: true;
  executionId: string;
  questionId?: string | undefined;
}

/** The response of `POST /api/kiro/policy/check`. */
export interface PolicyCheckResponse {
  allowed: boolean;
  /** Where the command runs: editor, cli, plugin, route. Further values may be added. */
  target: string;
  /** Whether the command currently exists. */
  known: boolean;
  /**
   * The rule that decided. Its setting is `built-in` if no setting can change it, and `access` for a rule of the
   * client's own access.
   */
  rule?:
    | {
        setting: string;
        pattern?: string | undefined;
      }
    | undefined;
  /** The scope that the client's access does not include. */
  scope?: string | undefined;
}

/** The response of `POST /api/kiro/tickets`. */
export interface Ticket {
  /** The value for `?ticket=` of one WebSocket or one event stream. */
  ticket: string;
  expiresAt: string;
}

/** The response of `GET /api/kiro/status`. */
export interface KiroStatusResponse {
  status: KiroStatusType;
  /** Why the bridge is unavailable: the editor window was closed, or does not respond. Kiro CLI can still be used. */
  reason?: "window_disconnected" | undefined;
  /** Absent when idle. */
  currentCommand?: string | undefined;
  /** The editor's version. */
  version?: string | undefined;
  availableCommands: string[];
  timestamp: string;
  cli: CliStatus;
  /** The models that the user has configured as agents. */
  engines?: EngineStatus[] | undefined;
  /** The destinations that the user has configured for exports. */
  exports?:
    | {
        /** As in the setting `kiroBridge.exports`. */
        name: string;
        kind: string;
        state: "off" | "idle" | "ok" | "retrying" | "blocked" | "paused";
      }[]
    | undefined;
  queue: {
    running: number;
    queued: number;
  };
  /** True while changed settings wait until nothing is running. The bridge then restarts automatically. */
  pendingRestart?: boolean | undefined;
  /** All windows at the address, each with the fields of `GET /api/kiro/windows`. */
  windows: Window[];
}

/** The status of Kiro CLI. */
export interface CliStatus {
  state: "off" | "unknown" | "ready" | "unavailable";
  reason?: "not_installed" | "not_logged_in" | "not_running" | "not_responding" | undefined;
  /** More precise than the reason. */
  cause?: UnavailableCause | undefined;
  /** Describes the state, for people. */
  detail?: string | undefined;
  version?: string | undefined;
  transport?: "acp" | "oneshot" | "pipe" | undefined;
  sessions: number;
  /** True if the built-in simulator answers instead of Kiro CLI. */
  simulated?: boolean | undefined;
}

/** The state of an engine: a model that the user has configured as an agent. */
export interface EngineStatus {
  /** The value of `target` in requests. */
  id: string;
  name: string;
  wire: "openai-chat" | "openai-responses" | "anthropic" | "vscode-lm";
  /** `off`: the workspace is not trusted. `unknown`: the model was not used yet. */
  state: "off" | "unknown" | "ready" | "unavailable";
  /** Why the last request has failed, if the model was not available. */
  cause?: UnavailableCause | undefined;
  /** Describes the state, for people. */
  detail?: string | undefined;
  sessions: number;
}

/** A window of the editor. */
export interface Window {
  id: string;
  pid: number;
  editor: string;
  /** `server`: a bridge without an editor, started by `kiro-bridge serve`. Default: `editor`. */
  kind?: "editor" | "server" | undefined;
  workspaceFolders: string[];
  /** When the window had the focus last, in epoch milliseconds. */
  focusedAt?: number | undefined;
}

/** The response of `GET /api/kiro/windows`. */
export interface WindowList {
  windows: WindowListing[];
}

/** A window of the editor, as listed by the owner of the address. */
export interface WindowListing {
  id: string;
  pid: number;
  editor: string;
  /** `server`: a bridge without an editor, started by `kiro-bridge serve`. Default: `editor`. */
  kind?: "editor" | "server" | undefined;
  workspaceFolders: string[];
  /** When the window had the focus last, in epoch milliseconds. */
  focusedAt?: number | undefined;
  /** True for the window that gets requests that name none: it had the focus last. */
  focused: boolean;
  /** True for the window that has the address. */
  owner: boolean;
  /** `not-responding`: the window is stopped or very busy. Its work may go on. */
  state: "ready" | "busy" | "unavailable" | "not-responding";
  queue?:
    | {
        running: number;
        queued: number;
      }
    | undefined;
  cli?: CliStatus | undefined;
  /** The commands that not every window has. */
  ownCommands?: string[] | undefined;
}

/** The response of `GET /api/kiro/commands`. */
export interface CommandList {
  commands: Command[];
  /** The total number of matching commands. */
  total: number;
}

/** A command that programs can ask for. */
export interface Command {
  id: string;
  title?: string | undefined;
  /** 'editor', 'kiro-cli', 'engine', or the ID of the extension that contributes the command. */
  source: string;
  /** Whether the policy lets programs run the command, in one window at least. */
  allowed: boolean;
  /** The IDs of the windows that have the command. Absent if all windows have it. */
  windows?: string[] | undefined;
}

/** The response of `GET /health`. */
export interface HealthResponse {
  status: "healthy" | "unhealthy";
  /** Why the bridge is unhealthy. `window_disconnected`: the editor window was closed, or does not respond. */
  reason?: "starting" | "stopping" | "window_disconnected" | undefined;
  timestamp: string;
  server: {
    running: boolean;
    port?: number | undefined;
    host?: string | undefined;
    /** Seconds since the server started to listen. */
    uptime?: number | undefined;
  };
  /**
   * With a challenge: base64url(HMAC-SHA256(token, "kiro-bridge health\n" + challenge + "\n" + host:port of
   * `url`)). Only a bridge that has the token can create it: verify it before you send the token.
   */
  proof?: string | undefined;
  /**
   * With a challenge and a client that was let in: the same by its own token, with the key SHA-256(`salt` + last
   * part of the token) in place of the token.
   */
  clientProof?:
    | {
        salt: string;
        proof: string;
      }
    | undefined;
}

/** The response of `POST /kiro/chat`. */
export interface ChatResponse {
  /** The complete answer of the CLI, unchanged. */
  message: string;
  success: boolean;
  executionId: string;
  /** The session that answered. */
  sessionId?: string | undefined;
  /** The agent that answered: `kiro`, or the ID of an engine. */
  agent?: string | undefined;
  /** Why the turn ended, as reported by the CLI: end_turn, max_tokens, refusal … */
  stopReason?: string | undefined;
  /** Only with schema: the JSON of the answer, which matches it. */
  json?: unknown;
  isTruncated?: boolean | undefined;
  /** What the turn has used, as far as the agent says it. */
  usage?: TurnUsage | undefined;
  /** True if the built-in simulator answered instead of Kiro CLI. */
  simulated?: boolean | undefined;
  error?: string | undefined;
  code?: ErrorCode | undefined;
}

/** What a turn has used, as far as the agent says it. */
export interface TurnUsage {
  credits?: number | undefined;
  /** The part of the agent's context that the conversation fills. */
  contextPercent?: number | undefined;
  /** With those that were read from a cache. */
  inputTokens?: number | undefined;
  cachedInputTokens?: number | undefined;
  /** With those of the reasoning. */
  outputTokens?: number | undefined;
  /** The requests to the model. */
  steps?: number | undefined;
  /** By the prices in the settings. */
  cost?: number | undefined;
  currency?: string | undefined;
}

/** The `data` of any event in the stream of a chat. */
export type ChatStreamEvent =
  | {
      executionId: string;
      position: number;
    }
  | {
      executionId: string;
    }
  | {
      /** The next part of the answer. */
      text: string;
    }
  | {
      /** Additional output of the CLI. */
      text: string;
    }
  | {
      /** This many characters at the end of the answer are void. */
      length: number;
    }
  | {
      executionId: string;
      /** Identifies this question. No other question of the bridge has the same ID. */
      questionId: string;
      prompt: string;
      inputType: InputType;
      choices?: string[] | undefined;
      timeoutMs?: number | undefined;
    }
  | {
      executionId: string;
      /** The principal that requested the execution. Absent in events of earlier versions. */
      principalId?: string | undefined;
      /** Identifies this question. No other question of the bridge has the same ID. */
      questionId: string;
      inputValue: string;
    }
  | {
      executionId: string;
      /** The principal that requested the execution. Absent in events of earlier versions. */
      principalId?: string | undefined;
      /** Identifies this question. No other question of the bridge has the same ID. */
      questionId: string;
      inputValue: string;
    }
  | {
      /** The principal that requested the execution. Absent in events of earlier versions. */
      principalId?: string | undefined;
      toolCallId: string;
      title: string;
      kind?: string | undefined;
      status?: string | undefined;
      /** Who runs the tool: the agent, or the caller, which has lent it. Absent in events of earlier versions. */
      by?: "agent" | "caller" | undefined;
      /** The execution as which the call of an agent runs. Its `parentId` is this execution. */
      childId?: string | undefined;
      /** Changes of files by the tool, as Kiro CLI reports them. Long texts are truncated. */
      diffs?: FileDiff[] | undefined;
    }
  | {
      from: number;
      to: number;
      /** Present if the events are those of one window: it no longer had them when they were asked for. */
      lostWindowId?: string | undefined;
      /** With `lostWindowId`: the `windowEventId` of the first one. */
      lostFrom?: number | undefined;
      /** With `lostWindowId`: the `windowEventId` of the last one. */
      lostTo?: number | undefined;
    }
  | ChatResponse
  | {
      /** Identifies the error, for programs. */
      code: ErrorCode;
      /** Describes the error and what to do, for people. */
      message: string;
      /** Whether the same request may succeed later. */
      recoverable: boolean;
      timestamp: string;
      executionId?: string | undefined;
      /** Details, depending on the code. */
      context?: Record<string, unknown> | undefined;
      success: false;
      error?: string | undefined;
      output: string;
      sessionId?: string | undefined;
    };

/** The response of `POST /kiro/chat` with 202. */
export interface ChatQuestion {
  message: string;
  success: false;
  executionId: string;
  status: string;
  sessionId?: string | undefined;
  requiresInput: true;
  /** Identifies this question. No other question of the bridge has the same ID. */
  questionId: string;
  prompt: string;
  inputType: InputType;
  choices?: string[] | undefined;
}

/** The response of `POST /kiro/chat` with 202. */
export interface ChatAccepted {
  /** What the CLI has said so far. */
  message: string;
  /** True for a repeated request whose execution has completed. */
  success: boolean;
  executionId: string;
  status: ExecutionStatus;
  sessionId?: string | undefined;
}

/** The response of `GET /kiro/sessions`. */
export interface KiroSessionList {
  sessions: KiroSession[];
  /** The IDs of windows that did not respond in time, and whose part is missing. Absent if all have responded. */
  missingWindows?: string[] | undefined;
}

/** A session: a named conversation with Kiro CLI. */
export interface KiroSession {
  id: string;
  name: string;
  /** The agent of the session: `kiro`, or the ID of an engine. */
  agent?: string | undefined;
  workspacePath: string;
  /** The principal that the session belongs to. Absent for a shared session. */
  principalId?: string | undefined;
  state: "sleeping" | "starting" | "idle" | "busy" | "closed";
  /** Absent if the session has no process. */
  transport?: "acp" | "oneshot" | "pipe" | "openai-chat" | "openai-responses" | "anthropic" | "vscode-lm" | undefined;
  turns: number;
  /** How often the process of the session was replaced. */
  restarts: number;
  /** Crashes since the last successful turn. */
  crashes: number;
  createdAt: string;
  lastUsedAt: string;
  simulated?: boolean | undefined;
  /** The window that has the session. */
  windowId?: string | undefined;
}

/** The response of `DELETE /kiro/sessions/{id}`. */
export interface KiroSessionClosed {
  closed: true;
  sessionId: string;
}

/** The response to a request with operations on the bus: a reply, or the `replies` to a list. */
export interface BusAnswer {
  /** The ID of the operation, if it has one. */
  id?: number | undefined;
  result?: unknown;
  error?: ErrorBody | undefined;
  /** Replies to a list of operations, in its order. */
  replies?: BusReply[] | undefined;
}

/** The reply to an operation on the bus, with either `result` or `error`. */
export interface BusReply {
  /** The ID of the operation, if it has one. */
  id?: number | undefined;
  result?: unknown;
  error?: ErrorBody | undefined;
}

/** A frame that the bridge sends over the bus, other than a reply. */
export type BusFrame =
  | {
      type: "ready";
      /** Names the session in URLs: `?session=…`. */
      session: string;
      /** `source` of everything that this session sends. */
      name: string;
      /** False if the session is new. */
      resumed: boolean;
      /** The ID of the latest operation that was processed. */
      lastOp: number;
      /** Frames that the client has missed. */
      missed: number;
      /** Milliseconds that the session is kept after its connection is broken. */
      keptMs: number;
      maxPayloadBytes: number;
    }
  | {
      /** The number of the frame in its session. */
      number: number;
      type: "message";
      subscription: number;
      /** For `ack` and `nack`. */
      delivery: number;
      message: BusMessage;
    }
  | {
      /** The number of the frame in its session. */
      number: number;
      type: "messages-lost";
      subscription: number;
      /** Messages that were dropped because too many waited. */
      count: number;
    }
  | {
      /** The number of the frame in its session. */
      number: number;
      type: "progress";
      /** The ID of the operation `request`. */
      request: number;
      payload?: unknown;
    }
  | {
      /** The number of the frame in its session. */
      number: number;
      type: "cancelled";
      /** The delivery of a request that was cancelled. */
      delivery: number;
    }
  | {
      /** The number of the frame in its session. */
      number: number;
      type: "unsubscribed";
      subscription: number;
      error: ErrorBody;
    };

/** A message on the bus, as subscribers receive it. */
export interface BusMessage {
  messageId: string;
  /** Names the request that this is. */
  correlationId?: string | undefined;
  timestamp: string;
  /** The name of the sender, set by the bus. */
  source: string;
  destination: string;
  /** With `/` between its segments. */
  topic: string;
  messageType: "request" | "response" | "event" | "command";
  priority: number;
  /** Among them `traceId` and `spanId`. */
  headers: Record<string, string>;
  payload?: unknown;
  metadata: Record<string, unknown>;
}

/** The response of `POST /api/kiro/route`. */
export interface RoutingDecision {
  requestId: string;
  userInput: string;
  from?: string | undefined;
  classification: {
    domain: string[];
    complexity: "simple" | "moderate" | "complex";
    contexts: string[];
    patterns: string[];
    urgency: number;
    /** Milliseconds. */
    estimatedDuration: number;
  };
  primaryPlugin: string;
  /** In the order in which they are tried. */
  fallbackPlugins: string[];
  /** The best first, then those that are excluded. */
  capabilityScores: {
    plugin: string;
    score: number;
    capabilities: {
      type: "domain" | "context" | "pattern" | "keyword" | "integration" | "contextPattern";
      /** As the manifest has it. */
      value: string;
      /** Points. */
      weight: number;
      /**
       * word: the text has this word. stem: another form of it. term: the text has a word that belongs to it. file:
       * the kind of a file. glob: the path of a file.
       */
      how: "word" | "stem" | "term" | "file" | "glob";
      /** The words of the text, or the path. */
      matched: string;
    }[];
    factors: {
      name: "priority" | "availability";
      /** The points are multiplied by it. */
      value: number;
      reason: string;
    }[];
    health: "healthy" | "degraded" | "down";
    /** From 0 to 1. */
    availability: number;
    /** Why it is not chosen, whatever its score is. */
    excluded?: string | undefined;
  }[];
  collaborationPlan?:
    | {
        phases: {
          domain: string;
          plugin: string;
          /** The domains of the phases that come before. */
          dependencies: string[];
          /** It can run at the same time as another phase. */
          parallel: boolean;
          /** Milliseconds. */
          estimatedDuration: number;
        }[];
        coordinator: string;
        /** Milliseconds. */
        estimatedDuration: number;
      }
    | undefined;
  executionStrategy: "single_plugin" | "sequential_collaboration" | "parallel_collaboration" | "mixed_collaboration";
  /** US dollars. */
  estimatedCost: number;
  /** Milliseconds. */
  estimatedDuration: number;
  timestamp: string;
}

/** The response of `GET /kiro/exports`. */
export interface ExportDestinationList {
  /** Each window has its own row for a destination. */
  destinations: ExportDestination[];
  /** What is wrong with the setting `kiroBridge.exports`. Such destinations are not used. */
  problems: string[];
  /** The IDs of windows that did not respond in time, and whose part is missing. Absent if all have responded. */
  missingWindows?: string[] | undefined;
}

/** A destination of exports and how it fares, in one window. */
export interface ExportDestination {
  /** As in the setting `kiroBridge.exports`. */
  name: string;
  kind: string;
  state: "off" | "idle" | "ok" | "retrying" | "blocked" | "paused";
  /** When it came into this state. */
  since?: string | undefined;
  lastSuccess?:
    | {
        at: string;
        /** What the answer of the destination proves: that it has stored the items, or only that it has received them. */
        outcome: "stored" | "sent";
        /** For people. */
        detail?: string | undefined;
      }
    | undefined;
  lastError?:
    | {
        /**
         * `passing`: it is tried again. `refused`: the item became a dead letter. `blocked`: a person must fix it.
         * `gone`: the destination asks for no more.
         */
        kind: "passing" | "refused" | "blocked" | "gone";
        /** For people. */
        message: string;
        httpStatus?: number | undefined;
        at: string;
      }
    | undefined;
  nextAttemptAt?: string | undefined;
  waiting: {
    /** Events that were not delivered yet. */
    events: number;
    /** The age of the oldest one. */
    oldestMs: number;
  };
  /** Events that were delivered since the bridge has started. */
  sent: number;
  /** Those that the destination has refused. */
  refused: number;
  /** Those that were lost, because too many were waiting, or the disk was full. */
  dropped: number;
  /** Events that were refused, and are kept to be sent again. */
  deadLetters: number;
  windowId: string;
}

/** The response of `POST /kiro/exports/{name}/test`. */
export interface ExportTestResult {
  success: boolean;
  /** Present if it has succeeded. */
  outcome?: "stored" | "sent" | undefined;
  /** What came back, for people. */
  message: string;
  /** Present if it has failed. */
  error?:
    | {
        /**
         * `passing`: it is tried again. `refused`: the item became a dead letter. `blocked`: a person must fix it.
         * `gone`: the destination asks for no more.
         */
        kind: "passing" | "refused" | "blocked" | "gone";
        /** For people. */
        message: string;
        httpStatus?: number | undefined;
      }
    | undefined;
  elapsedMs: number;
  windowId: string;
}

/** The response of `POST /kiro/exports/{name}/replay`. */
export interface ExportReplay {
  /** Dead letters that are sent again. */
  replayed: number;
}

/** The response of `GET /kiro/exports/{name}/dead-letters`. */
export interface ExportDeadLetterList {
  /** The newest first. */
  deadLetters: ExportDeadLetter[];
  total: number;
}

/** An event that a destination has refused, without its content. */
export interface ExportDeadLetter {
  id: string;
  /** When it was refused. */
  at: string;
  /** For people. */
  reason: string;
  eventType: string;
  executionId?: string | undefined;
}

/** The response of `DELETE /kiro/exports/{name}/dead-letters`. */
export interface ExportDeadLettersRemoved {
  removed: number;
}

/** A request for access that the user has not decided on. */
export interface PairPending {
  status: "pending";
  /** For the user, who compares it with the code in the editor. */
  code: string;
  expiresAt: string;
}

/** The user has let the program in. The token is sent once. */
export interface PairAllowed {
  status: "allowed";
  /** The bridge keeps a hash of it. */
  token: string;
  client: AccessClient;
}

/** A client that was let in. */
export interface AccessClient {
  /** The ID of the client. */
  id: string;
  name: string;
  /** Further values may be added. */
  kind: PrincipalKind;
  scopes: Scope[];
  commands?: CommandRules | undefined;
  limits?: PrincipalLimits | undefined;
  createdAt: string;
  /** Without it, the access ends when it is revoked. */
  expiresAt?: string | undefined;
  /** May be 10 minutes behind for uses in other windows. */
  lastUsedAt?: string | undefined;
  grantedBy: Principal;
  /** The way in of the grant: `editor`, `http` … */
  via: string;
}

/** The response of `GET /api/kiro/access/clients`. */
export interface AccessClientList {
  clients: AccessClient[];
  /** The reason why the stored clients cannot be read. */
  problem?: string | undefined;
}

/** The response of `POST /api/kiro/access/clients` with 201. */
export interface NewClient {
  /** The bridge keeps a hash of it. */
  token: string;
  client: AccessClient;
}

/** The response of `DELETE /api/kiro/access/clients/{id}`. */
export interface Revoked {
  revoked: true;
  id: string;
}

/** The response of `GET /api/kiro/access/requests`. */
export interface PairRequestList {
  requests: PairRequest[];
}

/** A program that asks for access, as shown to those who decide. */
export interface PairRequest {
  id: string;
  /** For the user, who compares it with the code in the editor. */
  code: string;
  name: string;
  scopes: Scope[];
  commands?: CommandRules | undefined;
  limits?: PrincipalLimits | undefined;
  reason?: string | undefined;
  /** The name that the program gives itself in its User-Agent header. */
  program?: string | undefined;
  /** The address that it asks from. */
  from?: string | undefined;
  askedAt: string;
  expiresAt: string;
}

/** The response of `POST /api/kiro/access/requests/{id}`. */
export interface PairDecided {
  id: string;
  status: "allowed" | "denied";
}

/** The response of `GET /api/kiro/access/audit`. */
export interface AuditPage {
  /** Newest first, of all windows. */
  entries: AuditEntry[];
  /** Absent on the last page. A page may have fewer entries than `limit`. */
  nextCursor?: string | undefined;
}

/** One entry of the audit log. */
export interface AuditEntry {
  /** SHA-256 of the line before, in hexadecimal; 64 zeros in the first line of a file. */
  prev: string;
  /** Number of the line in its file, from 0. */
  seq: number;
  time: string;
  /**
   * One of `audit-opened`, `execution`, `execution-accepted`, `execution-ended`, `cancel-requested`,
   * `input-answered`, `terminal-opened`, `request-refused`, `requests-refused`, `pairing-requested`,
   * `pairing-allowed`, `pairing-denied`, `pairing-expired`, `client-created`, `client-revoked`, `client-expired`,
   * `token-rotated`, `access-widened`, `plugin-approved`, `plugin-denied`, `plugin-started`, `plugin-refused`,
   * `export-tested`, `export-replayed`, `dead-letters-removed`, `clock-moved-back`, `entries-lost`; further values
   * may be added.
   */
  kind: string;
  /** The file that has the line. */
  file?: string | undefined;
  /** Absent for a request without a valid token. */
  principal?: Principal | undefined;
  /**
   * The entry point: `http`, `websocket`, `sse`, `terminal`, `editor`, `agent` for a tool of an agent, `export`
   * for the answer of a destination of exports, or a gateway: `openai`, `anthropic`, `mcp`.
   */
  via?: string | undefined;
  /** The name that the program gives itself. */
  program?: string | undefined;
  executionId?: string | undefined;
  target?: string | undefined;
  command?: string | undefined;
  /** `hmac-sha256:` and the HMAC of the arguments with a key that is not in the log. Absent without any. */
  argsDigest?: string | undefined;
  /** The beginning of the arguments as JSON, with secrets masked; only if the user wants the text. */
  args?: string | undefined;
  /** The guard, the scope or the pattern that decided. */
  rule?: string | undefined;
  /** The endpoint, or the method of a WebSocket, of a rejected request. */
  what?: string | undefined;
  /** The final status of an execution. */
  status?: string | undefined;
  /** The error code. */
  code?: string | undefined;
  /** The time that the execution took, or by which the clock was moved. */
  ms?: number | undefined;
  /** Number of entries that this one replaces. */
  count?: number | undefined;
  pairingId?: string | undefined;
  name?: string | undefined;
  client?: Principal | undefined;
  scopes?: string[] | undefined;
  expiresAt?: string | undefined;
  setting?: string | undefined;
  value?: string | undefined;
  /** The folder of a plugin. */
  folder?: string | undefined;
  /** The format of the file, in its first line. */
  format?: string | undefined;
  /** The version of the extension, or of a plugin. */
  version?: string | undefined;
  pid?: number | undefined;
}

/** The response of `GET /api/kiro/access/me`. */
export interface OwnAccess {
  /** `owner`, or the ID of a client in the list of clients. */
  id: string;
  name: string;
  /** Further values may be added. */
  kind: PrincipalKind;
  scopes: Scope[];
  commands?: CommandRules | undefined;
  limits: PrincipalLimits;
  expiresAt?: string | undefined;
}

/** The response of `GET /.well-known/oauth-authorization-server`. */
export interface OAuthServerMetadata {
  issuer: string;
  [name: string]: unknown;
}

/** The response of `GET /.well-known/oauth-protected-resource`. */
export interface OAuthResourceMetadata {
  resource: string;
  [name: string]: unknown;
}

/** An OAuth client, as registered. */
export interface OAuthClient {
  client_id: string;
  client_id_issued_at: number;
  client_name: string;
  redirect_uris: string[];
  grant_types: string[];
  response_types: string[];
  token_endpoint_auth_method: "none";
}

/** The body of an error response of the OAuth endpoints. */
export interface OAuthError {
  /** Identifies the error, for programs. */
  code: ErrorCode;
  /** Describes the error and what to do, for people. */
  message: string;
  /** Whether the same request may succeed later. */
  recoverable: boolean;
  timestamp: string;
  executionId?: string | undefined;
  /** Details, depending on the code. */
  context?: Record<string, unknown> | undefined;
  /** As in RFC 6749 §5.2. */
  error: string;
  error_description: string;
}

/** The tokens of an OAuth client. */
export interface OAuthTokens {
  access_token: string;
  token_type: "Bearer";
  /** In seconds. */
  expires_in: number;
  /** Can be used once. The response then has the next one. */
  refresh_token: string;
  scope: string;
}

/**
 * Its `type` is one of `connection-ready`, `command-started`, `command-output`, `command-completed`,
 * `command-error`, `user-input-required`, `input-accepted`, `status-changed`, `command-queued`,
 * `command-cancelled`, `input-expired`, `tool-call`, `agent-step`, `conversation-compacted`, `wait-changed`,
 * `output-retracted`, `session-changed`, `events-lost`, `window-joined`, `window-left`.
 */
export type BridgeEvent =
  | ConnectionReadyEvent
  | CommandStartedEvent
  | CommandOutputEvent
  | CommandCompletedEvent
  | CommandErrorEvent
  | UserInputRequiredEvent
  | InputAcceptedEvent
  | StatusChangedEvent
  | CommandQueuedEvent
  | CommandCancelledEvent
  | InputExpiredEvent
  | ToolCallEvent
  | AgentStepEvent
  | ConversationCompactedEvent
  | WaitChangedEvent
  | OutputRetractedEvent
  | SessionChangedEvent
  | EventsLostEvent
  | WindowJoinedEvent
  | WindowLeftEvent;

/** Patterns of command IDs with `*`. `deny` takes precedence. */
export interface CommandRules {
  allow?: readonly string[] | undefined;
  deny?: readonly string[] | undefined;
}

/** Limits of one principal. */
export interface PrincipalLimits {
  requestsPerMinute?: number | undefined;
  /** Running executions; further ones wait. */
  running?: number | undefined;
  /** Executions that wait. */
  queued?: number | undefined;
  connections?: number | undefined;
  /** Bytes of bodies and messages that are being received. */
  incomingBytes?: number | undefined;
}

/** Who sent the request. Absent in records of earlier versions. */
export interface Requester {
  /** `editor`: the user, in the editor itself. */
  origin: "program" | "editor";
  /** What the program calls itself in its User-Agent header. With `via` agent: the ID of the agent. */
  name?: string | undefined;
  /** Who sent it, as authenticated. */
  principal?: Principal | undefined;
  /**
   * The gateway that it came through. `agent`: an agent has requested it as a tool, for the principal of its own
   * execution. Absent for the API of the bridge itself.
   */
  via?: "openai" | "anthropic" | "mcp" | "agent" | undefined;
}

/** A change of a file by a tool. */
export interface FileDiff {
  path: string;
  /** Absent for a new file. */
  oldText?: string | undefined;
  newText: string;
  isTruncated?: boolean | undefined;
}

/** The `params` of a request over the WebSocket, by method. */
export interface SocketParams {
  execute: {
    request: ExecuteCommandRequest;
    idempotencyKey?: string | undefined;
    /** As the header of HTTP requests. Default: that of the request that has opened the connection. */
    traceparent?: string | undefined;
    /** Reply immediately with the executionId; events report the progress. */
    respondAsync?: boolean | undefined;
  };
  cancel: {
    executionId: string;
  };
  input: UserInputRequest;
  status?: Readonly<Record<string, never>> | undefined;
  subscribe?:
    | {
        /** The last eventId that the client received. Without it, the client only receives new events. */
        since?: number | undefined;
        /** The epoch of `since`. If it is not the current one, all events are new. */
        epoch?: string | undefined;
        types?: readonly EventType[] | undefined;
        executionId?: string | undefined;
      }
    | undefined;
}

/** The `data` of the events in the stream of a chat, by the name of the event. */
export interface ChatStreamPayloads {
  queued: {
    executionId: string;
    position: number;
  };
  started: {
    executionId: string;
  };
  delta: {
    /** The next part of the answer. */
    text: string;
  };
  notice: {
    /** Additional output of the CLI. */
    text: string;
  };
  retract: {
    /** This many characters at the end of the answer are void. */
    length: number;
  };
  question: {
    executionId: string;
    /** Identifies this question. No other question of the bridge has the same ID. */
    questionId: string;
    prompt: string;
    inputType: InputType;
    choices?: string[] | undefined;
    timeoutMs?: number | undefined;
  };
  "input-accepted": {
    executionId: string;
    /** The principal that requested the execution. Absent in events of earlier versions. */
    principalId?: string | undefined;
    /** Identifies this question. No other question of the bridge has the same ID. */
    questionId: string;
    inputValue: string;
  };
  "input-expired": {
    executionId: string;
    /** The principal that requested the execution. Absent in events of earlier versions. */
    principalId?: string | undefined;
    /** Identifies this question. No other question of the bridge has the same ID. */
    questionId: string;
    inputValue: string;
  };
  tool: {
    /** The principal that requested the execution. Absent in events of earlier versions. */
    principalId?: string | undefined;
    toolCallId: string;
    title: string;
    kind?: string | undefined;
    status?: string | undefined;
    /** Who runs the tool: the agent, or the caller, which has lent it. Absent in events of earlier versions. */
    by?: "agent" | "caller" | undefined;
    /** The execution as which the call of an agent runs. Its `parentId` is this execution. */
    childId?: string | undefined;
    /** Changes of files by the tool, as Kiro CLI reports them. Long texts are truncated. */
    diffs?: FileDiff[] | undefined;
  };
  "events-lost": {
    from: number;
    to: number;
    /** Present if the events are those of one window: it no longer had them when they were asked for. */
    lostWindowId?: string | undefined;
    /** With `lostWindowId`: the `windowEventId` of the first one. */
    lostFrom?: number | undefined;
    /** With `lostWindowId`: the `windowEventId` of the last one. */
    lostTo?: number | undefined;
  };
  done: ChatResponse;
  error: {
    /** Identifies the error, for programs. */
    code: ErrorCode;
    /** Describes the error and what to do, for people. */
    message: string;
    /** Whether the same request may succeed later. */
    recoverable: boolean;
    timestamp: string;
    executionId?: string | undefined;
    /** Details, depending on the code. */
    context?: Record<string, unknown> | undefined;
    success: false;
    error?: string | undefined;
    output: string;
    sessionId?: string | undefined;
  };
}

/** A reply over the WebSocket, with either `result` or `error`. */
export interface SocketReply {
  id: string | number | null;
  result?: unknown;
  error?: ErrorBody | undefined;
}

/** A file with one execution and its events. */
export interface RunExport {
  format: "kiro-bridge-run";
  formatVersion: 1;
  exportedAt: string;
  /** Versions in the window of the run. */
  versions: {
    bridge: string;
    editor: string;
    node: string;
    platform: string;
  };
  execution: CommandExecution;
  /** All known events, in order. */
  events: {
    type: string;
    eventId: number;
    timestamp: string;
    windowId: string;
    [name: string]: unknown;
  }[];
  /** Of a run in an archive: the content that it has. Absent if nothing was left out. */
  content?: "none" | "output" | undefined;
  /** The run was no longer in the history when it was exported, so that only what its end says is known. */
  isComplete?: false | undefined;
}

/** The part of the status that the original API called `KiroStatus`. */
export type KiroStatus = Pick<KiroStatusResponse, "status" | "currentCommand" | "version">;

/** Any value of JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
