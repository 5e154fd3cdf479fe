"""The one error class of this package."""

from __future__ import annotations

import json
import socket
from typing import Any, Dict, Mapping, Optional, cast

#: The bridge could not be reached, or the connection has ended too early.
NETWORK_ERROR = "NETWORK_ERROR"
#: The response is not one of a bridge.
INVALID_RESPONSE = "INVALID_RESPONSE"


class KiroBridgeError(Exception):
    """A request that the bridge rejected, or that did not reach it.

    Neither the message nor any attribute contains the token.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        status: Optional[int] = None,
        recoverable: bool = False,
        context: Optional[Mapping[str, Any]] = None,
        execution_id: Optional[str] = None,
        retry_after: Optional[float] = None,
    ) -> None:
        super().__init__(message)
        #: The text for people, without the code.
        self.message = message
        #: A code of the wire contract, or ``NETWORK_ERROR`` or ``INVALID_RESPONSE`` of this package.
        self.code = code
        #: The HTTP status, if there was a response.
        self.status = status
        #: True if the same request may succeed later.
        self.recoverable = recoverable
        #: Details, depending on the code.
        self.context = context
        #: The execution that the error is about, if one was created.
        self.execution_id = execution_id
        #: The seconds after which the bridge asks to try again.
        self.retry_after = retry_after

    def __str__(self) -> str:
        return f"{self.message} ({self.code})"

    def __repr__(self) -> str:
        return f"KiroBridgeError({self.message!r}, code={self.code!r}, status={self.status!r})"


def network_error(reason: BaseException) -> KiroBridgeError:
    """Converts a failure of the connection."""
    text = str(reason) or type(reason).__name__
    # socket.timeout is TimeoutError since Python 3.10.
    code = "OPERATION_TIMEOUT" if isinstance(reason, (TimeoutError, socket.timeout)) else NETWORK_ERROR
    return KiroBridgeError(f"The bridge did not respond: {text}", code=code, recoverable=True)


def response_error(status: int, body: bytes, retry_after: Optional[str]) -> KiroBridgeError:
    """Converts a response other than 2xx."""
    try:
        parsed: Any = json.loads(body)
    except ValueError:
        parsed = None
    fields = cast(Dict[str, Any], parsed) if isinstance(parsed, dict) else {}
    if not isinstance(fields.get("code"), str):
        return KiroBridgeError(
            f"HTTP {status}: the response is not one of a bridge.", code=INVALID_RESPONSE, status=status
        )
    return error_of(fields, status=status, retry_after=retry_after)


def error_of(
    fields: Mapping[str, Any], *, status: Optional[int] = None, retry_after: Optional[str] = None
) -> KiroBridgeError:
    """Converts the error body of the bridge."""
    context = fields.get("context")
    execution_id = fields.get("executionId")
    return KiroBridgeError(
        str(fields.get("message", "The request failed.")),
        code=str(fields.get("code", INVALID_RESPONSE)),
        status=status,
        recoverable=fields.get("recoverable") is True,
        context=cast(Dict[str, Any], context) if isinstance(context, dict) else None,
        execution_id=execution_id if isinstance(execution_id, str) else None,
        retry_after=_seconds_of(retry_after),
    )


def _seconds_of(header: Optional[str]) -> Optional[float]:
    return float(header) if header is not None and header.isdecimal() else None
