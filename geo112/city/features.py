"""What an OSM object is to us, from its tags: pure, one function per layer, None where it is of no use."""

# ruff: noqa: SIM905 (long lists of words read better as text)

import re
from collections.abc import Mapping
from typing import Final

Tags = Mapping[str, str]

NOT_ROADS: Final = frozenset(
    (
        "abandoned bus_stop construction corridor disused elevator emergency_bay no planned platform proposed "
        "raceway razed rest_area services street_lamp"
    ).split()
)
# Ways that a car, a motorcycle or a pedestrian can use to get through; they say whether the city hangs together.
DRIVABLE: Final = frozenset(
    (
        "motorway motorway_link trunk trunk_link primary primary_link secondary secondary_link tertiary "
        "tertiary_link unclassified residential living_street service road"
    ).split()
)
PLACE_KEYS: Final = (
    "emergency", "amenity", "healthcare", "shop", "office", "leisure", "tourism", "railway", "aeroway",
    "public_transport", "historic", "man_made", "military", "craft", "junction", "highway", "place",
    "building", "natural", "landuse",
)  # fmt: skip
# Values of these keys that name no place one would send a crew to.
NO_PLACE: Final = {
    "railway": frozenset({"rail", "level_crossing", "switch", "signal", "crossing", "buffer_stop", "light_rail"}),
    "highway": NOT_ROADS - {"bus_stop", "rest_area", "services"},
    "emergency": frozenset({"yes", "no", "fire_hydrant"}),
    "natural": frozenset({"tree", "scrub", "water"}),
    "public_transport": frozenset({"stop_position", "platform"}),
    "building": frozenset({"yes", "no"}),
    "amenity": frozenset({"bench", "waste_basket", "parking_space"}),
    "landuse": frozenset(),
}
POSTS: Final = frozenset({"fire_station", "police", "ambulance_station"})
# A place of help without a name is still asked for by what it is.
NAMES_OF_KINDS: Final = {
    "fire_station": "Pos Pemadam Kebakaran",
    "police": "Kantor Polisi",
    "ambulance_station": "Pos Ambulans",
    "hospital": "Rumah Sakit",
    "clinic": "Klinik",
    "mosque": "Masjid",
    "church": "Gereja",
    "temple": "Pura",
    "fuel": "SPBU",
    "market": "Pasar",
    "school": "Sekolah",
    "pharmacy": "Apotek",
    "station": "Stasiun",
}
RELIGIONS: Final = {
    "muslim": "mosque",
    "islam": "mosque",
    "christian": "church",
    "catholic": "church",
    "protestant": "church",
    "hindu": "temple",
    "buddhist": "temple",
    "confucian": "temple",
}
CATEGORIES: Final = {
    "marketplace": "market",
    "doctors": "clinic",
    "dentist": "clinic",
    "health_post": "clinic",
    "centre": "clinic",
    "townhall": "government",
    "public_building": "government",
    "halt": "station",
    "kindergarten": "school",
    "college": "school",
    "university": "school",
    "cathedral": "church",
    "chapel": "church",
}
LANDUSES: Final = {
    "leisure": frozenset({"park", "garden", "pitch", "golf_course", "nature_reserve", "playground", "stadium"}),
    "landuse": frozenset(
        (
            "residential commercial retail industrial farmland farmyard forest grass meadow cemetery orchard "
            "military recreation_ground village_green railway harbour port quarry"
        ).split()
    ),
    "natural": frozenset({"wood", "scrub", "grassland", "wetland", "beach", "sand", "bare_rock", "scree", "glacier"}),
    "amenity": frozenset({"grave_yard"}),
}
WATERWAYS: Final = frozenset({"river", "stream", "canal", "drain", "ditch"})
RAILWAYS: Final = frozenset({"rail", "light_rail", "subway", "tram", "narrow_gauge", "monorail"})

_RW: Final = re.compile(r"^\s*(?:rukun warga|rw)\b[\s.]*0*(\d+)", re.IGNORECASE)
_RT: Final = re.compile(r"^\s*(?:rukun tetangga|rt)\b[\s.]*0*(\d+)", re.IGNORECASE)
_KM: Final = re.compile(r"\bkm\W{0,3}(?:km\W{0,3})?(\d{1,4})(?:\s*[+.,]\s*(\d{1,3}))?(?!\d)", re.IGNORECASE)
_RANK: Final = re.compile(
    r"^(?:kota administrasi|kota|kabupaten|kab\.?|kecamatan|kec\.?|kelurahan|kel\.?|desa)\s+", re.IGNORECASE
)


def highway(tags: Tags) -> str | None:
    """Return the highway class of a way that is a road or a path."""
    value = tags.get("highway")
    return None if value is None or value in NOT_ROADS or tags.get("area") == "yes" else value


