"""Recognizes events that were received before (docs/wire-contract.md#52-cursor)."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Dict, NamedTuple, Optional

#: Windows whose newest event is remembered, the latest ones.
_MAX_WINDOWS = 1_000


class Cursor(NamedTuple):
    """A position in the sequence of events. Pass it to ``events`` to continue after it."""

    since: int
    epoch: str


class EventCursor:
    """Follows one stream of events over its connections."""

    def __init__(self, since: Optional[int] = None, epoch: Optional[str] = None) -> None:
        self._since = since
        self._epoch = epoch
        #: The highest ``windowEventId`` of each window.
        self._highest: "OrderedDict[str, int]" = OrderedDict()

    @property
    def query(self) -> Dict[str, Any]:
        """The parameters with which the next connection continues."""
        return {"since": self._since, "epoch": self._epoch}

    @property
    def position(self) -> Optional[Cursor]:
        """The newest event that was received; None before the first connection."""
        if self._since is None or self._epoch is None:
            return None
        return Cursor(self._since, self._epoch)

    def take(self, event: Dict[str, Any]) -> Optional[Dict[str, Any]]:
        """Returns the event as far as it is new, or None."""
        if event.get("type") == "connection-ready":
            self._connected(event)
            return event
        self._since = int(event["eventId"])
        if event.get("type") == "events-lost":
            return self._new_loss(event)
        window_id, number = event.get("windowId"), event.get("windowEventId")
        if not isinstance(window_id, str) or not isinstance(number, int):
            return event
        return event if self._advance(window_id, number) else None

    def _connected(self, event: Dict[str, Any]) -> None:
        epoch = str(event["epoch"])
        if self._since is None:
            # Without a cursor, the stream begins after the newest event.
            self._since = int(event["lastEventId"])
        elif epoch != self._epoch and self._epoch is not None:
            # Everything that is kept follows; should this connection end before it has, then again.
            self._since = 0
        self._epoch = epoch

    def _new_loss(self, event: Dict[str, Any]) -> Optional[Dict[str, Any]]:
        window_id, last = event.get("lostWindowId"), event.get("lostTo")
        if not isinstance(window_id, str) or not isinstance(last, int):
            return event
        known = self._highest.get(window_id, 0)
        if not self._advance(window_id, last):
            return None
        return {**event, "lostFrom": max(int(event.get("lostFrom", 1)), known + 1)}

    def _advance(self, window_id: str, number: int) -> bool:
        if number <= self._highest.get(window_id, 0):
            return False
        self._highest[window_id] = number
        self._highest.move_to_end(window_id)
        if len(self._highest) > _MAX_WINDOWS:
            self._highest.popitem(last=False)
        return True
