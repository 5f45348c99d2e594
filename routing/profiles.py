"""What each kind of vehicle may use and how fast it is there: tables that a planner can read.

Speeds are what a driver reaches in free traffic without siren. They are a first assumption: the centre's own
tracks replace them once there are enough. Sources:

* CAR: the default speeds of OSRM's `profiles/car.lua` (free-flow averages by class, widely used with OSM), `trunk`
  held to 80 km/h and nothing above 100, the highest limits of Permenhub PM 111/2015, article 3(4).
* Siren: measured time saved is 38.5 % in a city (Ho and Casey, Ann Emerg Med 1998;32:585) and 30.9 % in the country
  (Ho and Lindquist, Prehosp Emerg Care 2001;5:159), which are factors of 1.63 and 1.45. We assume less, since those
  drives crossed thinner traffic than an Indonesian city's: 1.3 for light vehicles, 1.15 for heavy ones.
* Right of way of emergency vehicles: UU 22/2009, articles 134 and 135. It covers speed and lanes; driving against a
  one-way street is not planned for here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

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


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of vehicle, as the router sees it. Compared and hashed by its name and version."""

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

    def __hash__(self) -> int:
        return hash((self.name, self.version))


def _table(speeds: Speeds) -> tuple[tuple[str, float], ...]:
    return tuple(sorted((highway, float(kmh)) for highway, kmh in speeds.items()))


def _motor(
    name: str, speeds: Speeds, *, alley_kmh: float, siren_factor: float, top_kmh: float, own_key: str | None = None
) -> Profile:
    return Profile(
        name=name,
        version=1,
        speeds=_table(speeds),
        alley_kmh=alley_kmh,
        siren_factor=siren_factor,
        top_kmh=top_kmh,
        access_keys=("access", "vehicle", "motor_vehicle", *([own_key] if own_key else [])),
        keeps_posted_limit=True,
        may_use_busway=True,
        is_emergency=True,
        is_on_foot=False,
        may_use_toll=own_key != "motorcycle",
    )


_ON_FOOT = Profile(
    name="on_foot",
    version=1,
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
)

# top_kmh: light vehicles 120, since a siren drives above the toll road's limit of 100 but not without bound; heavy
# ones 90, where European lorries are held by their speed limiter (Directive 92/6/EEC); the motorcycle 90.
PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        profile.name: profile
        for profile in (
            _motor("fire_engine", HEAVY, alley_kmh=0, siren_factor=1.15, top_kmh=90, own_key="hgv"),
            _motor("ambulance", CAR, alley_kmh=10, siren_factor=1.3, top_kmh=120, own_key="motorcar"),
            _motor("police_car", CAR, alley_kmh=10, siren_factor=1.3, top_kmh=120, own_key="motorcar"),
            _motor("rescue_truck", HEAVY, alley_kmh=0, siren_factor=1.15, top_kmh=90, own_key="hgv"),
            _motor("motorcycle", MOTORCYCLE, alley_kmh=20, siren_factor=1.3, top_kmh=90, own_key="motorcycle"),
            _ON_FOOT,
        )
    }
)
