"""An invented Indonesian city, “Kota Contoh”, as an OSM extract: the demonstration, training and load run on it.

seed, size → plan → mesh → blocks → roads → traffic rules → areas → names → places → extract.osm.pbf

python -m geo112.simulation.city --seed 112 --nodes 20000 --out kota-contoh.osm.pbf
"""

from geo112.simulation.city.build import build_city
from geo112.simulation.city.write import write_extract

__all__ = ["build_city", "write_extract"]
