"""One HTTP exchange with the bridge, on a connection of its own."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from dataclasses import dataclass, field
from typing import Any, Dict, Iterator, Mapping, Optional, Union, cast
from urllib.parse import quote, urlencode, urlsplit

from ._sse import ServerSentEvent, SseParser
from .errors import INVALID_RESPONSE, KiroBridgeError, network_error, response_error

#: Seconds for a connection to be established.
CONNECT_TIMEOUT = 10.0
#: Seconds without any byte after which a stream is considered broken. The bridge sends a comment every 10 s.
STREAM_TIMEOUT = 45.0
_CHUNK_BYTES = 65_536

Query = Mapping[str, Union[str, int, None]]


def _no_query() -> Query:
    return {}


def _no_headers() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class Address:
    """A bridge and the token for it, which is never printed."""

    url: str
    token: Optional[str] = field(default=None, repr=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            raise ValueError("The address of a bridge is http://host:port.")
        # Also because http.client names a header that it rejects, with its value.
        if self.token is not None and not (self.token.isascii() and self.token.isprintable() and " " not in self.token):
            raise ValueError("The token has characters that no token has.")


@dataclass(frozen=True)
class WireRequest:
    """A request before it is sent."""

    method: str
    path: str
    query: Query = field(default_factory=_no_query)
    body: Optional[Mapping[str, Any]] = None
    headers: Mapping[str, str] = field(default_factory=_no_headers)
    idempotency_key: Optional[str] = None
    #: Seconds without any byte of the response.
    timeout: float = 30.0
    #: True if the request has the same effect when it is sent twice.
    is_repeatable: bool = False

    @property
    def target(self) -> str:
        """The path with the query."""
        given = {name: value for name, value in self.query.items() if value is not None}
        return self.path + ("?" + urlencode(given) if given else "")


def path_of(*parts: str) -> str:
    """Builds a path out of segments, each encoded."""
    return "/" + "/".join(quote(part, safe="") for part in parts)


class Exchange:
    """Sends a request and reads its response. ``abort`` may be called from any thread."""

    def __init__(self, address: Address, request: WireRequest, user_agent: str) -> None:
        self._address = address
        self._request = request
        self._user_agent = user_agent
        self._socket: Optional[socket.socket] = None
        self._response: Optional[http.client.HTTPResponse] = None
        self._is_aborted = False

    def send(self) -> None:
        """Sends the request, and waits for the head of the response."""
        parts = urlsplit(self._address.url)
        host = parts.hostname or ""
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            context = ssl.create_default_context()
            connection = http.client.HTTPSConnection(host, parts.port, timeout=CONNECT_TIMEOUT, context=context)
        else:
            connection = http.client.HTTPConnection(host, parts.port, timeout=CONNECT_TIMEOUT)
        try:
            connection.connect()
            self._socket = established = cast(socket.socket, connection.sock)
            if self._is_aborted:
                self.abort()
            established.settimeout(self._request.timeout)
            body = None if self._request.body is None else json.dumps(self._request.body, allow_nan=False).encode()
            target = parts.path.rstrip("/") + self._request.target
            connection.request(self._request.method, target, body, self._headers(body))
            self._response = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise network_error(error) from None
        except BaseException:
            connection.close()
            raise

    @property
    def status(self) -> int:
        """The status of the response."""
        return self._received.status

    def header(self, name: str) -> Optional[str]:
        """Returns a header of the response."""
        return self._received.getheader(name)

    def error(self) -> KiroBridgeError:
        """Reads the rest, and converts it to the error that it is."""
        return response_error(self.status, self.read(), self.header("retry-after"))

    def read(self) -> bytes:
        """Reads the whole body."""
        try:
            return self._received.read()
        except (OSError, http.client.HTTPException) as error:
            raise network_error(error) from None
        finally:
            self.close()

    def json(self) -> Any:
        """Reads the whole body as JSON."""
        try:
            return json.loads(self.read())
        except ValueError:
            raise KiroBridgeError("The response is not JSON.", code=INVALID_RESPONSE, status=self.status) from None

    def events(self) -> Iterator[ServerSentEvent]:
        """Yields Server-Sent Events until the response ends."""
        parser = SseParser()
        try:
            while True:
                chunk = self._received.read1(_CHUNK_BYTES)
                if chunk == b"":
                    return
                yield from parser.feed(chunk)
        except (OSError, http.client.HTTPException) as error:
            raise network_error(error) from None
        finally:
            self.close()

    def abort(self) -> None:
        """Ends the connection, which wakes up a thread that waits for it."""
        self._is_aborted = True
        if self._socket is not None:
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self) -> None:
        """Frees the connection. Only for the thread that reads."""
        if self._socket is not None:
            self._socket.close()
        if self._response is not None:
            self._response.close()

    @property
    def _received(self) -> http.client.HTTPResponse:
        if self._response is None:
            raise RuntimeError("The request was not sent.")
        return self._response

    def _headers(self, body: Optional[bytes]) -> Dict[str, str]:
        request = self._request
        headers = {"Connection": "close", "User-Agent": self._user_agent, **request.headers}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if self._address.token is not None:
            headers["Authorization"] = f"Bearer {self._address.token}"
        if request.idempotency_key is not None:
            headers["Idempotency-Key"] = request.idempotency_key
        return headers
