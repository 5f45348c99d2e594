"""What callers have to say: how often they ring, what for, and in which words. Pure, from a random stream.

A city of Purworejo's kind counted 2,802 calls: 1,147 pranks, 1,170 silent, 455 questions, 30 incidents (2022 to July
2024, as reported by gatra.com). In a demonstration the share of emergencies is raised, so that something happens.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from geo112.calls.call import CallClass
from geo112.coordinates import LonLat

REAL_MIX: Mapping[CallClass, int] = {
    CallClass.PRANK: 1147,
    CallClass.GHOST: 1170,
    CallClass.INFORMATION: 455,
    CallClass.EMERGENCY: 30,
}
REAL_EMERGENCY_SHARE = REAL_MIX[CallClass.EMERGENCY] / sum(REAL_MIX.values())
DEMONSTRATION_SHARE = 0.35

# How busy each hour of the day is, 1 on average: least before dawn, most in the early evening (our assumption).
RHYTHM = (
    0.55, 0.45, 0.38, 0.35, 0.38, 0.55, 0.80, 1.00, 1.10, 1.15, 1.20, 1.20,
    1.20, 1.15, 1.15, 1.20, 1.30, 1.45, 1.50, 1.45, 1.35, 1.20, 1.00, 0.80,
)  # fmt: skip

# Numbers that belong to nobody: 84x is given to no operator in Indonesia's numbering plan, as far as we know.
PREFIXES = ("840", "841", "843", "844", "846", "847", "849")
OPERATORS = ("Telkomsel", "Indosat", "XL Axiata", "Tri", "Smartfren")
FIRST_NAMES = (
    "Agus", "Siti", "Budi", "Rina", "Joko", "Wati", "Dedi", "Lina", "Hendra", "Yanti", "Asep", "Nur", "Eko",
    "Fitri", "Slamet", "Ayu", "Rudi", "Maya", "Iwan", "Tuti", "Made", "Komang", "Ucok", "Ratna",
)  # fmt: skip
LAST_NAMES = ("Santoso", "Wijaya", "Hidayat", "Lestari", "Saputra", "Siregar", "Nugroho", "Rahayu", "Kurniawan", "")


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of incident as callers report it."""

    type: str
    weight: float
    priorities: tuple[float, float, float]  # how likely P1, P2, P3 are
    hours: Mapping[int, float]  # hours with another weight than usual
    said: tuple[str, ...]


def _hours(first: int, last: int, times: float) -> dict[int, float]:
    return {hour % 24: times for hour in range(first, last + 1)}


KINDS: tuple[Kind, ...] = (
    Kind(
        "medical", 0.34, (0.3, 0.5, 0.2), _hours(4, 8, 1.3),
        (
            "ada orang pingsan", "bapak saya sesak napas", "ibu saya tidak sadar, napasnya berat",
            "ada yang mau melahirkan, sudah kontraksi", "ada orang kejang", "tetangga saya nyeri dada, keringat dingin",
        ),
    ),
    Kind(
        "traffic_accident", 0.24, (0.2, 0.6, 0.2), _hours(6, 8, 1.8) | _hours(16, 19, 1.8),
        (
            "ada kecelakaan motor sama mobil", "tabrakan motor, pengendaranya luka", "mobil menabrak pembatas jalan",
            "ada pejalan kaki tertabrak motor", "truk oleng menabrak pagar",
        ),
    ),
    Kind(
        "fire", 0.15, (0.25, 0.55, 0.2), _hours(11, 14, 1.5) | _hours(18, 21, 1.5),
        (
            "kebakaran, asapnya tebal", "rumah terbakar, apinya sudah besar", "kompor meledak, dapurnya terbakar",
            "ada kebakaran warung", "api dari kabel listrik, sudah menyambar atap",
        ),
    ),
    Kind(
        "security", 0.12, (0.1, 0.6, 0.3), _hours(21, 27, 2.2),
        (
            "ada orang berkelahi, banyak", "ada maling, sudah dikepung warga", "motor saya dibegal",
            "ada keributan, ada yang bawa senjata tajam", "rumah tetangga dibobol",
        ),
    ),
    Kind(
        "fallen_tree", 0.06, (0.1, 0.3, 0.6), _hours(14, 18, 2.0),
        ("pohon tumbang menutup jalan", "dahan besar jatuh ke kabel", "pohon tumbang menimpa mobil"),
    ),
    Kind(
        "flood", 0.05, (0.1, 0.6, 0.3), _hours(15, 20, 1.6),
        ("air sudah masuk rumah selutut", "banjir, ada lansia belum dievakuasi", "air naik cepat dari kali"),
    ),
    Kind(
        "other", 0.04, (0.0, 0.3, 0.7), {},
        ("ada ular masuk rumah", "ada orang telantar", "kabel listrik menjuntai di jalan"),
    ),
)  # fmt: skip
BY_TYPE = {kind.type: kind for kind in KINDS}

