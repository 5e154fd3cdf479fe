"""Finds the running bridge of this user (docs/wire-contract.md#12-discovery)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Iterator, List, Optional, Tuple, Union
from urllib.parse import urlsplit

from ._http import Address, Exchange, WireRequest
from ._processes import is_running
from ._version import __version__
from .errors import NETWORK_ERROR, KiroBridgeError

_FIRST_FILE = "bridge.json"
_CLIENT_TOKEN = re.compile(r"kbt_([a-z0-9]{12})_([\w-]{43})", re.ASCII)
_HEALTH_TIMEOUT = 5.0
_NOT_FOUND = "No bridge is running. Start Kiro Bridge in the editor, or pass its address."

PathLike = Union[str, "os.PathLike[str]"]


@dataclass(frozen=True)
class BridgeEntry:
    """An entry of the discovery folder, whose process may have ended."""

    path: Path
    version: str
    url: str
    pid: int
    #: Absent if programs ask for a token of their own.
    token: Optional[str] = field(default=None, repr=False)
    #: The folders that are open in the windows at the address.
    workspace_folders: Tuple[str, ...] = ()


def discovery_folder() -> Path:
    """Returns ``KIRO_BRIDGE_HOME``, or ``~/.kiro-bridge`` by default."""
    return Path(os.environ.get("KIRO_BRIDGE_HOME") or Path.home() / ".kiro-bridge")


def read_entries(home: Optional[PathLike] = None) -> List[BridgeEntry]:
    """Reads the entries, that of the shared address first. Skips what cannot be read."""
    folder = discovery_folder() if home is None else Path(home)
    others = sorted(path for path in folder.glob("bridge-*.json") if path.stem[len("bridge-") :].isdecimal())
    return [entry for path in [folder / _FIRST_FILE, *others] for entry in _read_entry(path)]


def _read_entry(path: Path) -> Iterator[BridgeEntry]:
    try:
        found: Any = json.loads(path.read_text("utf-8"))
        folders = [folder for window in found["windows"] for folder in window["workspaceFolders"]]
        token = found.get("token")
        yield BridgeEntry(
            path=path,
            version=str(found["version"]),
            url=str(found["url"]).rstrip("/"),
            pid=int(found["pid"]),
            token=None if token is None else str(token),
            workspace_folders=tuple(str(folder) for folder in folders),
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return


def find_bridge(
    *,
    home: Optional[PathLike] = None,
    workspace: Optional[PathLike] = None,
    token: Optional[str] = None,
) -> Address:
    """Returns the address of the bridge that runs, after it has proved that it has the token.

    :param home: the discovery folder
    :param workspace: only a bridge with a window that has this folder open, or one that contains it
    :param token: a token of the program's own; by default, that of the discovery file
    """
    problem = KiroBridgeError(_NOT_FOUND, code=NETWORK_ERROR, recoverable=True)
    for entry in running_entries(home=home, workspace=workspace):
        proof_token = entry.token or token
        if proof_token is None:
            message = "The bridge publishes no token. Ask for one with KiroBridgeClient.pair."
            problem = KiroBridgeError(message, code="AUTHENTICATION_FAILED")
            continue
        try:
            _verify(entry.url, proof_token)
        except KiroBridgeError as error:
            problem = error
            continue
        return Address(entry.url, token or entry.token)
    raise problem


def running_entries(*, home: Optional[PathLike] = None, workspace: Optional[PathLike] = None) -> List[BridgeEntry]:
    """Returns the entries whose process runs."""
    entries = [entry for entry in read_entries(home) if is_running(entry.pid)]
    return entries if workspace is None else [entry for entry in entries if _has_open(entry, Path(workspace))]


def _has_open(entry: BridgeEntry, wanted: Path) -> bool:
    path = wanted.resolve()
    folders = [Path(folder).resolve() for folder in entry.workspace_folders]
    return any(path == folder or folder in path.parents for folder in folders)


def _verify(url: str, token: str) -> None:
    """Raises an error unless the listener at the address has the token. Does not send the token."""
    challenge = secrets.token_urlsafe(32)
    client = _CLIENT_TOKEN.fullmatch(token)
    query = {"challenge": challenge, "client": None if client is None else client.group(1)}
    request = WireRequest("GET", "/health", query=query, timeout=_HEALTH_TIMEOUT)
    exchange = Exchange(Address(url), request, f"kiro-bridge-python/{__version__}")
    exchange.send()
    if exchange.status not in (200, 503):
        raise exchange.error()
    health: Any = exchange.json()
    message = f"kiro-bridge health\n{challenge}\n{urlsplit(url).netloc}"
    try:
        if client is None:
            key, proof = token.encode(), health["proof"]
        else:
            salt, proof = health["clientProof"]["salt"], health["clientProof"]["proof"]
            key = hashlib.sha256((salt + client.group(2)).encode()).digest()
        is_proved = hmac.compare_digest(health_proof(key, message), str(proof))
    except (KeyError, TypeError):
        is_proved = False
    if not is_proved:
        message = f"Another program listens at {url}, which is not the bridge. The token was not sent."
        raise KiroBridgeError(message, code=NETWORK_ERROR, recoverable=True)


def health_proof(key: bytes, message: str) -> str:
    """Computes the proof of the health check (docs/wire-contract.md#14-is-it-the-bridge)."""
    digest = hmac.new(key, message.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
