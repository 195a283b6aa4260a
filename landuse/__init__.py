"""Land-use zones, access and service coverage of a municipality.

    import landuse as lu

    city = lu.read_city("data/kushiro/city.toml")
    study = lu.run(city)
    study.coverage
    study.map(layers=[lu.maps.layer(table, name="…")])
    lu.sensitivity(study).summary

Modules are the chapters of the field (`landuse.zoning`, `landuse.coverage`, …) and are
imported when first used, so that `import landuse` is light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from landuse.config import City, embedded_city, read_city
    from landuse.study import Study, run
    from landuse.whatif import flips, sensitivity

__all__ = [
    "City",
    "Study",
    "__version__",
    "embedded_city",
    "flips",
    "read_city",
    "run",
    "sensitivity",
]

__version__ = "0.1.0"

_HOMES = {
    "City": "config",
    "Study": "study",
    "embedded_city": "config",
    "flips": "whatif",
    "read_city": "config",
    "run": "study",
    "sensitivity": "whatif",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - modules, classes and functions
    """Import a module or a verb when it is first asked for (PEP 562)."""
    if name in _HOMES:
        return getattr(import_module(f"landuse.{_HOMES[name]}"), name)
    try:
        return import_module(f"landuse.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"landuse.{name}":
            raise
        message = f"module 'landuse' has no attribute {name!r}"
        raise AttributeError(message) from None
