"""Times as the search knows them: whole milliseconds in 32 bits, so that no answer depends on the order of sums."""

INF_MS = 2**31 - 1  # "cannot be passed" in every array of milliseconds


def whole_ms(limit_s: float) -> int:
    """Return a limit in seconds as milliseconds; what is beyond 24 days counts as no limit."""
    return int(min(max(limit_s, 0.0) * 1000.0, INF_MS - 1))
