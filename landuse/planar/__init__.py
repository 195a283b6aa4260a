"""Exact planar geometry on a fixed grid: polygons in, faces with their codes out.

::

    rings.py   polygons      -> directed segments in whole grid units
    noding.py  segments      -> segments that meet only at their ends
    edges.py   segments      -> edges, each with what changes across it
    faces.py   edges         -> faces and what covers each
    outline.py edges, labels -> polygons, one for each connected region

Everything here is arrays; nothing knows of claims or zones. Coordinates are floats that
hold whole numbers below 2**52, so differences are exact and `exact.cross` has the right
sign: no tolerance is used anywhere.
"""
