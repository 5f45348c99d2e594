"""Screens that are connected and read nothing: they cost a bounded piece of memory, and nobody waits for them."""

import socket
import time
from contextlib import ExitStack

from tests.live.feed import Screen
from tests.live.servers import Server, until
from tests.town import crossing
from tests.world import City

DEAF = 20
ENTRIES, ENTRY_BYTES = 500, 200_000  # 100 MB in all
MOST_BYTES = 70_000_000  # 8 MB of entries, a piece for each deaf screen, what reading them leaves behind

WRITE = """
    WITH lock AS (SELECT pg_advisory_xact_lock(112000001)),
         told AS (SELECT pg_notify('journal', '') FROM lock)
    INSERT INTO journal (at, kind, object, object_id, actor, roles, value)
    SELECT now(), 'call.test', 'disclosure', 1, 'system', ARRAY['supervisor'],
           jsonb_build_object('pad', repeat('x', %s)) FROM told, generate_series(1, 5)"""


def deaf(server: Server, token: str) -> socket.socket:
    """Open a stream and never read from it."""
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 14)
    one.connect(("127.0.0.1", server.port))
    one.sendall(f"GET /api/live HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n\r\n".encode())
    return one


def grown_by(city: City, server: Server) -> int:
    """Write much for screens of which one reads, see that this one is on time, and return how memory has grown."""
    supervisor = server.desk("supervisor")
    city.unit("DMK-1", crossing(0, 0))
    crew = server.desk("crew", unit="DMK-1")
    with ExitStack() as open_screens:
        reading = open_screens.enter_context(Screen(supervisor))
        reading.snapshot()
        for _ in range(DEAF):
            open_screens.enter_context(deaf(server, supervisor.headers["Authorization"]))
        time.sleep(1)
        before, most, late = server.memory_bytes(), 0, []
        for number in range(ENTRIES // 5):
            city.sql(WRITE, ENTRY_BYTES)
            reading.until(lambda one, so_far=5 * (number + 1): one.kinds().count("call.test") == so_far)
            if number % 20 == 0:
                began = time.monotonic()
                city.ping(crew, crossing(0, 0), speed_mps=float(number))
                reading.until(
                    lambda one, number=number: any(
                        place["speed_mps"] == number for told in one.positions() for place in told["positions"]
                    )
                )
                late.append(time.monotonic() - began)
            most = max(most, server.memory_bytes())
        assert sorted(late)[len(late) // 2] < 2.0, late
        return max(most, server.memory_bytes()) - before


def test_who_does_not_read_costs_little_and_delays_nobody(database_url: str) -> None:
    city = City(database_url)
    with Server(city) as server:
        grown = grown_by(city, server)
        print(f"{DEAF} deaf screens, {ENTRIES * ENTRY_BYTES / 1e6:.0f} MB of entries: {grown / 1e6:.0f} MB")
        assert grown < MOST_BYTES
        # Who was deaf is let go as soon as it reads again, and resumes.
        with deaf(server, server.desk("supervisor").headers["Authorization"]) as one:
            until(lambda: one.recv(1 << 14))


def test_a_server_that_keeps_everything_is_found_out(database_url: str) -> None:
    """The control: the same screens and entries."""
    city = City(database_url)
    with Server(city, program="tests.faults.hoarding:create_app") as server:
        assert grown_by(city, server) > MOST_BYTES
