"""What the geocoder's benchmark rests on: it counts as the published scorer does, and knows its invented province."""

import json
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import psycopg
import pytest

from geo112.city.extract import read_file
from geo112.city.importing import import_city
from tests.bench.places import million
from tests.bench.places.asking import NEVER_FOUND, ask_all, fuzz, type_all
from tests.bench.places.full_text import FullText
from tests.bench.places.measures import by_kind, figures, judge, success
from tests.bench.places.questions import Candidate, LatLon, Question, distance_m, read_questions
from tests.bench.places.served import Served
from tests.conftest import EXTRACTS
from tests.postgres import Postgres

METRE = 1 / 111_195  # degrees of latitude on the sphere that distances are measured on


class Table:
    """Answers what it was told to."""

    name: ClassVar[str] = "ours"

    def __init__(self, answers: dict[str, list[Candidate]]) -> None:
        self.answers = answers

    def ask(self, query: str, focus: LatLon | None, limit: int) -> Sequence[Candidate]:
        return self.answers.get(query, [])[:limit]

    def end(self) -> None:
        pass


def north_of(truth: LatLon, metres: float, radius_m: float = 100.0, confidence: float = 0.95) -> Candidate:
    return Candidate((truth[0] + metres * METRE, truth[1]), radius_m, confidence)


TRUTH = (-6.2, 106.8)


def question(query: str, kind: str = "street", others: tuple[LatLon, ...] = ()) -> Question:
    return Question(query, kind, (TRUTH, *others), 100.0)


def test_a_candidate_within_the_tolerance_of_any_truth_is_right() -> None:
    elsewhere = (-6.3, 106.9)
    far, near = north_of(TRUTH, 101), north_of(TRUTH, 99)
    assert judge(question("a"), [far, near]).rank == 2
    assert judge(question("a"), [far]).rank == 0
    assert judge(question("a"), []).rank == 0
    assert judge(question("a", others=(elsewhere,)), [north_of(elsewhere, 50)]).rank == 1
    assert judge(question("a", others=(elsewhere,)), [north_of(elsewhere, 50)]).off_m == pytest.approx(
        distance_m(TRUTH, elsewhere), rel=0.01
    )


def test_circles_and_confidence_are_counted_where_there_are_any() -> None:
    judged = [
        judge(question("a"), [north_of(TRUTH, 50, 60, 0.95)]),  # covered, sure, right
        judge(question("b"), [north_of(TRUTH, 150, 60, 0.95)]),  # not covered, sure, wrong
        judge(question("c"), [north_of(TRUTH, 30, 200, 0.5)]),  # covered, not sure
        judge(question("d", "poi_name"), [north_of(TRUTH, 5000, 1, 0.1)]),  # a kind whose circle is not judged
        judge(question("e"), []),
    ]
    found = figures(judged)
    assert found["success_at_1"] == found["success_at_5"] == 2 / 5
    assert found["unanswered"] == 1 / 5
    assert found["radius_covers"] == 2 / 3
    assert found["radius_median_m"] == 60
    assert found["confident_right"] == 1 / 2
    assert "radius_covers" not in figures(judged[3:])


@pytest.mark.extract
def test_the_measures_are_those_of_the_published_scorer(tmp_path: Path) -> None:
    folder = EXTRACTS / "geocoding"
    if not (folder / "score.py").is_file():
        pytest.skip("the practice set is not in GEO112_EXTRACTS")
    questions = read_questions(folder / "practice.jsonl")
    rng = random.Random(5)
    answers = {
        each.query: [
            north_of(rng.choice(each.truths), rng.expovariate(1 / 300), rng.uniform(10, 800), rng.random())
            for _ in range(rng.randrange(12))
        ]
        for each in questions
    }
    lines = {
        query: [
            {"lat": c.place[0], "lon": c.place[1], "radius_m": c.radius_m, "confidence": c.confidence} for c in found
        ]
        for query, found in answers.items()
    }
    (tmp_path / "answers.json").write_text(json.dumps(lines))
    # The scorer takes what a Python function returns as it is, with the names of its own fields.
    (tmp_path / "told.py").write_text(
        "import json\nANSWERS = json.load(open('answers.json'))\n"
        "def ask(query, focus, limit):\n"
        "    return [dict(each, radius=each['radius_m'], label='') for each in ANSWERS[query][:limit]]\n"
    )
    command = [sys.executable, str(folder / "score.py"), str(folder / "practice.jsonl"), "--py", "told:ask"]
    done = subprocess.run([*command, "--json", "scored.json"], cwd=tmp_path, capture_output=True, text=True, check=True)
    scored = json.loads((tmp_path / "scored.json").read_text())
    judged = ask_all([Table(answers)], questions, random.Random(1), rounds=1)["ours"].judged
    ours = {kind: (success(of_kind, 1), success(of_kind, 5)) for kind, of_kind in by_kind(judged).items()}
    ours["ALL"] = (success(judged, 1), success(judged, 5))
    assert ours == {row["kind"]: pytest.approx((row["s1"], row["s5"])) for row in scored["table"]}
    sure = next(line for line in done.stdout.splitlines() if line.startswith("confidence >= 0.9"))
    assert figures(judged)["confident_right"] == pytest.approx(float(sure.rpartition(" ")[2]), abs=0.0006)


