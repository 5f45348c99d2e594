"""Invented names in Indonesian patterns: kelurahan, streets by theme, gang, estates, places.

Whoever is named here never lived: given names and titles are combined at random. A theme returns in other
kelurahan, so that “Jalan Anggrek 3” exists several times, as it does in every real city.
"""

import random
from collections import defaultdict

from geo112.simulation.city.areas import Division
from geo112.simulation.city.draft import Draft, Kind, Rank, Road, Street

THEMES: tuple[tuple[str, ...], ...] = (
    ("Anggrek", "Mawar", "Melati", "Kenanga", "Dahlia", "Teratai", "Flamboyan", "Cempaka", "Kamboja", "Seruni",
     "Bougenville", "Nusa Indah", "Wijaya Kusuma", "Tulip", "Lili", "Sedap Malam"),
    ("Merpati", "Kutilang", "Cendrawasih", "Rajawali", "Elang", "Kenari", "Nuri", "Garuda", "Walet", "Merak",
     "Kakatua", "Gelatik", "Jalak", "Pipit", "Camar", "Beo"),
    ("Mangga", "Rambutan", "Durian", "Manggis", "Duku", "Jambu", "Nangka", "Belimbing", "Salak", "Sawo", "Delima",
     "Kelengkeng", "Markisa", "Srikaya", "Apel", "Jeruk"),
    ("Jati", "Mahoni", "Cemara", "Beringin", "Akasia", "Pinus", "Sonokeling", "Meranti", "Ketapang", "Trembesi",
     "Angsana", "Damar", "Waru", "Bambu Kuning", "Sengon", "Kayu Manis"),
    ("Jawa", "Sumatera", "Kalimantan", "Sulawesi", "Bali", "Lombok", "Flores", "Seram", "Buru", "Ternate", "Tidore",
     "Bangka", "Belitung", "Nias", "Madura", "Natuna"),
    ("Intan", "Berlian", "Mutiara", "Safir", "Zamrud", "Nilam", "Mirah", "Pualam", "Akik", "Kristal", "Biduri",
     "Permata", "Giok", "Topas", "Kecubung", "Pirus"),
    ("Arjuna", "Bima", "Nakula", "Sadewa", "Yudistira", "Gatotkaca", "Srikandi", "Abimanyu", "Semar", "Hanoman",
     "Kresna", "Antareja", "Sumbadra", "Pandawa", "Larasati", "Bagong"),
    ("Semeru", "Merapi", "Merbabu", "Bromo", "Rinjani", "Kerinci", "Lawu", "Slamet", "Ciremai", "Galunggung",
     "Tambora", "Agung", "Kelud", "Sindoro", "Sumbing", "Papandayan"),
)  # fmt: skip
GIVEN = (
    "Samin", "Mukmin", "Dahlan", "Salim", "Naim", "Saleh", "Jaya", "Kosim", "Ridwan", "Marzuki", "Somad", "Rohim",
    "Toha", "Sarmili", "Nawi", "Jaelani", "Mansur", "Soleh", "Karim", "Usman", "Makmur", "Abdulrahman", "Tohir",
    "Sanusi", "Muhidin", "Asmat", "Rais", "Sainan", "Kodir", "Bejo", "Minah", "Saodah", "Icih", "Enoh", "Tarmizi",
)  # fmt: skip
WOMEN = frozenset({"Minah", "Saodah", "Icih", "Enoh"})
TITLES = ("Jenderal", "Letjen", "Mayor", "Kapten", "Letnan", "Dr.", "Prof.", "K.H.", "Pangeran", "Ki", "Laksamana",
          "Ir.", "Nyai", "Raden")  # fmt: skip
FIRST = ("Surya", "Wirya", "Danu", "Arya", "Bayu", "Cakra", "Guntur", "Hendra", "Jatmika", "Kartala", "Lingga",
         "Mandala", "Panji", "Raka", "Satya", "Tirta", "Wahyu", "Yasa", "Bagas", "Adi")  # fmt: skip
LAST = ("Wiratama", "Prakoso", "Kusumo", "Nagara", "Atmaja", "Winata", "Contohwan", "Sasmita", "Laksana",
        "Purnama", "Rekajaya", "Mangkurat", "Dipura", "Sentosa", "Gumilang", "Rahmada")  # fmt: skip
GENERIC = ("Pahlawan", "Merdeka", "Veteran", "Pemuda", "Pelajar", "Proklamasi", "Perintis", "Kartika", "Bhayangkara",
           "Pendidikan", "Kesehatan", "Balai Desa", "Pasar Lama", "Stasiun Lama", "Perjuangan", "Gotong Royong",
           "Bhakti", "Taman Siswa", "Industri", "Masjid Raya", "Karya", "Swadaya", "Persatuan")  # fmt: skip