def oneway(tags: Tags) -> int:
    """Return 1 for one way along the way, -1 for one way against it, 0 for both ways (OSM wiki, Key:oneway)."""
    value = tags.get("oneway")
    if value in {"yes", "true", "1"}:
        return 1
    if value in {"-1", "reverse"}:
        return -1
    if value is None and (tags.get("junction") in {"roundabout", "circular"} or tags.get("highway") == "motorway"):
        return 1
    return 0


def is_crossing_above(tags: Tags) -> bool:
    return tags.get("bridge", "no") != "no"


def is_below(tags: Tags) -> bool:
    return tags.get("tunnel", "no") != "no"


def area_kind(admin_level: int | None, name: str, is_indonesia: bool) -> str | None:
    """Return kota, kecamatan, kelurahan, rw, rt or area; None for what is larger than a city.

    RW and RT are known by their names: mapped levels differ from city to city (8 or 9).
    Source: OSM wiki, Tag:boundary=administrative, Indonesia.
    """
    if _RW.match(name):
        return "rw"
    if _RT.match(name):
        return "rt"
    if not is_indonesia:
        return "area" if admin_level is None or admin_level >= 6 else None
    if admin_level is None or admin_level < 5:
        return None
    return {5: "kota", 6: "kecamatan", 7: "kelurahan"}.get(admin_level, "area")


def area_name(kind: str, name: str) -> str:
    """Return the name as it stands in a list of areas: “RW 05”, “Kel. Melati”, “Kec. Barat”, “Kota Contoh”."""
    if kind in {"rw", "rt"}:
        match = (_RW if kind == "rw" else _RT).match(name)
        return f"{kind.upper()} {int(match[1]):02d}" if match else name
    if kind == "kelurahan":
        return f"Desa {_RANK.sub('', name)}" if name.lower().startswith("desa ") else f"Kel. {_RANK.sub('', name)}"
    if kind == "kecamatan":
        return f"Kec. {_RANK.sub('', name)}"
    return name


def bare_area_name(name: str) -> str:
    """Return the name without its rank: “Kelurahan Melati” → “Melati”."""
    return _RANK.sub("", name)


def place(tags: Tags) -> tuple[str, str] | None:
    """Return (category, name) of a place one can ask for, or None."""
    if tags.get("highway") == "milestone" or "addr:milestone" in tags:
        return _milestone(tags)
    for key in PLACE_KEYS:
        value = tags.get(key)
        if value is None or value == "no" or value in NO_PLACE.get(key, ()):
            continue
        category = key if value == "yes" else value.split(";")[0]
        if category == "place_of_worship" or (key == "building" and category == "religious"):
            category = RELIGIONS.get(tags.get("religion", ""), "place_of_worship")
        category = CATEGORIES.get(category, category)
        name = tags.get("name") or NAMES_OF_KINDS.get(category)
        return (category, name) if name else None
    name = tags.get("name")
    return ("building", name) if name and "building" in tags else None


def _milestone(tags: Tags) -> tuple[str, str] | None:
    """Return the marker as it is spoken of: “KM 12”, “KM 12+400” (OSM wiki, Tag:highway=milestone)."""
    told = " ".join(f"km {tags[key]}" for key in ("distance", "pk", "addr:milestone") if key in tags)
    match = _KM.search(f"{told} {tags.get('name', '')} {tags.get('ref', '')}")
    if match is None:
        return None
    metres = (match[2] or "").ljust(3, "0")
    return "milestone", f"KM {match[1]}" + (f"+{metres}" if int(metres) else "")


def other_names(tags: Tags) -> list[str]:
    """Return the further names that an object is known by."""
    present = tags.get("name")
    found = [
        part.strip()
        for key in ("alt_name", "short_name", "old_name", "official_name", "name:id", "loc_name")
        for part in tags.get(key, "").split(";")
    ]
    return [name for name in dict.fromkeys(found) if name and name != present]


def landuse(tags: Tags) -> str | None:
    for key, values in LANDUSES.items():
        if tags.get(key) in values:
            return tags[key]
    return None


def water(tags: Tags) -> str | None:
    """Return the kind of water of an area or a line."""
    if tags.get("natural") == "water" or tags.get("landuse") in {"reservoir", "basin"}:
        return tags.get("water", "water")
    if tags.get("waterway") in {"riverbank", "dock"}:
        return "river"
    if tags.get("natural") == "coastline":
        return "coastline"
    value = tags.get("waterway")
    return value if value in WATERWAYS else None


def railway(tags: Tags) -> str | None:
    value = tags.get("railway")
    return value if value in RAILWAYS else None


def building(tags: Tags) -> str | None:
    value = tags.get("building")
    return None if value in {None, "no"} else value
