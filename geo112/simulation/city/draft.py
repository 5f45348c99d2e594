"""What the steps of the city builder hand on: points in metres, and ways and areas that refer to them by number.

All coordinates are metres east and north of the city's centre; `write` alone knows longitude and latitude.
"""

from dataclasses import dataclass, field
from enum import StrEnum

Tags = dict[str, str]
Point = tuple[float, float]


class Kind(StrEnum):
    """What a line of the ground plan is."""

    BORDER = "border"
    ARTERIAL = "arterial"
    FRONTAGE = "frontage"  # the street along a river, railway or toll road
    RUNG = "rung"  # a possible minor crossing of a corridor
    RIVER = "river"
    RAIL = "rail"
    TOLL = "toll"
    STREET = "street"


class Rank(StrEnum):
    """The classes of road, as OSM tags them."""

    MOTORWAY = "motorway"
    MOTORWAY_LINK = "motorway_link"
    PRIMARY = "primary"
    SECONDARY = "secondary"
    TERTIARY = "tertiary"
    UNCLASSIFIED = "unclassified"
    RESIDENTIAL = "residential"
    LIVING_STREET = "living_street"
    SERVICE = "service"
    PATH = "path"  # a gang for motorcycles and feet
    FOOTWAY = "footway"  # a gang for feet alone


CAR_RANKS = frozenset(Rank) - {Rank.PATH, Rank.FOOTWAY}


@dataclass(slots=True)
class Road:
    """One way that carries `highway`."""

    rank: Rank
    nodes: list[int]
    street: int  # index into Draft.streets
    oneway: bool = False
    tags: Tags = field(default_factory=dict)


@dataclass(slots=True)
class Street:
    """What shares one name: a cut through a block with its continuations, an arterial, a gang."""

    kind: Kind
    rank: Rank
    rw: int  # RW index in which it lies, -1 when it passes through several
    estate: int = -1  # perumahan index
    name: str = ""


@dataclass(slots=True)
class Shape:
    """A closed way or an open line that is not a road: building, park, river, rails."""

    nodes: list[int]
    tags: Tags


@dataclass(slots=True)
class Area:
    """A boundary relation; its members are indices into Draft.borders."""

    tags: Tags
    members: list[tuple[int, str]]  # (border line, role outer or inner)
    label: int = -1  # node of role `label`


@dataclass(slots=True)
class Restriction:
    """A turn that is forbidden (or the only one allowed) from one road to another over a node."""

    kind: str
    via: int
    from_road: Road
    to_road: Road


@dataclass(slots=True)
class Draft:
    """The city while it grows. Lists are only ever appended to, so that an index stays a name."""

    x: list[float] = field(default_factory=list)
    y: list[float] = field(default_factory=list)
    node_tags: dict[int, Tags] = field(default_factory=dict)
    streets: list[Street] = field(default_factory=list)
    roads: list[Road] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)
    borders: list[list[int]] = field(default_factory=list)
    areas: list[Area] = field(default_factory=list)
    restrictions: list[Restriction] = field(default_factory=list)

    def add_node(self, x: float, y: float, tags: Tags | None = None) -> int:
        """Place a node at metres `x` east and `y` north; returns its index."""
        self.x.append(x)
        self.y.append(y)
        node = len(self.x) - 1
        if tags:
            self.node_tags[node] = tags
        return node

    def tag_node(self, node: int, **tags: str) -> None:
        """Add tags to a node that may already have some."""
        self.node_tags.setdefault(node, {}).update({key.replace("__", ":"): value for key, value in tags.items()})

    def at(self, node: int) -> Point:
        """Where a node lies, metres east and north of the centre."""
        return self.x[node], self.y[node]
