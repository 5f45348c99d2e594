"""After which drives a search must remember where it came from, so that turning round costs what it should.

Turning round at any node costs `Profile.delays.u_turn_s`, or more among narrow streets. To see that everywhere would
take a copy of every node for every drive into it. But nobody turns round without a reason: it leads back to where one
was. A soonest way does so only where it pays, that is just after a junction at which one could not turn as one wanted:

       b                      a ─► v ─► c, turn round, c ─► v ─► b      since a ─► v ─► b is forbidden (or dear)
       │
    a ─●─ c ── d              so what comes out of v must be remembered at c; and at d as well, if driving on to d
       v                      and back, without the charge, took less time than the charge itself

A drive is remembered if it comes out of a split junction, and from there on as long as there and back again is sooner
than the charge. Where a turn is only dear and not forbidden, its price bounds the detour in the same way. So does what
it costs to arrive on the far side of an undivided arterial: else one would pass by, turn round for nothing, and return.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from routing.alike import hours_that_differ
from routing.compiled import compiled
from routing.junctions import PRIMARY, SECONDARY, undivided_rank
from routing.network import INF_MS, Ints, Longs, RoadNetwork
from routing.profiles import Profile
from routing.search_graph import NARROW_U_TURN, U_TURN, Ban, CostlyTurns, Drives, grouped, turn_ms


def remembered_drives(
    network: RoadNetwork, drives: Drives, bans: Sequence[Ban], turns: CostlyTurns, profiles: Iterable[Profile]
) -> Ints:
    """Return the drives after which turning round must be charged, for any of `profiles`, sorted."""
    is_remembered = np.zeros(len(drives.edge), dtype=np.bool_)
    start, leaving = grouped(drives.tail, network.node_count)
    far, far_rank = _far_sides(network, drives)
    banned = np.array(sorted({drive for ban in bans for drive in ban.drives[:-1]}), dtype=np.int32)
    for profile in profiles:
        ms = turn_ms(profile.delays).astype(np.int64)
        u_turn_ms = np.where(drives.ends_narrow, ms[NARROW_U_TURN], ms[U_TURN])
        if not u_turn_ms.any():
            continue
        price_ms = ms[turns.kind]
        far_ms = np.where(far_rank == PRIMARY, profile.delays.far_side_primary_s, profile.delays.far_side_secondary_s)
        slack_ms = np.full(len(drives.edge), -1, dtype=np.int64)
        slack_ms[far] = np.round(1000 * far_ms).astype(np.int64)
        _remember(
            start, leaving, drives.head, drives.back, _there_and_back_ms(network, drives, profile),
            banned, turns.source, price_ms, u_turn_ms, slack_ms,
        )  # fmt: skip
        is_remembered |= slack_ms >= 0
    return np.flatnonzero(is_remembered).astype(np.int32)


def _far_sides(network: RoadNetwork, drives: Drives) -> tuple[Ints, Ints]:
    """Return the drives along undivided arterials, on whose far side a scene may lie, and their ranks."""
    rank = np.maximum.reduceat(undivided_rank(network), network.piece_start[:-1])[network.street[drives.edge]]
    far = np.flatnonzero(rank >= SECONDARY).astype(np.int32)
    return far, rank[far]


def _there_and_back_ms(network: RoadNetwork, drives: Drives, profile: Profile) -> Longs:
    """Return the least time from one end of a street to the other and back at any hour, int64, shape (drives,)."""
    hours = [None, *hours_that_differ(network, profile)]
    along, back = zip(*(network.piece_speeds(profile, hour) for hour in hours), strict=True)
    there_s, back_s = (
        np.divide(network.piece_length_m, mps, out=np.full(len(mps), np.inf), where=mps > 0)
        for mps in (np.maximum.reduce(along), np.maximum.reduce(back))
    )
    both = np.add.reduceat(there_s + back_s, network.piece_start[:-1])[network.street[drives.edge]]
    both[drives.back < 0] = np.inf
    # A millisecond less than the truth at either end: rounding must not hide a drive.
    ms: Longs = np.where(np.isfinite(both), np.maximum(1000 * both - 2, 0), INF_MS).astype(np.int64)
    return ms


@compiled
def _remember(
    start: Longs,
    leaving: Ints,
    head: Ints,
    back: Ints,
    there_and_back_ms: Longs,
    banned: Ints,
    dear: Ints,
    price_ms: Longs,
    u_turn_ms: Longs,
    slack_ms: Longs,
) -> None:
    """Fill `slack_ms` for the drives to remember: how long a detour beyond them may still pay.

    Given with what is to be remembered in any case, and else -1.
    """
    waiting = [np.int64(drive) for drive in range(len(slack_ms)) if slack_ms[drive] > 0]
    for drive in banned:
        for slot in range(start[head[drive]], start[head[drive] + 1]):
            onward = leaving[slot]
            if there_and_back_ms[onward] < INF_MS and slack_ms[onward] < u_turn_ms[onward]:
                slack_ms[onward] = u_turn_ms[onward]
                waiting.append(np.int64(onward))
    for number in range(len(dear)):
        for slot in range(start[head[dear[number]]], start[head[dear[number]] + 1]):
            onward = leaving[slot]
            left_ms = min(price_ms[number] - there_and_back_ms[onward], u_turn_ms[onward])
            if left_ms > 0 and slack_ms[onward] < left_ms:
                slack_ms[onward] = left_ms
                waiting.append(np.int64(onward))
    while len(waiting) > 0:
        drive = waiting.pop()
        for slot in range(start[head[drive]], start[head[drive] + 1]):
            onward = leaving[slot]
            # Nor does it pay to go on for longer than turning round here would take.
            left_ms = min(slack_ms[drive] - there_and_back_ms[onward], u_turn_ms[onward])
            if left_ms > 0 and onward != back[drive] and slack_ms[onward] < left_ms:
                slack_ms[onward] = left_ms
                waiting.append(np.int64(onward))
