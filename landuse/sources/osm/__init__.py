"""OpenStreetMap in: streets, facilities and land from a file or from Overpass.

© OpenStreetMap contributors, Open Database Licence (ODbL) 1.0: what is made of the data and
published names them, and a database derived from them is offered under the same licence.
"""

from landuse.sources.osm.features import open_osm_features
from landuse.sources.osm.modes import streets_of_mode
from landuse.sources.osm.streets import open_osm_streets

__all__ = ["open_osm_features", "open_osm_streets", "streets_of_mode"]
