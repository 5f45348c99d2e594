"""Natural batching: everything once, in order, nothing acknowledged before it is written, memory bounded."""

import asyncio
from typing import Any

import pytest

from geo112.tracking.batching import Batcher, BusyError


def test_what_queued_while_one_batch_ran_is_the_next_batch() -> None:
    batches: list[list[int]] = []
    gate = asyncio.Event()

    async def write(items: list[int]) -> list[int | Exception]:
        batches.append(items)
        await gate.wait()
        return [item * 10 for item in items]

    async def test() -> list[int]:
        batcher: Batcher[int, int] = Batcher(write, most_at_once=5, most_waiting=100)
        batcher.start()
        tasks = [asyncio.create_task(batcher.add(0, 1))]
        for _ in range(5):
            await asyncio.sleep(0)
        assert batches == [[0]]
        tasks += [asyncio.create_task(batcher.add(number, 1)) for number in range(1, 8)]
        await asyncio.sleep(0)
        assert not any(task.done() for task in tasks), "nobody hears anything before the batch is written"
        gate.set()
        results = await asyncio.gather(*tasks)
        await batcher.stop()
        return results

    assert asyncio.run(test()) == [number * 10 for number in range(8)]
    assert batches == [[0], [1, 2, 3, 4, 5], [6, 7]]


def test_too_much_is_refused_before_it_is_queued_and_taken_again_afterwards() -> None:
    gate = asyncio.Event()

    async def write(items: list[str]) -> list[str | Exception]:
        await gate.wait()
        return list(items)

    async def test() -> None:
        batcher: Batcher[str, str] = Batcher(write, most_at_once=10, most_waiting=10)
        batcher.start()
        waiting = [asyncio.create_task(batcher.add("a", 6)), asyncio.create_task(batcher.add("b", 4))]
        await asyncio.sleep(0)
        with pytest.raises(BusyError):
            await batcher.add("c", 1)
        gate.set()
        assert await asyncio.gather(*waiting) == ["a", "b"]
        assert await batcher.add("c", 10) == "c"
        await batcher.stop()
        with pytest.raises(BusyError):
            await batcher.add("d", 1)

    asyncio.run(test())


def test_a_batch_that_fails_fails_for_all_of_it_and_the_next_goes_on() -> None:
    async def write(items: list[Any]) -> list[Any]:
        if "bad" in items:
            raise BusyError("database_away")
        return [ValueError("alone") if item == "odd" else item for item in items]

    async def test() -> None:
        batcher: Batcher[Any, Any] = Batcher(write, 10, 100)
        batcher.start()
        results = await asyncio.gather(batcher.add("bad", 1), batcher.add("with it", 1), return_exceptions=True)
        assert all(isinstance(one, BusyError) for one in results)
        results = await asyncio.gather(batcher.add("odd", 1), batcher.add("good", 1), return_exceptions=True)
        assert isinstance(results[0], ValueError)
        assert results[1] == "good"
        gone = asyncio.create_task(batcher.add("hangs up", 1))
        await asyncio.sleep(0)
        gone.cancel()
        assert await batcher.add("after", 1) == "after"
        await batcher.stop()

    asyncio.run(test())


def test_whoever_waits_when_it_stops_is_told_to_come_again() -> None:
    async def write(items: list[int]) -> list[int | Exception]:
        await asyncio.Event().wait()
        return []

    async def test() -> list[Any]:
        batcher: Batcher[int, int] = Batcher(write, 1, 100)
        batcher.start()
        tasks = [asyncio.create_task(batcher.add(number, 1)) for number in range(3)]
        await asyncio.sleep(0.01)
        await batcher.stop()
        return await asyncio.gather(*tasks, return_exceptions=True)

    assert all(isinstance(one, BusyError) for one in asyncio.run(test()))
