"""A private certificate authority in the data folder, for control rooms without a public name.

    <folder>/authority.crt      put on desks and phones once; ten years
    <folder>/authority.key      0600; never leaves the machine
    <folder>/server.crt, .key   for the names and addresses people type; 397 days, made anew when they run out or change

Sign-in, GPS and the crew's offline page need a secure context, and browsers give one to TLS only (and to localhost).
Elliptic keys (P-256), names in the subject's alternative names: what Chromium, Firefox, Android and iOS all take. Apple
refuses server certificates of more than 825 days (support.apple.com/HT210176), public ones of more than 398.
"""

import ipaddress
import os
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS = 3653
SERVER_DAYS = 397
RENEW_DAYS_BEFORE = 30

Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Certificates:
    """What a server needs to speak TLS, and what a desk or phone needs to trust it."""

    authority: Path  # PEM; for desks and phones
    certificate: Path  # PEM; the server's, followed by the authority's
    key: Path  # PEM, 0600
    hosts: tuple[str, ...]  # names and addresses it is valid for
    ends_at: datetime  # UTC; renewed by the first start in the 30 days before


def ensure(folder: Path, hosts: Iterable[str], now: datetime) -> Certificates:
    """Return certificates for `hosts`, made or made anew where missing, near their end or for other hosts.

    Args:
        folder: made with mode 0700 if missing.
        hosts: names or IP addresses as typed into a browser, without port; see `own_hosts`.
        now: aware.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    wanted = _ordered(set(hosts))
    authority_file, certificate_file, key_file = (
        folder / name for name in ("authority.crt", "server.crt", "server.key")
    )
    authority_key, authority = _authority(folder, now)
    there = _first_certificate(certificate_file) if key_file.exists() else None
    if there is None or not _is_good(there, authority, wanted, now):
        if there is not None:
            wanted = _ordered({*wanted, *_hosts_of(there)})  # a name once asked for stays
        key = ec.generate_private_key(ec.SECP256R1())
        there = _sign_server(authority_key, authority, key, wanted, now)
        _write(key_file, _pem(key), 0o600)
        _write(certificate_file, _pem(there) + _pem(authority), 0o644)
    return Certificates(authority_file, certificate_file, key_file, _hosts_of(there), there.not_valid_after_utc)


def fingerprint(certificate: Path) -> str:
    """Return the SHA-256 fingerprint as browsers and phones show it, `AB:CD:…`, to be compared by eye."""
    found = _first_certificate(certificate)
    if found is None:
        raise FileNotFoundError(certificate)
    return found.fingerprint(hashes.SHA256()).hex(":").upper()


def own_hosts() -> list[str]:
    """Return the names and addresses of this machine that others may type: host name, and every local IP address."""
    name = socket.gethostname().lower()
    hosts = ["localhost", name, socket.getfqdn().lower()]
    if "." not in name:
        hosts.append(f"{name}.local")  # multicast DNS
    tries = Path("/proc/net/fib_trie")
    if tries.exists():
        hosts += re.findall(r"\|-- (\S+)\n\s+/32 host LOCAL", tries.read_text())
    sixes = Path("/proc/net/if_inet6")
    if sixes.exists():
        addresses = [ipaddress.IPv6Address(int(line.split()[0], 16)) for line in sixes.read_text().splitlines()]
        hosts += [str(address) for address in addresses if not address.is_link_local]
    return sorted({host for host in hosts if _is_usable(host)})


def _authority(folder: Path, now: datetime) -> tuple[Key, x509.Certificate]:
    certificate_file, key_file = folder / "authority.crt", folder / "authority.key"
    certificate = _first_certificate(certificate_file)
    if certificate is not None and key_file.exists() and certificate.not_valid_after_utc > now:
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        if isinstance(key, Key):
            return key, certificate
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"Geo112 {socket.gethostname()} {now:%Y-%m-%d}")
    certificate = (
        _begin(name, name, key, now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(key_file, _pem(key), 0o600)
    _write(certificate_file, _pem(certificate), 0o644)
    return key, certificate


def _sign_server(
    authority_key: Key, authority: x509.Certificate, key: Key, hosts: tuple[str, ...], now: datetime
) -> x509.Certificate:
    names = [x509.DNSName(host) if _is_name(host) else x509.IPAddress(ipaddress.ip_address(host)) for host in hosts]
    return (
        _begin(_name("Geo112"), authority.subject, key, now, SERVER_DAYS)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )


def _begin(subject: x509.Name, issuer: x509.Name, key: Key, now: datetime, days: int) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))  # desks whose clock runs a little late
        .not_valid_after(now - timedelta(hours=1) + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _is_good(there: x509.Certificate, authority: x509.Certificate, hosts: tuple[str, ...], now: datetime) -> bool:
    try:
        there.verify_directly_issued_by(authority)
    except (InvalidSignature, ValueError, TypeError):
        return False
    ends_soon = there.not_valid_after_utc < now + timedelta(days=RENEW_DAYS_BEFORE)
    return not ends_soon and set(hosts) <= set(_hosts_of(there))


def _hosts_of(certificate: x509.Certificate) -> tuple[str, ...]:
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = [str(address) for address in names.get_values_for_type(x509.IPAddress)]
    return (*names.get_values_for_type(x509.DNSName), *addresses)


def _ordered(hosts: set[str]) -> tuple[str, ...]:
    return tuple(sorted(hosts, key=lambda host: (not _is_name(host), host)))


def _first_certificate(file: Path) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificate(file.read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])


def _is_name(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return True
    return False


def _is_usable(host: str) -> bool:
    """Say whether `host` can stand in a certificate: an address, or a name of letters, digits, hyphens and dots."""
    return not _is_name(host) or re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", host) is not None


def _pem(value: Key | x509.Certificate) -> bytes:
    if isinstance(value, x509.Certificate):
        return value.public_bytes(serialization.Encoding.PEM)
    return value.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(file: Path, content: bytes, mode: int) -> None:
    """Write whole or not at all, and never with wider permissions than `mode`."""
    unfinished = file.with_name(file.name + ".part")
    unfinished.unlink(missing_ok=True)
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as target:
        os.fchmod(target.fileno(), mode)
        target.write(content)
        os.fsync(target.fileno())
    unfinished.replace(file)
