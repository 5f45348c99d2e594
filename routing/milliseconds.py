"""Times as the search knows them: whole milliseconds in 32 bits, so that no answer depends on the order of sums."""

LIMIT_S = 4 * 3600.0  # nothing farther is an emergency response
INF_MS = 2**30 - 1  # “cannot be passed” in every array of milliseconds (12 days); two of them still add up in int32


def whole_ms(limit_s: float) -> int:
    """Return a limit in seconds as milliseconds; what is beyond 12 days counts as no limit."""
    return int(min(max(limit_s, 0.0) * 1000.0, INF_MS - 1))
