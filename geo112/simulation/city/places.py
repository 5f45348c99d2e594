"""The places callers name as landmarks, and the posts units start from, put along the streets of every area.

How many of each follows what an Indonesian city of the size has: per RW, per kelurahan, per kecamatan, per city.
Religion, brands and persons are generic or invented.
"""

import math
import random
from collections import defaultdict
from dataclasses import dataclass

from geo112.simulation.city.areas import Division
from geo112.simulation.city.blocks import Blocks
from geo112.simulation.city.draft import Draft, Kind, Point, Rank, Tags
from geo112.simulation.city.mesh import Mesh, Side
from geo112.simulation.city.names import GIVEN, WOMEN, hero
from geo112.simulation.city.plan import Plan
from geo112.simulation.city.roads import Skeleton

MOSQUES = ("Al-Ikhlas", "An-Nur", "Al-Hidayah", "At-Taqwa", "Al-Muhajirin", "Baiturrahman", "Nurul Iman", "Al-Falah",
           "Jami Al-Huda", "Nurul Huda", "Al-Barokah", "As-Salam", "Al-Amin", "Darussalam", "Miftahul Jannah",
           "Babussalam", "Al-Mukhlisin", "Ar-Rahman", "Al-Furqon", "Istiqomah")  # fmt: skip
CHURCHES = ("GKI", "Gereja Katolik Santo", "HKBP", "GPIB", "Gereja Bethel")
SAINTS = ("Yosef", "Maria", "Petrus", "Paulus", "Anna", "Immanuel", "Filadelfia", "Sion", "Efata", "Kanaan")
SHOPS = ("Contohmart", "Misalmart", "Rekamaret")
CLINICS = ("Klinik Sehat Sentosa", "Klinik Medika Umpama", "Klinik Pratama Teladan", "Klinik Bersalin Bunda")
PHARMACIES = ("Apotek Contoh Farma", "Apotek Sehat", "Apotek Waras", "Apotek Kimia Umpama", "Apotek Rekan")
HOSPITALS = ("RS Bhakti Umpama", "RS Ibu dan Anak Teladan", "RS Islam Contoh", "RS Santa Misal", "RS Medika Rekaan",
             "RS Bhayangkara Contoh", "RS Harapan Umpama", "RS Permata Teladan")  # fmt: skip
EATING = ("Warung Nasi Bu {}", "Sate Pak {}", "Bakso Pak {}", "Rumah Makan {}", "Kopi {}", "Soto Haji {}", "Warteg {}")

MEN = tuple(name for name in GIVEN if name not in WOMEN)
MAIN = frozenset({Rank.PRIMARY, Rank.SECONDARY, Rank.TERTIARY})


@dataclass(frozen=True, slots=True)
class _Spot:
    """A side of a block where something can stand."""

    start: Point
    end: Point
    is_main: bool
    street: str


def put_places(
    plan: Plan,
    mesh: Mesh,
    blocks: Blocks,
    division: Division,
    skeleton: Skeleton,
    taken: set[int],
    kelurahan: list[str],
    kecamatan: list[str],
    draft: Draft,
) -> None:
    """Put all places into the draft."""
    placer = _Placer(plan, mesh, blocks, division, skeleton, taken, draft)
    placer.each_rw()
    placer.each_kelurahan(kelurahan)
    placer.each_kecamatan(kecamatan)
    placer.city(len(kelurahan))


