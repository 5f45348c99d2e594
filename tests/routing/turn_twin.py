"""The slow twin of the search: Dijkstra over drives in plain Python, every turn and every U-turn charged everywhere.

It reads the network's arrays and the profile's tables, and states the rules anew: what a street takes with what stands
on it and lies over it, what a junction takes, which orders of drives are forbidden. It splits no nodes: a state is the
last drives of the way so far, as many as the longest forbidden order needs.
"""

import heapq
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from routing.access import Access
from routing.hours import read_conditional
from routing.network import RoadNetwork
from routing.profiles import CAR, Profile
from routing.sizes import metres
from routing.snap import Snapped
from routing.speeds import speed_kmh

INF = math.inf
Drive = tuple[int, bool]  # edge, against its flow
State = tuple[Drive, ...]
Stretch = tuple[int, float, float, float]  # street, from, to (metres), factor
RANKS = {"trunk": 3, "primary": 3, "secondary": 2, "tertiary": 1}


class TurnTwin:
    """The rules for one network, one profile, and the stretches that are closed or slow."""

    def __init__(
        self, network: RoadNetwork, profile: Profile, stretches: Iterable[Stretch] = (), hour: int | None = None
    ) -> None:
        self.network, self.profile, self.hour = network, profile, hour
        self.stretches: dict[int, list[Stretch]] = defaultdict(list)
        for stretch in stretches:
            self.stretches[stretch[0]].append(stretch)
        self.spot_cost = network.spot_ms(profile, hour).tolist()  # the table, tag by tag, has tests of its own
        self.tags = [network.kinds[kind] for kind in network.piece_kind.tolist()]
        self.shrink = math.cos(math.radians((network.bounds.south + network.bounds.north) / 2))
        self.out: dict[int, list[Drive]] = defaultdict(list)
        self.ranks_at: dict[int, list[int]] = defaultdict(list)
        self.arms: dict[int, int] = defaultdict(int)
        self.meeting: dict[int, list[int]] = defaultdict(list)
        self.goes_round: dict[int, bool] = defaultdict(bool)
        for edge in range(network.edge_count):
            pieces = self.pieces(edge)
            tail, head = int(network.tail[edge]), int(network.head[edge])
            self.out[tail].append((edge, False))
            self.meeting[tail].append(edge)
            self.meeting[head].append(edge)
            if network.reverse_edge[edge] < 0 and self.may_go_against(pieces):
                self.out[head].append((edge, True))
            self.ranks_at[tail].append(self.rank(pieces[0]))
            self.ranks_at[head].append(self.rank(pieces[-1]))
            self.goes_round[tail] |= self.is_round(pieces[0])
            if edge in set(network.street_edge[network.street[edge : edge + 1]].tolist()):
                self.arms[tail] += 1
                self.arms[head] += 1
        self.forbidden, self.memory = self._orders()
        self._mps: dict[tuple[int, bool], float] = {}
        self._whole: dict[Drive, float] = {}
        self._turns: dict[tuple[Drive, Drive], float] = {}

    # -- streets ------------------------------------------------------------------------------------------------

    def pieces(self, edge: int) -> list[int]:
        street = self.network.street[edge]
        pieces = list(range(self.network.piece_start[street], self.network.piece_start[street + 1]))
        return pieces if self.network.is_along[edge] else pieces[::-1]

    def rank(self, piece: int) -> int:
        return RANKS.get(self.tags[piece]["highway"], 0)

    def is_round(self, piece: int) -> bool:
        return self.tags[piece].get("junction") in ("roundabout", "circular")

    def may_go_against(self, pieces: list[int]) -> bool:
        return not any(self.never_against(p) and "oneway:conditional" not in self.tags[p] for p in pieces)

    def never_against(self, piece: int) -> bool:
        never = ("motorway", "motorway_link", "trunk", "trunk_link", "busway")
        return self.tags[piece]["highway"] in never or self.is_round(piece)

    def tail(self, drive: Drive) -> int:
        return int((self.network.head if drive[1] else self.network.tail)[drive[0]])

    def head(self, drive: Drive) -> int:
        return int((self.network.tail if drive[1] else self.network.head)[drive[0]])

    def back(self, drive: Drive) -> Drive | None:
        edge, is_against = drive
        if is_against:
            return edge, False
        if self.network.reverse_edge[edge] >= 0:
            return int(self.network.reverse_edge[edge]), False
        return (edge, True) if self.may_go_against(self.pieces(edge)) else None

    def is_along(self, drive: Drive) -> bool:
        return bool(self.network.is_along[drive[0]]) != drive[1]

    def mps(self, drive: Drive, piece: int) -> float:
        """Metres per second on a piece; against the flow of a one-way street no faster than creeping."""
        is_back = bool(self.network.piece_is_back[piece]) == self.is_along(drive)
        if (piece, is_back) not in self._mps:
            self._mps[piece, is_back] = speed_kmh(self.tags[piece], self.profile, self.hour, is_back=is_back) / 3.6
        if not self.goes_against_flow(drive, piece, is_back):
            return self._mps[piece, is_back]
        return min(self._mps[piece, is_back], 0 if self.never_against(piece) else self.profile.against_flow_kmh / 3.6)

    def goes_against_flow(self, drive: Drive, piece: int, is_back: bool) -> bool:
        """Say whether a drive goes against the flow of the hour: what oneway:conditional says last, else the edge."""
        if self.hour is not None:
            clauses = read_conditional(self.tags[piece].get("oneway:conditional", ""), self.profile.vehicle)
            for value, hours in reversed(clauses):
                if self.hour in hours and value in ("yes", "no", "-1"):
                    return value == ("yes" if is_back else "-1")
        return drive[1]

    def part_ms(self, drive: Drive, from_m: float, to_m: float) -> float:
        """Milliseconds between two places of a drive, metres from where it begins, no junction included."""
        network, street = self.network, int(self.network.street[drive[0]])
        length_m = float(network.length_m[drive[0]])
        if not self.is_along(drive):
            from_m, to_m = length_m - to_m, length_m - from_m
        seconds = begin_m = 0.0
        for piece in range(network.piece_start[street], network.piece_start[street + 1]):
            end_m = begin_m + float(network.piece_length_m[piece])
            low, high = max(from_m, begin_m), min(to_m, end_m)
            begin_m = end_m
            if high - low <= 1e-6:
                continue
            mps = self.mps(drive, piece)
            if mps == 0:
                return INF
            cuts = sorted({low, high, *(m for s in self.stretches[street] for m in s[1:3] if low < m < high)})
            for a, b in pairwise(cuts):
                factor = min([s[3] for s in self.stretches[street] if s[1] <= a and b <= s[2]], default=1.0)
                if b - a > 1e-6:
                    seconds += (b - a) / (mps * factor) if factor > 0 else INF
        if seconds == INF:
            return INF
        ms = float(round(1000 * seconds))
        for spot in range(network.spot_start[street], network.spot_start[street + 1]):
            concerns = network.spot_way[spot] in (0, 1 if self.is_along(drive) else -1)
            if concerns and from_m + 1e-6 < network.spot_at_m[spot] < to_m - 1e-6:
                ms += self.cost(int(network.spot_kind[spot]))
        return ms

    def cost(self, spot_kind: int) -> float:
        ms = self.spot_cost[spot_kind]
        return INF if ms == 2**30 - 1 else ms

    def whole_ms(self, drive: Drive) -> float:
        if drive not in self._whole:
            length_m = float(self.network.length_m[drive[0]])
            self._whole[drive] = max(1.0, self.part_ms(drive, 0.0, length_m + 1.0)) + self.junction_ms(drive)
        return self._whole[drive]

    # -- junctions ----------------------------------------------------------------------------------------------

    def last_piece(self, drive: Drive) -> int:
        return self.pieces(drive[0])[0 if drive[1] else -1]

    def has_light(self, drive: Drive) -> bool:
        network, street = self.network, int(self.network.street[drive[0]])
        kinds = network.spot_kinds
        at_node = int(network.node_spot[self.head(drive)])
        if at_node >= 0 and kinds[at_node].get("highway") == "traffic_signals":
            return True
        length_m = float(network.length_m[drive[0]])
        for spot in range(network.spot_start[street], network.spot_start[street + 1]):
            at_m = float(network.spot_at_m[spot])
            left_m = length_m - at_m if self.is_along(drive) else at_m
            concerns = network.spot_way[spot] in (0, 1 if self.is_along(drive) else -1)
            if left_m <= 30 and concerns and kinds[network.spot_kind[spot]].get("highway") == "traffic_signals":
                return True
        return False

    def junction_ms(self, drive: Drive) -> float:
        node, delays = self.head(drive), self.profile.delays
        ms, gives_way = 0.0, False
        if self.goes_round[node]:
            if not self.is_round(self.last_piece(drive)):
                ms += 1000 * delays.give_way_s
        elif not self.has_light(drive) and self.arms[node] > 2:
            highest = max(self.ranks_at[node])
            if highest > self.rank(self.last_piece(drive)):
                gives_way = True
                seconds = (0, delays.crossing_tertiary_s, delays.crossing_secondary_s, delays.crossing_primary_s)
                ms += 1000 * seconds[highest]
        spot = int(self.network.node_spot[node])
        if spot >= 0:
            is_sign = self.network.spot_kinds[spot].get("highway") in ("stop", "give_way")
            ms += self.cost(spot) if gives_way or not is_sign else 0.0
        return ms

    def heading(self, drive: Drive, at_end: bool) -> float:
        line = self.network.edge_coordinates(drive[0])
        line = line[::-1] if drive[1] else line
        (x0, y0), (x1, y1) = line[-2:] if at_end else line[:2]
        return math.atan2(y1 - y0, (x1 - x0) * self.shrink)

    def angle(self, one: Drive, other: Drive) -> float:
        return math.degrees(math.remainder(self.heading(other, False) - self.heading(one, True), 2 * math.pi))

    def turn_ms(self, one: Drive, other: Drive) -> float:
        if (one, other) not in self._turns:
            self._turns[one, other] = self._turn_ms(one, other)
        return self._turns[one, other]

    def _turn_ms(self, one: Drive, other: Drive) -> float:
        delays = self.profile.delays
        if other == self.back(one):
            here = [piece for edge in self.meeting[self.head(one)] for piece in self.ends_at(edge, self.head(one))]
            has_room = any(self.room(piece) == "wide" for piece in here)
            return 1000 * (delays.u_turn_s if has_room else delays.narrow_u_turn_s)
        sharp_ms = 0.0
        rooms = [self.room(piece) for drive in (one, other) for piece in self.pieces(drive[0])]
        if "none" not in rooms and self.room(self.pieces(other[0])[0]) == "narrow" and not (one[1] or other[1]):
            sharp_ms = 1000 * delays.sharp_turn_s if abs(self.angle(one, other)) > 110 else 0.0
        return sharp_ms + self._across_ms(one, other)

    def ends_at(self, edge: int, node: int) -> list[int]:
        """The pieces of an edge that touch a node."""
        pieces, network = self.pieces(edge), self.network
        return [
            *(pieces[:1] if network.tail[edge] == node else []),
            *(pieces[-1:] if network.head[edge] == node else []),
        ]

    def room(self, piece: int) -> str:
        highway = self.tags[piece]["highway"]
        if highway not in CAR or highway == "track":
            return "none"
        said = [metres(self.tags[piece][key]) for key in ("width", "est_width") if key in self.tags[piece]]
        widths = [width for width in said if width is not None]  # reading them has tests of its own
        if widths:
            return "narrow" if min(widths) < 6 else "wide"
        return "narrow" if highway in ("service", "living_street") else "wide"

    def _across_ms(self, one: Drive, other: Drive) -> float:
        delays = self.profile.delays
        rank = self.rank(self.last_piece(one))
        if rank < 2 or not self.is_two_way(one) or self.has_light(one):
            return 0.0
        angle = self.angle(one, other)
        across = -angle if self.network.drives_left else angle
        if not 35 < across < 150:
            return 0.0
        for ahead in self.out[self.head(one)]:
            oncoming = self.back(ahead)
            if oncoming is None or not self.is_two_way(ahead) or self.rank(self.last_piece(oncoming)) < 2:
                continue
            if abs(self.angle(one, ahead)) <= 35:
                return 1000 * (delays.across_primary_s if rank == 3 else delays.across_secondary_s)
        return 0.0

    def is_two_way(self, drive: Drive) -> bool:
        return not drive[1] and bool(self.network.reverse_edge[drive[0]] >= 0)

    # -- restrictions -------------------------------------------------------------------------------------------

    def _orders(self) -> tuple[set[State], int]:
        network = self.network
        forbidden: set[State] = set()
        allowed: dict[tuple[int, State], set[Drive]] = defaultdict(set)
        if not self.profile.obeys_restrictions:
            return forbidden, 1
        for number, restriction in enumerate(network.order_restriction.tolist()):
            edges = network.order_edge[network.order_start[number] : network.order_start[number + 1]].tolist()
            order: State = tuple((edge, False) for edge in edges)
            tags = network.restriction_tags[restriction]
            if {"emergency", *self.profile.access_keys[1:]} & set(tags.get("except", "").split(";")):
                continue
            if tags["restriction"].startswith("no_"):
                forbidden.add(order)
                for length in range(2, len(order)):
                    back = self.back(order[length - 1])
                    if back is not None:
                        forbidden.add((*order[:length], back))
            else:
                for length in range(min(2, len(order) - 1), len(order)):
                    allowed[restriction, order[:length]].add(order[length])
        for (_, begun), onward in allowed.items():
            forbidden |= {(*begun, exit_) for exit_ in self.out[self.head(begun[-1])] if exit_ not in onward}
        return forbidden, max([len(order) - 1 for order in forbidden], default=1)

    # -- search -------------------------------------------------------------------------------------------------

    def crossing_ms(self, access: Access, drive: Drive) -> float:
        """What it takes to get to the scene's side of the road, having come by a drive."""
        comes_along = drive == (access.place.edge, False)
        if access.far_way != (0 if comes_along else 1):
            return 0.0
        delays = self.profile.delays
        return 1000 * (delays.far_side_primary_s if access.road_rank == 3 else delays.far_side_secondary_s)

    def seconds(self, origin: Snapped, scenes: Sequence[Access]) -> list[float]:
        """Return the seconds from one origin to where each scene is left for on foot; inf where there is no way."""
        best: dict[State, float] = {}
        queue: list[tuple[float, State]] = []
        origin_m = origin.fraction * float(self.network.length_m[origin.edge])
        for drive, from_m in self.both_ways(origin.edge, origin_m):
            length_m = float(self.network.length_m[drive[0]])
            ms = self.part_ms(drive, from_m, length_m) + self.junction_ms(drive)
            heapq.heappush(queue, (ms, (drive,)))
        arrive: list[float] = [INF] * len(scenes)
        ends: dict[Drive, list[tuple[int, float]]] = defaultdict(list)
        for number, scene in enumerate(scenes):
            scene_m = scene.place.fraction * float(self.network.length_m[scene.place.edge])
            for drive, at_m in self.both_ways(scene.place.edge, scene_m):
                crossing_ms = self.crossing_ms(scene, drive)
                ends[drive].append((number, self.part_ms(drive, 0.0, at_m) + crossing_ms))
                for own, from_m in self.both_ways(origin.edge, origin_m):
                    if own == drive and from_m <= at_m + 1e-6:
                        arrive[number] = min(arrive[number], self.part_ms(drive, from_m, at_m) + crossing_ms)
        while queue:
            ms, state = heapq.heappop(queue)
            if ms == INF or ms >= best.get(state, INF):
                continue
            best[state] = ms
            for drive in self.out[self.head(state[-1])]:
                driven = (*state, drive)
                if any(driven[begin:] in self.forbidden for begin in range(len(driven) - 1)):
                    continue
                begun = ms + self.turn_ms(state[-1], drive)
                for number, part in ends.get(drive, ()):
                    arrive[number] = min(arrive[number], begun + part)
                after = driven[-self.memory :]
                if begun + self.whole_ms(drive) < best.get(after, INF):
                    heapq.heappush(queue, (begun + self.whole_ms(drive), after))
        return [ms / 1000 for ms in arrive]

    def both_ways(self, edge: int, at_m: float) -> list[tuple[Drive, float]]:
        back = self.back((edge, False))
        length_m = float(self.network.length_m[edge])
        return [((edge, False), at_m), *([(back, length_m - at_m)] if back is not None else [])]
