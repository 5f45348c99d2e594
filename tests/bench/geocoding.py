"""The geocoder beside its peers, on the same extract, interleaved in one run. What it says: docs/benchmarks.md.

bin/bench geocoding            Jakarta's practice set (GEO112_EXTRACTS), then an invented province of a million names
SMALL=1 bin/bench geocoding    every sixth question, a province of 20,000 names

Prints accuracy by kind, circles and confidence, latency over HTTP, typing, odd queries, and last a line `BENCH {json}`:
plain names are our own figures, `<peer>/<name>` the peers', `p95/<peer>` the peer's value divided by ours. Machines are
noisy: of latencies only ratios within one run mean anything.
"""

import os
import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from tests.bench.cities import CACHE, EXTRACTS
from tests.bench.interleaved import Report, percentile
from tests.bench.places import million
from tests.bench.places.asking import Answers, ask_all, fuzz, type_all
from tests.bench.places.full_text import FullText
from tests.bench.places.geocoders import Geocoder, NotHere, Ours
from tests.bench.places.measures import by_kind, figures, success
from tests.bench.places.nominatim import Nominatim
from tests.bench.places.questions import Question, read_questions
from tests.bench.places.served import Served
from tests.postgres import Postgres


class Amount(NamedTuple):
    """How much is asked."""

    every: int  # every so manieth question of the set
    rounds: int
    typed: int  # questions that are typed key by key
    odd: int
    named: int  # objects of the invented province
    asked_of_named: int


SMALL = Amount(every=6, rounds=1, typed=20, odd=300, named=20_000, asked_of_named=100)
WHOLE = Amount(every=1, rounds=3, typed=150, odd=3_000, named=1_000_000, asked_of_named=400)
SEED = 112
MOST_S_OF_PROVINCE = 300.0  # no more questions after that


def main() -> None:
    amount = SMALL if os.environ.get("SMALL") == "1" else WHOLE
    report = Report(random.Random(SEED), 0.0, 0)
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores")
    # Not below the cache: PostgreSQL's own user has to get there.
    with tempfile.TemporaryDirectory(prefix="geo112-bench-", ignore_cleanup_errors=True) as folder:
        postgres = Postgres(Path(folder) / "cluster")
        postgres.start()
        try:
            if (questions := practice(report, amount.every)) is not None:
                jakarta(postgres, Path(folder), questions, amount, report)
            province(postgres, Path(folder), amount, report)
        finally:
            postgres.stop()
    report.end()


def practice(report: Report, every: int) -> list[Question] | None:
    """Return the questions to ask, or None where the real extract or its questions are missing."""
    file = EXTRACTS / "geocoding" / "practice.jsonl"
    if not file.is_file() or not extract().is_file():
        report.leave_out("Jakarta", "its extract or practice set is not in GEO112_EXTRACTS")
        return None
    return read_questions(file)[::every]


def extract() -> Path:
    return EXTRACTS / "jakarta" / "jakarta.osm.pbf"


def jakarta(postgres: Postgres, folder: Path, questions: list[Question], amount: Amount, report: Report) -> None:
    with ExitStack() as ending:
        served = Served(postgres, folder / "jakarta", extract(), "jakarta")
        ending.callback(served.stop)
        report.figure("import_s", served.import_s, "from the extract to a city that can be served")
        peers: list[Geocoder] = [FullText(served.url())]
        ending.callback(peers[0].end)
        try:
            nominatim = Nominatim(folder / "nominatim", extract())
            ending.callback(nominatim.end)
            peers.append(nominatim)
            report.figure("nominatim/import_s", nominatim.import_s)
        except NotHere as error:
            report.leave_out("nominatim", str(error))
        ours = served.start()
        ending.callback(ours.end)
        tell_start(served, report)
        tell(ask_all([ours, *peers], questions, random.Random(SEED), amount.rounds), report)
        type_keys(ours, questions, amount.typed, report)
        send_odd(ours, amount.odd, report)
        tell_memory(served, report)