class _Placer:
    def __init__(
        self,
        plan: Plan,
        mesh: Mesh,
        blocks: Blocks,
        division: Division,
        skeleton: Skeleton,
        taken: set[int],
        draft: Draft,
    ) -> None:
        self.rng = random.Random(plan.seed * 71 + 17)
        self.draft, self.division = draft, division
        self.counter: dict[str, int] = defaultdict(int)
        self.by_rw: list[list[_Spot]] = [[] for _ in division.rw_number]
        for number, block in enumerate(blocks.blocks):
            if block.is_strip or number in taken:
                continue
            points = mesh.points_of(block.sides)
            rw = division.rw_of_face[block.rw]
            for k, side in enumerate(block.sides):
                start, end = points[k], points[(k + 1) % len(points)]
                spot = self._spot(mesh, skeleton, side, start, end)
                if spot and math.dist(start, end) > 26.0:
                    self.by_rw[rw].append(spot)
        self.by_kelurahan: dict[int, list[int]] = defaultdict(list)
        self.by_kecamatan: dict[int, list[int]] = defaultdict(list)
        for rw, where in enumerate(division.kelurahan_of_rw):
            if self.by_rw[rw]:
                self.by_kelurahan[where].append(rw)
                self.by_kecamatan[division.kecamatan_of_kelurahan[where]].append(rw)

    def _spot(self, mesh: Mesh, skeleton: Skeleton, side: Side, start: Point, end: Point) -> _Spot | None:
        edge = mesh.edges[side.edge]
        if edge.line < 0:
            street = self.draft.streets[skeleton.cut_streets[-1 - edge.line]]
            return _Spot(start, end, street.rank in MAIN, street.name)
        if mesh.lines[edge.line].kind == Kind.ARTERIAL:
            return _Spot(start, end, True, "")
        return _Spot(start, end, False, "") if mesh.lines[edge.line].kind == Kind.FRONTAGE else None

    def put(self, rws: list[int], name: str, tags: Tags, on_main: bool | None = None) -> Point | None:
        """Put a place beside a street of one of these RW; on a main street if asked and there is one."""
        if not rws:
            return None
        spots = self.by_rw[self.rng.choice(rws)]
        if on_main is not None:
            wanted = [s for s in spots if s.is_main == on_main]
            spots = wanted or spots
        spot = self.rng.choice(spots)
        share = self.rng.uniform(0.25, 0.75)
        (ax, ay), (bx, by) = spot.start, spot.end
        length = math.dist(spot.start, spot.end)
        inwards = min(0.3 * length, self.rng.uniform(14.0, 22.0) if spot.is_main else self.rng.uniform(7.0, 13.0))
        x = ax + share * (bx - ax) - inwards * (by - ay) / length
        y = ay + share * (by - ay) + inwards * (bx - ax) / length
        full = {"name": name, **tags} if name else dict(tags)
        if spot.street and self.rng.random() < 0.25:
            full["addr:street"] = spot.street
        self.draft.add_node(x, y, full)
        return x, y

    def count(self, what: str) -> int:
        """The next number of a kind: SD Negeri 1, 2, 3 …"""
        self.counter[what] += 1
        return self.counter[what]

    def each_rw(self) -> None:
        """Mosques, shops, stalls and the guard post that every neighbourhood has."""
        rng, number = self.rng, self.division.rw_number
        for rw, spots in enumerate(self.by_rw):
            if len(spots) < 8:
                continue
            here = [rw]
            kind = "Masjid" if rng.random() < 0.55 else "Musholla"
            self.put(here, f"{kind} {rng.choice(MOSQUES)}", {"amenity": "place_of_worship", "religion": "muslim"})
            self.put(here, f"Pos RW {number[rw]:02d}", {"amenity": "community_centre"}, False)
            if rng.random() < 0.6:
                self.put(here, rng.choice(SHOPS), {"shop": "convenience"}, True)
            if rng.random() < 0.5:
                self.put(here, rng.choice(EATING).format(rng.choice(MEN)), {"amenity": "restaurant"})
            if rng.random() < 0.3:
                self.put(here, f"Warung {rng.choice(GIVEN)}", {"shop": "kiosk"}, False)
            if rng.random() < 0.25:
                self.put(here, f"Bengkel {rng.choice(MEN)} Motor", {"shop": "motorcycle_repair"}, True)
            if rng.random() < 0.2:
                self.put(here, f"TK {rng.choice(MOSQUES)}", {"amenity": "kindergarten"}, False)

    def each_kelurahan(self, kelurahan: list[str]) -> None:
        """The office, schools, a pharmacy, perhaps a church."""
        rng = self.rng
        for where, rws in sorted(self.by_kelurahan.items()):
            name = kelurahan[where]
            self.put(rws, f"Kantor Lurah {name}", {"amenity": "townhall", "admin_level": "7"}, True)
            for _ in range(2):
                number = self.count("SD")
                self.put(rws, f"SD Negeri {number} {name}", {"amenity": "school", "isced:level": "1"}, False)
            if where % 2 == 0:
                self.put(rws, f"SMP Negeri {self.count('SMP')} Contoh", {"amenity": "school", "isced:level": "2"})
                self.put(rws, f"Puskesmas Pembantu {name}", {"amenity": "clinic", "operator:type": "public"})
            if where % 3 == 0:
                number = self.count("SMA")
                kind = "SMA" if number % 3 else "SMK"
                self.put(rws, f"{kind} Negeri {number} Contoh", {"amenity": "school", "isced:level": "3"}, True)
            self.put(rws, rng.choice(PHARMACIES), {"amenity": "pharmacy"}, True)
            self.put(
                rws, f"Posyandu {rng.choice(('Mawar', 'Melati', 'Anggrek'))} {name}", {"amenity": "social_facility"}
            )
            if rng.random() < 0.55:
                church = rng.choice(CHURCHES)
                tags = {"amenity": "place_of_worship", "religion": "christian"}
                self.put(rws, f"{church} {rng.choice(SAINTS)} {name}", tags)
            if rng.random() < 0.6:
                self.put(rws, "SPBU", {"amenity": "fuel", "ref": f"34.{rng.randrange(100, 999)}.{where:02d}"}, True)
            if rng.random() < 0.5:
                self.put(rws, rng.choice(CLINICS), {"amenity": "clinic"}, True)
            if rng.random() < 0.5:
                self.put(rws, f"Bank Contoh Cabang {name}", {"amenity": "bank"}, True)
            for _ in range(2):
                self.put(rws, f"Halte {name} {self.count('halte' + name)}", {"highway": "bus_stop"}, True)

    def each_kecamatan(self, kecamatan: list[str]) -> None:
        """What a district has of its own: market, puskesmas, police and fire posts, an ambulance."""
        for where, rws in sorted(self.by_kecamatan.items()):
            name = kecamatan[where]
            self.put(rws, f"Kantor Kecamatan {name}", {"amenity": "townhall", "admin_level": "6"}, True)
            self.put(rws, f"Puskesmas {name}", {"amenity": "clinic", "operator:type": "public"}, True)
            self.put(rws, f"Pasar {name}", {"amenity": "marketplace"}, True)
            self.put(rws, f"SPBU {name}", {"amenity": "fuel"}, True)
            self.put(rws, f"Polsek {name}", {"amenity": "police"}, True)
            self.put(rws, f"Pos Pemadam Kebakaran {name}", {"amenity": "fire_station"}, True)
            self.put(rws, f"Pos Ambulans PSC 119 {name}", {"emergency": "ambulance_station"}, True)
            self.put(rws, f"KUA {name}", {"office": "government"}, False)
            self.put(rws, f"Kantor Pos {name}", {"amenity": "post_office"}, True)
            self.put(rws, f"GOR {name}", {"leisure": "sports_centre"}, True)
            if where % 2 == 0:
                hospital = HOSPITALS[where // 2 % len(HOSPITALS)]
                again = where // 2 // len(HOSPITALS)
                name = hospital if not again else f"{hospital} {name}"
                self.put(rws, name, {"amenity": "hospital", "emergency": "yes"}, True)

    def city(self, kelurahan: int) -> None:
        """What there is once, near the middle, and a few more in a very large city."""
        middles = self.division.rw_middle
        order = sorted((rw for rw, s in enumerate(self.by_rw) if len(s) > 6), key=lambda rw: math.hypot(*middles[rw]))
        near = order[: max(1, min(12, len(order) // 6))]
        around = order[len(near) : max(2, len(order) // 2)] or near
        self.put(near, "RSUD Kota Contoh", {"amenity": "hospital", "emergency": "yes", "operator:type": "public"}, True)
        self.put(near, "Balai Kota Contoh", {"amenity": "townhall", "admin_level": "5"}, True)
        self.put(near, "Polres Kota Contoh", {"amenity": "police"}, True)
        self.put(near, "Dinas Pemadam Kebakaran Kota Contoh", {"amenity": "fire_station"}, True)
        self.put(near, "PSC 119 Kota Contoh", {"emergency": "ambulance_station"}, True)
        self.put(near, "BPBD Kota Contoh", {"office": "government", "government": "emergency_management"}, True)
        self.put(near, "Masjid Agung Kota Contoh", {"amenity": "place_of_worship", "religion": "muslim"}, True)
        self.put(near, "Pasar Besar Contoh", {"amenity": "marketplace"}, True)
        self.put(near, "Plaza Contoh", {"shop": "mall"}, True)
        self.put(near, "Hotel Umpama", {"tourism": "hotel"}, True)
        self.put(near, "Museum Kota Contoh", {"tourism": "museum"}, True)
        self.put(near, "Gereja Katedral Contoh", {"amenity": "place_of_worship", "religion": "christian"}, True)
        self.put(around, "Terminal Contoh", {"amenity": "bus_station"}, True)
        self.put(around, "Universitas Negeri Contoh", {"amenity": "university"}, True)
        self.put(around, "Vihara Dharma Umpama", {"amenity": "place_of_worship", "religion": "buddhist"})
        self.put(around, "Pura Jagat Umpama", {"amenity": "place_of_worship", "religion": "hindu"})
        self.put(around, "Stadion Contoh", {"leisure": "stadium"}, True)
        self.put(around, "Gardu Induk Contoh", {"power": "substation"})
        for number in range(kelurahan // 12):
            self.put(order, f"Plaza {hero(self.rng).split(' ')[-1]} {number + 1}", {"shop": "mall"}, True)
            self.put(order, f"Terminal Tipe C {number + 1}", {"amenity": "bus_station"}, True)