PLACE_FIRST = ("Suka", "Karang", "Cipta", "Mekar", "Sindang", "Tegal", "Kebon", "Pasir", "Rawa", "Tanjung", "Kali",
               "Muara", "Bojong", "Pondok", "Sumber", "Banjar", "Padang", "Lembah", "Batu", "Gunung", "Kota",
               "Warung", "Tirta", "Wana")  # fmt: skip
PLACE_LAST = ("reka", "mulya", "sari", "jaya", "asih", "wangi", "rasa", "maju", "contoh", "indah", "laksana",
              "makmur", "harja", "ayu", "teladan", "umpama", "misal", "warna", "tama", "giri")  # fmt: skip
PARTS = (
    "",
    " Utara",
    " Selatan",
    " Timur",
    " Barat",
    " Tengah",
    " Kidul",
    " Lor",
    " Wetan",
    " Kulon",
    " Baru",
    " Lama",
)
ESTATES = ("Griya Contoh", "Bumi Teladan", "Taman Umpama", "Puri Misal", "Graha Rekaan", "Permata Contoh",
           "Vila Teladan", "Pesona Umpama", "Citra Rekaan", "Bukit Misal")  # fmt: skip
ESTATE_KINDS = ("Indah", "Asri", "Permai", "Lestari", "Sejahtera", "Damai", "Hijau", "Raya")
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV")


def estate_name(number: int) -> str:
    """The name of a perumahan without the word itself: “Griya Contoh Asri”."""
    kinds, families = len(ESTATE_KINDS), len(ESTATES)
    again = number // (kinds * families)
    name = f"{ESTATES[number % families]} {ESTATE_KINDS[(number // families + number) % kinds]}"
    return name if not again else f"{name} {again + 1}"


