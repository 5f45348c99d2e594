"""What else of the words is explained by where a thing lies: the areas around it, the streets beside it. Pure.

    “masjid al barokah rawabadak selatan”
       masjid al barokah ── seven of them ── one lies in the kelurahan Rawabadak Selatan ──► explains all the words
    “simpang melati – mawar”
       Jalan Melati ── six of them ── one meets a Jalan Mawar ──► their crossing

Every mentioned thing is asked for its neighbours that were mentioned too, by other words; the lists of neighbours are
in the index.
"""

import threading
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo112.city.name_index import Floats, Ints, Kind, Longs, NameIndex, Shorts
from geo112.places.matching import Mentions
from routing.compiled import compiled

MOST_THINGS: Final = 40_000
SAID: Final = 0.55  # a neighbour's name covered so far counts as said
SAID_CROSSING: Final = 0.7
SAID_STREET: Final = 0.75  # Jalan Melati does not say Jalan Melati 9
MOST_REASONS: Final = 6
AREA, STREET = int(Kind.AREA), int(Kind.STREET)

Masks = NDArray[np.uint64]


@dataclass(frozen=True, slots=True, eq=False)
class Joined:
    """Things that were mentioned, each with the neighbours that explain more of the words. Shape: (things,)."""

    thing: Ints
    other: Ints  # the second street of a crossing, else -1
    mention: Ints  # index of the mention that names it
    other_mention: Ints
    mask: Masks  # words explained by all of it
    evidence: Floats  # of all of it
    own: Floats  # of the name alone
    cover: Floats
    reasons: Ints  # things that explain more, shape (things, MOST_REASONS), -1 after the last


class Joiner:
    """Joins the mentions of one city. Each thread works on slates of its own."""

    def __init__(self, index: NameIndex) -> None:
        self.index = index
        self._local = threading.local()

    def join(self, mentions: Mentions) -> Joined:
        """Return every thing that was mentioned with what else explains the words, and the crossings of two."""
        index = self.index
        if not hasattr(self._local, "head"):
            self._local.head = np.full(index.thing_count, -1, np.int32)
        order = np.argsort(-(mentions.evidence * mentions.cover), kind="stable").astype(np.int32)
        found = _joined(
            order, mentions.name, mentions.mask, mentions.cover, mentions.evidence,
            index.name_thing_start, index.name_thing, index.thing_kind, index.thing_radius_m,
            index.around_start, index.around, index.beside_start, index.beside, self._local.head,
        )  # fmt: skip
        return Joined(*found)


@compiled
def _is_with(area: int, others: Ints, thing_kind: Shorts, around_start: Longs, around: Ints) -> bool:
    """Tell whether of `area` and every area among `others` one lies in the other: RW 05 and the kelurahan it is of."""
    for other in others:
        if thing_kind[other] != AREA:
            continue
        is_with = False
        for at in range(around_start[area], around_start[area + 1]):
            is_with |= around[at] == other
        for at in range(around_start[other], around_start[other + 1]):
            is_with |= around[at] == area
        if not is_with:
            return False
    return True


