"""How often one key and one address may speak: a bucket each that refills with time. Of this process."""

from collections import OrderedDict

PER_KEY = (50.0, 500.0)  # messages a second, and at once: a phone sends one every few seconds, a queue comes in bursts
PER_ADDRESS = (500.0, 5_000.0)  # a whole city's phones may share an operator's address
MOST_KNOWN = 100_000  # the one that was quiet longest is forgotten first, and starts full again


class Rate:
    """Buckets by name. `now` is a real, monotonic time in seconds."""

    def __init__(self, per_s: float, at_once: float) -> None:
        self._per_s = per_s
        self._at_once = at_once
        self._buckets: OrderedDict[str | bytes, tuple[float, float]] = OrderedDict()  # what is left, and when

    def allows(self, name: str | bytes, now: float) -> bool:
        left, at = self._buckets.pop(name, (self._at_once, now))
        left = min(self._at_once, left + (now - at) * self._per_s)
        self._buckets[name] = (left - 1 if left >= 1 else left, now)
        if len(self._buckets) > MOST_KNOWN:
            self._buckets.popitem(last=False)
        return left >= 1
