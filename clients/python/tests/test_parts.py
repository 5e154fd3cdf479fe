"""The parts that need no bridge."""

from __future__ import annotations

import unittest
from typing import Any, Dict, List

from kiro_bridge import Cursor, KiroBridgeError, RetryOptions
from kiro_bridge._dedupe import EventCursor
from kiro_bridge._sse import ServerSentEvent, SseParser
from kiro_bridge.streams import without_end


def event(number: int, window: str = "w", **more: Any) -> Dict[str, Any]:
    return {"type": "command-output", "eventId": number, "windowId": window, "windowEventId": number, **more}


def ready(epoch: str, last: int) -> Dict[str, Any]:
    return {"type": "connection-ready", "eventId": 0, "epoch": epoch, "lastEventId": last}


class SseParserTest(unittest.TestCase):
    def parse(self, *chunks: bytes) -> List[ServerSentEvent]:
        parser = SseParser()
        return [found for chunk in chunks for found in parser.feed(chunk)]

    def test_joins_chunks_that_are_cut_anywhere(self) -> None:
        text = 'retry: 2000\n\n: comment\n\nid: e:7\nevent: delta\ndata: {"text":"é"}\n\n'.encode()
        expected = [ServerSentEvent("delta", '{"text":"é"}', "e:7")]
        self.assertEqual(self.parse(text), expected)
        self.assertEqual(self.parse(*[text[at : at + 1] for at in range(len(text))]), expected)

    def test_accepts_carriage_returns_and_several_lines_of_data(self) -> None:
        self.assertEqual(self.parse(b"data: a\r\ndata:b\r\n\r\n"), [ServerSentEvent("message", "a\nb", "")])

    def test_never_delivers_an_event_whose_end_is_missing(self) -> None:
        self.assertEqual(self.parse(b"data: whole\n\ndata: cut\n"), [ServerSentEvent("message", "whole", "")])


class EventCursorTest(unittest.TestCase):
    def test_continues_after_the_newest_event_of_the_epoch(self) -> None:
        cursor = EventCursor()
        self.assertIsNone(cursor.position)
        cursor.take(ready("one", 41))
        self.assertEqual(cursor.position, Cursor(41, "one"))
        cursor.take(event(42))
        self.assertEqual(cursor.query, {"since": 42, "epoch": "one"})

    def test_skips_what_a_window_sends_again_in_another_epoch(self) -> None:
        cursor = EventCursor()
        for first in (ready("one", 0), event(1), event(2), event(3, "other")):
            self.assertEqual(cursor.take(first), first)
        self.assertIsNotNone(cursor.take(ready("two", 9)))
        self.assertEqual(cursor.query, {"since": 0, "epoch": "two"})
        again = {**event(7), "windowEventId": 2}
        self.assertIsNone(cursor.take(again))
        self.assertEqual(cursor.query, {"since": 7, "epoch": "two"})
        self.assertIsNotNone(cursor.take({**event(8), "windowEventId": 3}))

    def test_reports_a_loss_as_far_as_it_is_one(self) -> None:
        cursor = EventCursor()
        cursor.take(ready("one", 0))
        cursor.take(event(5))
        lost = {"type": "events-lost", "eventId": 9, "from": 9, "to": 9, "lostWindowId": "w"}
        self.assertIsNone(cursor.take({**lost, "lostFrom": 1, "lostTo": 5}))
        self.assertEqual(cursor.take({**lost, "lostFrom": 1, "lostTo": 8}), {**lost, "lostFrom": 6, "lostTo": 8})
        self.assertIsNone(cursor.take(event(8)))
        self.assertIsNotNone(cursor.take({"type": "events-lost", "eventId": 10, "from": 1, "to": 10}))

    def test_always_delivers_an_event_without_a_number_of_its_window(self) -> None:
        cursor = EventCursor()
        cursor.take(ready("one", 0))
        old = {"type": "command-output", "eventId": 1, "windowId": "w"}
        self.assertEqual([cursor.take(old), cursor.take(old)], [old, old])


class RetryOptionsTest(unittest.TestCase):
    def failed(self, *, recoverable: bool = True, retry_after: float = 0.0) -> KiroBridgeError:
        return KiroBridgeError("x", code="X", recoverable=recoverable, retry_after=retry_after)

    def test_waits_between_nothing_and_a_bound_that_doubles(self) -> None:
        options = RetryOptions(max_retries=9)
        for attempt, bound in enumerate([1, 2, 4, 8, 16, 30, 30]):
            delays = [options.delay(attempt, self.failed()) or 0.0 for _ in range(200)]
            self.assertTrue(all(0 <= delay <= bound for delay in delays))
            self.assertGreater(max(delays), bound / 2)
        self.assertLessEqual(options.backoff(10_000), 30)

    def test_waits_at_least_as_long_as_the_bridge_asks(self) -> None:
        self.assertEqual(RetryOptions().delay(0, self.failed(retry_after=59)), 59)

    def test_does_not_repeat_what_reports_the_end_of_an_execution(self) -> None:
        ended = KiroBridgeError("x", code="KIRO_UNAVAILABLE", recoverable=True, execution_id="exec-1")
        self.assertIsNone(RetryOptions().delay(0, ended))

    def test_gives_up_after_the_last_retry_and_for_a_final_error(self) -> None:
        self.assertIsNone(RetryOptions().delay(3, self.failed()))
        self.assertIsNone(RetryOptions().delay(0, self.failed(recoverable=False)))


class RetractionTest(unittest.TestCase):
    def test_counts_as_the_bridge_does(self) -> None:
        self.assertEqual(without_end("a🦀b", 3), "a")
        self.assertEqual(without_end("short", 99), "")
        self.assertEqual(without_end("as it is", 0), "as it is")
