"""The same work by several engines in one run, in turn and in random order, so that noise hits all alike."""

import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median, quantiles
from typing import Any

OURS = "ours"
Question = Mapping[str, Callable[[], Any]]  # engine → the same question to each; ours is OURS

# Questions that an engine is asked in a row, so that none pays again and again for the caches that another has filled
# with its own, or for the memory that it has given back. A first answer after another engine's takes ours up to 0.3 ms.
BLOCK = 10


class Report:
    """What was measured: printed as it comes, and at the end in one line for machines."""

    def __init__(self, rng: random.Random, budget_s: float, least: int) -> None:
        """Begin.

        Args:
            budget_s: a peer that has spent this many seconds on a work is asked no more; ours is asked everything.
            least: but it gives as many answers as this.
        """
        self.figures: dict[str, float] = {}
        self.left_out: dict[str, str] = {}
        self._rng, self._budget_ms, self._least = rng, 1000 * budget_s, least

    def figure(self, name: str, value: float, words: str = "") -> None:
        self.figures[name] = value
        print(f"{name:40s} {value:12.5g}  {words}".rstrip(), flush=True)

    def leave_out(self, what: str, why: str) -> None:
        self.left_out[what] = why
        print(f"left out: {what} ({why})", flush=True)

    def work(self, name: str, questions: Sequence[Question]) -> None:
        """Ask every question of every engine and print medians, 95th and 99th percentiles and ratios to ours.

        Engines take turns, in random order, at blocks of questions, as a server is asked; before each block
        comes another question, whose answer is not timed.
        """
        spent_ms: dict[str, list[float]] = {engine: [] for engine in questions[0]}
        for first in range(0, len(questions), BLOCK):
            block = questions[first : first + BLOCK]
            for engine in self._rng.sample(list(spent_ms), len(spent_ms)):
                for number, question in enumerate(block):
                    if engine != OURS and not self._is_patient_with(spent_ms[engine]):
                        break
                    if number == 0:
                        questions[first - 1][engine]()
                    spent_ms[engine].append(clocked_ms(question[engine]))
        self.compare(name, spent_ms)

    def compare(self, name: str, spent_ms: Mapping[str, Sequence[float]]) -> None:
        """Print what each engine has spent, the quickest first, and keep our figures and the ratios."""
        ours = median(spent_ms[OURS])
        self.figures[f"{name}_ms"] = ours
        self.figures[f"{name}_p95_ms"] = percentile(spent_ms[OURS], 95)
        self.figures[f"{name}_p99_ms"] = percentile(spent_ms[OURS], 99)
        for engine, times in sorted(spent_ms.items(), key=lambda each: median(each[1])):
            ratio = median(times) / ours
            if engine != OURS:
                self.figures[f"{name}/{engine}"] = ratio
            print(
                f"{name:30s} {engine:18s} {median(times):11.3f} ms   p95 {percentile(times, 95):11.3f}"
                f"   p99 {percentile(times, 99):11.3f}   × {ratio:10.2f}   n {len(times)}",
                flush=True,
            )

    def end(self) -> None:
        for what, why in self.left_out.items():
            print(f"left out: {what} ({why})")
        print("BENCH " + json.dumps({name: float(f"{value:.5g}") for name, value in self.figures.items()}), flush=True)

    def _is_patient_with(self, spent_ms: Sequence[float]) -> bool:
        return len(spent_ms) < self._least or sum(spent_ms) < self._budget_ms


def clocked_ms(act: Callable[[], Any]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def percentile(times: Sequence[float], percent: int) -> float:
    return quantiles(times, n=100, method="inclusive")[percent - 1] if len(times) > 1 else times[0]