def test_typing_counts_from_where_the_truth_stays() -> None:
    right = [north_of(TRUTH, 0)]
    answers = {"abcd": right, "abcdef": right, "abcdefg": right, "abcdefgh": right}  # lost again at five
    never = question("zzzz")
    typed = type_all(Table(answers), [question("abcdefgh"), never], most=10)
    assert len(typed.spent_ms) == 6 + 2
    assert typed.found == 1 / 2
    assert typed.share == pytest.approx((6 / 8 + NEVER_FOUND) / 2)


def test_an_invented_province_has_as_many_names_as_wanted_and_answers_of_its_own(
    empty_database_url: str, tmp_path: Path
) -> None:
    made = million.kept(tmp_path, 1_000, 7)
    extract = read_file(made.extract)
    assert len(extract.roads) + len(extract.areas) + len(extract.places) == 1_000
    import_city(str(made.extract), empty_database_url, tmp_path)
    url = empty_database_url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(url) as connection:
        kinds = dict(connection.execute("SELECT kind, count(*) FROM gazetteer GROUP BY kind").fetchall())
    assert kinds["area"] == len(extract.areas)
    assert kinds["place"] == len(extract.places)
    assert 0.97 * len(extract.roads) <= kinds["street"] <= len(extract.roads)  # one name on both sides of a border
    assert {each.kind for each in made.questions} == {
        "street_admin", "poi_name", "poi_street", "intersection", "verbose", "typo_edit",
    }  # fmt: skip
    baseline = FullText(url)
    try:
        asked = [each for each in made.questions if each.kind in {"street_admin", "poi_name"}][:60]
        judged = ask_all([baseline], asked, random.Random(1), rounds=1)["full_text"].judged
    finally:
        baseline.end()
    assert success(judged, 5) > 0.9  # names that are spelt right are found by any full text


def test_the_products_own_commands_import_and_serve_it(postgres: Postgres, tmp_path: Path) -> None:
    made = million.kept(tmp_path, 1_000, 7)
    served = Served(postgres, tmp_path, made.extract, "served_by_bench")
    try:
        ours = served.start()
        streets = [each for each in made.questions if each.kind == "street_admin"][:20]
        answers = ask_all([ours], streets, random.Random(1), rounds=2)["ours"]
        odd_ones = fuzz(ours.http, 30)
        roads = served.roads_alone()
        assert served.memory_mib() > roads.mib > 50
        ours.end()
    finally:
        served.stop()
    assert success(answers.judged, 5) > 0.5
    assert len(answers.spent_ms) == 2 * len(answers.judged) == 40
    assert len(odd_ones.spent_ms) == 30
    assert odd_ones.errors == []


def test_asking_ends_when_its_time_is_spent() -> None:
    many = [question(str(number)) for number in range(50)]
    assert ask_all([Table({})], many, random.Random(1), rounds=1, most_s=-1)["ours"].judged == []


def test_the_same_number_and_seed_make_the_same_province(tmp_path: Path) -> None:
    one, same, other = (million.kept(tmp_path / str(turn), 700, seed) for turn, seed in enumerate((7, 7, 8)))
    assert one.questions == same.questions
    assert one.questions != other.questions
    assert [road.name for road in read_file(one.extract).roads] == [road.name for road in read_file(same.extract).roads]
    with pytest.raises(ValueError, match="at least"):
        million.Province(100, 7)