def kelurahan_names(count: int, seed: int) -> list[str]:
    """Distinct invented names."""
    rng = random.Random(seed * 3 + 1)
    roots = [first + last for first in PLACE_FIRST for last in PLACE_LAST]
    rng.shuffle(roots)
    names: list[str] = []
    for root in roots * (1 + count // len(roots)):
        turn = 1 + rng.randrange(2) * rng.randrange(2) if rng.random() < 0.5 else 1
        here = [root] if turn == 1 else [root + PARTS[1 + 2 * rng.randrange(4)], root + PARTS[2 + 2 * rng.randrange(4)]]
        names += [name for name in here if name not in names[-3:]]
        if len(names) >= count:
            break
    seen: dict[str, int] = defaultdict(int)
    distinct = []
    for name in names[:count]:
        seen[name] += 1
        distinct.append(name if seen[name] == 1 else f"{name}{PARTS[(seen[name] - 1) % len(PARTS)]}")
    while len(set(distinct)) < count:
        distinct = [n if distinct.index(n) == k else f"{n} {ROMAN[k % len(ROMAN)]}" for k, n in enumerate(distinct)]
    return distinct


def kecamatan_names(middles: list[tuple[float, float]], kelurahan: list[str], members: list[list[int]]) -> list[str]:
    """“Contoh Tengah”, “Contoh Utara” … for those nearest to such a place, the others after one of their kelurahan."""
    names = [kelurahan[inside[len(inside) // 2]] for inside in members]
    reach = max(1.0, max(abs(c) for middle in middles for c in middle))
    wanted = {"Tengah": (0, 0), "Utara": (0, 1), "Selatan": (0, -1), "Timur": (1, 0), "Barat": (-1, 0)}
    free = set(range(len(middles)))
    for part, (east, north) in wanted.items():
        if free:
            goal = (0.7 * reach * east, 0.7 * reach * north)
            best = min(free, key=lambda k: (middles[k][0] - goal[0]) ** 2 + (middles[k][1] - goal[1]) ** 2)
            free.discard(best)
            names[best] = f"Contoh {part}"
    return names


def hero(rng: random.Random, title: str = "") -> str:
    """A person who never lived, with title."""
    return f"{title or rng.choice(TITLES)} {rng.choice(FIRST)} {rng.choice(LAST)}"


def name_streets(draft: Draft, division: Division, rw_of_cut: list[int], kelurahan: list[str], seed: int) -> None:
    """Name every street of the draft; `rw_of_cut` gives the final RW of each street, -1 where it has none."""
    rng = random.Random(seed * 5 + 2)
    length: dict[int, int] = defaultdict(int)
    for road in draft.roads:
        length[road.street] += len(road.nodes)
    by_rw: dict[int, list[int]] = defaultdict(list)
    raya_taken: set[int] = set()
    used_heroes: set[str] = set()
    for number, street in enumerate(draft.streets):
        if street.kind != Kind.STREET:
            street.name = _main_name(street, rng, used_heroes)
        elif street.estate >= 0:
            by_rw[-1 - street.estate].append(number)
        elif rw_of_cut[number] < 0 or street.rank == Rank.TERTIARY:
            where = division.kelurahan_of_rw[rw_of_cut[number]] if rw_of_cut[number] >= 0 else -1
            if where >= 0 and where not in raya_taken:
                raya_taken.add(where)
                street.name = f"Jalan Raya {kelurahan[where]}"
            else:
                street.name = f"Jalan {rng.choice(GENERIC) if rng.random() < 0.35 else _fresh(rng, used_heroes)}"
        else:
            by_rw[rw_of_cut[number]].append(number)
    for rw, inside in sorted(by_rw.items()):
        inside.sort(key=lambda n: (-length[n], n))
        if rw < 0:
            _name_estate(draft.streets, inside, estate_name(-1 - rw))
        else:
            _name_neighbourhood(draft.streets, inside, division.kelurahan_of_rw[rw], division.rw_number[rw], seed)
    for road in draft.roads:
        over = {"river": "Jembatan", "rail": "Jembatan Layang", "toll": "Jembatan Layang Tol"}
        if road.tags.get("bridge:name") in over:
            bearer = draft.streets[road.street].name.removeprefix("Jalan ")
            road.tags["bridge:name"] = f"{over[road.tags['bridge:name']]} {bearer}"
        if road.tags.get("junction") == "roundabout":
            road.tags["name"] = f"Bundaran {rng.choice(GENERIC)}"


def _fresh(rng: random.Random, used: set[str]) -> str:
    name = hero(rng)
    if name in used:
        name = hero(rng)
    used.add(name)
    return name


def _main_name(street: Street, rng: random.Random, used: set[str]) -> str:
    hint = street.name.split(" ")
    if hint[0] == "radial":
        if int(hint[1]) % 4 == 3:
            return f"Jalan Raya {rng.choice(PLACE_FIRST)}{rng.choice(PLACE_LAST)}"
        return f"Jalan {hero(rng, 'Jenderal' if int(hint[1]) < 5 else '')}"
    if hint[0] == "ring":
        names = ("Jalan Lingkar Alun-Alun", "Jalan Lingkar Dalam", "Jalan Lingkar Tengah", "Jalan Veteran",
                 "Jalan Lingkar Luar")  # fmt: skip
        number = int(hint[1])
        name = names[number] if number < len(names) else f"Jalan Lingkar Luar {number - 3}"
        return f"{name} {hint[-1]}"
    if hint[0] == "square":
        return f"Jalan Alun-Alun {hint[-1]}"
    if hint[0] == "frontage":
        return {"river": "Jalan Inspeksi Kali Contoh", "rail": "Jalan Rel Contoh", "toll": "Jalan Sisi Tol Contoh"}[
            hint[1]
        ]
    if hint[0] == "toll":
        return "Jalan Tol Contoh Barat–Timur"
    if hint[0] == "rung":
        return f"Jalan {'Terusan' if hint[1] != 'river' else 'Jembatan'} {_fresh(rng, used)}"
    raise AssertionError(f"no name is known for {street.name!r}")


def _name_estate(streets: list[Street], inside: list[int], estate: str) -> None:
    for k, number in enumerate(inside):
        if k == 0:
            streets[number].name = f"Jalan {estate} Raya"
        else:
            block, turn = divmod(k - 1, 3)
            letter = chr(ord("A") + block % 26)
            streets[number].name = f"Jalan {estate} Blok {letter}" + (f"{turn}" if turn else "")


def _name_neighbourhood(streets: list[Street], inside: list[int], kelurahan: int, rw: int, seed: int) -> None:
    """Give an RW two words of its kelurahan's theme; the longest street bears it bare, the others a number."""
    rng = random.Random(seed * 9973 + kelurahan * 131 + rw)
    local = random.Random(seed * 61 + kelurahan)
    theme = local.choice(THEMES)
    is_roman = local.random() < 0.4
    words = [theme[(2 * rw + k) % len(theme)] for k in (0, 1)]
    streets_in = [n for n in inside if streets[n].rank not in (Rank.PATH, Rank.FOOTWAY)]
    gangs = [n for n in inside if streets[n].rank in (Rank.PATH, Rank.FOOTWAY)]

    def numeral(n: int) -> str:
        return ROMAN[n - 1] if is_roman and n <= len(ROMAN) else str(n)

    for k, number in enumerate(streets_in):
        turn, word = k // 2, words[k % 2]
        if turn == 0:
            streets[number].name = f"Jalan {word}" + (" Raya" if k == 0 and rng.random() < 0.5 else "")
        elif rng.random() < 0.94:
            streets[number].name = f"Jalan {word} {numeral(turn)}"
    for k, number in enumerate(gangs):
        chance = rng.random()
        if chance < 0.5:
            streets[number].name = f"Gang {words[k % 2]} {k // 2 + 1}"
        elif chance < 0.68:
            given = rng.choice(GIVEN)
            streets[number].name = f"Gang {'Hajah' if given in WOMEN else 'Haji'} {given}"
        elif chance < 0.8:
            streets[number].name = f"Gang {rng.choice(GIVEN)}"


def street_name(draft: Draft, road: Road) -> str:
    """The name a road bears on the map, empty when none."""
    return road.tags.get("name", draft.streets[road.street].name)
