"""The bridge ends, and starts again, under the client."""

from __future__ import annotations

import threading
from typing import List

from kiro_bridge import KiroBridgeClient, RetryOptions

from .support import DEADLINE, BridgeTest, order


class RestartTest(BridgeTest):
    def setUp(self) -> None:
        super().setUp()
        patient = RetryOptions(max_retries=200, base_delay=0.05, max_delay=0.5)
        self.patient = KiroBridgeClient.discover(retry=patient)
        self.addCleanup(self.patient.close)

    def test_keeps_its_events_over_restarts(self) -> None:
        with self.client.events(["command-completed"]) as stream:
            next(stream)
            outputs: List[str] = []
            for number in range(3):
                self.patient.execute("test.echo", [f"life {number}"], idempotency_key=f"life-{number}")
                for event in stream:
                    if event["type"] == "command-completed":
                        outputs.append(event["output"])
                        break
                order("restart")
            self.assertEqual(outputs, [f"life {number}" for number in range(3)])

    def test_repeats_a_request_whose_response_was_lost_and_runs_nothing_twice(self) -> None:
        file = order("marks")["file"]
        over = threading.Event()

        def work(name: str) -> None:
            number = 0
            while not over.is_set():
                number += 1
                self.patient.execute("test.append", [file, f"{name}-{number}"], idempotency_key=f"{name}-{number}")

        threads = [threading.Thread(target=work, args=(name,)) for name in "abc"]
        for thread in threads:
            thread.start()
        try:
            for _ in range(2):
                order("restart")
        finally:
            over.set()
            for thread in threads:
                thread.join(DEADLINE)
        with open(file, encoding="utf-8") as marks:
            lines = [line.split()[0] for line in marks]
        self.assertGreater(len(lines), 0)
        self.assertEqual(len(lines), len(set(lines)))
