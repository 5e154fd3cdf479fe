"""Parses Server-Sent Events out of chunks of bytes."""

from __future__ import annotations

from typing import Iterator, List, NamedTuple


class ServerSentEvent(NamedTuple):
    """One event of a stream."""

    name: str
    data: str
    id: str


class SseParser:
    """Collects bytes until an event is complete. An event whose end did not arrive is never delivered."""

    def __init__(self) -> None:
        self._rest: List[bytes] = []
        self._name = ""
        self._data: List[str] = []
        self._id = ""

    def feed(self, chunk: bytes) -> Iterator[ServerSentEvent]:
        """Yields the events that are complete with this chunk."""
        first, *lines = chunk.split(b"\n")
        self._rest.append(first)
        for line in lines:
            complete = b"".join(self._rest)
            self._rest = [line]
            yield from self._take(complete[:-1] if complete.endswith(b"\r") else complete)

    def _take(self, line: bytes) -> Iterator[ServerSentEvent]:
        if line == b"":
            if self._data:
                yield ServerSentEvent(self._name or "message", "\n".join(self._data), self._id)
            self._name = ""
            self._data = []
            return
        field, _, value = line.decode("utf-8", "replace").partition(":")
        value = value[1:] if value.startswith(" ") else value
        if field == "event":
            self._name = value
        elif field == "data":
            self._data.append(value)
        elif field == "id" and "\0" not in value:
            self._id = value
