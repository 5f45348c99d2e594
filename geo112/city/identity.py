"""What the city is called, who is to be named for its map, and what its extract lacks."""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import shapely

from geo112.city import features
from geo112.city.extract import Extract
from geo112.city.gazetteer import Entry, Geometries, NamedArea
from geo112.coordinates import LonLat

OSM = "© kontributor OpenStreetMap (ODbL)"
INVENTED = "Kota Contoh — data rekaan"
INVENTED_GENERATOR = "geo112"  # begins the generator's name in the header of an invented city's extract

INDONESIA = (94.0, -12.5, 141.1, 7.0)  # west, south, east, north, with its seas; degrees
CODES = {
    "jakarta": "JKT", "bandung": "BDG", "surabaya": "SBY", "semarang": "SMG", "medan": "MDN", "makassar": "MKS",
    "palembang": "PLG", "tangerang": "TNG", "bekasi": "BKS", "depok": "DPK", "bogor": "BGR", "yogyakarta": "YOG",
    "surakarta": "SKA", "malang": "MLG", "denpasar": "DPS", "balikpapan": "BPN", "samarinda": "SMD",
    "banjarmasin": "BJM", "pontianak": "PTK", "manado": "MDO", "padang": "PDG", "pekanbaru": "PKU", "batam": "BTM",
    "mataram": "MTR", "kupang": "KPG", "ambon": "AMB", "jayapura": "DJJ", "contoh": "KCT",
}  # fmt: skip


def is_indonesia(point: LonLat) -> bool:
    """Tell whether `point` lies in Indonesia or its seas, roughly: where one drives on the left."""
    west, south, east, north = INDONESIA
    return west <= point.lon <= east and south <= point.lat <= north


def is_invented(extract: Extract) -> bool:
    return extract.generator.lower().startswith(INVENTED_GENERATOR)


def attribution(extract: Extract) -> str:
    return INVENTED if is_invented(extract) else OSM


def name(extract: Extract, areas: Sequence[NamedArea], road_points: Geometries) -> str:
    """Return the kota that holds most of the roads; without one, what the extract's file is called."""
    cities = [area for area in areas if area.kind == "kota"]
    if cities and len(road_points):
        tree = shapely.STRtree(road_points)
        held = [len(tree.query(area.polygon, predicate="intersects")) for area in cities]
        most = int(np.argmax(held))
        if held[most] * 2 > len(road_points):
            return cities[most].source.name
    return name_of_file(extract.origin)


def name_of_file(origin: str) -> str:
    """Return “North Bayreuth” for north-bayreuth.osm.gz, “Liechtenstein” for liechtenstein-latest.osm.pbf."""
    stem = re.sub(r"\.(osm|pbf|gz|bz2|graphml)(?=\.|$)", "", origin.split(",")[0])
    stem = re.sub(r"[-_.](latest|export|map|\d{6,8})$", "", stem)
    words = [word for word in re.split(r"[-_\s.]+", stem) if word]
    return " ".join(word if word.isupper() else word.capitalize() for word in words) or "Kota"


def code(city_name: str) -> str:
    """Return three capital letters for the numbers of incidents: JKT, else made from the name's consonants."""
    lowered = city_name.lower()
    for known, letters in CODES.items():
        if known in lowered:
            return letters
    plain = re.sub(r"[^a-z]", "", re.sub(r"^(kota|kabupaten|kab\.?)\s+", "", lowered)) or "xxx"
    consonants = re.sub(r"[aeiou]", "", plain[1:])
    return (plain[0] + consonants + plain[1:] + "xx")[:3].upper()


def notes(extract: Extract, areas: Sequence[NamedArea], entries: Sequence[Entry]) -> list[str]:
    """Return codes of what the extract lacks, for the pages to say."""
    categories = Counter(entry.category for entry in entries)
    found = {
        "roads_only": extract.is_roads_only or not (extract.places or extract.buildings or extract.areas),
        "no_areas": not any(area.kind in {"kelurahan", "kecamatan", "rw", "area"} for area in areas),
        "no_posts": not any(categories[post] for post in features.POSTS),
        "several_parts": extract.big_parts() > 1,
    }
    return [note for note, is_so in found.items() if is_so]
