"""Road routing for dispatch: how soon can each unit be at the scene, by road, exactly.

    .osm.pbf / .osm / osmnx graph                     LonLat of a scene or a unit
               │ build: ways, gates and lights,                │ snap
               ▼ turn restrictions                             ▼
         RoadNetwork (flat arrays, mmap)                  Snapped (street, where on it)
               │ prepared: nodes split where                   ├──► fleet: the k units that can be there first
               ▼ it matters where one came from                ▼
     SearchGraph, Hierarchy ──► metric ──────────────► search: arrival_field (seconds from everywhere to one scene)
                                  ▲                    matrix: many scenes × many units
          profiles, hour, speed ──┘                    reach: seconds from one place to everywhere, isochrones
          set, closures                                        │
                                                               ▼
                                                 path: geometry, street names, manoeuvres, where one is after t s;
                                                       alternatives; interval: between when and when

A network never changes after it is built. A query is a plain function beside it, takes no lock while it computes
and may run in many threads at once. The library knows no dispatching, database or web framework.
Units: metres, seconds, whole milliseconds inside the search, km/h in profiles only; WGS 84, lon before lat.
"""
