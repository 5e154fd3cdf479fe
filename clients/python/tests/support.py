"""The bridge of the tests, which another process runs, and servers that misbehave."""

from __future__ import annotations

import json
import os
import threading
import unittest
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, Dict, List, Optional, Tuple

from kiro_bridge import KiroBridgeClient

#: Seconds for something that happens at once unless the machine is busy.
DEADLINE = 60.0
_CONTROL = os.environ.get("KIRO_BRIDGE_TEST_CONTROL")


def order(name: str, **values: Any) -> Dict[str, Any]:
    """Has the process that runs the bridge do something, and waits until it is done."""
    body = json.dumps(values).encode()
    request = urllib.request.Request(f"{_CONTROL}/{name}", data=body, method="POST")
    with urllib.request.urlopen(request, timeout=DEADLINE) as response:
        result: Dict[str, Any] = json.load(response)
        return result


class BridgeTest(unittest.TestCase):
    """A test with a running bridge, which the discovery folder names."""

    def setUp(self) -> None:
        if _CONTROL is None:
            self.skipTest("needs a bridge: run by test/kit/clients/python.test.ts")
        self.client = KiroBridgeClient.discover()
        self.addCleanup(self.client.close)


#: Status, headers and body of a response; None hangs up.
Reply = Optional[Tuple[int, Dict[str, str], Any]]


class FakeBridge:
    """A server with prepared replies. Records the requests."""

    def __init__(self, reply: Callable[[int, str], Reply]) -> None:
        self.requests: List[Tuple[str, str, Dict[str, str], Any]] = []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length", "0"))
                body: Any = json.loads(self.rfile.read(length)) if length > 0 else None
                headers = {name.lower(): value for name, value in self.headers.items()}
                fake.requests.append((self.command, self.path, headers, body))
                answer = reply(len(fake.requests), self.path)
                if answer is None:
                    self.close_connection = True
                    return
                status, more, content = answer
                data = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                for name, value in more.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_POST = do_GET

            def log_message(self, format: str, *args: Any) -> None:
                """Writes nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def failure(code: str, *, recoverable: bool, **more: Any) -> Dict[str, Any]:
    """The body of an error response."""
    return {"code": code, "message": "A message.", "recoverable": recoverable, "timestamp": "", **more}
