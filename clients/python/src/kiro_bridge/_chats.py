"""The prompts of Kiro CLI."""

from __future__ import annotations

import secrets
from typing import Any, Callable, Dict, Mapping, Optional, cast

from ._http import STREAM_TIMEOUT, WireRequest
from ._queries import Queries, present
from ._trace import trace_headers
from .errors import KiroBridgeError
from .event_types import ChatQuestionEvent
from .streams import ChatStream
from .types import ChatAccepted, ChatResponse

#: Seconds without a connection after which a stream fails, by default.
RECONNECT_TIMEOUT = 300.0

#: Returns the answer to a question of Kiro CLI, or None to leave it to other clients.
OnQuestion = Callable[[ChatQuestionEvent], Optional[str]]


class Chats(Queries):
    """The part of the client that sends prompts."""

    def chat(
        self,
        prompt: str,
        *,
        on_question: Optional[OnQuestion] = None,
        session: Optional[str] = None,
        schema: Optional[Mapping[str, Any]] = None,
        workspace_path: Optional[str] = None,
        window_id: Optional[str] = None,
        timeout_ms: Optional[int] = None,
        idempotency_key: Optional[str] = None,
        traceparent: Optional[str] = None,
        reconnect_timeout: Optional[float] = RECONNECT_TIMEOUT,
    ) -> ChatResponse:
        """Sends a prompt to Kiro CLI, and returns the complete answer.

        The options are those of ``stream_chat``. A lost connection is continued.

        :param on_question: returns the answer to a question. Without it, another client has to answer, or the question
            is denied after a time
        """
        stream = self.stream_chat(
            prompt,
            session=session,
            schema=schema,
            workspace_path=workspace_path,
            window_id=window_id,
            timeout_ms=timeout_ms,
            idempotency_key=idempotency_key,
            traceparent=traceparent,
            reconnect_timeout=reconnect_timeout,
        )
        with stream:
            for event in stream:
                if event["type"] == "question" and on_question is not None:
                    self._answer(event, on_question(event))
            return stream.result()

    def stream_chat(
        self,
        prompt: str,
        *,
        session: Optional[str] = None,
        schema: Optional[Mapping[str, Any]] = None,
        workspace_path: Optional[str] = None,
        window_id: Optional[str] = None,
        timeout_ms: Optional[int] = None,
        idempotency_key: Optional[str] = None,
        traceparent: Optional[str] = None,
        reconnect_timeout: Optional[float] = RECONNECT_TIMEOUT,
    ) -> ChatStream:
        """Sends a prompt to Kiro CLI, and returns the events of its answer.

        :param session: ``default``, ``fresh``, any other name, or the ID of a session
        :param schema: a JSON Schema for the answer, which is then in ``json`` of the response
        :param idempotency_key: by default a new one, with which a broken stream is continued
        :param traceparent: as in ``execute``
        :param reconnect_timeout: seconds without a connection after which the stream fails; None: never
        """
        body = _chat_body(prompt, session, schema, workspace_path, window_id, timeout_ms)
        request = WireRequest(
            "POST",
            "/kiro/chat",
            body=body,
            headers={**trace_headers(traceparent), "Accept": "text/event-stream"},
            idempotency_key=idempotency_key or new_idempotency_key(),
            timeout=STREAM_TIMEOUT,
            is_repeatable=True,
        )
        return ChatStream(self._session, request, reconnect_timeout=reconnect_timeout)

    def start_chat(
        self,
        prompt: str,
        *,
        session: Optional[str] = None,
        schema: Optional[Mapping[str, Any]] = None,
        workspace_path: Optional[str] = None,
        window_id: Optional[str] = None,
        timeout_ms: Optional[int] = None,
        idempotency_key: Optional[str] = None,
        traceparent: Optional[str] = None,
    ) -> ChatAccepted:
        """Sends a prompt to Kiro CLI, and returns at once. Follow the execution, or wait for it."""
        request = WireRequest(
            "POST",
            "/kiro/chat",
            body=_chat_body(prompt, session, schema, workspace_path, window_id, timeout_ms),
            headers={**trace_headers(traceparent), "Prefer": "respond-async"},
            idempotency_key=idempotency_key,
            timeout=self._timeout,
            is_repeatable=idempotency_key is not None,
        )
        return cast(ChatAccepted, self._session.call(request))

    def _answer(self, question: ChatQuestionEvent, value: Optional[str]) -> None:
        if value is None:
            return
        try:
            self.input(
                value,
                execution_id=question["executionId"],
                type=question["inputType"],
                question_id=question["questionId"],
            )
        except KiroBridgeError as error:
            # Another client was faster.
            if error.code != "CONFLICT":
                raise


def new_idempotency_key() -> str:
    """Returns a key for one execution, with 192 random bits."""
    return secrets.token_urlsafe(24)


def _chat_body(
    prompt: str,
    session: Optional[str],
    schema: Optional[Mapping[str, Any]],
    workspace_path: Optional[str],
    window_id: Optional[str],
    timeout_ms: Optional[int],
) -> Dict[str, Any]:
    place = {"workspacePath": workspace_path, "windowId": window_id}
    return present({"prompt": prompt, "session": session, "schema": schema, "timeoutMs": timeout_ms, **place})
