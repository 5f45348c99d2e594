"""Words that tell of an emergency and not of its place, so that no name is heard in them.

A name that has such a word still has it, letter for letter: “Warung Pak Min” is found.
"""

# ruff: noqa: SIM905 (long lists of words read better as text)

from typing import Final

from geo112.city.spelling import sounded

# Said of every emergency and of hardly any place.
SPEECH: Final = frozenset(
    sounded(word)
    for word in (
        "tolong pak bu bapak ibu mas mbak bang min admin halo hallo ada adanya ini itu situ sini sana ya dong nih "
        "sih kok tadi lagi lg sudah udah sdh telah masih akan mau banyak asap kebakaran terbakar kecelakaan "
        "tabrakan banjir kebanjiran tumbang pohon warga pingsan segera cepat cepetan kirim pemadam ambulans "
        "ambulan minta butuh lokasi lokasinya alamat alamatnya daerah kawasan wilayah dekatnya katanya saya kami "
        "kita kejadian tkp terjadi indonesia genangan tergenang terendam tawuran beruntun sekarang seluruh"
    ).split()
)
# Said of much, and part of some names: set aside only where much is said.
CHATTER: Final = frozenset(
    sounded(word)
    for word in (
        "api orang damkar tempat semakin parah disebabkan hujan mengguyur sebagian sejak setinggi tinggi "
        "ketinggian cm meter masuk dalam luar rumah rumahnya jalanan tidak tdk bisa keluar sampai smpai hingga "
        "juga pagi siang sore malam hari kemarin motor mobil truk maling surut blm belum lebih sangat banget air "
        "karena krn gara supaya agar harap mohon bantuannya dimohon ditindaklanjuti kondisi sekitarnya melanda "
        "melintas mata kaki diatas atas bawah lutut leher dewasa jam pukul tahun tiap setiap terus selalu sdg "
        "sedang seperti sepertinya kalau kalo jika kata mereka dia nya nanti para petugas dinas lalu lintas "
        "terganggu macet padahal malah makin naik turun meluap mampet got saluran drainase tepatnya tepat "
        "khususnya khusus depannya belakangnya sampingnya satu lingkungan kerja bakti foto adalah korban luka "
        "meninggal sakit bantu bantuan darurat gawat cepatan buruan yah lah deh kan apa mana siapa gimana "
        "bagaimana kenapa nggak gak ga enggak bukan tanpa oleh untuk buat utk tgl tanggal bangunan kios lantai "
        "pabrik gudang meledak ledakan gas bocor kabel listrik korsleting ular pencurian perampokan begal rampok "
        "kemalingan penjarahan tenggelam hanyut longsor roboh ambruk angin kencang puting beliung deras ditutup "
        "pihak struktur penduduk pintu pemukiman permukiman sebentar saja sudah mulai habis semua serta bagian "
        "ketika saat"
    ).split()
)


def is_of(word: str, common: frozenset[str]) -> bool:
    """Tell whether a word, or what it was made of (di-, ke-, -nya), is one of these."""
    bare = word.removesuffix("nya")
    return word in common or bare in common or (bare[:2] in {"di", "ke"} and bare[2:] in common)
