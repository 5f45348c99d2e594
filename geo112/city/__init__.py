"""The city that this database serves: read from OpenStreetMap, stored, and given out."""