OTHER_NOTES: Mapping[CallClass, Sequence[str]] = {
    CallClass.PRANK: ("Iseng, anak-anak tertawa.", "Iseng, penelepon menyanyi.", "Iseng, langsung ditutup."),
    CallClass.GHOST: ("Senyap; protokol selesai, tidak ada tanda bahaya.", "Senyap; dihubungi balik, salah tekan."),
    CallClass.INFORMATION: (
        "Menanyakan nomor puskesmas, sudah dijawab.",
        "Menanyakan listrik padam, diarahkan ke PLN 123.",
        "Menanyakan jadwal layanan KTP, diarahkan ke kelurahan.",
        "Menanyakan jam besuk rumah sakit.",
    ),
}


@dataclass(frozen=True, slots=True)
class Around:
    """What lies at a place, as /api/places/reverse tells it."""

    street: str | None
    areas: tuple[str, ...]  # smallest first
    landmark: str | None
    landmark_m: float | None


@dataclass(frozen=True, slots=True)
class Story:
    """A caller: who, from where, what for, and what will be said when somebody answers."""

    call_class: CallClass
    number: str
    operator: str
    name: str | None
    scene: LonLat | None  # where it truly happens; only emergencies
    type: str | None
    priority: int | None
    words: str | None
    place_words: str | None  # the part of the words that says where
    landmark: str | None
    note: str  # what the call taker will write when the call is closed
    patience_s: float  # hangs up when nobody has answered for so long


def gap_s(per_hour: float, hour: int, rng: random.Random) -> float:
    """Return the seconds until the next call, in an hour of the centre's day, at `per_hour` calls on average."""
    return rng.expovariate(per_hour * RHYTHM[hour] / 3600.0)


def call_class(emergency_share: float, rng: random.Random) -> CallClass:
    """Return what kind of call comes next; those that are no emergency keep the real mix among them."""
    if rng.random() < emergency_share:
        return CallClass.EMERGENCY
    others = [one for one in REAL_MIX if one is not CallClass.EMERGENCY]
    return rng.choices(others, [REAL_MIX[one] for one in others])[0]


def incident_kind(hour: int, rng: random.Random) -> tuple[str, int]:
    """Return (type, priority) of an emergency in an hour of the day."""
    kind = rng.choices(KINDS, [one.weight * one.hours.get(hour, 1.0) for one in KINDS])[0]
    return kind.type, priority(kind.type, rng)


def priority(incident_type: str, rng: random.Random) -> int:
    return rng.choices((1, 2, 3), BY_TYPE[incident_type].priorities)[0]


def emergency(incident_type: str, level: int, scene: LonLat, around: Around, rng: random.Random) -> Story:
    """Return the caller of an emergency; the words name the street, and the landmark where there is one near."""
    what = rng.choice(BY_TYPE[incident_type].said)
    where = place_words(around, rng)
    opening = rng.choice(("Tolong,", "Halo 112,", "Pak, cepat,", "Bu, tolong,", "Halo, ini darurat,"))
    near = around.landmark if around.landmark_m is not None and around.landmark_m <= 150.0 else None
    return Story(
        call_class=CallClass.EMERGENCY,
        number=number(rng),
        operator=rng.choice(OPERATORS),
        name=name(rng),
        scene=scene,
        type=incident_type,
        priority=level,
        words=f"{opening} {what}, {where}." if where else f"{opening} {what}.",
        place_words=where,
        landmark=near,
        note="Sudah dieskalasi, pelapor diminta menunggu di lokasi.",
        patience_s=rng.uniform(90.0, 180.0),
    )


def place_words(around: Around, rng: random.Random) -> str | None:
    """Return how a caller says where it is: “di depan Pasar Kosambi, Jalan Anggrek, Sukamaju”."""
    parts: list[str] = []
    if around.landmark is not None and around.landmark_m is not None and around.landmark_m <= 150.0:
        beside = (
            ("di depan", "di sebelah", "di seberang") if around.landmark_m <= 60.0 else ("dekat", "tidak jauh dari")
        )
        parts.append(f"{rng.choice(beside)} {around.landmark}")
    if around.street is not None:
        parts.append(around.street if parts else f"di {around.street}")
    kelurahan = next((area for area in around.areas if area.startswith(("Kel. ", "Desa "))), None)
    if kelurahan is not None and (rng.random() < 0.7 or not parts):
        parts.append(rng.choice((kelurahan, kelurahan.removeprefix("Kel. "))))
    elif not parts and around.areas:
        parts.append(f"di {around.areas[0]}")
    return ", ".join(parts) or None


def no_emergency(kind: CallClass, rng: random.Random) -> Story:
    """Return a caller who has no emergency; some ring off before anybody answers."""
    rings_off = rng.random() < 0.08
    return Story(
        call_class=kind,
        number=number(rng),
        operator=rng.choice(OPERATORS),
        name=name(rng) if kind is CallClass.INFORMATION else None,
        scene=None,
        type=None,
        priority=None,
        words=None,
        place_words=None,
        landmark=None,
        note=rng.choice(OTHER_NOTES[kind]),
        patience_s=rng.uniform(2.0, 5.0) if rings_off else rng.uniform(60.0, 120.0),
    )


def number(rng: random.Random) -> str:
    """Return an invented Indonesian mobile number, as an exchange gives it: +62 84x xxxx xxxx without the spaces."""
    return f"+62{rng.choice(PREFIXES)}{rng.randrange(10**8):08d}"


def name(rng: random.Random) -> str:
    return f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}".strip()
