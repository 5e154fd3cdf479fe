"""The events of the bridge, distinguished by their ``type``, and those of a streamed chat."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, List, Optional, TypedDict, Union

from .types import (
    Cause,
    ChatResponse,
    ErrorCode,
    InputType,
    KiroStatusType,
    Requester,
    Window,
)

if TYPE_CHECKING:
    from typing_extensions import Literal, NotRequired
elif sys.version_info >= (3, 11):
    from typing import Literal, NotRequired
else:
    from typing import Literal

    NotRequired = Optional


class ServerInfo(TypedDict):
    """The bridge that a stream is connected to."""

    version: str
    features: List[str]


class FileDiff(TypedDict):
    """A change of a file by a tool."""

    path: str
    oldText: NotRequired[str]
    newText: str
    isTruncated: NotRequired[bool]


class _Event(TypedDict):
    eventId: int
    timestamp: str
    windowId: str
    windowEventId: NotRequired[int]


class _ExecutionEvent(_Event):
    executionId: str
    principalId: NotRequired[str]


class ConnectionReadyEvent(_Event):
    """Begins every connection of an event stream, also after a reconnect."""

    type: Literal["connection-ready"]
    serverInfo: ServerInfo
    epoch: str
    lastEventId: int
    clientId: str


class CommandQueuedEvent(_ExecutionEvent):
    """An execution waits in the queue."""

    type: Literal["command-queued"]
    command: str
    position: int
    target: NotRequired[str]
    requestedBy: NotRequired[Requester]
    parentId: NotRequired[str]
    traceparent: NotRequired[str]


class CommandStartedEvent(_ExecutionEvent):
    """An execution has started."""

    type: Literal["command-started"]
    command: str
    args: List[str]
    target: NotRequired[str]
    requestedBy: NotRequired[Requester]
    parentId: NotRequired[str]
    traceparent: NotRequired[str]


class CommandOutputEvent(_ExecutionEvent):
    """The next part of the output: the answer on ``stdout``, additional output on ``stderr``."""

    type: Literal["command-output"]
    output: str
    stream: Literal["stdout", "stderr"]


class OutputRetractedEvent(_ExecutionEvent):
    """The last ``length`` characters of the output are void, and will be sent again."""

    type: Literal["output-retracted"]
    length: int


class ToolCallEvent(_ExecutionEvent):
    """Kiro CLI uses a tool."""

    type: Literal["tool-call"]
    toolCallId: str
    title: str
    kind: NotRequired[str]
    status: NotRequired[str]
    childId: NotRequired[str]
    by: NotRequired[Literal["agent", "caller"]]
    diffs: NotRequired[List[FileDiff]]


class AgentStepEvent(_ExecutionEvent):
    """A request of an agent to its model has ended, or is repeated."""

    type: Literal["agent-step"]
    step: int
    status: Literal["completed", "retrying"]
    model: str
    finishReason: NotRequired[str]
    inputTokens: NotRequired[int]
    cachedInputTokens: NotRequired[int]
    outputTokens: NotRequired[int]
    reasoningTokens: NotRequired[int]
    isEstimated: NotRequired[bool]
    cost: NotRequired[float]
    currency: NotRequired[str]
    reason: NotRequired[str]
    delayMs: NotRequired[int]


class ConversationCompactedEvent(_ExecutionEvent):
    """The conversation was too long for the model: a summary has replaced its older messages."""

    type: Literal["conversation-compacted"]
    droppedItems: int
    tokensBefore: int
    tokensAfter: int


class WaitChangedEvent(_ExecutionEvent):
    """An execution waits for ``waitingFor``, or, without it, goes on."""

    type: Literal["wait-changed"]
    waitingFor: NotRequired[Literal["caller-tool"]]


class UserInputRequiredEvent(_ExecutionEvent):
    """An execution asks a question."""

    type: Literal["user-input-required"]
    questionId: str
    prompt: str
    inputType: InputType
    choices: NotRequired[List[str]]
    timeoutMs: NotRequired[int]


class InputAcceptedEvent(_ExecutionEvent):
    """A question was answered."""

    type: Literal["input-accepted"]
    questionId: str
    inputValue: str


class InputExpiredEvent(_ExecutionEvent):
    """A question was denied, because nobody answered."""

    type: Literal["input-expired"]
    questionId: str
    inputValue: str


class CommandCompletedEvent(_ExecutionEvent):
    """An execution has completed."""

    type: Literal["command-completed"]
    success: bool
    output: str
    exitCode: NotRequired[int]
    executionTimeMs: int


class CommandErrorEvent(_ExecutionEvent):
    """An execution has failed or was interrupted."""

    type: Literal["command-error"]
    error: str
    errorCode: NotRequired[ErrorCode]
    cause: NotRequired[Cause]
    recoverable: bool
    status: NotRequired[Literal["interrupted"]]


class CommandCancelledEvent(_ExecutionEvent):
    """An execution was cancelled."""

    type: Literal["command-cancelled"]
    how: Literal["dequeued", "cooperative", "killed"]


class StatusChangedEvent(_Event):
    """The status of the bridge has changed."""

    type: Literal["status-changed"]
    status: KiroStatusType
    currentCommand: NotRequired[str]
    principalId: NotRequired[str]
    previousStatus: NotRequired[KiroStatusType]


class SessionChangedEvent(_Event):
    """A session of Kiro CLI has changed."""

    type: Literal["session-changed"]
    sessionId: str
    name: str
    state: str
    principalId: NotRequired[str]


class WindowJoinedEvent(_Event):
    """A window has joined the address."""

    type: Literal["window-joined"]
    window: Window


class WindowLeftEvent(_Event):
    """A window has left the address."""

    type: Literal["window-left"]
    leftWindowId: str
    reason: Literal["closed", "crashed", "not-responding"]


# ``from`` is a keyword of Python, so a class body cannot declare it.
_EventRange = TypedDict("_EventRange", {"from": int, "to": int})


class _LostEvents(_EventRange):
    lostWindowId: NotRequired[str]
    lostFrom: NotRequired[int]
    lostTo: NotRequired[int]


class EventsLostEvent(_Event, _LostEvents):
    """Events that are no longer kept were skipped."""

    type: Literal["events-lost"]


BridgeEvent = Union[
    ConnectionReadyEvent,
    CommandQueuedEvent,
    CommandStartedEvent,
    CommandOutputEvent,
    OutputRetractedEvent,
    ToolCallEvent,
    AgentStepEvent,
    ConversationCompactedEvent,
    WaitChangedEvent,
    UserInputRequiredEvent,
    InputAcceptedEvent,
    InputExpiredEvent,
    CommandCompletedEvent,
    CommandErrorEvent,
    CommandCancelledEvent,
    StatusChangedEvent,
    SessionChangedEvent,
    WindowJoinedEvent,
    WindowLeftEvent,
    EventsLostEvent,
]

EventType = Literal[
    "connection-ready",
    "command-queued",
    "command-started",
    "command-output",
    "output-retracted",
    "tool-call",
    "agent-step",
    "conversation-compacted",
    "wait-changed",
    "user-input-required",
    "input-accepted",
    "input-expired",
    "command-completed",
    "command-error",
    "command-cancelled",
    "status-changed",
    "session-changed",
    "window-joined",
    "window-left",
    "events-lost",
]


class ChatQueuedEvent(TypedDict):
    """The prompt waits in the queue."""

    type: Literal["queued"]
    executionId: str
    position: int


class ChatStartedEvent(TypedDict):
    """The turn has started."""

    type: Literal["started"]
    executionId: str


class ChatDeltaEvent(TypedDict):
    """The next part of the answer."""

    type: Literal["delta"]
    text: str


class ChatNoticeEvent(TypedDict):
    """Additional output of the CLI."""

    type: Literal["notice"]
    text: str


class ChatRetractEvent(TypedDict):
    """The last ``length`` characters of the answer are void.

    The bridge counts UTF-16 code units; see ``ChatStream.text``, which is kept up to date.
    """

    type: Literal["retract"]
    length: int


class ChatQuestionEvent(TypedDict):
    """Kiro CLI asks a question."""

    type: Literal["question"]
    executionId: str
    questionId: str
    prompt: str
    inputType: InputType
    choices: NotRequired[List[str]]
    timeoutMs: NotRequired[int]


class ChatInputEvent(TypedDict):
    """A question was answered, or was denied because nobody answered."""

    type: Literal["input-accepted", "input-expired"]
    executionId: str
    principalId: NotRequired[str]
    questionId: str
    inputValue: str


class ChatToolEvent(TypedDict):
    """Kiro CLI uses a tool."""

    type: Literal["tool"]
    principalId: NotRequired[str]
    toolCallId: str
    title: str
    kind: NotRequired[str]
    status: NotRequired[str]
    childId: NotRequired[str]
    by: NotRequired[Literal["agent", "caller"]]
    diffs: NotRequired[List[FileDiff]]


class ChatEventsLostEvent(_LostEvents):
    """Parts of the stream were skipped; ``done`` has the complete text."""

    type: Literal["events-lost"]


class ChatDoneEvent(ChatResponse):
    """The complete answer, as the last event."""

    type: Literal["done"]


ChatEvent = Union[
    ChatQueuedEvent,
    ChatStartedEvent,
    ChatDeltaEvent,
    ChatNoticeEvent,
    ChatRetractEvent,
    ChatQuestionEvent,
    ChatInputEvent,
    ChatToolEvent,
    ChatEventsLostEvent,
    ChatDoneEvent,
]
