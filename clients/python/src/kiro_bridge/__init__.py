"""A client of Kiro Bridge, which runs commands of the editor and prompts of Kiro CLI."""

from ._chats import new_idempotency_key
from ._dedupe import Cursor
from ._version import __version__
from .client import KiroBridgeClient
from .discovery import BridgeEntry, discovery_folder, read_entries
from .errors import INVALID_RESPONSE, NETWORK_ERROR, KiroBridgeError
from .event_types import BridgeEvent, ChatEvent, ChatQuestionEvent, EventType
from .retry import RetryOptions
from .streams import ChatStream, EventStream, ExecutionEventStream
from .types import (
    ChatAccepted,
    ChatResponse,
    CommandExecution,
    ErrorCode,
    ExecuteCommandResponse,
    KiroStatusResponse,
    PendingInput,
)

__all__ = [
    "INVALID_RESPONSE",
    "NETWORK_ERROR",
    "BridgeEntry",
    "BridgeEvent",
    "ChatAccepted",
    "ChatEvent",
    "ChatQuestionEvent",
    "ChatResponse",
    "ChatStream",
    "CommandExecution",
    "Cursor",
    "ErrorCode",
    "EventStream",
    "EventType",
    "ExecuteCommandResponse",
    "ExecutionEventStream",
    "KiroBridgeClient",
    "KiroBridgeError",
    "KiroStatusResponse",
    "PendingInput",
    "RetryOptions",
    "__version__",
    "discovery_folder",
    "new_idempotency_key",
    "read_entries",
]
