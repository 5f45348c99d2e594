"""A small reader of Mapbox vector tiles, from the specification (2.1): layers, attributes, kinds of geometry."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Feature:
    tags: dict[str, object]
    kind: int  # 1 point, 2 line, 3 polygon
    first: tuple[int, int]  # first point, in the tile's 4096 × 4096


def read(tile: bytes) -> dict[str, list[Feature]]:
    """Return the features of every layer of a tile."""
    layers: dict[str, list[Feature]] = {}
    for number, value in _fields(tile):
        assert number == 3, "a tile holds layers and nothing else"
        assert isinstance(value, bytes)
        name, keys, values, features = "", [], [], []
        for field, content in _fields(value):
            if field == 1:
                name = bytes(content).decode()
            elif field == 2:
                features.append(bytes(content))
            elif field == 3:
                keys.append(bytes(content).decode())
            elif field == 4:
                values.append(_value(bytes(content)))
        assert name not in layers, "a layer's name stands once in a tile"
        layers[name] = [_feature(feature, keys, values) for feature in features]
    return layers


def _feature(content: bytes, keys: list[str], values: list[object]) -> Feature:
    tags: dict[str, object] = {}
    kind, first = 0, (0, 0)
    for field, value in _fields(content):
        if field == 2:
            numbers = list(_varints(bytes(value)))
            tags = {keys[numbers[at]]: values[numbers[at + 1]] for at in range(0, len(numbers), 2)}
        elif field == 3:
            kind = int(value)
        elif field == 4:
            command, x, y = list(_varints(bytes(value)))[:3]
            assert command & 7 == 1, "a geometry begins with MoveTo"
            first = (_unzigzag(x), _unzigzag(y))
    return Feature(tags, kind, first)


def _value(content: bytes) -> object:
    ((field, value),) = _fields(content)
    if field == 1:
        return bytes(value).decode()
    if field in (2, 3):
        return struct.unpack("<f" if field == 2 else "<d", bytes(value))[0]
    if field == 6:
        return _unzigzag(int(value))
    return bool(value) if field == 7 else value


def _fields(content: bytes) -> Iterator[tuple[int, bytes | int]]:
    at = 0
    while at < len(content):
        key, at = _varint(content, at)
        wire = key & 7
        if wire == 0:
            number, at = _varint(content, at)
            yield key >> 3, number
            continue
        if wire == 2:
            length, at = _varint(content, at)
        else:
            length = {1: 8, 5: 4}[wire]
        yield key >> 3, content[at : at + length]
        at += length


def _varints(content: bytes) -> Iterator[int]:
    at = 0
    while at < len(content):
        number, at = _varint(content, at)
        yield number


def _varint(content: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = content[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number, at


def _unzigzag(number: int) -> int:
    return (number >> 1) ^ -(number & 1)
