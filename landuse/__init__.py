"""Land-use zones, access and service coverage of a municipality."""

__version__ = "0.1.0"
