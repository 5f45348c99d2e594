"""The examples on the pages about routing run as they stand."""

import os
import re
from pathlib import Path

import pytest

from tests.routing.osmnx_twin import REPOSITORY

PAGES = [
    "turns",
    "profiles",
    "scenes",
    "hierarchy",
    "reach",
    "alternatives",
    "closures",
    "interval",
]  # each may use earlier ones


def test_the_examples_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(REPOSITORY)
    names: dict[str, object] = {"__name__": "example"}
    for page in PAGES:
        examples = re.findall(r"```python\n(.*?)```", Path("docs/routing", f"{page}.md").read_text(), re.DOTALL)
        assert len(examples) == 1
        if page == "closures":
            names["units"] = [names["unit"]]
        exec(compile(examples[0], page, "exec"), names)
    assert "'kept': 35" in capsys.readouterr().out
    assert sorted(PAGES) == sorted(name[:-3] for name in os.listdir("docs/routing"))
