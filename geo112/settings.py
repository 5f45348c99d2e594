"""What the operator of the machine sets, read from GEO112_* once. What the centre decides lies in the database."""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from geo112.errors import DomainError

ZONE_LABELS = {
    "Asia/Jakarta": "WIB",
    "Asia/Pontianak": "WIB",
    "Asia/Makassar": "WITA",
    "Asia/Jayapura": "WIT",
}
LONGEST_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force."""

    database_url: str  # SQLAlchemy form, postgresql+psycopg://…
    data_dir: Path  # networks, certificates, logs of this city; GEO112_CITY_FOLDER, set by the command line
    time_zone: ZoneInfo  # decides days and hours
    pages_dir: Path  # the built pages
    is_secure: bool  # served by TLS: cookies are marked Secure
    nats_url: str  # nats://host:4222, several with commas between; empty: PostgreSQL alone carries words (see bus)
    keep_pings_days: int
    keep_quarantine_days: int
    keep_callers_days: int  # who rang and what was said; calls and incidents stay for good

    @property
    def zone_label(self) -> str:
        return ZONE_LABELS.get(self.time_zone.key, self.time_zone.key)

    @property
    def libpq_url(self) -> str:
        return self.database_url.replace("postgresql+psycopg://", "postgresql://", 1)


def default_home() -> Path:
    """Return the data home: GEO112_DATA_DIR, else the usual place of this kind of user."""
    if named := os.environ.get("GEO112_DATA_DIR"):
        return Path(named).absolute()
    if os.geteuid() == 0:
        return Path("/var/lib/geo112")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "geo112"


def terminal_language() -> str:
    """Return the language of the operator's terminal: "id" or "en"."""
    return "id" if os.environ.get("LANG", "").startswith("id") else "en"


@cache
def settings() -> Settings:
    """Read the settings from the environment, once per process."""
    url = os.environ.get("GEO112_DATABASE_URL", "")
    for plain in ("postgresql://", "postgres://"):
        if url.startswith(plain):
            url = "postgresql+psycopg://" + url.removeprefix(plain)
    zone = os.environ.get("GEO112_TIME_ZONE", "Asia/Jakarta")
    try:
        time_zone = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise DomainError(
            "unknown_time_zone",
            f"Zona waktu “{zone}” tidak dikenal; periksa GEO112_TIME_ZONE.",
            f"The time zone “{zone}” is unknown; check GEO112_TIME_ZONE.",
        ) from error
    return Settings(
        database_url=url,
        data_dir=Path(os.environ.get("GEO112_CITY_FOLDER") or default_home() / "cities" / "city"),
        time_zone=time_zone,
        pages_dir=Path(os.environ.get("GEO112_PAGES") or Path(__file__).parent.parent / "web" / "dist"),
        is_secure=os.environ.get("GEO112_TLS") == "1",
        nats_url=os.environ.get("GEO112_NATS_URL", ""),
        keep_pings_days=_days("GEO112_KEEP_PINGS_DAYS", 180),
        keep_quarantine_days=_days("GEO112_KEEP_QUARANTINE_DAYS", 30),
        keep_callers_days=_days("GEO112_KEEP_CALLERS_DAYS", 365),
    )


def _days(name: str, default: int) -> int:
    text = os.environ.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= LONGEST_DAYS):
        raise DomainError(
            "bad_setting",
            f"{name} harus bilangan bulat hari dari 1 sampai {LONGEST_DAYS}, bukan “{text}”.",
            f"{name} must be a whole number of days from 1 to {LONGEST_DAYS}, not “{text}”.",
        )
    return int(text)
