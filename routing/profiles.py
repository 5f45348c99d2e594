"""What each kind of vehicle may use and how fast it is there: tables that a planner can read.

Speeds are what a driver reaches in free traffic without siren. They are a first assumption: the centre's own
tracks replace them once there are enough. Sources:

* CAR: the default speeds of OSRM's `profiles/car.lua` (free-flow averages by class, widely used with OSM), `trunk`
  held to 80 km/h and nothing above 100, the highest limits of Permenhub PM 111/2015, article 3(4).
* Siren: measured time saved is 38.5 % in a city (Ho and Casey, Ann Emerg Med 1998;32:585) and 30.9 % in the country
  (Ho and Lindquist, Prehosp Emerg Care 2001;5:159), which are factors of 1.63 and 1.45. We assume less, since those
  drives crossed thinner traffic than an Indonesian city's: 1.3 for light vehicles, 1.15 for heavy ones.
* Right of way of emergency vehicles: UU 22/2009, articles 134 and 135. It frees them from signals and lanes, not from
  what stands in the way: an arrival time must be safe, so turn restrictions bind unless they except emergencies.
* Sizes: a pumper of 4,000 to 5,000 litres is as wide as PP 55/2012, article 54, allows any lorry (2.5 m); the
  ambulance is a Toyota HiAce Commuter (1.88 × 2.285 m) with a light bar. Heights and weights of the others are our
  assumption, on the safe side.
* Delays: see the tables LIGHT, LORRY, HOSE_TENDER, TWO_WHEELS and WALKER, number by number.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from routing.hours import Vehicle

Speeds = Mapping[str, float]

CAR: Speeds = MappingProxyType(  # km/h, from OSRM's car.lua
    {
        "motorway": 90,
        "motorway_link": 45,
        "trunk": 80,  # car.lua says 85; PM 111/2015 allows 80 between cities
        "trunk_link": 40,
        "primary": 65,
        "primary_link": 30,
        "secondary": 55,
        "secondary_link": 25,
        "tertiary": 40,
        "tertiary_link": 20,
        "unclassified": 25,
        "residential": 25,
        "road": 25,  # class unknown to the mapper: as unclassified
        "living_street": 10,
        "service": 15,
        "services": 15,  # grounds of a rest area, as service
        "rest_area": 15,
        "busway": 40,  # separate bus lane in a city street, as tertiary: stations every 500 m
        "track": 10,  # car.lua leaves tracks out; forest and field roads at jogging speed
    }
)

# A fire engine of 15 t and more: car.lua's figures would flatter it. The share is our assumption.
HEAVY: Speeds = MappingProxyType({highway: 0.85 * kmh for highway, kmh in CAR.items()})

# Motorcycles slip past queues on streets, keep a walking rider's pace where people walk, and are not let onto toll
# roads (PP 44/2009 allows them only on lanes of their own).
MOTORCYCLE: Speeds = MappingProxyType(
    {highway: kmh for highway, kmh in CAR.items() if not highway.startswith("motorway")}
    | {"living_street": 20, "path": 10, "footway": 10, "pedestrian": 10, "cycleway": 15, "bridleway": 10}
)

# 5 km/h: `walking_speed` of OSRM's foot.lua.
ON_FOOT: Speeds = MappingProxyType(
    {highway: 5 for highway in CAR if not highway.startswith("motorway") and highway != "busway"}
    | {highway: 5 for highway in ("path", "footway", "pedestrian", "cycleway", "bridleway", "corridor", "platform")}
    | {"steps": 3}  # slower by the climb; our assumption
)

# Against the flow of a one-way street a light vehicle under siren creeps: twice a walking pace. Our assumption.
AGAINST_FLOW_KMH = 10.0


@dataclass(frozen=True, slots=True)
class Delays:
    """Seconds that junctions, crossings and turns take, beyond driving on at the street's speed."""

    signal_s: float  # traffic lights, with whatever right of way the siren gives
    give_way_s: float  # a give-way sign, or the entry of a roundabout
    stop_s: float  # a stop sign
    level_crossing_s: float  # railway=level_crossing, barriers up or down, on average
    crossing_primary_s: float  # entering a primary or trunk road from a lesser street, without lights
    crossing_secondary_s: float
    crossing_tertiary_s: float
    u_turn_s: float  # turning round at a node
    narrow_u_turn_s: float  # the same where all streets that meet are narrow; see `sizes.room_to_turn`
    sharp_turn_s: float  # turning by more than 110° into a narrow street
    across_primary_s: float  # leaving an undivided primary or trunk road across the oncoming traffic, without lights
    across_secondary_s: float
    far_side_primary_s: float  # arriving at a scene beyond the oncoming traffic of an undivided primary or trunk road
    far_side_secondary_s: float


