"""From words to a point, and back: the scene as it is said, found on the map."""
