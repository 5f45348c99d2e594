"""A server that is wrong on purpose: it keeps every entry for screens that do not read. The control of a test."""

from functools import partial

from fastapi import FastAPI

from geo112.app import create_app as careful_app
from geo112.live import screen
from geo112.live.changes import Changes


def create_app() -> FastAPI:
    screen.Changes = partial(Changes, keep_bytes=10**12)  # type: ignore[attr-defined]
    return careful_app()
