"""Vehicles on the roads of a city, and where they say that they are: one fix a second, all of it told beforehand.

Every device drives its own loop over the roads at its own speed, so that the gates accept its fixes, as those of a real
crew. The times of the fixes lie in the last hours and only ever go on: a queue that is sent after a dead zone.
"""

import random
from dataclasses import dataclass, fields

import numpy as np

from routing.milliseconds import INF_MS
from routing.network import Floats, Longs, RoadNetwork
from routing.profiles import PROFILES

METRES_PER_DEGREE = 111_195.0
LOOP_EDGES = 150
SLOWEST_MPS, FASTEST_MPS = 5.0, 14.0


@dataclass(frozen=True, slots=True)
class Fixes:
    """Fixes in the order in which their devices took them; all arrays have shape (fixes,)."""

    device: Longs  # number of the device in its fleet
    second: Longs  # seconds since 1970 by the device's clock
    lon: Floats  # degrees
    lat: Floats
    speed_mps: Floats
    bearing_deg: Floats

    def __len__(self) -> int:
        return len(self.device)

    def __getitem__(self, rows: slice) -> "Fixes":
        return Fixes(*(getattr(self, one.name)[rows] for one in fields(self)))


class Tracks:
    """Where `devices` drive. `take` gives of each device what follows on what was given before."""

    def __init__(self, network: RoadNetwork, devices: int, first_second: int, rng: random.Random) -> None:
        self._next = np.full(devices, first_second)
        self._speed = np.array([rng.uniform(SLOWEST_MPS, FASTEST_MPS) for _ in range(devices)])
        self._first_second = first_second
        is_open = network.travel_ms(PROFILES["ambulance"]) < INF_MS
        starts = np.flatnonzero(is_open)
        self._loops = [_loop(network, is_open, int(rng.choice(starts)), rng) for _ in range(devices)]

    def take(self, device: int, many: int) -> Fixes:
        second = self._next[device] + np.arange(many)
        self._next[device] += many
        lon, lat, metres = self._loops[device]
        speed = self._speed[device]
        driven = (second - self._first_second) * speed % (2 * metres[-1])
        along = np.where(driven > metres[-1], 2 * metres[-1] - driven, driven)
        east, north = np.interp(along, metres, lon), np.interp(along, metres, lat)
        ahead = np.degrees(np.arctan2(np.gradient(east) if many > 1 else 0 * east, np.gradient(north)
                                      if many > 1 else 1 + 0 * north))  # fmt: skip
        return Fixes(
            np.full(many, device), second, east.round(6), north.round(6), np.full(many, round(float(speed), 1)),
            (ahead % 360).round(0),
        )  # fmt: skip


def together(parts: list[Fixes]) -> Fixes:
    return Fixes(*(np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(Fixes)))


def _loop(network: RoadNetwork, is_open: np.ndarray, edge: int, rng: random.Random) -> tuple[Floats, Floats, Floats]:
    """Return lon, lat and metres from the start along a way that is driven to its end and back again."""
    nodes = [int(network.tail[edge]), int(network.head[edge])]
    while len(nodes) < LOOP_EDGES:
        out = range(int(network.out_start[nodes[-1]]), int(network.out_start[nodes[-1] + 1]))
        onward = [one for one in out if is_open[one] and int(network.head[one]) != nodes[-2]]
        if not onward:
            break
        nodes.append(int(network.head[rng.choice(onward)]))
    lon, lat = network.node_lon[nodes], network.node_lat[nodes]
    steps = np.hypot(np.diff(lon) * np.cos(np.radians(lat[0])), np.diff(lat)) * METRES_PER_DEGREE
    metres = np.concatenate([[0.0], np.cumsum(np.maximum(steps, 0.1))])
    return lon, lat, metres