@compiled
def _joined(
    order: Ints,
    name: Ints,
    mask: Masks,
    cover: Floats,
    evidence: Floats,
    name_thing_start: Longs,
    name_thing: Ints,
    thing_kind: Shorts,
    thing_radius_m: Floats,
    around_start: Longs,
    around: Ints,
    beside_start: Longs,
    beside: Ints,
    head: Ints,
) -> tuple[Ints, Ints, Ints, Ints, Masks, Floats, Floats, Floats, Ints]:
    """`head` is a slate: -1 before, and again after."""
    count = 0
    for mention in order:
        count += name_thing_start[name[mention] + 1] - name_thing_start[name[mention]]
    count = min(count, MOST_THINGS)
    thing = np.empty(count, np.int32)
    of = np.empty(count, np.int32)
    following = np.full(count, -1, np.int32)
    made = 0
    for mention in order:
        for at in range(name_thing_start[name[mention]], name_thing_start[name[mention] + 1]):
            if made == count:
                break
            each = name_thing[at]
            thing[made], of[made] = each, mention
            # what was said best comes first in the list of a thing
            if head[each] < 0:
                head[each] = made
            else:
                last = head[each]
                while following[last] >= 0:
                    last = following[last]
                following[last] = made
            made += 1
    room = 2 * made + 64
    out_thing = np.empty(room, np.int32)
    out_other = np.full(room, -1, np.int32)
    out_mention = np.empty(room, np.int32)
    out_other_mention = np.full(room, -1, np.int32)
    out_mask = np.empty(room, np.uint64)
    out_evidence = np.empty(room, np.float32)
    out_own = np.empty(room, np.float32)
    out_cover = np.empty(room, np.float32)
    out_reasons = np.full((room, MOST_REASONS), -1, np.int32)
    near = np.empty(64, np.int32)
    worth = np.empty(64, np.float32)
    made_out = 0
    for entry in range(made):
        mention = of[entry]
        each = thing[entry]
        crossings = 1
        if thing_kind[each] == STREET and cover[mention] >= SAID_CROSSING:
            crossings += beside_start[each + 1] - beside_start[each]
        for crossing in range(crossings):
            other, other_mention = -1, -1
            said_mask, said, said_cover = mask[mention], evidence[mention], cover[mention]
            if crossing > 0:
                other = beside[beside_start[each] + crossing - 1]
                if other < each or head[other] < 0 or made_out >= room:
                    continue
                at = head[other]
                while at >= 0:
                    if (
                        not mask[of[at]] & said_mask
                        and cover[of[at]] >= SAID_CROSSING
                        and name[of[at]] != name[mention]
                    ):
                        other_mention = of[at]
                        break
                    at = following[at]
                if other_mention < 0:
                    continue
                said_mask |= mask[other_mention]
                said += evidence[other_mention]
                said_cover = (cover[mention] + cover[other_mention]) / 2
            elif made_out >= room:
                continue
            neighbours = 0
            for side in range(2):
                start, flat = (around_start, around) if side == 0 else (beside_start, beside)
                if side == 1 and crossing > 0:
                    break
                for at in range(start[each], start[each + 1]):
                    neighbour = flat[at]
                    entry_there = head[neighbour]
                    while entry_there >= 0 and neighbours < 64:
                        there = of[entry_there]
                        if not mask[there] & said_mask and cover[there] >= (SAID if side == 0 else SAID_STREET):
                            near[neighbours] = entry_there
                            # the smaller of two areas of one name is what was meant
                            small = np.float32(0.02) / (1 + thing_radius_m[neighbour] / 500)
                            worth[neighbours] = evidence[there] * cover[there] * (1.0 if side == 0 else 0.9) + small
                            neighbours += 1
                        entry_there = following[entry_there]
            reasons, streets = 0, 0
            while neighbours > 0 and reasons < MOST_REASONS:
                best = 0
                for at in range(1, neighbours):
                    if worth[at] > worth[best]:
                        best = at
                entry_there = near[best]
                there = of[entry_there]
                neighbours -= 1
                near[best], worth[best] = near[neighbours], worth[neighbours]
                if mask[there] & said_mask:
                    continue
                reason = thing[entry_there]
                is_told = False
                for at in range(reasons):
                    is_told |= out_reasons[made_out, at] == reason
                if is_told:
                    continue
                if thing_kind[reason] == AREA and not _is_with(
                    reason, out_reasons[made_out, :reasons], thing_kind, around_start, around
                ):
                    continue
                if thing_kind[reason] == STREET and thing_kind[each] == STREET:
                    if streets == 1:
                        continue
                    streets += 1
                said_mask |= mask[there]
                gain = evidence[there] * min(np.float32(1.0), cover[there] + np.float32(0.1))
                if thing_kind[reason] == STREET and thing_kind[each] == STREET:
                    gain *= np.float32(0.9)  # two streets that were said are rather their crossing
                said += gain
                out_reasons[made_out, reasons] = thing[entry_there]
                reasons += 1
            out_thing[made_out], out_other[made_out] = each, other
            out_mention[made_out], out_other_mention[made_out] = mention, other_mention
            out_mask[made_out], out_evidence[made_out] = said_mask, said
            out_own[made_out] = evidence[mention]
            out_cover[made_out] = said_cover
            made_out += 1
    for entry in range(made):
        head[thing[entry]] = -1
    return (
        out_thing[:made_out].copy(),
        out_other[:made_out].copy(),
        out_mention[:made_out].copy(),
        out_other_mention[:made_out].copy(),
        out_mask[:made_out].copy(),
        out_evidence[:made_out].copy(),
        out_own[:made_out].copy(),
        out_cover[:made_out].copy(),
        out_reasons[:made_out].copy(),
    )