# Light vehicles under siren.
LIGHT = Delays(
    signal_s=5,  # slowing from 50 to 15 km/h at 2 m/s² and back at 1.5 loses 4 s, and 1 s to look; OSRM charges cars 2
    give_way_s=3,  # as for a signal, with less to look at; our assumption
    stop_s=4,  # a siren does not stop, but sees less; our assumption
    level_crossing_s=12,  # closed 2 min a train and 6 trains an hour: a fifth of the time, then 60 s on average
    crossing_primary_s=6,  # HCM 6th ed. (2016), exhibit 20-2: level of service A ends at 10 s without a siren
    crossing_secondary_s=4,
    crossing_tertiary_s=2,
    u_turn_s=20,  # u_turn_penalty of OSRM's car.lua
    narrow_u_turn_s=20,  # a car of 5 m turns in three moves on 6 m
    sharp_turn_s=0,
    across_primary_s=7.5,  # turn_penalty of OSRM's car.lua
    across_secondary_s=6,
    far_side_primary_s=7.5,  # as for leaving it across the same traffic: to cross it, or to stop and walk over
    far_side_secondary_s=6,
)
# Heavy ones brake as well and start at 1 m/s²: 7 s at signals, half as much again elsewhere. Turning round with hose
# and ladder takes several moves: 40 s, our assumption.
LORRY = Delays(7, 4.5, 6, 12, 9, 6, 3, 40, 40, 0, 9, 7, 9, 7)
# A pumper of 8 m does not come round a corner of more than 110° into a street of less than 6 m (`sizes.NARROW_M`): it
# backs once, two moves of 5 s. Among narrow streets alone there is no room to turn round: it backs some 45 m to where
# there is (what the International Fire Code, D103.4, allows a dead end without a turnaround), at 4 km/h another 40 s.
HOSE_TENDER = replace(LORRY, narrow_u_turn_s=80, sharp_turn_s=10)
# Two wheels find the gap, turn in one move, and pass most closed barriers no sooner than others.
TWO_WHEELS = Delays(3, 2, 2, 12, 4, 3, 1, 5, 5, 0, 5, 5, 5, 5)
# Walkers wait for lights and wide roads, but turn on the spot and keep to no side. Half a red phase of 60 s; HCM's 10 s
# for a wide road.
WALKER = Delays(30, 0, 0, 12, 10, 6, 2, 0, 0, 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of vehicle, as the router sees it. Compared by all its numbers, hashed by its name and version."""

    name: str
    version: int  # raise it when a number changes: caches are keyed by (name, version)
    speeds: tuple[tuple[str, float], ...]  # (value of highway=*, km/h in free traffic); other classes are closed
    alley_kmh: float  # on service=alley, the narrow gang; 0: does not fit
    siren_factor: float  # multiplies every speed, posted limits included
    top_kmh: float  # never faster than this
    access_keys: tuple[str, ...]  # OSM access tags that concern it, the most particular last
    keeps_posted_limit: bool  # maxspeed=* replaces the speed of the class
    may_use_busway: bool  # lanes closed to all but buses are open to it
    is_emergency: bool  # emergency=yes opens what access tags close; emergency=no closes
    is_on_foot: bool
    may_use_toll: bool
    width_m: float  # maxwidth=* and width=* below these close a way or a gate; 0: never
    height_m: float
    weight_t: float
    is_narrow: bool  # slips past bollards and blocks, as two-wheelers do
    against_flow_kmh: float  # on one-way streets against the flow; 0: never
    obeys_restrictions: bool  # turn restrictions bind it, unless they except its class
    heeds_barriers: bool  # gates, bollards and the like on its way count
    delays: Delays

    def __hash__(self) -> int:
        return hash((self.name, self.version))

    @property
    def vehicle(self) -> Vehicle:
        """Return what conditional tags and `except` may ask about."""
        classes = (*self.access_keys[1:], *(("emergency",) if self.is_emergency else ()))
        return Vehicle(classes, self.weight_t, self.height_m, self.width_m)


NO_DELAYS = Delays(*[0.0] * 14)


def streets_alone(profile: Profile) -> Profile:
    """Return `profile` as a router without turns would have it, such as networkx on osmnx's graph.

    No delays, no restrictions, no barriers, nothing against the flow: an edge costs its length over its speed.
    """
    return replace(
        profile,
        against_flow_kmh=0.0,
        obeys_restrictions=False,
        heeds_barriers=False,
        delays=NO_DELAYS,
    )


def _table(speeds: Speeds) -> tuple[tuple[str, float], ...]:
    return tuple(sorted((highway, float(kmh)) for highway, kmh in speeds.items()))


def _motor(
    name: str,
    speeds: Speeds,
    delays: Delays,
    *,
    alley_kmh: float,
    siren_factor: float,
    top_kmh: float,
    own_key: str,
    size: tuple[float, float, float],
    against_flow_kmh: float = 0.0,
) -> Profile:
    return Profile(
        name=name,
        version=3,
        speeds=_table(speeds),
        alley_kmh=alley_kmh,
        siren_factor=siren_factor,
        top_kmh=top_kmh,
        access_keys=("access", "vehicle", "motor_vehicle", own_key),
        keeps_posted_limit=True,
        may_use_busway=True,
        is_emergency=True,
        is_on_foot=False,
        may_use_toll=own_key != "motorcycle",
        width_m=size[0],
        height_m=size[1],
        weight_t=size[2],
        is_narrow=own_key == "motorcycle",
        against_flow_kmh=against_flow_kmh,
        obeys_restrictions=True,
        heeds_barriers=True,
        delays=delays,
    )


_ON_FOOT = Profile(
    name="on_foot",
    version=3,
    speeds=_table(ON_FOOT),
    alley_kmh=5,
    siren_factor=1.0,
    top_kmh=5,
    access_keys=("access", "foot"),
    keeps_posted_limit=False,
    may_use_busway=False,
    is_emergency=True,
    is_on_foot=True,
    may_use_toll=True,
    width_m=0.0,
    height_m=0.0,
    weight_t=0.0,
    is_narrow=True,
    against_flow_kmh=5,
    obeys_restrictions=False,
    heeds_barriers=True,
    delays=WALKER,
)

# top_kmh: light vehicles 120, since a siren drives above the toll road's limit of 100 but not without bound; heavy
# ones 90, where European lorries are held by their speed limiter (Directive 92/6/EEC); the motorcycle 90.
PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        profile.name: profile
        for profile in (
            _motor(
                "fire_engine", HEAVY, HOSE_TENDER, alley_kmh=0, siren_factor=1.15, top_kmh=90, own_key="hgv",
                size=(2.5, 3.3, 15.0),
            ),
            _motor(
                "ambulance", CAR, LIGHT, alley_kmh=10, siren_factor=1.3, top_kmh=120, own_key="motorcar",
                size=(1.9, 2.5, 3.2), against_flow_kmh=AGAINST_FLOW_KMH,
            ),
            _motor(
                "police_car", CAR, LIGHT, alley_kmh=10, siren_factor=1.3, top_kmh=120, own_key="motorcar",
                size=(1.8, 1.9, 2.0), against_flow_kmh=AGAINST_FLOW_KMH,
            ),
            _motor(
                "rescue_truck", HEAVY, LORRY, alley_kmh=0, siren_factor=1.15, top_kmh=90, own_key="hgv",
                size=(2.3, 3.0, 8.0),
            ),
            _motor(
                "motorcycle", MOTORCYCLE, TWO_WHEELS, alley_kmh=20, siren_factor=1.3, top_kmh=90, own_key="motorcycle",
                size=(0.9, 1.8, 0.3), against_flow_kmh=AGAINST_FLOW_KMH,
            ),
            _ON_FOOT,
        )
    }
)  # fmt: skip
