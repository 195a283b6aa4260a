"""How far apart two colours look, also to eyes that miss one kind of cone.

Distances are those of CAM02-UCS (Luo, Cui and Li 2006, doi:10.1002/col.20227) on top of
CIECAM02 under average daylight viewing; missing cones are simulated by the matrices of
Machado, Oliveira and Fernandes 2009 (doi:10.1109/TVCG.2009.113) at full severity. One is
about the smallest step that people notice side by side.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["DEFICIENCIES", "contrast", "lightness", "simulate", "srgb", "worst_distance"]

DEFICIENCIES = {
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
"""Missing cone -> matrix on linear RGB."""

_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_CAT02 = np.array([[0.7328, 0.4296, -0.1624], [-0.7036, 1.6975, 0.0061], [0.0030, 0.0136, 0.9834]])
_HPE = np.array([[0.38971, 0.68898, -0.07868], [-0.22981, 1.18340, 0.04641], [0.0, 0.0, 1.0]])
_WHITE = np.array([95.047, 100.0, 108.883])
_ADAPTING_CD_M2 = 64 / np.pi / 5
_BACKGROUND = 20.0


def srgb(colours: Iterable[str]) -> Floats:
    """Return colours such as `#822A57` as rows of red, green, blue in 0 to 1."""
    return np.array(
        [[int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)] for colour in colours]
    )


def simulate(rgb: Floats, deficiency: str) -> Floats:
    """Return colours (n, 3) as seen without one kind of cone; see `DEFICIENCIES`."""
    linear = _linear(rgb) @ np.array(DEFICIENCIES[deficiency]).T
    return _gamma(np.clip(linear, 0, 1))


def worst_distance(colours: Iterable[str], deficiency: str = "") -> float:
    """Return the CAM02-UCS distance of the two colours that look most alike.

    Parameters
    ----------
    colours
        At least two, such as `#822A57`.
    deficiency
        Key of `DEFICIENCIES`; empty for full colour vision.
    """
    rgb = srgb(colours)
    seen = _ucs(simulate(rgb, deficiency) if deficiency else rgb)
    return min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2))


def lightness(colours: Iterable[str]) -> Floats:
    """Return how light colours are in grey print, 0 (black) to 100 (CIE L*)."""
    y = (_linear(srgb(colours)) @ _XYZ.T)[:, 1]
    root = np.where(y > 216 / 24389, np.cbrt(y), (24389 / 27 * y + 16) / 116)
    return np.asarray(116 * root - 16)


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 (the same) to 21 (black on white): WCAG 2.2, 1.4.3."""
    dark, light = np.sort((_linear(srgb([one, other])) @ _XYZ.T)[:, 1])
    return float((light + 0.05) / (dark + 0.05))


def _linear(rgb: Floats) -> Floats:
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def _gamma(linear: Floats) -> Floats:
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def _ucs(rgb: Floats) -> Floats:
    """Return J', a', b' of CAM02-UCS for rows of sRGB."""
    xyz = _linear(rgb) @ _XYZ.T * 100
    k = 1 / (5 * _ADAPTING_CD_M2 + 1)
    adapting = 0.2 * k**4 * 5 * _ADAPTING_CD_M2 + 0.1 * (1 - k**4) ** 2 * np.cbrt(
        5 * _ADAPTING_CD_M2
    )
    ratio = _BACKGROUND / _WHITE[1]
    induction = 0.725 * ratio**-0.2
    exponent = 0.69 * (1.48 + np.sqrt(ratio))
    cones, white = _responses(xyz, adapting), _responses(_WHITE[None], adapting)[0]
    achromatic = (cones @ [2, 1, 1 / 20] - 0.305) * induction
    bright = (white @ [2, 1, 1 / 20] - 0.305) * induction
    lightness_j = 100 * (np.maximum(achromatic, 0) / bright) ** exponent
    a, b = cones @ [1, -12 / 11, 1 / 11], cones @ [1 / 9, 1 / 9, -2 / 9]
    hue = np.arctan2(b, a)
    eccentricity = (np.cos(hue + 2) + 3.8) / 4
    t = (50000 / 13 * induction * eccentricity * np.hypot(a, b)) / (cones @ [1, 1, 21 / 20])
    chroma = t**0.9 * np.sqrt(lightness_j / 100) * (1.64 - 0.29**ratio) ** 0.73
    colourfulness = np.log1p(0.0228 * chroma * adapting**0.25) / 0.0228
    return np.column_stack(
        [
            1.7 * lightness_j / (1 + 0.007 * lightness_j),
            colourfulness * np.cos(hue),
            colourfulness * np.sin(hue),
        ]
    )


def _responses(xyz: Floats, adapting: float) -> Floats:
    """Return the compressed cone responses of CIECAM02, fully adapted to the white."""
    degree = 1 - np.exp((-_ADAPTING_CD_M2 - 42) / 92) / 3.6
    white = _WHITE @ _CAT02.T
    adapted = xyz @ _CAT02.T * (degree * _WHITE[1] / white + 1 - degree)
    cones = adapted @ np.linalg.inv(_CAT02).T @ _HPE.T
    power = (adapting * np.abs(cones) / 100) ** 0.42
    return np.asarray(np.sign(cones) * 400 * power / (power + 27.13) + 0.1)
