"""Every kind of journal entry that the code can write, read off its text: a new one is found without being told of."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from geo112.dispatching import assignment
from geo112.incidents import lifecycle
from geo112.places import local_names

ROOM = Path(__file__).parents[2] / "geo112"
KIND = re.compile(r"(account|assignment|call|caller|device|incident|local_name|unit)\.[a-z_]*")


def _ends(table: Mapping[Any, frozenset[Any]]) -> set[str]:
    """Return the states that a table leads to, as kinds spell them."""
    return {state.lower() for wanted in table.values() for state in wanted}


# What stands behind the words of a kind that is put together, f"assignment.{wanted.lower()}".
PUT_TOGETHER = {
    "assignment.": _ends(assignment.NEXT),
    "incident.unit_": _ends(assignment.NEXT),
    "incident.": _ends(lifecycle.BY_HAND),
    "local_name.": _ends(local_names.NEXT),
}


def from_the_code() -> set[str]:
    """Return all kinds. A put-together kind whose ends nobody wrote down above is a KeyError."""
    return {kind for file in sorted(ROOM.rglob("*.py")) if _tells(file) for kind in _kinds(ast.parse(file.read_text()))}


def _tells(file: Path) -> bool:
    return not {"migrations", "simulation", "tables.py"} & set(file.relative_to(ROOM).parts)


def _kinds(tree: ast.AST) -> Iterator[str]:
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            if KIND.fullmatch(node.value) and not node.value.endswith("."):
                yield node.value
        elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            start = str(node.values[0].value)
            if KIND.fullmatch(start) and len(node.values) == 2:
                yield from (start + end for end in PUT_TOGETHER[start])
