"""The position of the program in a trace."""

from __future__ import annotations

import re
from typing import Dict, Optional

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-[!-~]*)?")


def trace_headers(traceparent: Optional[str]) -> Dict[str, str]:
    """Returns the header of a position. What is none is left out, as the bridge would ignore it."""
    if traceparent is None or _TRACEPARENT.fullmatch(traceparent) is None:
        return {}
    return {"traceparent": traceparent}
