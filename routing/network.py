"""The road network: flat arrays that never change, shared by every worker that maps the same files.

A *street* is the stretch between two junctions: one line, drawn once. An *edge* is a direction of travel on it; a
two-way street has two, and each knows the other. A *piece* is the part of a street that lies on one OSM way.

    node  0 ─────edge 0─────► 1        street 0: shape (lon, lat)…, pieces (metres, kind, name, way)…
          0 ◄────edge 3────── 1        street 0 again, backwards

Edges are sorted by tail: the edges that leave node v are out_start[v] … out_start[v + 1] - 1.
"""

import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from shapely import LineString

from routing import flow
from routing.compiled import compiled
from routing.files import AnyArray, NetworkFileError, frozen, map_arrays, read_description, write_arrays
from routing.hourly import FREE_FLOW, SpeedSet
from routing.milliseconds import INF_MS
from routing.profiles import Profile
from routing.speeds import speeds_mps
from routing.spots import passing_ms

__all__ = [
    "FORMAT", "INF_MS", "AnyArray", "Bounds", "ForeignNetworkError", "LonLat", "NetworkFileError", "Piece",
    "RoadNetwork", "frozen",
]  # fmt: skip

FORMAT = 3  # of the saved folder; raised when an array changes its meaning

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Flags = NDArray[np.bool_]
Made = TypeVar("Made")


class LonLat(NamedTuple):
    """A point in WGS 84 (EPSG:4326), degrees."""

    lon: float
    lat: float


class Bounds(NamedTuple):
    """The box around all nodes and shapes, degrees."""

    west: float
    south: float
    east: float
    north: float


class Piece(NamedTuple):
    """The part of a street that lies on one OSM way."""

    length_m: float
    name: str | None
    way_id: int
    tags: Mapping[str, str]


class PieceSpeeds(NamedTuple):
    """How fast a profile is on every piece, m/s, shape (pieces,); 0 where it may not be."""

    along_mps: Floats  # along the shape of the street
    back_mps: Floats  # against it; on one-way streets, against the flow


class ForeignNetworkError(ValueError):
    """A point that was snapped to one network was used with another."""


