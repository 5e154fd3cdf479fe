"""The JSON bodies of the bridge, with the names that they have on the wire.

Each type is a ``TypedDict``: at run time a plain ``dict``, which also keeps fields that this version does not know.
``docs/wire-contract.md`` describes every field.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Dict, List, Optional, TypedDict, Union

if TYPE_CHECKING:
    from typing_extensions import Literal, NotRequired
elif sys.version_info >= (3, 11):
    from typing import Literal, NotRequired
else:
    from typing import Literal

    NotRequired = Optional

ErrorCode = Literal[
    "VALIDATION_FAILED",
    "AUTHENTICATION_FAILED",
    "ACCESS_DENIED",
    "NOT_FOUND",
    "OPERATION_TIMEOUT",
    "CONFLICT",
    "PAYLOAD_TOO_LARGE",
    "UNSUPPORTED_MEDIA_TYPE",
    "RATE_LIMIT_EXCEEDED",
    "INTERNAL_ERROR",
    "CONFIGURATION_ERROR",
    "KIRO_UNAVAILABLE",
    "COMMAND_EXECUTION_FAILED",
]
ExecutionStatus = Literal["queued", "running", "waiting-input", "completed", "failed", "cancelled", "interrupted"]
InputType = Literal["text", "choice", "file", "confirmation"]
KiroStatusType = Literal["ready", "busy", "unavailable"]
Cause = Literal[
    "bridge-off",
    "bridge-starting",
    "bridge-stopping",
    "window-gone",
    "workspace-untrusted",
    "cli-missing",
    "cli-signed-out",
    "cli-incompatible",
    "cli-broken",
    "cli-not-responding",
    "cli-ended",
    "cli-restarting",
    "plugin-gone",
    "engine-unauthorized",
    "engine-forbidden",
    "engine-overloaded",
    "engine-unreachable",
    "engine-tls",
    "engine-clock",
    "engine-protocol",
    "engine-cut",
    "engine-silent",
]
Transport = Literal["acp", "oneshot", "pipe"]
Wire = Literal["openai-chat", "openai-responses", "anthropic", "vscode-lm"]


class Principal(TypedDict):
    """A program or user, as authenticated by the bridge."""

    id: str
    name: str
    kind: str


class Requester(TypedDict):
    """The sender of a request."""

    origin: Literal["program", "editor"]
    name: NotRequired[str]
    principal: NotRequired[Principal]
    via: NotRequired[Literal["openai", "anthropic", "mcp", "agent"]]


class InputOption(TypedDict):
    """A choice of a question, with its meaning."""

    value: str
    label: str
    kind: str


class PendingInput(TypedDict):
    """A question of an execution that waits for the answer."""

    questionId: str
    prompt: str
    inputType: InputType
    choices: NotRequired[List[str]]
    options: NotRequired[List[InputOption]]
    expiresAt: str


class ExecuteCommandResponse(TypedDict):
    """The response of ``POST /api/kiro/execute``."""

    success: bool
    output: str
    error: NotRequired[str]
    code: NotRequired[ErrorCode]
    cause: NotRequired[Cause]
    executionTimeMs: int
    executionId: str
    status: ExecutionStatus
    result: NotRequired[Any]
    exitCode: NotRequired[int]
    stopReason: NotRequired[str]
    outputTruncated: NotRequired[bool]
    sessionId: NotRequired[str]
    requiresInput: NotRequired[bool]
    questionId: NotRequired[str]
    prompt: NotRequired[str]
    inputType: NotRequired[InputType]
    choices: NotRequired[List[str]]


class CommandExecution(TypedDict):
    """An execution, as the list and the history have it."""

    id: str
    executionId: NotRequired[str]
    command: str
    args: List[str]
    params: NotRequired[List[Any]]
    workspacePath: NotRequired[str]
    startedAt: str
    completedAt: NotRequired[str]
    status: ExecutionStatus
    output: str
    error: NotRequired[str]
    code: NotRequired[ErrorCode]
    cause: NotRequired[Cause]
    target: str
    queuedAt: str
    windowId: str
    session: NotRequired[str]
    sessionId: NotRequired[str]
    requestedBy: NotRequired[Requester]
    parentId: NotRequired[str]
    traceparent: NotRequired[str]
    executionTimeMs: NotRequired[int]
    result: NotRequired[Any]
    exitCode: NotRequired[int]
    stopReason: NotRequired[str]
    outputTruncated: NotRequired[bool]
    contentOmitted: NotRequired[bool]
    contentTruncated: NotRequired[bool]
    contentMasked: NotRequired[bool]
    pendingInput: NotRequired[PendingInput]
    waitingFor: NotRequired[Literal["caller-tool"]]


class ExecutionList(TypedDict):
    """One page of executions, newest first."""

    executions: List[CommandExecution]
    nextCursor: NotRequired[str]
    missingWindows: NotRequired[List[str]]


class CancelResponse(TypedDict):
    """The effect of a cancellation."""

    status: ExecutionStatus
    how: Literal["dequeued", "cooperative", "killed", "not-cancellable"]


class UserInputResponse(TypedDict):
    """The acceptance of an answer to a question."""

    success: Literal[True]
    executionId: str
    questionId: NotRequired[str]


class CliStatus(TypedDict):
    """The state of Kiro CLI."""

    state: Literal["off", "unknown", "ready", "unavailable"]
    reason: NotRequired[Literal["not_installed", "not_logged_in", "not_running", "not_responding"]]
    cause: NotRequired[Cause]
    detail: NotRequired[str]
    version: NotRequired[str]
    transport: NotRequired[Transport]
    sessions: int
    simulated: NotRequired[bool]


class EngineStatus(TypedDict):
    """The state of an engine: a model that the user has configured as an agent."""

    id: str
    name: str
    wire: Wire
    state: Literal["off", "unknown", "ready", "unavailable"]
    cause: NotRequired[Cause]
    detail: NotRequired[str]
    sessions: int


class DestinationState(TypedDict):
    """The state of a destination of exports."""

    name: str
    kind: str
    state: Literal["ok", "idle", "retrying", "blocked", "paused", "off"]


class Queue(TypedDict):
    """The number of running and queued executions."""

    running: int
    queued: int


class Window(TypedDict):
    """An editor window at the address."""

    id: str
    pid: int
    editor: str
    kind: NotRequired[Literal["editor", "server"]]
    workspaceFolders: List[str]
    focusedAt: NotRequired[float]


class WindowListing(Window):
    """A window as ``GET /api/kiro/windows`` lists it."""

    focused: bool
    owner: bool
    state: Literal["ready", "busy", "unavailable", "not-responding"]
    queue: NotRequired[Queue]
    cli: NotRequired[CliStatus]
    ownCommands: NotRequired[List[str]]


class WindowList(TypedDict):
    """The response of ``GET /api/kiro/windows``."""

    windows: List[WindowListing]


class KiroStatusResponse(TypedDict):
    """The response of ``GET /api/kiro/status``; with ``fields``, only those that were asked for."""

    status: KiroStatusType
    reason: NotRequired[Literal["window_disconnected"]]
    currentCommand: NotRequired[str]
    version: NotRequired[str]
    availableCommands: List[str]
    timestamp: str
    cli: CliStatus
    engines: NotRequired[List[EngineStatus]]
    exports: NotRequired[List[DestinationState]]
    queue: Queue
    pendingRestart: NotRequired[bool]
    windows: List[Window]


class HealthServer(TypedDict):
    """The server part of a health response."""

    running: bool
    port: NotRequired[int]
    host: NotRequired[str]
    uptime: NotRequired[float]


class ClientProof(TypedDict):
    """The proof for a client with a token of its own."""

    salt: str
    proof: str


class HealthResponse(TypedDict):
    """The response of ``GET /health``."""

    status: Literal["healthy", "unhealthy"]
    reason: NotRequired[Literal["starting", "stopping", "window_disconnected"]]
    timestamp: str
    server: HealthServer
    proof: NotRequired[str]
    clientProof: NotRequired[ClientProof]


class Command(TypedDict):
    """A command of the editor or of Kiro CLI."""

    id: str
    title: NotRequired[str]
    source: str
    allowed: bool
    windows: NotRequired[List[str]]


class CommandList(TypedDict):
    """The response of ``GET /api/kiro/commands``."""

    commands: List[Command]
    total: int


class PolicyRule(TypedDict):
    """The rule that decided a policy check."""

    setting: str
    pattern: NotRequired[str]


class PolicyCheckResponse(TypedDict):
    """The decision of the policy for a request, which was not executed."""

    allowed: bool
    target: str
    known: bool
    rule: NotRequired[PolicyRule]
    scope: NotRequired[str]


class TurnUsage(TypedDict):
    """What a turn has used, as far as the agent says it."""

    credits: NotRequired[float]
    contextPercent: NotRequired[float]
    inputTokens: NotRequired[int]
    cachedInputTokens: NotRequired[int]
    outputTokens: NotRequired[int]
    steps: NotRequired[int]
    cost: NotRequired[float]
    currency: NotRequired[str]


class ChatResponse(TypedDict):
    """The complete answer of Kiro CLI."""

    message: str
    success: bool
    executionId: str
    sessionId: NotRequired[str]
    agent: NotRequired[str]
    stopReason: NotRequired[str]
    json: NotRequired[Any]
    isTruncated: NotRequired[bool]
    usage: NotRequired[TurnUsage]
    simulated: NotRequired[bool]
    error: NotRequired[str]
    code: NotRequired[ErrorCode]


class ChatAccepted(TypedDict):
    """A chat that goes on without a connection."""

    message: str
    success: bool
    executionId: str
    status: ExecutionStatus
    sessionId: NotRequired[str]


class KiroSession(TypedDict):
    """A conversation with an agent in one folder."""

    id: str
    name: str
    agent: NotRequired[str]
    workspacePath: str
    principalId: NotRequired[str]
    state: Literal["sleeping", "starting", "idle", "busy", "closed"]
    transport: NotRequired[Transport | Wire]
    turns: int
    restarts: int
    crashes: int
    createdAt: str
    lastUsedAt: str
    simulated: NotRequired[bool]
    windowId: NotRequired[str]


class KiroSessionList(TypedDict):
    """The response of ``GET /kiro/sessions``."""

    sessions: List[KiroSession]
    missingWindows: NotRequired[List[str]]


class KiroSessionClosed(TypedDict):
    """The response of ``DELETE /kiro/sessions/{id}``."""

    closed: Literal[True]
    sessionId: str


class Ticket(TypedDict):
    """Replaces the token in the URL of one WebSocket or event stream."""

    ticket: str
    expiresAt: str


Json = Union[None, bool, int, float, str, List[Any], Dict[str, Any]]
