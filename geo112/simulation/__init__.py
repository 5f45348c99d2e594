"""A city at work: invented, or real with invented calls. Demonstration, training and load all run on it.

`city` makes the map, `fleet` the units and accounts, `past` earlier days; `run` lets callers, desks and crews live,
`outcome` counts.
"""
