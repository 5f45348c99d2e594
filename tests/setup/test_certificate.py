"""The private authority, judged by OpenSSL on real connections over loopback."""

import socket
import ssl
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from geo112.certificate import Certificates, ensure, fingerprint, own_hosts

NOW = datetime.now(UTC)


def shake_hands(certificates: Certificates, name: str, trusted: Path) -> None:
    """Connect by TLS 1.2 or newer as a desk that trusts `trusted` and typed `name`."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificates.certificate, certificates.key)
    client = ssl.create_default_context(cafile=trusted)
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    near, far = socket.socketpair()

    def serve() -> None:
        try:
            with server.wrap_socket(far, server_side=True) as connection:
                connection.recv(1)
        except (ssl.SSLError, OSError):
            far.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with near, client.wrap_socket(near, server_hostname=name) as connection:
            connection.sendall(b"x")
    finally:
        thread.join(10)


@pytest.mark.parametrize("host", ["geo112.kota.go.id", "192.0.2.7", "2001:db8::7"])
def test_a_desk_that_trusts_the_authority_accepts_the_server_under_every_name(tmp_path: Path, host: str) -> None:
    made = ensure(tmp_path, ["geo112.kota.go.id", "192.0.2.7", "2001:db8::7"], NOW)
    shake_hands(made, host, made.authority)


def test_another_name_is_refused(tmp_path: Path) -> None:
    made = ensure(tmp_path, ["geo112.kota.go.id"], NOW)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(made, "geo112.example", made.authority)


def test_a_desk_that_trusts_another_authority_refuses(tmp_path: Path) -> None:
    made = ensure(tmp_path / "one", ["geo112.kota.go.id"], NOW)
    other = ensure(tmp_path / "other", ["geo112.kota.go.id"], NOW)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(made, "geo112.kota.go.id", other.authority)


def test_private_keys_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    ensure(tmp_path / "tls", ["localhost"], NOW)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "tls").iterdir()}
    assert modes == {"authority.key": 0o600, "server.key": 0o600, "authority.crt": 0o644, "server.crt": 0o644}


def test_a_good_certificate_is_kept(tmp_path: Path) -> None:
    first = ensure(tmp_path, ["localhost", "192.0.2.7"], NOW)
    before = fingerprint(first.certificate)
    again = ensure(tmp_path, ["localhost"], NOW + timedelta(days=360))
    assert (fingerprint(again.certificate), again) == (before, first)


def test_renewal_and_new_names_keep_the_authority_that_desks_trust(tmp_path: Path) -> None:
    first = ensure(tmp_path, ["localhost", "geo112.kota.go.id"], NOW)
    authority, server = fingerprint(first.authority), fingerprint(first.certificate)

    renamed = ensure(tmp_path, ["localhost", "192.0.2.8"], NOW)
    assert fingerprint(renamed.certificate) != server
    assert set(renamed.hosts) == {"localhost", "192.0.2.8", "geo112.kota.go.id"}

    renewed = ensure(tmp_path, ["localhost"], NOW + timedelta(days=370))
    assert renewed.ends_at > NOW + timedelta(days=700)
    assert fingerprint(renewed.authority) == authority


def test_the_server_certificate_lasts_at_most_398_days(tmp_path: Path) -> None:
    assert ensure(tmp_path, ["localhost"], NOW).ends_at - NOW < timedelta(days=398)


def test_the_machines_own_names_include_loopback() -> None:
    assert {"localhost", "127.0.0.1"} <= set(own_hosts())
