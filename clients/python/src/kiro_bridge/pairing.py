"""Asks the user for a token (docs/wire-contract.md#17-pairing)."""

from __future__ import annotations

import time
from typing import Any, Callable, Mapping, Optional, Sequence

from ._http import Address, Exchange, WireRequest
from ._queries import present
from .errors import INVALID_RESPONSE, KiroBridgeError

#: Seconds that one request waits for the decision, below the timeouts of most proxies.
_WAIT_SECONDS = 50
_MARGIN = 15.0
_PAUSE = 0.5


def ask_for_token(
    url: str,
    *,
    name: str,
    user_agent: str,
    on_code: Callable[[str, str], None],
    role: Optional[str] = None,
    scopes: Optional[Sequence[str]] = None,
    commands: Optional[Mapping[str, Any]] = None,
    limits: Optional[Mapping[str, int]] = None,
    reason: Optional[str] = None,
    timeout: float = 330.0,
) -> str:
    """Returns the token that the user allows. Raises ``ACCESS_DENIED`` if the user denies it.

    :param on_code: called with the code to show, which the user compares, and the time when the request expires
    :param timeout: seconds after which the program no longer waits
    """
    wanted = {"name": name, "role": role, "scopes": None if scopes is None else list(scopes)}
    body = present({**wanted, "commands": commands, "limits": limits, "reason": reason})
    address = Address(url)
    asked = Exchange(address, WireRequest("POST", "/api/kiro/pair", body=body), user_agent)
    asked.send()
    if asked.status != 202:
        raise asked.error()
    location = asked.header("location")
    pending: Any = asked.json()
    if location is None or not location.startswith("/"):
        raise KiroBridgeError("The response names no location.", code=INVALID_RESPONSE, status=202)
    on_code(str(pending["code"]), str(pending["expiresAt"]))
    return _wait(address, location, user_agent, time.monotonic() + timeout)


def _wait(address: Address, location: str, user_agent: str, deadline: float) -> str:
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            raise KiroBridgeError("Nobody has decided in time.", code="OPERATION_TIMEOUT", recoverable=True)
        wait = max(1, min(_WAIT_SECONDS, int(left)))
        request = WireRequest("GET", location, query={"wait": wait}, timeout=wait + _MARGIN)
        exchange = Exchange(address, request, user_agent)
        try:
            exchange.send()
            if exchange.status == 200:
                return str(exchange.json()["token"])
            if exchange.status != 202:
                raise exchange.error()
            exchange.read()
        except KiroBridgeError as error:
            # The bridge gives out another token to the next request if this one was lost.
            if error.status is not None or error.code == INVALID_RESPONSE:
                raise
            time.sleep(_PAUSE)