@dataclass(frozen=True, slots=True, eq=False)
class RoadNetwork:
    """A road network. All arrays are read-only; build one with `routing.build`, or `load` it."""

    network_id: str  # fingerprint of all arrays: equal networks have equal ids
    kinds: tuple[Mapping[str, str], ...]  # distinct sets of the OSM tags that routing reads
    names: tuple[str, ...]  # distinct street names
    spot_kinds: tuple[
        Mapping[str, str], ...
    ]  # distinct sets of the tags of what stands on streets; see `routing.spots`
    restriction_tags: tuple[Mapping[str, str], ...]  # of every turn restriction; see `routing.restrictions`
    restriction_counts: Mapping[str, int]  # relations of the file by what became of them; see `relation_edges.FATES`
    drives_left: bool  # the side of the road on which one drives here

    node_osm_id: Longs  # (nodes,)
    node_lon: Floats  # (nodes,) degrees
    node_lat: Floats  # (nodes,) degrees

    out_start: Ints  # (nodes + 1,)
    tail: Ints  # (edges,) node the edge leaves
    head: Ints  # (edges,) node the edge enters
    length_m: Floats  # (edges,) great-circle metres along the shape
    reverse_edge: Ints  # (edges,) the same street the other way; -1 where it is one-way
    street: Ints  # (edges,)
    is_along: Flags  # (edges,) True: travels in the direction in which the street's shape is stored

    street_edge: Ints  # (streets,) the edge that travels along the shape; every street has one
    shape_start: Longs  # (streets + 1,) the street's points are shape_start[s] … shape_start[s + 1] - 1
    shape_lon: Floats  # (points,) degrees
    shape_lat: Floats  # (points,) degrees
    piece_start: Longs  # (streets + 1,)
    piece_length_m: Floats  # (pieces,) in the order of the shape
    piece_points: Ints  # (pieces,) line segments of the shape in this piece
    piece_kind: Ints  # (pieces,) index into kinds
    piece_is_back: Flags  # (pieces,) the shape runs against the order in which OSM has the way's points
    piece_name: Ints  # (pieces,) index into names; -1 where the way has none
    piece_way_id: Longs  # (pieces,) OSM way id

    node_spot: Ints  # (nodes,) what stands at the junction: index into spot_kinds; -1 for nothing
    spot_start: Longs  # (streets + 1,) what stands along a street, between its ends
    spot_at_m: Floats  # (spots,) metres from the start of the shape
    spot_kind: Ints  # (spots,) index into spot_kinds
    spot_way: Ints  # (spots,) 1: concerns those who drive along the shape, -1: against it, 0: both

    restriction_id: Longs  # (restrictions,) OSM relation id
    order_start: Longs  # (orders + 1,) orders of edges that restrictions forbid (or demand: only_*)
    order_edge: Ints  # edges of order i are order_edge[order_start[i] : order_start[i + 1]]
    order_restriction: Ints  # (orders,) the restriction that speaks of it

    folder: Path | None = None  # where it was loaded from, and what was prepared for searches may lie

    _made: dict[Hashable, Any] = field(default_factory=dict, repr=False)
    _lock: Any = field(default_factory=threading.RLock, repr=False)

    def __repr__(self) -> str:
        return f"<RoadNetwork {self.network_id}: {self.node_count} nodes, {self.edge_count} edges>"

    @property
    def node_count(self) -> int:
        return len(self.node_lon)

    @property
    def edge_count(self) -> int:
        return len(self.tail)

    @property
    def street_count(self) -> int:
        return len(self.street_edge)

    @property
    def bounds(self) -> Bounds:
        return self.once("bounds", self._bounds)

    def _bounds(self) -> Bounds:
        lon = np.concatenate([self.node_lon, self.shape_lon])
        lat = np.concatenate([self.node_lat, self.shape_lat])
        return Bounds(float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max()))

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what `make` made the first time it was asked for under `key`; for what derives from the arrays."""
        made = self._made.get(key)
        if made is None:
            with self._lock:
                made = self._made.get(key)
                if made is None:
                    made = self._made[key] = make()
        result: Made = made
        return result

    # -- one edge -----------------------------------------------------------------------------------------------

    def is_oneway(self, edge: int) -> bool:
        return bool(self.reverse_edge[edge] < 0)

    def edge_coordinates(self, edge: int) -> Floats:
        """Return the edge's points in the direction of travel, shape (points, 2), lon then lat."""
        street = self.street[edge]
        points = slice(self.shape_start[street], self.shape_start[street + 1])
        line = np.column_stack([self.shape_lon[points], self.shape_lat[points]])
        return line if self.is_along[edge] else line[::-1]

    def edge_line(self, edge: int) -> LineString:
        """Return the edge's line in the direction of travel, EPSG:4326."""
        return LineString(self.edge_coordinates(edge))

    def edge_pieces(self, edge: int) -> list[Piece]:
        """Return the parts of the edge, one for each OSM way it follows, in the direction of travel."""
        street = self.street[edge]
        pieces = [self._piece(i) for i in range(self.piece_start[street], self.piece_start[street + 1])]
        return pieces if self.is_along[edge] else pieces[::-1]

    def edge_name(self, edge: int) -> str | None:
        """Return the name of the longest named piece; None where the street has no name."""
        named = [piece for piece in self.edge_pieces(edge) if piece.name is not None]
        return max(named, key=lambda piece: piece.length_m).name if named else None

    def edge_tags(self, edge: int) -> Mapping[str, str]:
        """Return the routing tags of the longest piece, `highway` among them."""
        return max(self.edge_pieces(edge), key=lambda piece: piece.length_m).tags

    def _piece(self, piece: int) -> Piece:
        name = int(self.piece_name[piece])
        return Piece(
            length_m=float(self.piece_length_m[piece]),
            name=None if name < 0 else self.names[name],
            way_id=int(self.piece_way_id[piece]),
            tags=self.kinds[self.piece_kind[piece]],
        )

    # -- what a profile makes of it -----------------------------------------------------------------------------

    def piece_speeds(self, profile: Profile, hour: int | None = None, speed_set: SpeedSet = FREE_FLOW) -> PieceSpeeds:
        """Return how fast `profile` is on every piece in either direction.

        Args:
            hour: of the week, from Monday 00:00 on, local time; None: any. Only what holds at any hour is kept.
        """

        def make() -> PieceSpeeds:
            by_kind = np.array(speeds_mps(self.kinds, profile, hour, speed_set), dtype=np.float64).reshape(-1, 2)
            turned = self.piece_is_back.astype(np.int8)
            along_mps, back_mps = by_kind[self.piece_kind, turned], by_kind[self.piece_kind, 1 - turned]
            # Who drives against the flow of this hour creeps, if he may at all.
            keeps = np.array([flow.keeps_flow(tags) for tags in self.kinds], dtype=np.bool_)
            against_mps = np.where(keeps, 0.0, profile.against_flow_kmh / 3.6)[self.piece_kind]
            now = np.array([flow.flow_at(tags, profile.vehicle, hour) for tags in self.kinds])[self.piece_kind]
            is_oneway = np.repeat(self.reverse_edge[self.street_edge] < 0, np.diff(self.piece_start))
            is_shape_against = now == np.where(self.piece_is_back, flow.ALONG, flow.BACK)
            is_back_against = now == np.where(self.piece_is_back, flow.BACK, flow.ALONG)
            is_back_against |= (now == flow.AS_EVER) & is_oneway
            np.minimum(along_mps, against_mps, out=along_mps, where=is_shape_against)
            np.minimum(back_mps, against_mps, out=back_mps, where=is_back_against)
            return PieceSpeeds(frozen(along_mps), frozen(back_mps))

        return make() if hour is not None else self.once(("piece_speeds", profile), make)

    def spot_ms(self, profile: Profile, hour: int | None = None) -> Longs:
        """Return what passing each kind of spot takes in ms, int64, shape (spot kinds,); INF_MS where one may not."""
        return frozen(np.array([passing_ms(tags, profile, hour) for tags in self.spot_kinds], dtype=np.int64))

    def travel_ms(self, profile: Profile) -> Ints:
        """Return the time to drive each edge from end to end in milliseconds, int32, shape (edges,).

        INF_MS where the profile may not pass. What stands on the way counts (the rule for moving is written down in
        `routing.speeds`, that for spots in `routing.spots`); what junctions and turns take is the search graph's.
        """

        def make() -> Ints:
            spot_ms = self.spot_ms(profile)[self.spot_kind]
            along, back = np.where(self.spot_way >= 0, spot_ms, 0), np.where(self.spot_way <= 0, spot_ms, 0)
            along_ms, back_ms = street_ms(self, self.piece_speeds(profile), along, back)
            return frozen(np.where(self.is_along, along_ms[self.street], back_ms[self.street]))

        return self.once(("travel_ms", profile), make)

    def components(self, profile: Profile) -> Ints:
        """Label the nodes by strongly connected component for `profile`, int32, shape (nodes,).

        Two nodes with the same label can reach each other, there and back, along edges; turn restrictions and ways
        against the flow are left out of account.
        """

        def make() -> Ints:
            passable = self.travel_ms(profile) < INF_MS
            if self.spot_kinds:  # a gate may stand at a junction itself
                is_shut = self.spot_ms(profile) >= INF_MS
                passable &= ((self.node_spot < 0) | ~is_shut[self.node_spot])[self.head]
            ones = np.ones(int(passable.sum()), dtype=np.int8)
            graph = csr_matrix((ones, (self.tail[passable], self.head[passable])), shape=(self.node_count,) * 2)
            _, labels = connected_components(graph, directed=True, connection="strong")
            return frozen(labels.astype(np.int32))

        return self.once(("components", profile), make)

    def largest_component(self, profile: Profile) -> Flags:
        """Mark the nodes of the largest part within which `profile` reaches every node from every other."""

        def make() -> Flags:
            labels = self.components(profile)
            if len(labels) == 0:
                return frozen(np.zeros(0, dtype=np.bool_))
            return frozen(labels == np.bincount(labels).argmax())

        return self.once(("largest_component", profile), make)

    # -- on disk ------------------------------------------------------------------------------------------------

    def save(self, folder: Path) -> None:
        """Write the network into `folder` (made if absent): one .npy for each array and network.json, written last."""
        description = {
            "format": FORMAT,
            "network_id": self.network_id,
            "kinds": [dict(kind) for kind in self.kinds],
            "names": self.names,
            "spot_kinds": [dict(kind) for kind in self.spot_kinds],
            "restriction_tags": [dict(tags) for tags in self.restriction_tags],
            "restriction_counts": dict(self.restriction_counts),
            "drives_left": self.drives_left,
        }
        write_arrays(folder, "network", {name: getattr(self, name) for name in array_names()}, description)

    @classmethod
    def load(cls, folder: Path) -> "RoadNetwork":
        """Map a saved network into memory; workers that load the same folder share one copy.

        Raises:
            NetworkFileError: the folder is not a whole network, or one of another format.
        """
        description = read_description(folder, "network")
        try:
            if description["format"] != FORMAT:
                raise NetworkFileError(
                    f"The road network in {folder} has format {description['format']}, not {FORMAT}: import again."
                )
            return cls(
                network_id=description["network_id"],
                kinds=tuple(description["kinds"]),
                names=tuple(description["names"]),
                spot_kinds=tuple(description["spot_kinds"]),
                restriction_tags=tuple(description["restriction_tags"]),
                restriction_counts=description["restriction_counts"],
                drives_left=description["drives_left"],
                folder=folder,
                **map_arrays(folder, array_names(), description["lengths"]),
            )
        except (KeyError, TypeError) as error:
            raise NetworkFileError(f"There is no whole road network in {folder}: {error}.") from error


