"""pgRouting in a PostgreSQL of its own, where the extension is installed: what many dispatch systems begin with."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg

from geo112.cluster import ClusterError
from routing.milliseconds import INF_MS
from tests.bench.peers.peer import ArcsPeer, NotHere, soonest_of
from tests.bench.setting import Drawn, Place, PlainArcs
from tests.postgres import Postgres

# Turned round, from the scene to the units: so it searches once, not once for each unit.
ARCS = "SELECT id, head AS source, tail AS target, s AS cost FROM arc"
TIMES = "SELECT end_vid, agg_cost FROM pgr_dijkstraCost(%s, %s::bigint, %s::bigint[], true)"
WAY = "SELECT node FROM pgr_dijkstra(%s, %s::bigint, %s::bigint, true) ORDER BY seq DESC"
IS_INSTALLED = "SELECT count(*) FROM pg_available_extensions WHERE name = 'pgrouting'"


class PgRouting(ArcsPeer):
    """The arcs are a table; every question reads it."""

    name = "pgrouting"
    is_in_process = False

    def __init__(self, arcs: PlainArcs) -> None:
        super().__init__(arcs)
        self._folder = tempfile.TemporaryDirectory(prefix="geo112-bench-pg-", ignore_cleanup_errors=True)
        self._postgres = Postgres(Path(self._folder.name) / "cluster")
        try:
            self._postgres.start()
        except ClusterError as error:
            raise NotHere(str(error)) from error
        try:
            self._connection = psycopg.connect(
                f"postgresql://postgres@/postgres?host={self._postgres.folder}", autocommit=True
            )
            if self._one(IS_INSTALLED) == 0:
                raise NotHere("PostgreSQL has no extension pgrouting")
            self._fill()
        except BaseException:
            self._postgres.stop()
            raise

    def hold(self, units: Sequence[Place]) -> Any:
        return [unit.node for unit in units]

    def soonest(self, held: Any, scene: Place, k: int) -> Sequence[int]:
        found = dict(self._connection.execute(TIMES, (ARCS, scene.node, held)).fetchall())
        found[scene.node] = 0.0
        return soonest_of((found.get(unit) for unit in held), k)

    def path(self, unit: Place, scene: Place) -> list[int]:
        return [node for (node,) in self._connection.execute(WAY, (ARCS, scene.node, unit.node))]

    def close(self, closed: Drawn) -> None:
        self._set(closed.row, [ms / 1000.0 if ms < INF_MS else -1.0 for ms in closed.ms.tolist()])

    def open(self, closed: Drawn) -> None:
        self._set(closed.row, (self.arcs.ms[closed.row] / 1000.0).tolist())

    def end(self) -> None:
        self._connection.close()
        self._postgres.stop()
        self._folder.cleanup()

    def _set(self, rows: Any, seconds: list[float]) -> None:
        """Change the times of some arcs; below 0 there is none."""
        self._connection.execute(
            "UPDATE arc SET s = new.s FROM unnest(%s::bigint[], %s::float8[]) AS new (id, s) WHERE arc.id = new.id",
            (rows.tolist(), seconds),
        )

    def _fill(self) -> None:
        self._connection.execute("CREATE EXTENSION pgrouting CASCADE")
        self._connection.execute("CREATE TABLE arc (id bigint PRIMARY KEY, tail bigint, head bigint, s float8)")
        arcs = self.arcs
        rows = zip(arcs.tail.tolist(), arcs.head.tolist(), (arcs.ms / 1000.0).tolist(), strict=True)
        with self._connection.cursor().copy("COPY arc FROM STDIN") as copy:
            for number, row in enumerate(rows):
                copy.write_row((number, *row))
        self._connection.execute("ANALYZE arc")

    def _one(self, statement: str) -> Any:
        row = self._connection.execute(statement).fetchone()  # type: ignore[arg-type]
        assert row is not None
        return row[0]
