"""The decision whether, and when, a request is sent again."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Optional

from .errors import KiroBridgeError


@dataclass(frozen=True)
class RetryOptions:
    """Exponential backoff with full jitter: each delay is random, between 0 and the delay of this attempt.

    Errors that are not recoverable are final, and so are those with an ``execution_id``, which report the end of the
    execution: the same key would return it again.
    """

    #: The number of requests after the first one.
    max_retries: int = 3
    #: Seconds before the first retry.
    base_delay: float = 1.0
    #: The longest delay, in seconds. A ``Retry-After`` of the bridge may be longer.
    max_delay: float = 30.0
    multiplier: float = 2.0

    def delay(self, attempt: int, error: KiroBridgeError) -> Optional[float]:
        """Returns the seconds to wait after the given attempt, counted from 0; None if the error is final."""
        if attempt >= self.max_retries or not error.recoverable or error.execution_id is not None:
            return None
        return max(self.backoff(attempt), error.retry_after or 0.0)

    def backoff(self, attempt: int) -> float:
        """Returns the seconds to wait after the given attempt, counted from 0."""
        # The exponent is bounded, because a float overflows at a power of about 1,000.
        ceiling = min(self.max_delay, self.base_delay * self.multiplier ** min(attempt, 64))
        return random.uniform(0.0, ceiling)


#: Never sends a request again.
NO_RETRY = RetryOptions(max_retries=0)
