"""Where the limiter counts requests: in the memory of the process.

It will not decide how many are allowed, nor count across processes.
"""

import time

from limits.storage import MemoryStorage

SWEPT_EVERY = 60.0
"""Seconds between the times counters nobody asks for any more are thrown away."""


class Counters(MemoryStorage):
    """As the library's own, without its thread for each request that throws old counters away."""

    STORAGE_SCHEME = ["counters"]

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **more: str) -> None:
        super().__init__(uri, wrap_exceptions, **more)
        self._sweep_at = time.time() + SWEPT_EVERY

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count one more, within `expiry` seconds from the first of them; how many there are."""
        now = time.time()
        if now > self._sweep_at:
            self._sweep(now)
        with self.locks[key]:
            if self.expirations.get(key, 0) <= now:
                self.storage[key], self.expirations[key] = 0, now + expiry
            self.storage[key] += amount
            return self.storage[key]

    def _sweep(self, now: float) -> None:
        self._sweep_at = now + SWEPT_EVERY
        for key, until in list(self.expirations.items()):
            if until <= now:
                self.clear(key)
