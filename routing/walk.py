"""From a unit to the scene through an arrival field: which streets it drives, and the line of that.

    (node) ──► an arc whose time and the field's at its end add up to the field's time here ──► (node) ──► … ──► scene

No search: every arc takes at least a millisecond, so each step comes nearer. Where several fit, the first is taken.
"""

from typing import NamedTuple

import numpy as np

from routing.along import NOTHING_M, StreetTimes, partial_ms
from routing.compiled import compiled, direct
from routing.metric import ArcTimes
from routing.milliseconds import INF_MS
from routing.network import Floats, Ints, Longs, PieceSpeeds
from routing.places import Entries, Places, columns, enter_ms, leave_ms, times_from


class Roads(NamedTuple):
    """What a walk needs to know of the search graph and the network, as compiled functions take it."""

    out_start: Longs  # (search nodes + 1,)
    head: Ints  # (arcs,)
    onward: Longs  # (arcs,) where the arcs out of its head begin, × ARCS_AT_MOST, + how many they are
    arc_drive: Ints
    drive_street: Ints  # (drives,) 2 × street, + 1 if driven along its shape: one look instead of four
    drive_length_m: Floats  # (drives,)
    back: Ints  # (drives,)
    after: Ints
    street: Ints  # (edges,)
    length_m: Floats
    shape_start: Longs  # (streets + 1,)
    shape_lon: Floats  # (points,)
    shape_lat: Floats
    point_m: Floats
    point_piece: Ints


ARCS_AT_MOST = 1 << 16  # out of one node


class Legs(NamedTuple):
    """What is driven, in order: a drive each, the first and the last in part."""

    drive: Ints  # (legs,)
    from_m: Floats  # metres from where the drive begins
    to_m: Floats
    ms: Ints  # the turn into it and the junction at its end included


class Line(NamedTuple):
    """The end of every step of a way: a step is a segment of a street's shape, or a part of one."""

    lon: Floats  # (steps,)
    lat: Floats
    s: Floats  # seconds from the origin
    step_m: Floats
    piece: Ints


@compiled
def _way(
    roads: Roads,
    times: ArcTimes,
    arc_ms: Ints,
    node_ms: Ints,
    streets: StreetTimes,
    edge: int,
    fraction: float,
    scene: Entries,
    limit_ms: int,
) -> tuple[Legs, Line, int]:
    """Walk from a place on an edge, and draw the line; see `_walk`."""
    at, share = np.full(1, edge, dtype=np.int32), np.full(1, fraction)
    found = columns(at, share, roads.street, roads.length_m, roads.back, roads.after)
    origin = Places(found[0], found[1], found[2], found[3], found[4], found[5], found[6])
    drive, from_m, to_m, ms, access = _walk(roads, times, arc_ms, node_ms, streets, origin, scene, limit_ms)
    legs = Legs(drive, from_m, to_m, ms)
    return legs, _draw(roads, legs, streets.speeds), access


