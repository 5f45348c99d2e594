"""Asking: every geocoder the same questions, in turn; ours key by key, and with what nobody should send.

Engines take turns in random order at blocks of questions, and before each block comes another question that is not
timed, so that noise and caches hit all alike (see `tests.bench.interleaved`).
"""

import itertools
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from tests.bench.interleaved import BLOCK, percentile
from tests.bench.places.geocoders import Geocoder, Http
from tests.bench.places.measures import Judged, judge
from tests.bench.places.questions import Candidate, Question
from tests.places import odd

LIMIT = 10
LIMIT_WHILE_TYPING = 5
FIRST_KEYS = 3  # before these nothing is asked
# Clean names: what is typed while the caller speaks. Broken words have no beginning that could find them.
TYPED_KINDS = frozenset({"poi_name", "street", "street_admin", "poi_street", "intersection", "landmark"})
NEVER_FOUND = 1.2  # share of the text typed, where the truth is not there at the end
SLOW_MS = 100.0  # a slower answer is asked for again: the machine may have stalled, and not the search


@dataclass(frozen=True, slots=True)
class Answers:
    """What one geocoder said."""

    judged: list[Judged]  # one of each question
    spent_ms: list[float]  # of every round

    def at(self, percent: int) -> float:
        return percentile(self.spent_ms, percent)


def ask_all(
    geocoders: Sequence[Geocoder],
    questions: Sequence[Question],
    rng: random.Random,
    rounds: int,
    most_s: float = float("inf"),
) -> Mapping[str, Answers]:
    """Ask every question of everybody, `rounds` times; the answers of the first round are judged.

    Args:
        most_s: after so many seconds nothing more is asked, whatever is left.
    """
    answers = {each.name: Answers([], []) for each in geocoders}
    until = time.monotonic() + most_s
    for turn in range(rounds):
        for first in range(0, len(questions), BLOCK):
            if time.monotonic() > until:
                return answers
            for geocoder in rng.sample(list(geocoders), len(geocoders)):
                _ask(geocoder, questions[first - 1])
                for question in questions[first : first + BLOCK]:
                    spent_ms, candidates = _clocked(geocoder, question)
                    answers[geocoder.name].spent_ms.append(spent_ms)
                    if turn == 0:
                        answers[geocoder.name].judged.append(judge(question, candidates))
    return answers


@dataclass(frozen=True, slots=True)
class Typing:
    share: float  # median share of the text after which the truth stays among the first five
    found: float  # share of questions whose truth is there at the end
    spent_ms: list[float]  # of each key


def type_all(geocoder: Geocoder, questions: Sequence[Question], most: int) -> Typing:
    """Type the clean ones of the questions, key by key."""
    typed = [each for each in questions if each.kind in TYPED_KINDS][:most]
    shares: list[float] = []
    spent_ms: list[float] = []
    for question in typed:
        since: int | None = None
        for keys in range(FIRST_KEYS, len(question.query) + 1):
            began = time.perf_counter()
            candidates = geocoder.ask(question.query[:keys], None, LIMIT_WHILE_TYPING)
            spent_ms.append((time.perf_counter() - began) * 1000)
            is_there = any(
                question.misses_by_m(each) <= question.tolerance_m for each in candidates[:LIMIT_WHILE_TYPING]
            )
            since = (since or keys) if is_there else None
        shares.append(since / len(question.query) if since else NEVER_FOUND)
    return Typing(median(shares), sum(each < NEVER_FOUND for each in shares) / len(shares), spent_ms)


@dataclass(frozen=True, slots=True)
class Fuzzed:
    spent_ms: list[float]
    errors: list[str]  # queries that ended in an error of the server


def fuzz(http: Http, count: int, seed: int = 112) -> Fuzzed:
    """Send odd queries; an answer that took long is asked for twice more, and the quickest counts."""
    fuzzed = Fuzzed([], [])
    for query in itertools.islice(odd.queries(seed), count):
        quickest = _sent(http, query, fuzzed)
        for _ in range(2):
            if quickest > SLOW_MS:
                quickest = min(quickest, _sent(http, query, fuzzed))
        fuzzed.spent_ms.append(quickest)
    return fuzzed


def _sent(http: Http, query: str, fuzzed: Fuzzed) -> float:
    began = time.perf_counter()
    status, _ = http.get(f"/api/places/search?{query}")
    spent_ms = (time.perf_counter() - began) * 1000
    if status >= 500:
        fuzzed.errors.append(query)
    if status != 200:
        http.close()
    return spent_ms


def _clocked(geocoder: Geocoder, question: Question) -> tuple[float, Sequence[Candidate]]:
    began = time.perf_counter()
    candidates = _ask(geocoder, question)
    return (time.perf_counter() - began) * 1000, candidates


def _ask(geocoder: Geocoder, question: Question) -> Sequence[Candidate]:
    return geocoder.ask(question.query, question.focus, LIMIT)
