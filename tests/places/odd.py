"""What nobody should send to the search, and somebody will: odd queries without end, the same for the same seed.

A query is what stands behind the “?” of the address, already escaped: so it can hold escapes that are no text at all.
"""

import random
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import quote

WORDS: Final = (
    "jalan", "jl.", "Jl", "gang", "anggrek", "kenanga", "pasar", "kosambi", "simpang", "masjid", "kelurahan", "kel.",
    "kec",
    "rt", "RW", "03/05", "no", "no.", "12", "km", "12+400", "depan", "seberang", "antara", "dan", "dekat", "blok",
    "B9/16",
    "tolong", "kebakaran", "pak", "di", "arah", "tol", "nomor", "I", "XIV", "dua", "spbu", "indomaret",
)  # fmt: skip
COORDINATES: Final = (
    "-6.2088, 106.8456", "-6,2088 106,8456", "-6.2088", "S 6.2088 E", "nan, nan", "inf -inf", "1e999, 1e999", "999 999",
    "6°12'31.7\"S 106°50'44.2\"E", "6°72'99\"S", "geo:", "geo:-6.2088", "geo:nan,nan", "48M 702123",
    "48M 702123 9312345",
    "6P58QRRV+2M", "QRRV+2M Jakarta", "+", "https://m.example/?q=-6.2088", "https://m.example/maps/@-6.2,106.8,17z",
    "0,0",
    "-90 -180", "90.0001, 180.0001", "٣.٤٥٦٧, ١٠٦.٨٤٥٦", "９.1234 ９.1234", "-0.0, -0.0",
)  # fmt: skip
CODE: Final = (
    "'; DROP TABLE gazetteer; --", "' OR 1=1 --", "%' UNION SELECT * FROM token --", "\\'", "$$", "$1", ":q", "{q}",
    "<script>alert(1)</script>", "${jndi:ldap://x}", "../../etc/passwd", "(?:a+)+$", "%s%n", "a & b | !c:*", "NULL",
    "_%_",
    "\\x00", "{{7*7}}", "[1,2", '{"a":', "*)(uid=*", "||", "-- ", "/*", "\r\nSet-Cookie: a=b",
)  # fmt: skip
# Escapes that are no text: lone surrogates, bytes that begin or end nothing, overlong forms, broken escapes.
NO_TEXT: Final = (
    "%ED%A0%80", "%ED%BF%BF", "%ED%A0%BD%ED%B8%80", "%80", "%C3", "%F8%88%80%80%80", "%C0%80", "%FF%FE", "%", "%2",
    "%zz",
    "%00", "%00%00jalan", "%u0041", "%F4%90%80%80", "&q=", "&", "=", "&&q", "+", "++", ";", "%26%3D", "%EF%BF%BE",
)  # fmt: skip
PARAMETERS: Final = (
    "limit=0", "limit=-1", "limit=51", "limit=1e9", "limit=x", "limit=", "limit=5&limit=6", "lat=nan&lon=nan",
    "lat=-6.2",
    "lon=106.8", "lat=91&lon=0", "lat=-6.2&lon=181", "lat=inf&lon=1", "lat=x&lon=y", "lat=-6.2&lon=106.8", "lang=xx",
    "lang=en", "lang=", "lat=&lon=", "limit=50", "unknown=1", "lat=-11.5&lon=107.5&limit=50",
)  # fmt: skip


def queries(seed: int) -> Iterator[str]:
    """Give odd queries without end, the plain ones of each kind first."""
    rng = random.Random(seed)
    yield from ("", "q", "q=", "q=+", *(f"q={escape}" for escape in NO_TEXT), *PARAMETERS)
    yield from (f"q={quote(text)}" for text in (*COORDINATES, *CODE, *WORDS))
    while True:
        query = f"q={rng.choice(KINDS)(rng)}"
        if rng.random() < 0.15:
            query += f"&{rng.choice(PARAMETERS)}"
        yield query


def _words(rng: random.Random) -> str:
    return quote(" ".join(rng.choice(WORDS) for _ in range(rng.randint(1, 40))))


def _typo(rng: random.Random) -> str:
    letters = list(" ".join(rng.choice(WORDS) for _ in range(rng.randint(1, 6))))
    for _ in range(rng.randint(1, 5)):
        letters.insert(
            rng.randrange(len(letters) + 1), chr(rng.choice((rng.randint(32, 126), rng.randint(161, 0x24F))))
        )
    return quote("".join(letters))


def _coordinates(rng: random.Random) -> str:
    text = rng.choice(COORDINATES)
    for _ in range(rng.randint(0, 3)):
        cut = rng.randrange(len(text) + 1)
        text = (
            text[:cut]
            + rng.choice(("", " ", ".", ",", "-", "°", "nan", "S", "9" * 30, rng.choice(COORDINATES)))
            + text[cut:]
        )
    return quote(text[rng.randrange(3) :])


def _code(rng: random.Random) -> str:
    return quote(" ".join(rng.choice((*CODE, *WORDS)) for _ in range(rng.randint(1, 5))))


def _controls(rng: random.Random) -> str:
    return quote(
        "".join(chr(rng.randrange(32)) if rng.random() < 0.5 else rng.choice(WORDS) for _ in range(rng.randint(1, 60)))
    )


def _signs(rng: random.Random) -> str:
    """Emoji, joined ones, flags, marks over marks, signs of other planes."""
    ranges = (
        (0x1F300, 0x1FAFF),
        (0x1F1E6, 0x1F1FF),
        (0x300, 0x36F),
        (0x200B, 0x200F),
        (0xFE00, 0xFE0F),
        (0xE0000, 0xE007F),
    )
    return quote("".join(chr(rng.randint(*rng.choice(ranges))) for _ in range(rng.randint(1, 80))))


def _right_to_left(rng: random.Random) -> str:
    ranges = ((0x5D0, 0x5EA), (0x621, 0x64A), (0x202A, 0x202E), (0x2066, 0x2069), (0x20, 0x20), (0x61, 0x7A))
    return quote("".join(chr(rng.randint(*rng.choice(ranges))) for _ in range(rng.randint(1, 80))))


def _any_text(rng: random.Random) -> str:
    places = (rng.randrange(0x110000) for _ in range(rng.randint(1, 60)))
    return quote("".join(chr(place) for place in places if not 0xD800 <= place < 0xE000))


def _any_bytes(rng: random.Random) -> str:
    return quote(rng.randbytes(rng.randint(1, 80)))


def _no_text(rng: random.Random) -> str:
    return "".join(rng.choice((*NO_TEXT, quote(rng.choice(WORDS)))) for _ in range(rng.randint(1, 12)))


def _numbers(rng: random.Random) -> str:
    return quote(
        rng.choice((" ", ",", "/", "")).join(
            str(rng.randrange(10 ** rng.randint(1, 25))) for _ in range(rng.randint(1, 60))
        )
    )


def _long(rng: random.Random) -> str:
    piece = rng.choice(
        (*WORDS, *COORDINATES, *CODE, "a", "1", " ", "jl ", "rt 1 rw 2 ", "simpang a - ", "🔥", "\u0301", "-", "%")
    )
    whole = piece * (1 + rng.choice((400, 2_000, 10_000, 10_500)) // len(piece))
    return quote(whole)


KINDS: Final[tuple[Callable[[random.Random], str], ...]] = (
    _words, _words, _typo, _coordinates, _coordinates, _code, _controls, _signs, _right_to_left, _any_text, _any_bytes,
    _no_text, _numbers, _long,
)  # fmt: skip
