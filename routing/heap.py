"""A queue of (milliseconds, number) pairs, the smallest first: a 4-ary heap of packed 64-bit integers.

Four children to a node fit one cache line. Entries that were overtaken stay in and are skipped by the reader, which
measured faster than moving them.
"""

from routing.compiled import compiled
from routing.network import Longs

NUMBER_BITS = 32
NUMBER_MASK = (1 << NUMBER_BITS) - 1


@compiled
def push(heap: Longs, size: int, ms: int, number: int) -> int:
    """Add a pair and return the new size."""
    entry = (ms << NUMBER_BITS) | number
    at = size
    while at > 0:
        parent = (at - 1) >> 2
        if heap[parent] <= entry:
            break
        heap[at] = heap[parent]
        at = parent
    heap[at] = entry
    return size + 1


@compiled
def drop_first(heap: Longs, size: int) -> int:
    """Remove heap[0] and return the new size."""
    size -= 1
    entry = heap[size]
    at = 0
    while True:
        child = 4 * at + 1
        if child >= size:
            break
        least = child
        for sibling in range(child + 1, min(child + 4, size)):
            if heap[sibling] < heap[least]:
                least = sibling
        if heap[least] >= entry:
            break
        heap[at] = heap[least]
        at = least
    heap[at] = entry
    return size
