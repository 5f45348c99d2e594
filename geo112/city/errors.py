"""What can go wrong with an import, each in one sentence that says what to do."""

from geo112.errors import DomainError


class CityImportError(DomainError):
    """An import that was refused or failed; the city that was there is still there, whole."""


def extract_missing(source: str) -> CityImportError:
    return CityImportError(
        "extract_missing",
        f"Berkas “{source}” tidak ada atau tidak dapat dibaca.",
        f"The file “{source}” does not exist or cannot be read.",
    )


def extract_damaged(source: str, why: str) -> CityImportError:
    return CityImportError(
        "extract_damaged",
        f"Berkas “{source}” rusak atau terpotong ({why}); unduh kembali.",
        f"The file “{source}” is damaged or cut short ({why}); fetch it again.",
    )


def extract_without_roads(source: str) -> CityImportError:
    return CityImportError(
        "extract_without_roads",
        f"Tidak ada jalan di “{source}”; ekstrak OSM harus memuat way dengan tag highway.",
        f"There are no roads in “{source}”; an OSM extract must hold ways tagged highway.",
    )


def unknown_format(source: str) -> CityImportError:
    return CityImportError(
        "unknown_format",
        f"Format “{source}” tidak dikenal; yang dibaca: .osm.pbf, .osm, .osm.gz, .osm.bz2, .graphml.",
        f"The format of “{source}” is unknown; .osm.pbf, .osm, .osm.gz, .osm.bz2 and .graphml are read.",
    )


def place_needs_internet(place: str) -> CityImportError:
    return CityImportError(
        "place_needs_internet",
        f"Tempat “{place}” harus diambil lewat internet, dan internet tidak terjangkau; berikan berkas ekstrak OSM.",
        f"The place “{place}” must be fetched over the internet, which cannot be reached; give an OSM extract file.",
    )


def place_unknown(place: str) -> CityImportError:
    return CityImportError(
        "place_unknown",
        f"OpenStreetMap tidak mengenal wilayah “{place}”.",
        f"OpenStreetMap knows no area named “{place}”.",
    )


def import_running() -> CityImportError:
    return CityImportError(
        "import_running",
        "Impor kota lain sedang berjalan pada basis data ini; tunggu sampai selesai.",
        "Another import of a city is running on this database; wait until it is done.",
        409,
    )


def city_has_incidents(present: str) -> CityImportError:
    return CityImportError(
        "city_has_incidents",
        f"Ekstrak ini di luar {present}, yang sudah memiliki insiden; pakai basis data lain untuk kota lain.",
        f"This extract lies outside {present}, which already has incidents; use another database for another city.",
        409,
    )


def folder_unwritable(folder: str, why: str) -> CityImportError:
    return CityImportError(
        "folder_unwritable",
        f"Folder data “{folder}” tidak dapat ditulisi ({why}).",
        f"The data folder “{folder}” cannot be written to ({why}).",
    )


def database_unreachable(why: str) -> CityImportError:
    return CityImportError(
        "database_unreachable",
        f"Basis data tidak terjangkau ({why}).",
        f"The database cannot be reached ({why}).",
        503,
    )


def database_not_prepared() -> CityImportError:
    return CityImportError(
        "database_not_prepared",
        "Tabel di basis data belum siap; jalankan “geo112 migrate”.",
        "The tables of the database are not ready; run “geo112 migrate”.",
        503,
    )
