"""What was acknowledged, and whether all of it is in the database."""

from collections.abc import Iterable, Sequence

import psycopg

from tests.bench.pings.fleet import Phone, Request

MISSING = """
    SELECT count(*)
      FROM acknowledged
     WHERE NOT EXISTS (
            SELECT 1 FROM fix
             WHERE fix.device_id = acknowledged.device_id AND fix.fixed_at = to_timestamp(acknowledged.second))"""


class Acknowledged:
    """Fixes by device and second: no device takes two in one."""

    def __init__(self) -> None:
        self._seconds: list[tuple[int, int]] = []

    def __len__(self) -> int:
        return len(self._seconds)

    def add(
        self, queues: Sequence[Sequence[Request]], answered: Iterable[tuple[int, int]], phones: Sequence[Phone]
    ) -> None:
        """Note the fixes of each message that was answered with 200: connection, number of the message."""
        for connection, turn in answered:
            fixes = queues[connection][turn].fixes
            device_id = phones[int(fixes.device[0])].device_id
            self._seconds += [(device_id, second) for second in fixes.second.tolist()]

    def missing(self, connection: psycopg.Connection) -> int:
        """Return how many are not in the history."""
        with connection.transaction():
            connection.execute("CREATE TEMP TABLE acknowledged (device_id int8, second int8) ON COMMIT DROP")
            with connection.cursor().copy("COPY acknowledged FROM STDIN") as copy:
                for one in self._seconds:
                    copy.write_row(one)
            connection.execute("ANALYZE acknowledged")
            found = connection.execute(MISSING).fetchone()
        assert found is not None
        return int(found[0])
