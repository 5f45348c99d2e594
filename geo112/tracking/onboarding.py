"""What a phone needs to begin: a link and a QR code per app, with the interval that a moving unit wants. Pure.

Sources: OwnTracks booklet (remote configuration), traccar-client configuration_service.dart, Overland's README,
OsmAnd LiveMonitoringHelper.java, GPSLogger's custom URL, Traccar's configuration keys.
"""

import base64
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

import segno

from geo112.tracking.senders.table import SENDERS

INTERVAL_S = 10


@dataclass(frozen=True, slots=True)
class Onboarding:
    """How one device is set. `link` opens the app on the phone; `qr` is what the code says; `by_hand` for typing."""

    link: str | None
    qr: str
    by_hand: dict[str, str]


def onboarding(sender: str, base: str, key: str, label: str) -> Onboarding:
    """Return how a device is set.

    Args:
        base: our address as the phone reaches it, https://host[:port], without a slash at the end.
        key: the device's key.
    """
    return APPS[sender](base + SENDERS[sender].path.replace("{key}", key), key, label)


def svg(content: str) -> str:
    """Return a QR code as an SVG picture, dark on light whatever the page's colours."""
    written = io.BytesIO()
    segno.make(content, error="m", micro=False).save(written, kind="svg", scale=4, border=4, light="#fff")
    return written.getvalue().decode()


def _owntracks(url: str, key: str, label: str) -> Onboarding:
    config = {
        "_type": "configuration",
        "mode": 3,  # HTTP
        "url": url,
        "auth": True,
        "username": label,
        "password": key,
        "deviceId": label,
        "tid": "".join(letter for letter in label if letter.isalnum())[-2:] or "xx",
        "monitoring": 2,  # move
        "moveModeLocatorInterval": INTERVAL_S,
        "locatorInterval": INTERVAL_S,
        "pubExtendedData": True,
    }
    inline = base64.b64encode(json.dumps(config).encode()).decode()
    link = f"owntracks:///config?{urlencode({'inline': inline})}"
    by_hand = {"mode": "HTTP", "url": url, "username": label, "password": key, "monitoring": "move"}
    return Onboarding(link, link, by_hand)


def _traccar_client(url: str, key: str, label: str) -> Onboarding:
    wanted = {
        "id": key,
        "accuracy": "high",
        "interval": str(INTERVAL_S),
        "distance": "30",
        "heartbeat": "60",
        "buffer": "true",
        "stop_detection": "false",
        "wakelock": "true",
    }
    return Onboarding(None, f"{url}?{urlencode(wanted)}", {"url": url, **wanted})


def _osmand(url: str, key: str, label: str) -> Onboarding:
    address = f"{url}?lat={{0}}&lon={{1}}&timestamp={{2}}&hdop={{3}}&altitude={{4}}&speed={{5}}&bearing={{6}}"
    return Onboarding(None, address, {"web address": address, "interval": f"{INTERVAL_S} s"})


def _gpslogger(url: str, key: str, label: str) -> Onboarding:
    address = f"{url}?lat=%LAT&lon=%LON&time=%TIME&acc=%ACC&spd=%SPD&dir=%DIR&battery=%BATT&prov=%PROV&aid=%AID"
    return Onboarding(None, address, {"custom URL": address, "interval": f"{INTERVAL_S} s"})


def _overland(url: str, key: str, label: str) -> Onboarding:
    link = "overland://setup?" + urlencode({"url": url, "token": key, "device_id": label, "unique_id": "yes"})
    return Onboarding(link, link, {"receiver endpoint": url, "access token": key, "device id": label})


def _traccar_server(url: str, key: str, label: str) -> Onboarding:
    entries = {
        "forward.enable": "true",
        "forward.type": "json",
        "forward.url": url,
        "forward.header": f"Authorization: Bearer {key}",
        "forward.retry.enable": "true",
    }
    lines = "\n".join(f"<entry key='{name}'>{value}</entry>" for name, value in entries.items())
    return Onboarding(None, lines, entries)


APPS: dict[str, Callable[[str, str, str], Onboarding]] = {
    "owntracks": _owntracks,
    "traccar_client": _traccar_client,
    "osmand": _osmand,
    "gpslogger": _gpslogger,
    "overland": _overland,
    "traccar_server": _traccar_server,
}
