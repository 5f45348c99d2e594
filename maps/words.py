"""The words on a heat map, Indonesian first, and numbers as each language writes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Words:
    """What stands on the sheet in one language; a name in braces is filled in."""

    locale: str  # BCP 47
    thousands: str
    per_cell: str
    cells: str
    incidents: str
    incidents_head: str
    busiest: str
    rank: str
    place: str
    soft: str
    print: str
    show: str
    result: str
    left_out: str
    nothing: str
    too_few: str
    privacy: str

    def number(self, value: int) -> str:
        return f"{value:,}".replace(",", self.thousands)


WORDS: Mapping[str, Words] = MappingProxyType(
    {
        "id": Words(
            locale="id-ID",
            thousands=".",
            per_cell="Insiden per sel",
            cells="{count} sel",
            incidents="insiden",
            incidents_head="Insiden",
            busiest="Sel terpadat",
            rank="No.",
            place="Wilayah",
            soft="Tampilkan halus",
            print="Cetak",
            show="Tampilkan sel ini",
            result="{shown} insiden tampak dalam {cells} sel.",
            left_out="{left_out} insiden lain tidak digambar karena selnya berisi kurang dari {minimum}.",
            nothing="Tidak ada insiden pada rentang dan jenis ini.",
            too_few="Ada {left_out} insiden, tetapi tidak satu sel pun berisi sedikitnya {minimum}; "
            "karena itu tidak ada yang digambar.",
            privacy="Sisi sel sedikitnya {cell_m} m, dan hanya sel berisi {minimum} insiden atau lebih yang digambar, "
            "agar pelapor tidak dapat dikenali.",
        ),
        "en": Words(
            locale="en-GB",
            thousands=",",
            per_cell="Incidents per cell",
            cells="{count} cells",
            incidents="incidents",
            incidents_head="Incidents",
            busiest="Busiest cells",
            rank="No.",
            place="Area",
            soft="Draw softly",
            print="Print",
            show="Show this cell",
            result="{shown} incidents are shown in {cells} cells.",
            left_out="{left_out} more are not drawn, because their cells hold fewer than {minimum}.",
            nothing="There are no incidents of this span and type.",
            too_few="There are {left_out} incidents, but no cell holds at least {minimum}, so none is drawn.",
            privacy="A cell's sides are at least {cell_m} m, and only cells with {minimum} incidents or more "
            "are drawn, so that no caller can be recognised.",
        ),
    }
)
