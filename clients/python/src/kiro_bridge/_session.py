"""Sends requests: with the current token, again after a lost connection, until the client is closed."""

from __future__ import annotations

import threading
from typing import Any, Callable, Optional, Protocol, Set, Tuple, TypeVar

from ._http import Address, Exchange, WireRequest
from .errors import KiroBridgeError
from .retry import RetryOptions

_UNAUTHORIZED = 401
_T = TypeVar("_T")


class AddressSource(Protocol):
    """The address of the bridge and its token, which may change."""

    def current(self) -> Address:
        """Returns the address to use now."""
        ...

    def invalidate(self, address: Address) -> None:
        """Has the next call of ``current`` look again, unless that was done since ``address`` was returned."""
        ...


class FixedAddress:
    """An address that the program has passed, with a token or a function that returns it."""

    def __init__(self, url: str, token: Callable[[], Optional[str]]) -> None:
        self._url = url
        self._token = token

    def current(self) -> Address:
        """Returns the address with the present token."""
        return Address(self._url, self._token())

    def invalidate(self, address: Address) -> None:
        """Does nothing: the token is read for each request."""


class FoundAddress:
    """An address that is looked for again when it was not right."""

    def __init__(self, find: Callable[[], Address]) -> None:
        self._find = find
        self._lock = threading.Lock()
        self._address: Optional[Address] = None

    def current(self) -> Address:
        """Returns the address, after it was looked for if necessary."""
        with self._lock:
            if self._address is None:
                self._address = self._find()
            return self._address

    def invalidate(self, address: Address) -> None:
        """Forgets the address."""
        with self._lock:
            if self._address is address:
                self._address = None


class Session:
    """The requests of one client. Safe to use from several threads."""

    def __init__(self, source: AddressSource, *, retry: RetryOptions, user_agent: str) -> None:
        self.source = source
        self.retry = retry
        self._user_agent = user_agent
        self._exchanges: Set[Exchange] = set()
        self._lock = threading.Lock()
        self._closed = threading.Event()

    @property
    def is_closed(self) -> bool:
        """True once the client is closed."""
        return self._closed.is_set()

    def pause(self, seconds: float) -> None:
        """Waits, but not longer than the client is open."""
        self._closed.wait(seconds)

    def call(self, request: WireRequest, accept_status: Tuple[int, ...] = ()) -> Any:
        """Returns the JSON of the response. Repeats a repeatable request whose response was lost."""
        return self._attempt(request, lambda: self._exchange(request, accept_status, lambda done: done.json()))

    def read(self, request: WireRequest) -> bytes:
        """Returns the body of the response."""
        return self._attempt(request, lambda: self._exchange(request, (), lambda done: done.read()))

    def open(self, request: WireRequest) -> Exchange:
        """Returns a response whose body is not read yet. Hand it to ``release`` in the end."""
        return self._attempt(request, lambda: self._send(request, ()))

    def open_once(self, request: WireRequest) -> Exchange:
        """Does the same without retries, except for one with another token."""
        return self._send(request, ())

    def release(self, exchange: Exchange) -> None:
        """Ends an exchange."""
        exchange.close()
        with self._lock:
            self._exchanges.discard(exchange)

    def close(self) -> None:
        """Ends all exchanges and waits, in all threads."""
        self._closed.set()
        with self._lock:
            exchanges = list(self._exchanges)
        for exchange in exchanges:
            exchange.abort()

    def _attempt(self, request: WireRequest, run: Callable[[], _T]) -> _T:
        attempt = 0
        while True:
            try:
                return run()
            except KiroBridgeError as error:
                delay = self.retry.delay(attempt, error) if request.is_repeatable else None
                if delay is None:
                    raise
                attempt += 1
                self.pause(delay)

    def _exchange(self, request: WireRequest, accept_status: Tuple[int, ...], read: Callable[[Exchange], _T]) -> _T:
        exchange = self._send(request, accept_status)
        try:
            return read(exchange)
        finally:
            self.release(exchange)

    def _send(self, request: WireRequest, accept_status: Tuple[int, ...]) -> Exchange:
        address = self.source.current()
        try:
            return self._send_to(address, request, accept_status)
        except KiroBridgeError as error:
            if error.status == _UNAUTHORIZED or error.status is None:
                self.source.invalidate(address)
            if error.status != _UNAUTHORIZED:
                raise
            # The bridge rejected it before anything ran, so that it may be sent again.
            current = self.source.current()
            if current.token == address.token:
                raise
        return self._send_to(current, request, accept_status)

    def _send_to(self, address: Address, request: WireRequest, accept_status: Tuple[int, ...]) -> Exchange:
        exchange = Exchange(address, request, self._user_agent)
        with self._lock:
            self._exchanges.add(exchange)
        try:
            if self.is_closed:
                raise RuntimeError("The client is closed.")
            exchange.send()
            if 200 <= exchange.status < 300 or exchange.status in accept_status:
                return exchange
            raise exchange.error()
        except BaseException as error:
            self.release(exchange)
            if self.is_closed and isinstance(error, KiroBridgeError) and error.status is None:
                raise RuntimeError("The client is closed.") from None
            raise