def array_names() -> Sequence[str]:
    """Name the arrays of a RoadNetwork, in the order in which they are declared."""
    return [each.name for each in fields(RoadNetwork) if each.name not in _NOT_ARRAYS]


_NOT_ARRAYS = {
    "network_id", "kinds", "names", "spot_kinds", "restriction_tags", "restriction_counts", "drives_left",
    "folder", "_made", "_lock",
}  # fmt: skip


def street_ms(
    network: RoadNetwork, speeds: PieceSpeeds, spot_along_ms: Longs, spot_back_ms: Longs
) -> tuple[Ints, Ints]:
    """Return the time from end to end of every street, along its shape and against it, int32, shape (streets,).

    Args:
        spot_along_ms: what passing each spot takes along the shape, shape (spots,); spot_back_ms: against it.
    """
    along_ms, back_ms = (np.empty(network.street_count, dtype=np.int32) for _ in range(2))
    _street_ms(
        network.piece_start,
        network.piece_length_m,
        speeds,
        network.spot_start,
        spot_along_ms,
        spot_back_ms,
        along_ms,
        back_ms,
    )
    return along_ms, back_ms


@compiled
def _street_ms(
    piece_start: Longs,
    piece_length_m: Floats,
    speeds: PieceSpeeds,
    spot_start: Longs,
    spot_along_ms: Longs,
    spot_back_ms: Longs,
    out_along_ms: Ints,
    out_back_ms: Ints,
) -> None:
    for street in range(len(piece_start) - 1):
        along_s, back_s = 0.0, 0.0
        for piece in range(piece_start[street], piece_start[street + 1]):
            along_mps, back_mps = speeds.along_mps[piece], speeds.back_mps[piece]
            along_s += piece_length_m[piece] / along_mps if along_mps > 0.0 else np.inf
            back_s += piece_length_m[piece] / back_mps if back_mps > 0.0 else np.inf
        along_ms = INF_MS if along_s * 1000.0 >= INF_MS else max(1, round(along_s * 1000.0))
        back_ms = INF_MS if back_s * 1000.0 >= INF_MS else max(1, round(back_s * 1000.0))
        for spot in range(spot_start[street], spot_start[street + 1]):
            along_ms += spot_along_ms[spot]
            back_ms += spot_back_ms[spot]
        out_along_ms[street] = min(along_ms, INF_MS)
        out_back_ms[street] = min(back_ms, INF_MS)