@compiled
def _walk(
    roads: Roads,
    times: ArcTimes,
    arc_ms: Ints,
    node_ms: Ints,
    streets: StreetTimes,
    origin: Places,
    scene: Entries,
    limit_ms: int,
) -> tuple[Ints, Floats, Floats, Ints, int]:
    """Return drive, from_m, to_m and ms of each leg, and the access at which the way ends; no legs: there is no way."""
    room = 256
    drive, ms = np.empty(room, dtype=np.int32), np.empty(room, dtype=np.int32)
    from_m, to_m = np.empty(room), np.empty(room)
    total = np.empty(1, dtype=np.int64)
    times_from(origin, scene, streets, times, node_ms, total)
    left_ms = total[0]
    if left_ms > limit_ms:
        return drive[:0], from_m[:0], to_m[:0], ms[:0], -1
    at_m, length_m = origin.at_m[0], origin.length_m[0]

    # Straight along the one street.
    for way in range(2):
        first = origin.along[0] if way == 0 else origin.back[0]
        for access in range(len(scene.walk_ms)):
            if first < 0 or scene.places.street[access] != origin.street[0]:
                continue
            there_m = scene.places.at_m[access]
            ahead_m = there_m - at_m if way == 0 else at_m - there_m
            if ahead_m < -NOTHING_M:
                continue
            low_m, high_m = (at_m, there_m) if way == 0 else (there_m, at_m)
            along_ms = partial_ms(streets, origin.street[0], low_m, high_m, way == 0)
            along_ms += scene.crossing_ms[access, way]
            if along_ms < INF_MS and along_ms + scene.walk_ms[access] == left_ms:
                begin_m = at_m if way == 0 else length_m - at_m
                drive[0], from_m[0], to_m[0], ms[0] = first, begin_m, begin_m + max(ahead_m, 0.0), along_ms
                return drive[:1], from_m[:1], to_m[:1], ms[:1], access

    # Where a last drive leads to the scene: node, time, which access, and which way of its street.
    most = 0
    for access in range(len(scene.walk_ms)):
        for last in (scene.places.along[access], scene.places.back[access]):
            most += times.drive_start[last + 1] - times.drive_start[last] if last >= 0 else 0
    door, door_ms = np.empty(most, dtype=np.int32), np.empty(most, dtype=np.int32)
    door_access, door_way = np.empty(most, dtype=np.int32), np.empty(most, dtype=np.int32)
    doors = 0
    for access in range(len(scene.walk_ms)):
        for way in range(2):
            last = scene.places.along[access] if way == 0 else scene.places.back[access]
            last_ms = enter_ms(scene, access, way, streets) if last >= 0 else INF_MS
            if last_ms >= INF_MS:
                continue
            for slot in range(times.drive_start[last], times.drive_start[last + 1]):
                arc = times.drive_arc[slot]
                if times.begin_ms[arc] < INF_MS:
                    door[doors], door_ms[doors] = times.tail[arc], last_ms + times.begin_ms[arc]
                    door_access[doors], door_way[doors] = access, way
                    doors += 1

    node = np.int64(-1)
    for way in range(2):
        after = origin.after_along[0] if way == 0 else origin.after_back[0]
        if after >= 0 and node < 0:
            away_ms = leave_ms(times, origin, 0, way, streets)
            if away_ms < INF_MS and away_ms + node_ms[after] == left_ms:
                drive[0] = origin.along[0] if way == 0 else origin.back[0]
                from_m[0] = at_m if way == 0 else length_m - at_m
                to_m[0], ms[0] = length_m, away_ms
                node = np.int64(after)
    if node < 0:
        return drive[:0], from_m[:0], to_m[:0], ms[:0], -2  # the field contradicts its metric
    count = 1
    head, onward, arc_drive, drive_length_m = roads.head, roads.onward, roads.arc_drive, roads.drive_length_m
    begin, end = roads.out_start[node], roads.out_start[node + 1]
    left_ms = np.int64(node_ms[node])
    while True:
        if count == len(drive):
            drive, ms = np.append(drive, drive), np.append(ms, ms)  # twice as long; what is doubled is written over
            from_m, to_m = np.append(from_m, from_m), np.append(to_m, to_m)
        for each in range(doors):
            if door[each] == node and door_ms[each] == left_ms:
                access, way = door_access[each], door_way[each]
                at_m, length_m = scene.places.at_m[access], scene.places.length_m[access]
                drive[count] = scene.places.along[access] if way == 0 else scene.places.back[access]
                from_m[count], to_m[count] = 0.0, at_m if way == 0 else length_m - at_m
                ms[count] = door_ms[each] - scene.walk_ms[access]
                count += 1
                return drive[:count], from_m[:count], to_m[:count], ms[:count], access
        arc = begin
        while arc < end and (arc_ms[arc] >= INF_MS or arc_ms[arc] + node_ms[head[arc]] != left_ms):
            arc += 1
        if arc == end:
            return drive[:0], from_m[:0], to_m[:0], ms[:0], -2
        drive[count], ms[count] = arc_drive[arc], arc_ms[arc]
        from_m[count], to_m[count] = 0.0, drive_length_m[arc_drive[arc]]
        count += 1
        left_ms -= arc_ms[arc]
        node = np.int64(head[arc])
        # Where its arcs are is known from the arc that leads there: one look into memory less to wait for.
        begin = onward[arc] // ARCS_AT_MOST
        end = begin + onward[arc] % ARCS_AT_MOST


