"""The client of Kiro Bridge."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any, Callable, Dict, Mapping, Optional, Sequence, Type, TypeVar, Union, cast

from ._chats import RECONNECT_TIMEOUT, Chats
from ._dedupe import Cursor, EventCursor
from ._http import STREAM_TIMEOUT, WireRequest, path_of
from ._queries import present, texts
from ._session import AddressSource, FixedAddress, FoundAddress, Session
from ._trace import trace_headers
from ._version import __version__
from .discovery import PathLike, find_bridge, running_entries
from .errors import NETWORK_ERROR, KiroBridgeError
from .event_types import EventType
from .pairing import ask_for_token
from .retry import NO_RETRY, RetryOptions
from .streams import EventStream, ExecutionEventStream
from .types import CommandExecution, ExecuteCommandResponse, PendingInput

_Client = TypeVar("_Client", bound="KiroBridgeClient")
DEFAULT_URL = "http://127.0.0.1:3001"
_USER_AGENT = f"kiro-bridge-python/{__version__}"
#: Longer than any execution: the bridge allows 30 minutes.
_EXECUTE_TIMEOUT = 1_860.0
_MARGIN = 30.0
_MAX_WAIT = 50

Token = Union[str, Callable[[], Optional[str]], None]


class KiroBridgeClient(Chats):
    """Runs commands of the editor and prompts of Kiro CLI.

    The methods may be called from several threads. A stream is for one thread, and may be closed by another one.

    :param base_url: the address of the bridge
    :param token: the token, or a function that returns the present one
    :param timeout: seconds without any byte of a response; executions and streams have deadlines of their own
    :param retry: how often requests are repeated that have the same effect when sent twice, among them executions
        with an ``idempotency_key``; ``False`` never repeats any
    :param name: the name of the program, for the records of the bridge
    """

    def __init__(
        self,
        base_url: str = DEFAULT_URL,
        *,
        token: Token = None,
        timeout: float = 30.0,
        retry: Union[bool, RetryOptions] = True,
        name: Optional[str] = None,
    ) -> None:
        read = token if callable(token) else lambda: token
        source = FixedAddress(base_url.rstrip("/"), read)
        if not callable(token):
            source.current()
        self._begin(source, timeout, retry, name)

    @classmethod
    def discover(
        cls: Type[_Client],
        *,
        home: Optional[PathLike] = None,
        workspace: Optional[PathLike] = None,
        token: Optional[str] = None,
        timeout: float = 30.0,
        retry: Union[bool, RetryOptions] = True,
        name: Optional[str] = None,
    ) -> _Client:
        """Finds the running bridge of this user, which proves that it has the token before the token is sent.

        The address and the token are looked for again after a lost connection and after a 401.

        :param home: the discovery folder; by default ``KIRO_BRIDGE_HOME`` or ``~/.kiro-bridge``
        :param workspace: only a bridge with a window that has this folder open
        :param token: a token of the program's own, in place of that of the user
        """
        client = cls.__new__(cls)
        source = FoundAddress(lambda: find_bridge(home=home, workspace=workspace, token=token))
        source.current()
        client._begin(source, timeout, retry, name)
        return client

    @classmethod
    def pair(
        cls: Type[_Client],
        program: str,
        *,
        on_code: Callable[[str, str], None],
        role: Optional[str] = None,
        scopes: Optional[Sequence[str]] = None,
        commands: Optional[Mapping[str, Any]] = None,
        limits: Optional[Mapping[str, int]] = None,
        reason: Optional[str] = None,
        base_url: Optional[str] = None,
        home: Optional[PathLike] = None,
        wait: float = 330.0,
        timeout: float = 30.0,
        retry: Union[bool, RetryOptions] = True,
    ) -> _Client:
        """Asks the user of the editor for a token of the program's own. Keep ``client.token`` for the next time.

        :param program: the name that the user sees
        :param on_code: called with the code to show, and the time when the request expires
        :param wait: seconds after which the program no longer waits for the user
        """
        url = base_url or _running_url(home)
        token = ask_for_token(
            url.rstrip("/"),
            name=program,
            user_agent=_USER_AGENT,
            on_code=on_code,
            role=role,
            scopes=texts("scopes", scopes),
            commands=commands,
            limits=limits,
            reason=reason,
            timeout=wait,
        )
        return cls(url, token=token, timeout=timeout, retry=retry, name=program)

    def _begin(
        self, source: AddressSource, timeout: float, retry: Union[bool, RetryOptions], name: Optional[str]
    ) -> None:
        options = retry if isinstance(retry, RetryOptions) else RetryOptions() if retry else NO_RETRY
        agent = _USER_AGENT if name is None else name
        if not (agent.isascii() and agent.isprintable()):
            raise ValueError("The name of the program has printable ASCII characters only.")
        self._session = Session(source, retry=options, user_agent=agent)
        self._timeout = timeout

    def __enter__(self: _Client) -> _Client:
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({'closed' if self._session.is_closed else 'open'})"

    @property
    def base_url(self) -> str:
        """The address of the bridge."""
        return self._session.source.current().url

    @property
    def token(self) -> Optional[str]:
        """The token that the next request has."""
        return self._session.source.current().token

    def close(self) -> None:
        """Ends all streams and waiting requests, in all threads. Executions go on."""
        self._session.close()

    def execute(
        self,
        command: str,
        args: Optional[Sequence[str]] = None,
        *,
        params: Optional[Sequence[Any]] = None,
        workspace_path: Optional[str] = None,
        window_id: Optional[str] = None,
        target: Optional[str] = None,
        timeout_ms: Optional[int] = None,
        session: Optional[str] = None,
        idempotency_key: Optional[str] = None,
        traceparent: Optional[str] = None,
        wait: bool = True,
    ) -> ExecuteCommandResponse:
        """Runs a command, and returns when it has ended or asks a question.

        A command that ran and failed is a response with ``success: False``; an error is raised if the bridge rejected
        it, or no longer waits for it.

        :param args: strings; or ``params``, JSON values of any kind
        :param timeout_ms: how long the command may take, including the time in the queue
        :param idempotency_key: allows to repeat the request: the command runs once for each key
        :param traceparent: the position of the program in a trace (W3C Trace Context), of which the execution becomes a
            part; one that is not valid is ignored
        :param wait: False returns at once, with the ID of the execution
        """
        body = present(
            {
                "command": command,
                "args": texts("args", args),
                "params": None if params is None else list(params),
                "workspacePath": workspace_path,
                "windowId": window_id,
                "target": target,
                "timeoutMs": timeout_ms,
                "session": session,
            }
        )
        request = WireRequest(
            "POST",
            "/api/kiro/execute",
            body=body,
            headers={**trace_headers(traceparent), **({} if wait else {"Prefer": "respond-async"})},
            idempotency_key=idempotency_key,
            timeout=self._timeout if not wait else _execute_timeout(timeout_ms),
            is_repeatable=idempotency_key is not None,
        )
        return cast(ExecuteCommandResponse, self._session.call(request))

    def wait(self, execution_id: str, *, timeout: Optional[float] = None) -> CommandExecution:
        """Waits until an execution has ended, or asks a question, which is then its ``pendingInput``.

        :param timeout: seconds after which ``OPERATION_TIMEOUT`` is raised; the execution goes on
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        path = path_of("api", "kiro", "executions", execution_id)
        while True:
            left = float(_MAX_WAIT) if deadline is None else deadline - time.monotonic()
            seconds = max(0, min(_MAX_WAIT, int(left)))
            request = WireRequest(
                "GET", path, query={"wait": seconds}, timeout=seconds + _MARGIN, is_repeatable=True
            )
            execution = cast(CommandExecution, self._session.call(request))
            if execution["status"] not in ("queued", "running") or "pendingInput" in execution:
                return execution
            if left <= 0:
                message = f"The execution has not ended within {timeout} s."
                raise KiroBridgeError(message, code="OPERATION_TIMEOUT", recoverable=True, execution_id=execution_id)
            if seconds == 0:
                self._session.pause(min(left, 0.2))

    def events(
        self,
        types: Optional[Sequence[EventType]] = None,
        *,
        execution_id: Optional[str] = None,
        since: Union[Cursor, int, None] = None,
        reconnect_timeout: Optional[float] = RECONNECT_TIMEOUT,
    ) -> EventStream:
        """Returns the events of all windows, each once, also after a restart of the bridge.

        Begins with ``connection-ready``, which comes again with each connection. Events that the bridge no longer had
        are reported as ``events-lost``.

        :param since: the ``cursor`` of an earlier stream, or the last ``eventId``; by default, only new events
        :param reconnect_timeout: seconds without a connection after which the stream fails; None: never
        """
        given = texts("types", types)
        cursor = EventCursor(*since) if isinstance(since, Cursor) else EventCursor(since)
        filters = {"types": None if given is None else ",".join(given), "executionId": execution_id}

        def request(position: Dict[str, Any]) -> WireRequest:
            headers = {"Accept": "text/event-stream"}
            query = {**filters, **position}
            return WireRequest(
                "GET", "/api/kiro/events", query=query, headers=headers, timeout=STREAM_TIMEOUT, is_repeatable=True
            )

        return EventStream(self._session, request, cursor=cursor, reconnect_timeout=reconnect_timeout)

    def execution_events(
        self,
        execution_id: str,
        *,
        after: Optional[str] = None,
        reconnect_timeout: Optional[float] = RECONNECT_TIMEOUT,
    ) -> ExecutionEventStream:
        """Returns the events of one execution, from its beginning to its end.

        :param after: the ``last_id`` of an earlier stream
        """
        path = path_of("api", "kiro", "executions", execution_id, "events")

        def request(last_id: Optional[str]) -> WireRequest:
            resume = {} if last_id is None else {"Last-Event-ID": last_id}
            headers = {"Accept": "text/event-stream", **resume}
            return WireRequest("GET", path, headers=headers, timeout=STREAM_TIMEOUT, is_repeatable=True)

        return ExecutionEventStream(self._session, request, after=after, reconnect_timeout=reconnect_timeout)

    def answer(self, execution_id: str, question: PendingInput, value: str) -> None:
        """Answers the ``pendingInput`` of an execution."""
        self.input(value, execution_id=execution_id, type=question["inputType"], question_id=question["questionId"])


def _execute_timeout(timeout_ms: Optional[int]) -> float:
    return _EXECUTE_TIMEOUT if timeout_ms is None else timeout_ms / 1000 + _MARGIN


def _running_url(home: Optional[PathLike]) -> str:
    entries = running_entries(home=home)
    if not entries:
        message = "No bridge is running. Start Kiro Bridge in the editor, or pass base_url."
        raise KiroBridgeError(message, code=NETWORK_ERROR, recoverable=True)
    return entries[0].url
