"""What one has after a day with PostgreSQL alone: full text over a context document, with our normaliser.

Each name of the gazetteer is a document: its name, the street nearest to it, the areas around it, weighted in this
order. A question goes through our normaliser; words that are names of nothing (“jalan”, “kel.”) are left out, the last
one may be cut short. Documents with all words come first, then those with some, by ts_rank, equals by nearness to the
caller. It is asked in SQL, spared HTTP.
"""

from collections.abc import Sequence
from typing import ClassVar

import psycopg

from geo112.city.spelling import words
from tests.bench.places.questions import Candidate, LatLon

MAKE = """
    CREATE TABLE bench_context AS
    SELECT named.id, named.kind, named.category, named.point,
           setweight(to_tsvector('simple', named.norm), 'A')
           || setweight(to_tsvector('simple', coalesce(street.norm, '')), 'B')
           || setweight(to_tsvector('simple', lower(array_to_string(named.areas, ' '))), 'C') AS document
      FROM gazetteer AS named
      LEFT JOIN LATERAL (
           SELECT norm FROM bench_street
            WHERE named.kind = 'place' AND bench_street.shape && ST_Expand(named.point, 0.002)
            ORDER BY bench_street.shape <-> named.point
            LIMIT 1) AS street ON true"""
STEPS = (
    "CREATE TABLE bench_street AS SELECT norm, shape FROM gazetteer WHERE kind = 'street' AND shape IS NOT NULL",
    "CREATE INDEX ON bench_street USING gist (shape)",
    MAKE,
    "CREATE INDEX ON bench_context USING gin (document)",
    "ANALYZE bench_context",
)
ASK = """
    SELECT ST_Y(point), ST_X(point)
      FROM (SELECT to_tsquery('simple', %(all)s) AS whole, to_tsquery('simple', %(some)s) AS part) AS said
      JOIN bench_context ON document @@ part
     ORDER BY document @@ whole DESC,
              ts_rank('{0.05, 0.3, 0.5, 1.0}', document, part, 1) DESC,
              point <-> ST_SetSRID(ST_MakePoint(CAST(%(lon)s AS float8), CAST(%(lat)s AS float8)), 4326),
              id
     LIMIT %(limit)s"""
NOT_WORDS = frozenset({"jalan", "gang", "kelurahan", "kecamatan", "kota", "rt", "nomor", "di", "simpang"})


class FullText:
    """The baseline, on tables of its own beside the city's."""

    name: ClassVar[str] = "full_text"

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        for step in STEPS:
            self._connection.execute(step)  # type: ignore[arg-type]

    def ask(self, query: str, focus: LatLon | None, limit: int) -> Sequence[Candidate]:
        said = [word for word in words(query) if word.isalnum()]
        said = [word for word in said if word not in NOT_WORDS] or said
        if not said:
            return []
        terms = [f"'{word}'" for word in dict.fromkeys(said)]
        if query[-1:].isalnum():
            terms[-1] += ":*"
        lat, lon = focus or (None, None)
        values = {"all": " & ".join(terms), "some": " | ".join(terms), "lat": lat, "lon": lon, "limit": limit}
        return [Candidate((lat, lon)) for lat, lon in self._connection.execute(ASK, values)]

    def end(self) -> None:
        self._connection.close()
