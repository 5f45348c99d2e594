"""What is asked, and which answers are right: a line of JSON a question, as in practice.jsonl.

    {"query": "simpang jl lantana - jln sunter kirana 4", "lat": …, "lon": …, "kind": "intersection",
     "tolerance_m": 120, "alts": [[lat, lon], …], "focus": [lat, lon]}

A candidate is right within the tolerance of the truth or of any other point that is as good: on a street, anywhere.
"""

import json
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

EARTH_M = 6_371_000.0

LatLon = tuple[float, float]  # as the lines have it


@dataclass(frozen=True, slots=True)
class Question:
    query: str
    kind: str
    truths: tuple[LatLon, ...]  # the truth first, then what is as good
    tolerance_m: float
    focus: LatLon | None = None  # where the caller is thought to be

    def misses_by_m(self, candidate: "Candidate") -> float:
        """Return how far a candidate lies from the nearest point that is right."""
        return min(distance_m(candidate.place, truth) for truth in self.truths)


@dataclass(frozen=True, slots=True)
class Candidate:
    place: LatLon
    radius_m: float | None = None
    confidence: float | None = None


def read_questions(file: Path) -> list[Question]:
    return [_question(json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def distance_m(one: LatLon, other: LatLon) -> float:
    lat, lon = radians(other[0] - one[0]), radians(other[1] - one[1])
    half = sin(lat / 2) ** 2 + cos(radians(one[0])) * cos(radians(other[0])) * sin(lon / 2) ** 2
    return 2 * EARTH_M * asin(min(1.0, sqrt(half)))


def _question(said: dict) -> Question:  # type: ignore[type-arg]
    truth = (said["lat"], said["lon"])
    focus = said.get("focus")
    return Question(
        query=said["query"],
        kind=said["kind"],
        truths=(truth, *((lat, lon) for lat, lon in said.get("alts", ()))),
        tolerance_m=said["tolerance_m"],
        focus=(focus[0], focus[1]) if focus else None,
    )
