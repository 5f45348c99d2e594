"""Compile the search ahead of its first use: `python -m geo112.places.precompile`.

A place is searched for in a village of two streets. What is compiled is kept where `routing.compiled` says.
"""

import time

import shapely

from geo112.city.gazetteer import Entry
from geo112.city.indexing import index_of
from geo112.places.geocode import Geocoder

WEST, SOUTH, STEP = 110.0, -5.0, 0.002  # in open sea


def main() -> None:
    began = time.monotonic()
    across = shapely.LineString([(WEST, SOUTH + STEP / 2), (WEST + STEP, SOUTH + STEP / 2)])
    along = shapely.LineString([(WEST + STEP / 2, SOUTH), (WEST + STEP / 2, SOUTH + STEP)])
    village = [
        Entry("street", "residential", f"Jalan {name}", name.lower(), (), 100.0, shapely.centroid(line), line)
        for name, line in (("Melati", across), ("Mawar", along))
    ]
    found = Geocoder(index_of(village)).search("simpang melati mawr")
    assert found[0].kind == "crossing"
    print(f"The search of places is compiled ({time.monotonic() - began:.0f} s).")


if __name__ == "__main__":
    main()
