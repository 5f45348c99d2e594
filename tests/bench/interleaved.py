"""The same work by several engines in one run: some questions each in turn, so that noise hits all alike."""

import json
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median, quantiles
from typing import Any

BLOCK = 10
Question = Mapping[str, Callable[[], Any]]  # engine → the same question to each; ours is called "ours"


class Report:
    """What was measured: printed as it comes, and at the end in one line for machines."""

    def __init__(self, rng: random.Random) -> None:
        self.figures: dict[str, float] = {}
        self.left_out: dict[str, str] = {}
        self._rng = rng

    def figure(self, name: str, value: float, words: str = "") -> None:
        self.figures[name] = value
        print(f"{name:34s} {value:12.4g}  {words}", flush=True)

    def leave_out(self, what: str, why: str) -> None:
        self.left_out[what] = why
        print(f"left out: {what} ({why})", flush=True)

    def work(self, name: str, questions: Sequence[Question], at_most: Mapping[str, int] | None = None) -> None:
        """Ask every question of every engine and print medians, 99th percentiles and ratios to ours.

        Engines take turns, in random order, at blocks of some questions each, as a server would be asked; the first of
        a block is not timed: no engine pays for the caches that another has filled, or for memory that it gave back.

        Args:
            at_most: engines that take too long for all questions, and how many they get.
        """
        spent: dict[str, list[float]] = {}
        for first in range(0, len(questions), BLOCK):
            block = questions[first : first + BLOCK]
            engines = [
                each for each in block[0] if len(spent.get(each, ())) < (at_most or {}).get(each, len(questions))
            ]
            for engine in self._rng.sample(engines, len(engines)):
                wanted = (at_most or {}).get(engine, len(questions)) - len(spent.get(engine, ()))
                for number, question in enumerate(block[: wanted + 1]):
                    began = time.perf_counter()
                    question[engine]()
                    if number > 0:
                        spent.setdefault(engine, []).append((time.perf_counter() - began) * 1000)
        ours = median(spent["ours"])
        self.figures[f"{name}_ms"] = ours
        self.figures[f"{name}_p95_ms"] = _quantile(spent["ours"], 95)
        for engine, times in sorted(spent.items(), key=lambda each: median(each[1])):
            ratio = median(times) / ours
            if engine != "ours":
                self.figures[f"{name}/{engine}"] = ratio
            print(
                f"{name:22s} {engine:18s} {median(times):10.3f} ms   p95 {_quantile(times, 95):10.3f}"
                f"   p99 {_quantile(times, 99):10.3f}   × {ratio:9.1f}   n {len(times)}",
                flush=True,
            )

    def end(self) -> None:
        for what, why in self.left_out.items():
            print(f"left out: {what} ({why})")
        print("BENCH " + json.dumps({name: float(f"{value:.5g}") for name, value in self.figures.items()}))
        sys.stdout.flush()


def _quantile(times: Sequence[float], percent: int) -> float:
    return quantiles(times, n=100, method="inclusive")[percent - 1] if len(times) > 1 else times[0]
