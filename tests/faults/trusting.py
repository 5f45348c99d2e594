"""A server that is wrong on purpose: it trusts NATS alone, and never looks by itself. The control of a test."""

from fastapi import FastAPI

from geo112.app import create_app as careful_app
from geo112.bus import PostgresBus
from geo112.live import stream


async def _nothing(self: PostgresBus, channel: str) -> None: ...


def create_app() -> FastAPI:
    stream.LOOK_S = 1e6
    PostgresBus.tell = _nothing  # type: ignore[method-assign]
    return careful_app()
