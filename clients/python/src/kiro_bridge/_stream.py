"""Reads a stream over several connections."""

from __future__ import annotations

import threading
import time
from typing import Callable, Generator, Iterator, Optional

from ._http import Exchange, WireRequest
from ._session import Session
from ._sse import ServerSentEvent
from .errors import NETWORK_ERROR, KiroBridgeError
from .retry import RetryOptions

_RECONNECT = RetryOptions(base_delay=0.2, max_delay=5.0)
_NO_CONTENT = 204


class ResumingStream:
    """Connects again with backoff when a connection has ended too early.

    The first connection fails as any request. Later, only errors that are not recoverable end the stream, or
    ``reconnect_timeout`` seconds without a connection.
    """

    def __init__(
        self, session: Session, request: Callable[[], WireRequest], *, reconnect_timeout: Optional[float]
    ) -> None:
        self._session = session
        self._request = request
        self._reconnect_timeout = reconnect_timeout
        self._closed = threading.Event()
        self._exchange: Optional[Exchange] = None
        self._is_complete = False

    def complete(self) -> None:
        """Ends the stream in order: nothing follows."""
        self._is_complete = True

    def close(self) -> None:
        """Ends the stream, from any thread."""
        self._closed.set()
        exchange = self._exchange
        if exchange is not None:
            exchange.abort()

    def events(self) -> Generator[ServerSentEvent, None, None]:
        """Yields the events of all connections, one after the other."""
        attempt = 0
        is_first = True
        lost_at = time.monotonic()
        while not self._is_over:
            is_connected = False
            try:
                self._exchange = self._connect(is_first)
                is_connected, is_first = True, False
                if self._exchange.status == _NO_CONTENT:
                    self._session.release(self._exchange)
                    return
                for event in self._read(self._exchange):
                    attempt = 0
                    yield event
                    if self._is_over:
                        return
                failure = KiroBridgeError("The stream has ended too early.", code=NETWORK_ERROR, recoverable=True)
            except KiroBridgeError as error:
                failure = error
            if is_connected:
                lost_at = time.monotonic()
            if self._is_over:
                return
            self._check(failure, is_first, time.monotonic() - lost_at)
            self._pause(max(_RECONNECT.backoff(attempt), failure.retry_after or 0.0))
            attempt += 1

    @property
    def _is_over(self) -> bool:
        return self._is_complete or self._closed.is_set() or self._session.is_closed

    def _connect(self, is_first: bool) -> Exchange:
        exchange = self._session.open(self._request()) if is_first else self._session.open_once(self._request())
        self._exchange = exchange
        if self._closed.is_set():
            exchange.abort()
        return exchange

    def _read(self, exchange: Exchange) -> Iterator[ServerSentEvent]:
        try:
            yield from exchange.events()
        finally:
            self._session.release(exchange)

    def _check(self, failure: KiroBridgeError, is_first: bool, seconds: float) -> None:
        is_final = not failure.recoverable or failure.execution_id is not None
        is_too_late = self._reconnect_timeout is not None and seconds >= self._reconnect_timeout
        if is_first or is_final or is_too_late:
            raise failure

    def _pause(self, seconds: float) -> None:
        # Short steps: the client may be closed too, which is another event.
        end = time.monotonic() + seconds
        while not self._is_over and (left := end - time.monotonic()) > 0:
            self._closed.wait(min(left, 0.1))
