"""Everything that the client offers, with a real bridge."""

from __future__ import annotations

import base64
import threading
from typing import Any, Callable, Dict, List, Optional, Tuple

from kiro_bridge import (
    ChatQuestionEvent,
    Cursor,
    KiroBridgeClient,
    KiroBridgeError,
    new_idempotency_key,
)

from .support import DEADLINE, BridgeTest, order


def said(text: str) -> str:
    """A prompt that the simulator answers with this text."""
    return f"[[fake:say text={base64.b64encode(text.encode()).decode()}]]"


class ExecuteTest(BridgeTest):
    def test_runs_a_command_with_strings_and_with_values(self) -> None:
        self.assertEqual(self.client.execute("test.echo", ["hello"])["output"], "hello")
        self.assertEqual(self.client.execute("test.echo", params=[{"deep": [1, None]}]).get("result"), {"deep": [1, None]})

    def test_returns_a_failure_of_the_command(self) -> None:
        failed = self.client.execute("test.fails")
        self.assertFalse(failed["success"])
        self.assertEqual(failed.get("code"), "COMMAND_EXECUTION_FAILED")

    def test_raises_what_the_bridge_rejects(self) -> None:
        with self.assertRaises(KiroBridgeError) as caught:
            self.client.execute("")
        error = caught.exception
        self.assertEqual((error.code, error.status, error.recoverable), ("VALIDATION_FAILED", 400, False))
        self.assertEqual(error.context and error.context["field"], "command")

    def test_runs_a_key_once(self) -> None:
        key = new_idempotency_key()
        first, again = (self.client.execute("test.count", idempotency_key=key) for _ in range(2))
        self.assertEqual(first["executionId"], again["executionId"])
        self.assertEqual(first["output"], again["output"])
        with self.assertRaises(KiroBridgeError) as caught:
            self.client.execute("test.echo", idempotency_key=key)
        self.assertEqual(caught.exception.code, "CONFLICT")

    def test_returns_at_once_and_waits_for_the_end(self) -> None:
        accepted = self.client.execute("test.held", wait=False)
        self.assertIn(accepted["status"], ("queued", "running"))
        with self.assertRaises(KiroBridgeError) as caught:
            self.client.wait(accepted["executionId"], timeout=0)
        self.assertEqual(caught.exception.execution_id, accepted["executionId"])
        order("release")
        self.assertEqual(self.client.wait(accepted["executionId"])["status"], "completed")

    def test_reports_a_timeout_with_its_execution(self) -> None:
        with self.assertRaises(KiroBridgeError) as caught:
            self.client.execute("test.held", timeout_ms=1)
        error = caught.exception
        self.assertEqual((error.code, error.status, error.recoverable), ("OPERATION_TIMEOUT", 408, True))
        self.assertEqual(self.client.execution(error.execution_id or "")["status"], "failed")
        order("release")

    def test_serves_several_threads(self) -> None:
        outputs: List[str] = []

        def run(name: str) -> None:
            outputs.extend(self.client.execute("test.echo", [f"{name} {at}"])["output"] for at in range(10))

        threads = [threading.Thread(target=run, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(DEADLINE)
        self.assertEqual(sorted(outputs), sorted(f"{name} {at}" for name in "abcd" for at in range(10)))


class TraceTest(BridgeTest):
    def test_sends_the_trace_of_the_program_if_it_is_one(self) -> None:
        traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        traces: Dict[str, Optional[str]] = {traceparent: traceparent}
        traces.update({text: None for text in ("canary", f"{traceparent}\r\nX-Other: 1", f"{traceparent}\n")})
        ways: Tuple[Callable[[str], str], ...] = (
            lambda text: self.client.execute("test.echo", traceparent=text)["executionId"],
            lambda text: self.client.execute("test.echo", wait=False, traceparent=text)["executionId"],
            lambda text: self.client.chat(said("hi"), traceparent=text)["executionId"],
            lambda text: self.client.start_chat(said("hi"), traceparent=text)["executionId"],
        )
        for run in ways:
            for text, expected in traces.items():
                self.assertEqual(self.client.execution(run(text)).get("traceparent"), expected)


class QueryTest(BridgeTest):
    def test_reads_status_health_windows_commands_and_metrics(self) -> None:
        self.assertEqual(self.client.status(["status", "queue"])["queue"], {"running": 0, "queued": 0})
        self.assertIn("test.echo", self.client.status()["availableCommands"])
        self.assertTrue(self.client.is_ready())
        self.assertEqual(self.client.health()["status"], "healthy")
        self.assertEqual(len(self.client.windows()["windows"]), 1)
        found = self.client.commands("test.echo", limit=1)
        self.assertEqual((found["total"], found["commands"][0]["id"]), (1, "test.echo"))
        self.assertTrue(self.client.check_policy("test.echo")["allowed"])
        self.assertIn("kiro_bridge_executions_total", self.client.metrics())
        self.assertEqual(self.client.me()["id"], "owner")
        self.assertIn("ticket", self.client.create_ticket())

    def test_lists_executions_over_pages(self) -> None:
        ids = [self.client.execute("test.echo", ["page"])["executionId"] for _ in range(3)]
        page = self.client.executions(search="page", limit=1)
        self.assertEqual((page["executions"][0]["id"], "nextCursor" in page), (ids[-1], True))
        listed = [execution["id"] for execution in self.client.all_executions(search="page")]
        self.assertEqual(listed[:3], ids[::-1])

    def test_cancels_what_waits_in_the_queue(self) -> None:
        started = [self.client.execute("test.held", wait=False)["executionId"] for _ in range(4)]
        self.assertEqual(self.client.cancel(started[-1]), {"status": "cancelled", "how": "dequeued"})
        order("release")
        for execution in started[:-1]:
            self.client.wait(execution)

    def test_reports_an_execution_that_does_not_exist(self) -> None:
        with self.assertRaises(KiroBridgeError) as caught:
            self.client.execution("exec-1-1/../x")
        self.assertEqual(caught.exception.code, "NOT_FOUND")


class ChatTest(BridgeTest):
    def test_returns_the_answer(self) -> None:
        answer = self.client.chat(said("It works. 🦀"), session="python")
        self.assertEqual((answer["message"], answer["success"]), ("It works. 🦀", True))
        sessions = self.client.sessions()["sessions"]
        self.assertIn("python", [session["name"] for session in sessions])
        self.assertTrue(self.client.close_session("python")["closed"])

    def test_streams_the_answer(self) -> None:
        with self.client.stream_chat("Stream", session="python") as stream:
            events = list(stream)
        self.assertEqual((events[0]["type"], events[-1]["type"]), ("started", "done"))
        self.assertEqual("".join(event["text"] for event in events if event["type"] == "delta"), stream.text)
        self.assertEqual(stream.response and stream.response["message"], stream.text)

    def test_takes_back_what_the_cli_discards(self) -> None:
        stream = self.client.stream_chat("[[fake:discard]]", session="python")
        seen: List[str] = []
        text = ""
        for event in stream:
            seen.append(event["type"])
            if event["type"] == "done":
                self.assertEqual(text, event["message"])
            text = stream.text
        self.assertIn("retract", seen)

    def test_continues_a_broken_stream_and_delivers_nothing_twice(self) -> None:
        stream = self.client.stream_chat("Long [[fake:long chunkMs=2 words=300]]", session="python")
        text, broken = "", 0
        for event in stream:
            if event["type"] == "delta":
                text += event["text"]
                if broken < 3 and len(text) > 200 * (broken + 1):
                    broken += 1
                    order("disconnect")
        self.assertEqual(broken, 3)
        self.assertEqual(text, stream.response and stream.response["message"])
        ran = [one for one in self.client.executions(search="fake:long")["executions"]]
        self.assertEqual([one["id"] for one in ran], [stream.execution_id])

    def test_answers_a_question(self) -> None:
        asked: List[ChatQuestionEvent] = []

        def decide(question: ChatQuestionEvent) -> str:
            asked.append(question)
            return question.get("choices", [""])[0]

        answer = self.client.chat("[[fake:tool]]", session="python", on_question=decide)
        self.assertTrue(answer["success"])
        self.assertEqual([question["inputType"] for question in asked], ["choice"])

    def test_finds_the_question_of_a_chat_that_was_started(self) -> None:
        accepted = self.client.start_chat("[[fake:tool]]", session="python")
        waiting = self.client.wait(accepted["executionId"])
        self.assertEqual(waiting["status"], "waiting-input")
        question = waiting["pendingInput"] if "pendingInput" in waiting else self.fail("no question")
        self.client.answer(waiting["id"], question, (question.get("choices") or [""])[-1])
        self.assertEqual(self.client.wait(accepted["executionId"])["status"], "completed")

    def test_returns_the_json_of_a_schema(self) -> None:
        schema = {"type": "object", "required": ["ok"]}
        self.assertEqual(self.client.chat(said('{"ok": true}'), schema=schema, session="python").get("json"), {"ok": True})

    def test_raises_the_error_of_a_chat(self) -> None:
        with self.assertRaises(KiroBridgeError) as caught:
            self.client.chat("[[fake:cancel chunkMs=2]]", session="python", timeout_ms=100)
        self.assertEqual(caught.exception.code, "OPERATION_TIMEOUT")
        self.assertIsNotNone(caught.exception.execution_id)

    def test_can_be_closed_before_its_end(self) -> None:
        stream = self.client.stream_chat("[[fake:cancel chunkMs=2]]", session="python")
        for event in stream:
            if event["type"] == "delta":
                stream.close()
        self.assertIsNone(stream.response)
        self.client.cancel(stream.execution_id or "")
        with self.assertRaises(RuntimeError):
            stream.result()


class EventTest(BridgeTest):
    def test_delivers_each_event_once_over_lost_connections(self) -> None:
        with self.client.events(["command-completed"]) as stream:
            self.assertEqual(next(stream)["type"], "connection-ready")
            outputs: List[str] = []
            for number in range(6):
                self.client.execute("test.echo", [f"event {number}"])
                if number % 2 == 1:
                    order("disconnect")
                    self.client.execute("test.echo", [f"event {number} while away"])
            expected = [f"event {number}{more}" for number in range(6) for more in (["", " while away"] if number % 2 else [""])]
            for event in stream:
                if event["type"] == "command-completed":
                    outputs.append(event["output"])
                if len(outputs) == len(expected):
                    break
            self.assertEqual(outputs, expected)
            cursor = stream.cursor
        self.assertIsInstance(cursor, Cursor)
        self.client.execute("test.echo", ["later"])
        with self.client.events(["command-completed"], since=cursor) as stream:
            later = next(event for event in stream if event["type"] == "command-completed")
            self.assertEqual(later["output"], "later")

    def test_follows_one_execution_to_its_end(self) -> None:
        execution = self.client.execute("test.held", wait=False)["executionId"]
        stream = self.client.execution_events(execution)
        types: List[str] = []
        for event in stream:
            types.append(event["type"])
            if event["type"] == "command-started":
                order("disconnect")
                order("release")
        self.assertEqual(types[-2:], ["command-started", "command-completed"])
        self.assertEqual(list(self.client.execution_events(execution, after=stream.last_id)), [])

    def test_stops_in_a_thread_that_waits_when_another_one_closes_it(self) -> None:
        for close in ("stream", "client"):
            client = KiroBridgeClient.discover()
            stream = client.events()
            next(stream)
            rest: List[Dict[str, Any]] = []
            thread = threading.Thread(target=lambda: rest.extend(dict(event) for event in stream))
            thread.start()
            (stream if close == "stream" else client).close()
            thread.join(DEADLINE)
            self.assertFalse(thread.is_alive(), close)
            client.close()

    def test_raises_what_makes_no_sense_to_repeat(self) -> None:
        stream: Any = self.client.events(["no-such-type"])  # type: ignore[list-item]
        with self.assertRaises(KiroBridgeError) as caught:
            next(stream)
        self.assertEqual(caught.exception.status, 400)


class AccessTest(BridgeTest):
    def test_reads_the_token_again_after_it_was_replaced(self) -> None:
        before = self.client.token
        order("rotate")
        self.assertEqual(self.client.execute("test.echo", ["after"])["output"], "after")
        self.assertNotEqual(self.client.token, before)

    def test_keeps_its_events_when_the_token_is_replaced(self) -> None:
        with self.client.events(["command-completed"]) as stream:
            next(stream)
            order("rotate")
            self.client.execute("test.echo", ["rotated"])
            outputs = (event["output"] for event in stream if event["type"] == "command-completed")
            self.assertEqual(next(outputs), "rotated")

    def test_pairs_and_keeps_its_own_token(self) -> None:
        codes: List[str] = []

        def show(code: str, expires_at: str) -> None:
            codes.append(code)
            threading.Thread(target=lambda: order("decide", decision="allow")).start()

        with KiroBridgeClient.pair("Python tests", role="ci", on_code=show) as paired:
            self.assertRegex(codes[0], r"^\w{4}-\w{4}$")
            self.assertEqual(paired.me()["name"], "Python tests")
            token = paired.token
        with KiroBridgeClient.discover(token=token) as again:
            self.assertEqual(again.me()["name"], "Python tests")
            with self.assertRaises(KiroBridgeError) as caught:
                again.create_ticket()
                next(again.events())
                again._get("/api/kiro/access/clients")
            self.assertEqual(caught.exception.context, {"rule": "scope", "scope": "access:manage"})

    def test_proves_the_bridge_by_its_own_token_if_none_is_published(self) -> None:
        def show(code: str, expires_at: str) -> None:
            threading.Thread(target=lambda: order("decide", decision="allow")).start()

        order("publish", token=False)
        self.addCleanup(order, "publish", token=True)
        with KiroBridgeClient.pair("Unpublished", role="viewer", on_code=show) as paired:
            token = paired.token
        with KiroBridgeClient.discover(token=token) as again:
            self.assertTrue(again.is_ready())
        with self.assertRaises(KiroBridgeError) as caught:
            KiroBridgeClient.discover(token=f"kbt_{'a' * 12}_{'b' * 43}")
        self.assertIn("not the bridge", str(caught.exception))

    def test_reports_that_the_user_denied(self) -> None:
        def show(code: str, expires_at: str) -> None:
            threading.Thread(target=lambda: order("decide", decision="deny")).start()

        with self.assertRaises(KiroBridgeError) as caught:
            KiroBridgeClient.pair("Denied", scopes=["status:read"], on_code=show)
        self.assertEqual((caught.exception.code, caught.exception.status), ("ACCESS_DENIED", 403))
