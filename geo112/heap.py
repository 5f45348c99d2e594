"""What a server has loaded for good, kept out of the garbage collector's rounds.

Names and roads are a million objects that stay. Python's collector walks through all of them whenever enough new ones
have outlived a moment, which took two fifths of the time of a worker that was busy with positions.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# New objects before the youngest are looked at (700 is the usual), and rounds before the older ones are: a batch of
# fifty positions makes some thousand that are gone by the next one.
THRESHOLD: Final = (10_000, 20, 20)


@contextmanager
def settled() -> Iterator[None]:
    """Leave what there is now alone, and look at the rest less often; as before at the end."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLD)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