def province(postgres: Postgres, folder: Path, amount: Amount, report: Report) -> None:
    """Ask an invented province."""
    made = million.kept(CACHE, amount.named, SEED)
    print(f"\nan invented province: {amount.named:,} named objects")
    with ExitStack() as ending:
        served = Served(postgres, folder / "province", made.extract, "province")
        ending.callback(served.stop)
        report.figure("million/import_s", served.import_s)
        ours = served.start()
        ending.callback(ours.end)
        tell_start(served, report, "million/")
        questions = random.Random(SEED).sample(made.questions, min(amount.asked_of_named, len(made.questions)))
        tell(ask_all([ours], questions, random.Random(SEED), 1, MOST_S_OF_PROVINCE), report, "million/")
        tell_memory(served, report, "million/")


def tell_start(served: Served, report: Report, prefix: str = "") -> None:
    """Print what the start took, and what of it is the search: the rest is measured in a process without it."""
    roads = served.roads_alone()
    report.figure(f"{prefix}start_s", served.start_s, "from the start of the server to its first answer")
    report.figure(f"{prefix}index_load_s", max(0.0, served.start_s - roads.seconds), "of that, beyond the road engine")


def tell_memory(served: Served, report: Report, prefix: str = "") -> None:
    roads = served.roads_alone()
    report.figure(f"{prefix}memory_mib", served.memory_mib(), "of the server")
    report.figure(f"{prefix}index_memory_mib", max(0.0, served.memory_mib() - roads.mib), "of that, beyond the roads")


def tell(answers: Mapping[str, Answers], report: Report, prefix: str = "") -> None:
    """Print what everybody said, and keep it."""
    ours = answers[Ours.name]
    print(f"\n{'kind':20s}{'n':>5s}" + "".join(f"{name + ' @1':>15s}{'@5':>7s}" for name in answers))
    kinds = {name: by_kind(each.judged) for name, each in answers.items()}
    for kind, mine in kinds[Ours.name].items():
        line = f"{kind:20s}{len(mine):5d}"
        for name, of_kind in kinds.items():
            line += f"{success(of_kind[kind], 1):15.3f}{success(of_kind[kind], 5):7.3f}"
            start = prefix if name == Ours.name else f"{prefix}{name}/"
            report.figures[f"{start}{kind}/success_at_1"] = success(of_kind[kind], 1)
            report.figures[f"{start}{kind}/success_at_5"] = success(of_kind[kind], 5)
        print(line)
    print()
    for name, each in answers.items():
        start = prefix if name == Ours.name else f"{prefix}{name}/"
        for what, value in figures(each.judged).items():
            report.figure(f"{start}{what}", value)
        for percent in (50, 95, 99):
            report.figure(f"{start}p{percent}_ms", each.at(percent), f"n {len(each.spent_ms)}")
            if name != Ours.name:
                ratio = each.at(percent) / ours.at(percent)
                report.figure(f"{prefix}p{percent}/{name}", ratio, "the peer's divided by ours")


def type_keys(ours: Ours, questions: Sequence[Question], most: int, report: Report) -> None:
    typing = type_all(ours, questions, most)
    report.figure("typing_share", typing.share, "of the text, until the truth stays among the first five")
    report.figure("typing_found", typing.found, "at the end of the text")
    report.figure("typing_p50_ms", percentile(typing.spent_ms, 50), f"{len(typing.spent_ms)} keys")
    report.figure("typing_p95_ms", percentile(typing.spent_ms, 95))


def send_odd(ours: Ours, count: int, report: Report) -> None:
    fuzzed = fuzz(ours.http, count)
    report.figure("fuzz_max_ms", max(fuzzed.spent_ms), f"{count} odd queries; the quickest of three where it was long")
    report.figure("fuzz_p99_ms", percentile(fuzzed.spent_ms, 99))
    report.figure("fuzz_errors", len(fuzzed.errors), "; ".join(fuzzed.errors[:3])[:200])


if __name__ == "__main__":
    main()
