"""What official files hold, by dataset and edition: columns, codes, systems, licences.

The same column name means different things in different editions, so nothing here is keyed
by a column alone. The entries are data, `presets/catalogue.toml`, each with a mark that says
whether it was read in the publisher's own text.
"""

from __future__ import annotations

from landuse.catalogue.model import (
    MARKS,
    READERS,
    SHAPES,
    TYPES,
    Catalogue,
    CodeList,
    Column,
    Dataset,
    Edition,
    Recipe,
    Terms,
    Translation,
    fitting,
)
from landuse.catalogue.reading import catalogue, read_catalogue, translations

__all__ = [
    "MARKS",
    "READERS",
    "SHAPES",
    "TYPES",
    "Catalogue",
    "CodeList",
    "Column",
    "Dataset",
    "Edition",
    "Recipe",
    "Terms",
    "Translation",
    "catalogue",
    "fitting",
    "read_catalogue",
    "translations",
]
