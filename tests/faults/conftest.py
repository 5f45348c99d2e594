"""The centre of the faults: one for all of them, since making it takes half a minute."""

from collections.abc import Iterator

import pytest

from tests.faults.centre import Centre
from tests.faults.centre import centre as made


@pytest.fixture(scope="package")
def centre() -> Iterator[Centre]:
    with made() as it:
        yield it
