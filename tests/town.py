"""Kota Uji: a town of 6 × 6 streets with a river and one bridge, small enough to reckon with by hand.

    col 0    1    2  ~  3    4    5          rows run west to east (Anggrek, Melati … Teratai), columns south to
row 5 ─┼────┼────┼──══──┼────┼────┼─ Teratai   north (Merpati … Cendrawasih). A step is 0.002°, about 220 m.
row 4 ─┼────┼────┼   ~  ┼────┼────┼─ Dahlia    The river runs between columns 2 and 3; the only bridge is in
  …                  ~                         row 5. West lies Kel. Sukamaju, east Kel. Sukamundur.
row 0 ─┼────┼────┼   ~  ┼────┼────┼─ Anggrek   All in open sea, so that nobody takes it for a real place.
"""

from pathlib import Path

from geo112.coordinates import LonLat

ROWS = ("Jalan Anggrek", "Jalan Melati", "Jalan Mawar", "Jalan Kenanga", "Jalan Dahlia", "Jalan Teratai")
COLUMNS = ("Jalan Merpati", "Jalan Kutilang", "Jalan Nuri", "Jalan Rajawali", "Jalan Elang", "Jalan Cendrawasih")
SOUTH_WEST = LonLat(107.500, -11.500)
STEP = 0.002


def crossing(row: float, column: float) -> LonLat:
    """Return a crossing; fractions lie along the streets."""
    return LonLat(SOUTH_WEST.lon + column * STEP, SOUTH_WEST.lat + row * STEP)


MARKET = crossing(0.05, 1.5)  # Pasar Kosambi, on Jalan Anggrek
BRIDGE = crossing(5, 2.5)


def write(file: Path) -> Path:
    """Write the town as OSM XML."""
    nodes = [(100 + row * 10 + column, crossing(row, column), {}) for row in range(6) for column in range(6)]
    nodes += [
        (501, MARKET, {"amenity": "marketplace", "name": "Pasar Kosambi"}),
        (502, crossing(2.1, 0.5), {"amenity": "place_of_worship", "religion": "muslim", "name": "Masjid Al-Ikhlas"}),
        (503, crossing(3.1, 4.5), {"amenity": "hospital", "name": "RSUD Kota Uji"}),
        (504, crossing(1.1, 0.2), {"amenity": "fire_station", "name": "Pos Damkar Sukamaju"}),
        (505, crossing(1.02, 1.3), {"addr:housenumber": "12", "addr:street": "Jalan Melati"}),
    ]
    ways: list[tuple[int, list[int], dict[str, str]]] = []
    for row, name in enumerate(ROWS):
        west = [100 + row * 10 + column for column in range(3)]
        east = [100 + row * 10 + column for column in range(3, 6)]
        highway = "primary" if row == 5 else "residential"
        tags = {"highway": highway, "name": name}
        if row == 5:
            ways.append((1000 + row, west, tags))
            ways.append((1100 + row, [west[-1], east[0]], {**tags, "bridge": "yes", "layer": "1"}))
            ways.append((1200 + row, east, tags))
        else:
            ways += [(1000 + row, west, tags), (1200 + row, east, tags)]
    for column, name in enumerate(COLUMNS):
        ways.append(
            (2000 + column, [100 + row * 10 + column for row in range(6)], {"highway": "residential", "name": name})
        )
    corner = 600
    relations = []
    for number, (name, west, east) in enumerate((("Sukamaju", -0.5, 2.5), ("Sukamundur", 2.5, 5.5))):
        ring = []
        for row, column in ((-0.5, west), (-0.5, east), (5.5, east), (5.5, west)):
            nodes.append((corner, crossing(row, column), {}))
            ring.append(corner)
            corner += 1
        tags = {"boundary": "administrative", "admin_level": "7", "name": name, "type": "boundary"}
        ways.append((3000 + number, [*ring, ring[0]], {}))
        relations.append((4000 + number, 3000 + number, tags))
    nodes += [(corner, crossing(-0.5, 2.5), {}), (corner + 1, crossing(5.5, 2.5), {})]
    ways.append((3100, [corner, corner + 1], {"waterway": "river", "name": "Kali Uji"}))
    file.write_text(_xml(nodes, ways, relations))
    return file


def _xml(nodes: list, ways: list, relations: list) -> str:
    def tagged(tags: dict[str, str]) -> str:
        return "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())

    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6" generator="tests">']
    for number, place, tags in sorted(nodes, key=lambda node: node[0]):
        lines.append(
            f'<node id="{number}" version="1" lat="{place.lat:.7f}" lon="{place.lon:.7f}">{tagged(tags)}</node>'
        )
    for number, refs, tags in sorted(ways, key=lambda way: way[0]):
        members = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        lines.append(f'<way id="{number}" version="1">{members}{tagged(tags)}</way>')
    for number, way, tags in relations:
        member = f'<member type="way" ref="{way}" role="outer"/>'
        lines.append(f'<relation id="{number}" version="1">{member}{tagged(tags)}</relation>')
    lines.append("</osm>")
    return "\n".join(lines)
