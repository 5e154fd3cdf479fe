"""The window that owns the address is killed, and another one takes over, under the client."""

from __future__ import annotations

from typing import List

from kiro_bridge import ChatStream, EventStream, KiroBridgeClient, RetryOptions

from .support import BridgeTest, order

_PATIENT = RetryOptions(max_retries=200, base_delay=0.05, max_delay=0.5)


class TakeoverTest(BridgeTest):
    def test_delivers_each_event_once_and_continues_a_chat(self) -> None:
        members: List[str] = order("windows")["members"]
        client = KiroBridgeClient.discover(retry=_PATIENT)
        self.addCleanup(client.close)
        with client.events(["command-completed"]) as events:
            next(events)
            sent: List[str] = []

            def run(name: str, window: str) -> None:
                ran = client.execute("test.echo", [name], window_id=window, idempotency_key=name)
                sent.append(ran["executionId"])

            for window in [*members, *members]:
                run(f"before {len(sent)}", window)
            # The stream has received these, and the new owner still has them.
            received = completed(events, len(sent))
            with client.stream_chat("count 300", window_id=members[0]) as chat:
                numbers = self.read_while_the_owner_is_killed(chat)
                sent.append(chat.execution_id or "")
            run("after", members[-1])
            received += completed(events, len(sent) - len(received))
        self.assertEqual(numbers, list(range(1, 301)))
        self.assertEqual(received, sent)

    def read_while_the_owner_is_killed(self, chat: ChatStream) -> List[int]:
        text = ""
        is_killed = False
        for event in chat:
            if event["type"] == "delta":
                text += event["text"]
            if not is_killed and len(text) > 100:
                is_killed = True
                order("kill")
        self.assertTrue(is_killed)
        self.assertEqual(text, chat.response and chat.response["message"])
        return [int(number) for number in text.split()]


def completed(events: EventStream, count: int) -> List[str]:
    """Reads this many events of executions that have completed."""
    found: List[str] = []
    while len(found) < count:
        event = next(events)
        if event["type"] == "command-completed":
            found.append(event["executionId"])
    return found
