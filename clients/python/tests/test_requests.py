"""Requests to a server that misbehaves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import traceback
import unittest
from pathlib import Path
from typing import Any, Callable, Dict, List, Union

from kiro_bridge import INVALID_RESPONSE, NETWORK_ERROR, KiroBridgeClient, KiroBridgeError, RetryOptions

from .support import DEADLINE, FakeBridge, Reply, failure

SECRET = "secret-0123456789-abcdefghijklmnopqrstuvwxyz"
AT_ONCE = RetryOptions(base_delay=0.0)
DONE: Reply = (200, {}, {"success": True, "output": "", "executionTimeMs": 0, "executionId": "e", "status": "completed"})
BUSY: Reply = (429, {"Retry-After": "0"}, failure("RATE_LIMIT_EXCEEDED", recoverable=True))


class FakeTest(unittest.TestCase):
    def serve(self, reply: Callable[[int, str], Reply]) -> FakeBridge:
        fake = FakeBridge(reply)
        self.addCleanup(fake.close)
        return fake

    def client(
        self, fake: FakeBridge, *, retry: Union[bool, RetryOptions] = AT_ONCE, timeout: float = 30.0
    ) -> KiroBridgeClient:
        client = KiroBridgeClient(fake.url, token=SECRET, retry=retry, timeout=timeout)
        self.addCleanup(client.close)
        return client


class RetryTest(FakeTest):
    def test_sends_an_execution_again_only_with_its_key(self) -> None:
        fake = self.serve(lambda number, _path: DONE if number == 3 else BUSY)
        result = self.client(fake).execute("test", idempotency_key="k1")
        self.assertTrue(result["success"])
        self.assertEqual([headers.get("idempotency-key") for _, _, headers, _ in fake.requests], ["k1"] * 3)

    def test_sends_an_execution_without_a_key_once(self) -> None:
        for reply in (BUSY, None):
            fake = self.serve(lambda _number, _path, reply=reply: reply)
            with self.assertRaises(KiroBridgeError) as caught:
                self.client(fake).execute("test")
            self.assertTrue(caught.exception.recoverable)
            self.assertEqual(len(fake.requests), 1)

    def test_sends_what_is_final_once(self) -> None:
        refused: Reply = (403, {}, failure("ACCESS_DENIED", recoverable=False, context={"rule": "scope"}))
        fake = self.serve(lambda _number, _path: refused)
        with self.assertRaises(KiroBridgeError) as caught:
            self.client(fake).execute("test", idempotency_key="k1")
        error = caught.exception
        self.assertEqual((error.code, error.status, error.context), ("ACCESS_DENIED", 403, {"rule": "scope"}))
        self.assertEqual(len(fake.requests), 1)

    def test_gives_up_in_the_end(self) -> None:
        fake = self.serve(lambda _number, _path: BUSY)
        with self.assertRaises(KiroBridgeError) as caught:
            self.client(fake).windows()
        self.assertEqual((caught.exception.code, caught.exception.retry_after), ("RATE_LIMIT_EXCEEDED", 0))
        self.assertEqual(len(fake.requests), 4)

    def test_never_repeats_if_told_so(self) -> None:
        fake = self.serve(lambda _number, _path: BUSY)
        with self.assertRaises(KiroBridgeError):
            self.client(fake, retry=False).windows()
        self.assertEqual(len(fake.requests), 1)


class ErrorTest(FakeTest):
    def test_names_what_is_no_response_of_a_bridge(self) -> None:
        for status, body in ((200, b"<html>"), (404, b"<html>"), (302, b"{}"), (500, b"[]"), (500, b"\xff")):
            fake = self.serve(lambda _number, _path, status=status, body=body: (status, {}, body))
            with self.assertRaises(KiroBridgeError) as caught:
                self.client(fake).windows()
            self.assertEqual((caught.exception.code, caught.exception.status), (INVALID_RESPONSE, status))

    def test_names_a_bridge_that_is_not_there(self) -> None:
        fake = FakeBridge(lambda _number, _path: None)
        fake.close()
        with self.assertRaises(KiroBridgeError) as caught:
            KiroBridgeClient(fake.url, retry=AT_ONCE).status()
        self.assertEqual(caught.exception.code, NETWORK_ERROR)
        self.assertFalse(KiroBridgeClient(fake.url, retry=False).is_ready())

    def test_ends_a_request_that_gets_no_response_in_time(self) -> None:
        released = threading.Event()
        self.addCleanup(released.set)

        def hang(_number: int, _path: str) -> Reply:
            released.wait(DEADLINE)
            return None

        fake = self.serve(hang)
        with self.assertRaises(KiroBridgeError) as caught:
            self.client(fake, timeout=0.05, retry=False).status()
        self.assertEqual((caught.exception.code, caught.exception.status), ("OPERATION_TIMEOUT", None))
        released.set()

    def test_prints_the_token_nowhere(self) -> None:
        fake = self.serve(lambda _number, _path: (401, {}, failure("AUTHENTICATION_FAILED", recoverable=False)))
        client = self.client(fake)
        try:
            client.status()
            self.fail("no error")
        except KiroBridgeError as error:
            printed = "".join(traceback.format_exception(type(error), error, error.__traceback__)) + repr(error)
        with self.assertRaises(ValueError) as caught:
            KiroBridgeClient(fake.url, token=f"{SECRET}\n")
        session = client._session
        printed += repr(client) + repr(session) + repr(session.source.current()) + str(caught.exception)
        self.assertNotIn(SECRET, printed)
        self.assertEqual(fake.requests[0][2]["authorization"], f"Bearer {SECRET}")

    def test_rejects_a_string_in_place_of_a_list(self) -> None:
        with self.assertRaises(TypeError):
            KiroBridgeClient().execute("test", "--flag")


class CloseTest(FakeTest):
    def test_wakes_up_a_thread_that_waits_for_a_response(self) -> None:
        arrived, released = threading.Event(), threading.Event()
        self.addCleanup(released.set)

        def hang(_number: int, _path: str) -> Reply:
            arrived.set()
            released.wait(DEADLINE)
            return None

        client = self.client(self.serve(hang))
        caught: List[BaseException] = []

        def wait() -> None:
            try:
                client.execute("test", idempotency_key="k")
            except BaseException as error:
                caught.append(error)

        thread = threading.Thread(target=wait)
        thread.start()
        self.assertTrue(arrived.wait(DEADLINE))
        client.close()
        thread.join(DEADLINE)
        released.set()
        self.assertIsInstance(caught[0], RuntimeError)
        with self.assertRaises(RuntimeError):
            client.status()


class DiscoveryTest(FakeTest):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = Path(folder.name)

    def write(self, name: str = "bridge.json", **more: Any) -> None:
        entry: Dict[str, Any] = {"version": "0.1.0", "pid": os.getpid(), "token": SECRET, "windows": [], **more}
        (self.home / name).write_text(json.dumps(entry))

    def test_sends_the_token_to_no_program_that_cannot_prove_that_it_is_the_bridge(self) -> None:
        fake = self.serve(lambda _number, _path: (200, {}, {"status": "healthy", "proof": "none"}))
        self.write(url=fake.url)
        with self.assertRaises(KiroBridgeError) as caught:
            KiroBridgeClient.discover(home=self.home)
        self.assertIn("not the bridge", str(caught.exception))
        [(_, path, headers, _)] = fake.requests
        self.assertTrue(path.startswith("/health?challenge="))
        self.assertNotIn("authorization", headers)

    def test_calls_no_address_whose_process_has_ended(self) -> None:
        fake = self.serve(lambda _number, _path: None)
        ended = subprocess.Popen([sys.executable, "-c", ""])
        ended.wait()
        self.write(url=fake.url, pid=ended.pid)
        with self.assertRaises(KiroBridgeError) as caught:
            KiroBridgeClient.discover(home=self.home)
        self.assertEqual((caught.exception.code, fake.requests), (NETWORK_ERROR, []))

    def test_asks_to_pair_if_no_token_is_published(self) -> None:
        fake = self.serve(lambda _number, _path: None)
        self.write(url=fake.url, token=None)
        with self.assertRaises(KiroBridgeError) as caught:
            KiroBridgeClient.discover(home=self.home)
        self.assertEqual((caught.exception.code, fake.requests), ("AUTHENTICATION_FAILED", []))

    def test_skips_files_that_cannot_be_read(self) -> None:
        for text in ("", "[]", "{}", '{"windows": 1}', "\0"):
            (self.home / "bridge.json").write_text(text)
            with self.assertRaises(KiroBridgeError):
                KiroBridgeClient.discover(home=self.home)
