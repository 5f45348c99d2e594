"""How good answers are: right first, right within five, honest circles, honest confidence. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median

from tests.bench.places.questions import Candidate, Question, distance_m

MOST_LOOKED_AT = 10
# Kinds whose circle can be judged: the truth is a point, and where along the street it lies was not said.
KINDS_WITH_CIRCLES = frozenset({"street", "street_admin", "street_rtrw", "addr_indep", "addr_real"})
SURE = 0.9


@dataclass(frozen=True, slots=True)
class Judged:
    """One answer."""

    kind: str
    rank: int  # of the first candidate that is right, 1 is the best; 0 where none of ten is
    radius_m: float | None  # of the first candidate
    off_m: float | None  # from the first candidate to the truth itself; None where there is no candidate
    confidence: float | None


def judge(question: Question, candidates: Sequence[Candidate]) -> Judged:
    looked_at = candidates[:MOST_LOOKED_AT]
    right = [place for place, each in enumerate(looked_at, 1) if question.misses_by_m(each) <= question.tolerance_m]
    first = candidates[0] if candidates else None
    return Judged(
        kind=question.kind,
        rank=right[0] if right else 0,
        radius_m=first.radius_m if first else None,
        off_m=distance_m(first.place, question.truths[0]) if first else None,
        confidence=first.confidence if first else None,
    )


def success(judged: Sequence[Judged], within: int) -> float:
    """Return the share of questions whose first candidates have a right one among them."""
    return mean(0 < each.rank <= within for each in judged)


def by_kind(judged: Sequence[Judged]) -> Mapping[str, list[Judged]]:
    kinds: dict[str, list[Judged]] = defaultdict(list)
    for each in judged:
        kinds[each.kind].append(each)
    return dict(sorted(kinds.items()))


def figures(judged: Sequence[Judged]) -> dict[str, float]:
    """Return what can be said of all answers; what cannot (no circles, nobody sure) is left out."""
    found = {"success_at_1": success(judged, 1), "success_at_5": success(judged, 5)}
    found["unanswered"] = mean(each.off_m is None for each in judged)
    circles = [
        (each.off_m, each.radius_m)
        for each in judged
        if each.kind in KINDS_WITH_CIRCLES and each.off_m is not None and each.radius_m is not None
    ]
    if circles:
        found["radius_covers"] = mean(off_m <= radius_m for off_m, radius_m in circles)
        found["radius_median_m"] = median(radius_m for _, radius_m in circles)
    sure = [each for each in judged if each.confidence is not None and each.confidence >= SURE]
    if sure:
        found["confident_right"] = success(sure, 1)
        found["confident_share"] = len(sure) / len(judged)
    return found