way = direct(_way)


@compiled
def _draw(roads: Roads, legs: Legs, speeds: PieceSpeeds) -> Line:
    """Return the line of some legs."""
    drive, from_m, to_m, ms = legs
    shape_start, shape_lon, shape_lat = roads.shape_start, roads.shape_lon, roads.shape_lat
    point_m, point_piece = roads.point_m, roads.point_piece
    drive_street, drive_length_m = roads.drive_street, roads.drive_length_m
    room = 0
    for leg in range(len(drive)):
        street = drive_street[drive[leg]] >> 1
        room += shape_start[street + 1] - shape_start[street]
    out_lon, out_lat, out_s, out_step_m = np.empty(room), np.empty(room), np.empty(room), np.empty(room)
    out_piece = np.empty(room, dtype=np.int32)
    count = 0
    done_ms = np.int64(0)
    for leg in range(len(drive)):
        street, is_along = drive_street[drive[leg]] >> 1, drive_street[drive[leg]] & 1
        length_m = drive_length_m[drive[leg]]
        first, last = shape_start[street], shape_start[street + 1] - 1
        is_whole = from_m[leg] <= 0.0 and to_m[leg] >= length_m  # all but the first and the last
        leg_begins = count
        driven_s = 0.0
        for i in range(last - first):
            point = first + i if is_along else last - 1 - i  # where the segment begins, as the street is drawn
            if is_whole:
                low_m, high_m, end = point_m[point], point_m[point + 1], point + is_along
                if high_m <= low_m:
                    continue
                out_lon[count], out_lat[count] = shape_lon[end], shape_lat[end]
            else:
                if is_along:
                    low_m, high_m = max(point_m[point], from_m[leg]), min(point_m[point + 1], to_m[leg])
                    end_m = high_m
                else:
                    low_m = max(point_m[point], length_m - to_m[leg])
                    high_m = min(point_m[point + 1], length_m - from_m[leg])
                    end_m = low_m
                if high_m <= low_m:
                    continue
                whole_m = point_m[point + 1] - point_m[point]
                share = min(max((end_m - point_m[point]) / whole_m, 0.0), 1.0) if whole_m > 0.0 else 0.0
                out_lon[count] = shape_lon[point] + share * (shape_lon[point + 1] - shape_lon[point])
                out_lat[count] = shape_lat[point] + share * (shape_lat[point + 1] - shape_lat[point])
            out_step_m[count] = high_m - low_m
            out_piece[count] = point_piece[point]
            mps = speeds.along_mps[point_piece[point]] if is_along else speeds.back_mps[point_piece[point]]
            if mps > 0.0:
                driven_s += out_step_m[count] / mps
            out_s[count] = driven_s
            count += 1
        # Whole milliseconds are what counts; the points of a leg share the rounding.
        scale = ms[leg] / 1000.0 / driven_s if driven_s > 0.0 else 0.0
        begun_s = done_ms / 1000.0
        done_ms += ms[leg]
        for i in range(leg_begins, count):
            out_s[i] = min(begun_s + out_s[i] * scale, done_ms / 1000.0)
        if count > leg_begins:
            out_s[count - 1] = done_ms / 1000.0
    return Line(out_lon[:count], out_lat[:count], out_s[:count], out_step_m[:count], out_piece[:count])


draw = direct(_draw)
