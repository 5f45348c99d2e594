"""How Chromium is started for tests and pictures: without its own traffic, and with no name that leads out."""

import shutil
from typing import Final

# Every name but our own leads nowhere: a page that asks another host is counted, and gets no answer.
NOWHERE: Final = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


def find_chromium() -> str | None:
    """Return the system's Chromium; Playwright's own is not downloaded."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def arguments() -> list[str]:
    return [
        "--no-sandbox",  # tests run as root in containers
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        NOWHERE,
    ]
