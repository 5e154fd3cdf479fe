"""The streams of events and of chats, as iterators."""

from __future__ import annotations

import json
from contextlib import closing
from types import TracebackType
from typing import Any, Callable, Dict, Generator, Generic, Optional, Type, TypeVar, cast

from ._dedupe import Cursor, EventCursor
from ._http import WireRequest
from ._session import Session
from ._sse import ServerSentEvent
from ._stream import ResumingStream
from .errors import INVALID_RESPONSE, KiroBridgeError, error_of
from .event_types import BridgeEvent, ChatEvent
from .types import ChatResponse

_Item = TypeVar("_Item")
_Self = TypeVar("_Self", bound="_Stream[Any]")
_ENDS = ("command-completed", "command-error", "command-cancelled")


class _Stream(Generic[_Item]):
    """An iterator for one thread, which another thread may close."""

    def __init__(self, stream: ResumingStream) -> None:
        self._stream = stream
        self._items = self._read()

    def __iter__(self: _Self) -> _Self:
        return self

    def __next__(self) -> _Item:
        return next(self._items)

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the stream. The iterator stops, also in a thread that waits for the next item."""
        self._stream.close()
        try:
            self._items.close()
        except ValueError:
            # Another thread waits for the next item, and stops on its own.
            pass

    def _read(self) -> Generator[_Item, None, None]:
        raise NotImplementedError


class EventStream(_Stream[BridgeEvent]):
    """The events of the bridge, each once, over all connections."""

    def __init__(
        self,
        session: Session,
        request: Callable[[Dict[str, Any]], WireRequest],
        *,
        cursor: EventCursor,
        reconnect_timeout: Optional[float],
    ) -> None:
        self._cursor = cursor
        stream = ResumingStream(session, lambda: request(cursor.query), reconnect_timeout=reconnect_timeout)
        super().__init__(stream)

    @property
    def cursor(self) -> Optional[Cursor]:
        """The position with which another stream continues; None before the first event."""
        return self._cursor.position

    def _read(self) -> Generator[BridgeEvent, None, None]:
        with closing(self._stream.events()) as events:
            for received in events:
                event = self._cursor.take(_object_of(received))
                if event is not None:
                    yield cast(BridgeEvent, event)


class ExecutionEventStream(_Stream[BridgeEvent]):
    """The events of one execution, each once, until its last one."""

    def __init__(
        self,
        session: Session,
        request: Callable[[Optional[str]], WireRequest],
        *,
        after: Optional[str],
        reconnect_timeout: Optional[float],
    ) -> None:
        #: The ID of the newest event, which ``execution_events`` accepts as ``after``.
        self.last_id = after
        stream = ResumingStream(session, lambda: request(self.last_id), reconnect_timeout=reconnect_timeout)
        super().__init__(stream)

    def _read(self) -> Generator[BridgeEvent, None, None]:
        with closing(self._stream.events()) as events:
            for received in events:
                event = _object_of(received)
                self.last_id = received.id or self.last_id
                if event.get("type") in _ENDS:
                    self._stream.complete()
                yield cast(BridgeEvent, event)


class ChatStream(_Stream[ChatEvent]):
    """One chat. Ends after the event ``done``, or with the error of the chat.

    A broken stream is continued with the idempotency key; no event is delivered twice, and nothing runs twice.
    """

    def __init__(
        self, session: Session, request: WireRequest, *, reconnect_timeout: Optional[float]
    ) -> None:
        #: The key of the request. The same prompt with the same key returns this chat, for 24 hours.
        self.idempotency_key = request.idempotency_key or ""
        #: The answer so far.
        self.text = ""
        #: The execution, as soon as it is known.
        self.execution_id: Optional[str] = None
        #: The complete answer, at the end.
        self.response: Optional[ChatResponse] = None
        self._last_id = 0
        super().__init__(ResumingStream(session, lambda: request, reconnect_timeout=reconnect_timeout))

    def result(self) -> ChatResponse:
        """Reads the rest of the stream, and returns the complete answer."""
        for _ in self:
            pass
        if self.response is None:
            raise RuntimeError("The chat was closed before its end.")
        return self.response

    def _read(self) -> Generator[ChatEvent, None, None]:
        with closing(self._stream.events()) as events:
            for received in events:
                data = _object_of(received)
                if received.name == "error":
                    raise error_of(data)
                if received.name == "done":
                    self._stream.complete()
                elif not self._is_new(received):
                    continue
                self._follow(received.name, data)
                yield cast(ChatEvent, {**data, "type": received.name})

    def _is_new(self, received: ServerSentEvent) -> bool:
        number = int(received.id) if received.id.isdecimal() else 0
        if number <= self._last_id:
            return False
        self._last_id = number
        return True

    def _follow(self, name: str, data: Dict[str, Any]) -> None:
        self.execution_id = data.get("executionId", self.execution_id)
        if name == "delta":
            self.text += data["text"]
        elif name == "retract":
            self.text = without_end(self.text, data["length"])
        elif name == "done":
            self.response = cast(ChatResponse, data)
            self.text = data["message"]


def without_end(text: str, length: int) -> str:
    """Removes UTF-16 code units from the end, which the bridge counts."""
    units = text.encode("utf-16-le", "surrogatepass")
    return units[: max(0, len(units) - 2 * length)].decode("utf-16-le", "surrogatepass")


def _object_of(received: ServerSentEvent) -> Dict[str, Any]:
    try:
        data: Any = json.loads(received.data)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise KiroBridgeError("An event of the stream is not a JSON object.", code=INVALID_RESPONSE)
    return cast(Dict[str, Any], data)
