"""The requests that read, and those that change sessions and questions."""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, cast

from ._http import WireRequest, path_of
from ._session import Session
from .errors import KiroBridgeError
from .types import (
    CancelResponse,
    CommandExecution,
    CommandList,
    ExecutionList,
    ExecutionStatus,
    HealthResponse,
    InputType,
    KiroSessionClosed,
    KiroSessionList,
    KiroStatusResponse,
    PolicyCheckResponse,
    Ticket,
    UserInputResponse,
    WindowList,
)

_UNHEALTHY = 503


class Queries:
    """The part of the client that needs one request for each call."""

    _session: Session
    _timeout: float

    def status(self, fields: Optional[Sequence[str]] = None) -> KiroStatusResponse:
        """Returns the status, or only the fields that are named. ``availableCommands`` alone has about 100 KB."""
        query = {"fields": None if fields is None else ",".join(fields)}
        return cast(KiroStatusResponse, self._get("/api/kiro/status", query))

    def is_ready(self) -> bool:
        """Returns true if the editor accepts commands and none runs. Any error counts as not ready."""
        try:
            return self.status(["status"])["status"] == "ready"
        except KiroBridgeError:
            return False

    def health(self) -> HealthResponse:
        """Returns the health, also that of an unhealthy bridge. Needs no token."""
        request = WireRequest("GET", "/health", timeout=self._timeout, is_repeatable=True)
        return cast(HealthResponse, self._session.call(request, (_UNHEALTHY,)))

    def windows(self) -> WindowList:
        """Returns all windows at the address."""
        return cast(WindowList, self._get("/api/kiro/windows"))

    def commands(
        self,
        query: Optional[str] = None,
        *,
        limit: Optional[int] = None,
        window_id: Optional[str] = None,
        workspace_path: Optional[str] = None,
    ) -> CommandList:
        """Finds commands by words of their ID or title."""
        place = {"windowId": window_id, "workspacePath": workspace_path}
        return cast(CommandList, self._get("/api/kiro/commands", {"query": query, "limit": limit, **place}))

    def executions(
        self,
        *,
        status: Optional[ExecutionStatus] = None,
        search: Optional[str] = None,
        parent_id: Optional[str] = None,
        limit: Optional[int] = None,
        cursor: Optional[str] = None,
    ) -> ExecutionList:
        """Returns one page of executions, newest first. Continue while there is a ``nextCursor``."""
        query = {"status": status, "search": search, "parentId": parent_id, "limit": limit, "cursor": cursor}
        return cast(ExecutionList, self._get("/api/kiro/executions", query))

    def all_executions(
        self,
        *,
        status: Optional[ExecutionStatus] = None,
        search: Optional[str] = None,
        parent_id: Optional[str] = None,
    ) -> Iterator[CommandExecution]:
        """Yields the executions of all pages, newest first."""
        cursor: Optional[str] = None
        while True:
            page = self.executions(status=status, search=search, parent_id=parent_id, cursor=cursor)
            yield from page["executions"]
            cursor = page.get("nextCursor")
            if cursor is None:
                return

    def execution(self, execution_id: str) -> CommandExecution:
        """Returns one execution, complete."""
        return cast(CommandExecution, self._get(path_of("api", "kiro", "executions", execution_id)))

    def cancel(self, execution_id: str) -> CancelResponse:
        """Cancels an execution; ``how`` says what that did."""
        path = path_of("api", "kiro", "executions", execution_id, "cancel")
        return cast(CancelResponse, self._post(path, {}, is_repeatable=True))

    def input(
        self, value: str, *, execution_id: str, type: InputType, question_id: Optional[str] = None
    ) -> UserInputResponse:
        """Answers a question. Without ``question_id``, only the first one of an execution."""
        body = {"value": value, "type": type, "executionId": execution_id, "questionId": question_id}
        return cast(UserInputResponse, self._post("/api/kiro/input", body))

    def check_policy(
        self, command: str, *, target: Optional[str] = None, params: Optional[Sequence[Any]] = None
    ) -> PolicyCheckResponse:
        """Returns the decision of the policy. Executes nothing."""
        body = {"command": command, "target": target, "params": None if params is None else list(params)}
        return cast(PolicyCheckResponse, self._post("/api/kiro/policy/check", body, is_repeatable=True))

    def sessions(self, *, window_id: Optional[str] = None, workspace_path: Optional[str] = None) -> KiroSessionList:
        """Returns the sessions of Kiro CLI."""
        place = {"windowId": window_id, "workspacePath": workspace_path}
        return cast(KiroSessionList, self._get("/kiro/sessions", place))

    def close_session(
        self, session: str, *, window_id: Optional[str] = None, workspace_path: Optional[str] = None
    ) -> KiroSessionClosed:
        """Closes a session by its ID or name."""
        place = {"windowId": window_id, "workspacePath": workspace_path}
        path = path_of("kiro", "sessions", session)
        # Not repeatable: the second request would find no session, and report that.
        request = WireRequest("DELETE", path, query=place, timeout=self._timeout)
        return cast(KiroSessionClosed, self._session.call(request))

    def metrics(self) -> str:
        """Returns the metrics, as Prometheus text."""
        request = WireRequest("GET", "/metrics", timeout=self._timeout, is_repeatable=True)
        return self._session.read(request).decode("utf-8")

    def me(self) -> Dict[str, Any]:
        """Returns the principal of the token, with its scopes and limits."""
        return cast(Dict[str, Any], self._get("/api/kiro/access/me"))

    def create_ticket(self) -> Ticket:
        """Creates a ticket, which replaces the token in the URL of one WebSocket or event stream within 30 s."""
        return cast(Ticket, self._post("/api/kiro/tickets", {}, is_repeatable=True))

    def _get(self, path: str, query: Optional[Mapping[str, Any]] = None) -> Any:
        request = WireRequest("GET", path, query=query or {}, timeout=self._timeout, is_repeatable=True)
        return self._session.call(request)

    def _post(self, path: str, body: Mapping[str, Any], *, is_repeatable: bool = False) -> Any:
        request = WireRequest("POST", path, body=present(body), timeout=self._timeout, is_repeatable=is_repeatable)
        return self._session.call(request)


def present(fields: Mapping[str, Any]) -> Dict[str, Any]:
    """Leaves out the fields that are None."""
    return {name: value for name, value in fields.items() if value is not None}


def texts(name: str, values: Optional[Sequence[str]]) -> Optional[List[str]]:
    """Copies a list of strings. A single string, which is a sequence too, is most likely a mistake."""
    if isinstance(values, str):
        raise TypeError(f"{name} is a list of strings, not a string.")
    return None if values is None else list(values)
