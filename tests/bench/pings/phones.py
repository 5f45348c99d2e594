"""Phones: every connection sends its next message when the last one is answered. One lean process with one epoll."""

import multiprocessing
import resource
import select
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

from tests.bench.pings.fleet import Request

SILENT_S = 60.0  # a server that says nothing for so long is broken
FORK = multiprocessing.get_context("fork")  # the requests need not be copied


@dataclass(slots=True)
class Told:
    """What became of it."""

    elapsed_s: float = 0.0
    cpu_s: float = 0.0  # of this process
    spent_ms: list[float] = field(default_factory=list)  # one a message
    acknowledged: list[tuple[int, int]] = field(default_factory=list)  # connection, number of the message
    refused: list[bytes] = field(default_factory=list)  # first lines of answers that were no success


def send_all(port: int, queues: Sequence[Sequence[Request]]) -> Told:
    """Send all in a process of its own, and return what came back."""
    mine, its = FORK.Pipe()
    process = FORK.Process(target=_send, args=(port, queues, its))
    process.start()
    its.close()
    try:
        found = mine.recv()
    finally:
        process.join()
    assert isinstance(found, Told)
    return found


def _send(port: int, queues: Sequence[Sequence[Request]], to: Connection) -> None:
    told, before = Told(), resource.getrusage(resource.RUSAGE_SELF)
    sockets = []
    for _ in queues:  # one by one: a worker that wakes takes all that wait at its door
        sockets.append(socket.create_connection(("127.0.0.1", port)))
        time.sleep(0.01)
    poll = select.epoll()
    connection_of = {}
    for number, one in enumerate(sockets):
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        poll.register(one, select.EPOLLIN)
        connection_of[one.fileno()] = number
    sent_at, turn, partial = [0.0] * len(queues), [0] * len(queues), [b""] * len(queues)
    began = time.perf_counter()
    for number, queue in enumerate(queues):
        sent_at[number] = time.perf_counter()
        sockets[number].sendall(queue[0].sent)
    left = len(queues)
    while left:
        ready = poll.poll(SILENT_S)
        if not ready:
            raise TimeoutError("the server has fallen silent")
        for descriptor, _ in ready:
            number = connection_of[descriptor]
            heard = sockets[number].recv(65_536)
            if not heard:
                raise ConnectionError("the server hung up")
            answer = partial[number] + heard
            if not _is_whole(answer):
                partial[number] = answer
                continue
            partial[number] = b""
            now = time.perf_counter()
            told.spent_ms.append(1000 * (now - sent_at[number]))
            if answer.startswith(b"HTTP/1.1 200"):
                told.acknowledged.append((number, turn[number]))
            else:
                told.refused.append(answer.partition(b"\r\n")[0])
            turn[number] += 1
            if turn[number] == len(queues[number]):
                left -= 1
                continue
            sent_at[number] = now
            sockets[number].sendall(queues[number][turn[number]].sent)
    told.elapsed_s = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    told.cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    to.send(told)
    to.close()


def _is_whole(answer: bytes) -> bool:
    head, found, body = answer.partition(b"\r\n\r\n")
    if not found:
        return False
    at = head.lower().find(b"content-length:")
    return at >= 0 and len(body) >= int(head[at + 15 : at + 30].partition(b"\r\n")[0])
