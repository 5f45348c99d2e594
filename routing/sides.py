"""On which side of the road one drives, by country: rough boxes of where it is the left.

Source: https://en.wikipedia.org/wiki/Left-_and_right-hand_traffic. A box may reach over a border; an importer that
knows better says so (`drives_left` of `routing.build`).
"""

# west, south, east, north, degrees
LEFT_BOXES = {
    "Indonesia with its seas, Malaysia, Singapore, Brunei, Timor-Leste": (94.0, -12.5, 141.1, 7.0),
    "Papua New Guinea, Solomon Islands": (141.0, -12.0, 163.0, 0.0),
    "Australia": (112.0, -44.0, 154.0, -10.0),
    "New Zealand": (166.0, -48.0, 179.0, -34.0),
    "Thailand and the Malay peninsula": (97.3, 1.0, 105.0, 20.5),
    "India, Pakistan, Bangladesh, Sri Lanka, Nepal, Bhutan": (61.0, 5.5, 92.7, 30.5),
    "Japan": (129.5, 24.0, 146.0, 45.6),
    "Great Britain and Ireland": (-10.8, 49.8, 1.8, 61.0),
    "southern and eastern Africa": (14.0, -35.0, 41.9, 5.0),
}


def is_left_driving(lon: float, lat: float) -> bool:
    """Say whether one drives on the left at a point, roughly."""
    return any(west <= lon <= east and south <= lat <= north for west, south, east, north in LEFT_BOXES.values())
