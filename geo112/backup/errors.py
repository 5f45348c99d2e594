"""Why there is no backup or no restore, each in one sentence that says what to do."""

import os
import pwd
from datetime import datetime
from pathlib import Path

from geo112.errors import DomainError


class BackupError(DomainError):
    """A backup or a restore that was refused or failed. What was there before is there still, whole."""

    def __init__(self, code: str, words_id: str, words_en: str) -> None:
        super().__init__(code, words_id, words_en, 503)


def not_our_database() -> BackupError:
    return BackupError(
        "database_of_another",
        "GEO112_DATABASE_URL menunjuk basis data yang tidak dijalankan Geo112: mintalah pengelolanya mencadangkan "
        "dengan pg_basebackup dan arsip WAL (atau pg_dump), dan salin sendiri networks/ dan certificates/ kota ini.",
        "GEO112_DATABASE_URL names a database that Geo112 does not run: have its operator keep base backups with an "
        "archive of the WAL (or pg_dump), and copy this city's networks/ and certificates/ yourself.",
    )


def no_cluster(city: str) -> BackupError:
    return BackupError(
        "no_cluster",
        f"Kota “{city}” belum punya basis data di komputer ini; pilih kota dengan --city.",
        f"The city “{city}” has no database on this machine; choose the city with --city.",
    )


def no_folder_chosen() -> BackupError:
    return BackupError(
        "no_folder_chosen",
        "Pilih folder cadangan, di disk lain daripada basis data: geo112 backup --folder <folder>.",
        "Choose a folder for the backups, on another disk than the database: geo112 backup --folder <folder>.",
    )


def folder_closed(folder: Path, error: OSError) -> BackupError:
    user, why = pwd.getpwuid(os.geteuid()).pw_name, error.strerror or str(error)
    return BackupError(
        "folder_closed",
        f"Folder {folder} tidak dapat dipakai pengguna {user} ({why}); buat dengan: "
        f"install -d -o {user} -m 700 {folder}",
        f"The user {user} cannot use the folder {folder} ({why}); make it with: install -d -o {user} -m 700 {folder}",
    )


def folder_foreign(folder: Path) -> BackupError:
    return BackupError(
        "folder_foreign",
        f"Folder {folder} berisi hal lain; pilih folder kosong.",
        f"The folder {folder} holds other things; choose an empty one.",
    )


def no_backup_here(folder: Path) -> BackupError:
    return BackupError(
        "no_backup_here",
        f"Tidak ada cadangan Geo112 yang utuh di {folder}.",
        f"There is no whole backup of Geo112 in {folder}.",
    )


def another_city(folder: Path, theirs: str, ours: str) -> BackupError:
    return BackupError(
        "backup_of_another_city",
        f"Folder {folder} berisi cadangan kota “{theirs}”, bukan “{ours}”.",
        f"The folder {folder} holds backups of the city “{theirs}”, not of “{ours}”.",
    )


def another_cluster(folder: Path) -> BackupError:
    return BackupError(
        "backup_of_another_cluster",
        f"Folder {folder} berisi cadangan basis data lain dari kota ini, misalnya dari sebelum pemulihan; "
        "pilih folder kosong.",
        f"The folder {folder} holds backups of another database of this city, such as the one from before a restore; "
        "choose an empty folder.",
    )


def already_running() -> BackupError:
    return BackupError(
        "backup_running",
        "Pencadangan lain dari kota ini sedang berjalan; tunggu sampai selesai.",
        "Another backup of this city is running; wait until it has ended.",
    )


def restart_needed() -> BackupError:
    return BackupError(
        "restart_needed",
        "PostgreSQL dimulai oleh Geo112 versi lama; hentikan server, “geo112 down”, mulai lagi, lalu cadangkan.",
        "PostgreSQL was started by an older Geo112; stop the server, “geo112 down”, start again, then back up.",
    )


def no_room(folder: Path, needed: int, free: int) -> BackupError:
    return BackupError(
        "no_room",
        f"Tempat di {folder} kurang: perlu {_size(needed)}, ada {_size(free)}.",
        f"There is not enough room in {folder}: {_size(needed)} are needed, {_size(free)} are free.",
    )


def failed(words: str) -> BackupError:
    return BackupError(
        "backup_failed",
        f"Pencadangan tidak berhasil ({words}); cadangan yang lama tetap utuh.",
        f"The backup did not succeed ({words}); the older ones are whole still.",
    )


def log_not_archived(folder: Path, log: Path) -> BackupError:
    return BackupError(
        "log_not_archived",
        f"Cadangan sudah jadi, tetapi log PostgreSQL tidak sampai ke {folder / 'log'}; lihat {log}.",
        f"The backup is made, but PostgreSQL's log does not get to {folder / 'log'}; see {log}.",
    )


def before_the_first(at: datetime, first: datetime | None) -> BackupError:
    return BackupError(
        "before_the_first_backup",
        f"Tidak ada cadangan utuh dari sebelum {at:%Y-%m-%d %H:%M:%S %Z}"
        + (f"; yang tertua selesai {first:%Y-%m-%d %H:%M:%S %Z}." if first else "."),
        f"There is no whole backup from before {at:%Y-%m-%d %H:%M:%S %Z}"
        + (f"; the oldest ended at {first:%Y-%m-%d %H:%M:%S %Z}." if first else "."),
    )


def restore_failed(words: str) -> BackupError:
    return BackupError(
        "restore_failed",
        f"Pemulihan tidak berhasil ({words}); basis data yang ada tidak diubah.",
        f"The restore did not succeed ({words}); the database that was there is untouched.",
    )


def bad_moment(text: str) -> BackupError:
    return BackupError(
        "bad_moment",
        f"“{text}” bukan waktu; tulis misalnya 2026-11-27T14:30:00 (waktu pusat) atau dengan +07:00.",
        f"“{text}” is no time; write such as 2026-11-27T14:30:00 (the centre's) or with +07:00.",
    )


def _size(many: int) -> str:
    return f"{many / 1e9:.1f} GB" if many >= 1e9 else f"{many / 1e6:.0f} MB"
