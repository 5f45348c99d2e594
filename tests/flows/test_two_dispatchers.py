"""Two dispatchers send the same unit at the same moment: one succeeds, the other is told who was faster."""

from concurrent.futures import ThreadPoolExecutor

from tests.town import crossing
from tests.world import City


def race(city: City, rounds: int) -> list[tuple[int, int, str]]:
    """Let two dispatchers reach for one unit, for two incidents, again and again; return what each was answered."""
    desks = [city.desk("dispatcher", opd="DAMKAR") for _ in range(2)]
    answers = []
    with ThreadPoolExecutor(2) as pool:
        for number in range(rounds):
            unit = city.unit(f"DMK-{number}", at=crossing(0, 0))
            incidents = [city.fire(crossing(0, 1))["id"], city.fire(crossing(3, 4))["id"]]
            sent = list(
                pool.map(
                    lambda pair, unit=unit: pair[0].post(
                        f"/api/incidents/{pair[1]}/assignments", json={"unit_id": unit}
                    ),
                    zip(desks, incidents, strict=True),
                )
            )
            refused = next((one for one in sent if one.status_code != 201), sent[0])
            answers.append((sent[0].status_code, sent[1].status_code, refused.text))
    return answers


def test_one_dispatcher_wins_and_the_other_is_told_who_was_faster(city: City) -> None:
    for first, second, refusal in race(city, rounds=8):
        assert sorted((first, second)) == [201, 409]
        assert "unit_already_assigned" in refusal
        assert "dispatcher DAMKAR has already assigned" in refusal
    assert city.sql("SELECT max(n) FROM (SELECT count(*) AS n FROM assignment GROUP BY unit_id) AS c") == [(1,)]


def test_without_the_constraint_both_would_win(city: City) -> None:
    """The control: it is the database's index that decides, not luck."""
    city.sql("DROP INDEX unit_already_assigned")
    assert (201, 201) in [(first, second) for first, second, _ in race(city, rounds=3)]


def test_a_resent_assignment_is_the_same_assignment(city: City) -> None:
    unit = city.unit("DMK-1", at=crossing(0, 0))
    incident = city.fire(crossing(0, 1))
    dispatcher = city.desk("dispatcher", opd="DAMKAR")
    command = {"unit_id": unit, "client_id": "7b0e2f2e-7f2c-4b57-9a0e-0b7c9d0f3c11"}
    path = f"/api/incidents/{incident['id']}/assignments"
    assert dispatcher.ok("POST", path, json=command)["id"] == dispatcher.ok("POST", path, json=command)["id"]
