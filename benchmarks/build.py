"""The whole `landuse build` of the embedded Kushiro, beside the common recipe.

    python benchmarks/build.py             # prints the table of benchmarks/README.md
    python benchmarks/build.py --rounds 1

Both are whole processes, in turns, from files to files: wall and CPU seconds and peak memory
are the operating system's own account of each child (Linux). The recipe is what a planner
would write with the usual libraries, and does less:

* `geopandas.overlay` for the faces, `sjoin` for the cells (ours: exact faces with all their
  claims, a zone by rule and the reason for it);
* scikit-image `MCP_Geometric` for each service on the very friction surfaces that landuse
  uses (ours: 16 neighbours, walls, which facility, why there is none);
* pandas for coverage by district and zone;
* one plain folium page with a style per face (ours: two pages that need no network, with
  the minutes of every cell, a print map as PNG and PDF, a report, and styled GIS files).
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one child process took."""

    wall_s: float
    cpu_s: float
    peak_mib: float


def measured(command: list[str]) -> Cost:
    """Run a command and return what the operating system says it took."""
    begun = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed")  # noqa: EM102, TRY003 - for the terminal
    wall_s = time.perf_counter() - begun
    return Cost(
        wall_s=wall_s, cpu_s=usage.ru_utime + usage.ru_stime, peak_mib=usage.ru_maxrss / 1024
    )


def recipe(out: Path) -> None:
    """Do the main job with geopandas, scikit-image, pandas and folium."""
    import folium  # noqa: PLC0415 - the other process does not need them
    import geopandas as gpd  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415
    import pandas as pd  # noqa: PLC0415
    from skimage.graph import MCP_Geometric  # noqa: PLC0415

    import landuse as lu  # noqa: PLC0415
    from landuse.cells import cells_within  # noqa: PLC0415
    from landuse.facilities import offers, placed  # noqa: PLC0415
    from landuse.inputs import located, read_inputs  # noqa: PLC0415
    from landuse.reach import build_ways, land_classes  # noqa: PLC0415
    from landuse.schema import mask_of_claims  # noqa: PLC0415
    from landuse.study import grid_of, read_rules  # noqa: PLC0415

    city = lu.read_city(lu.embedded_city())
    inputs, rules = read_inputs(city), read_rules(city)
    boundary = inputs.all("boundary")
    faces = boundary[["geometry"]]
    for claim, layer in inputs.all("claims").groupby("claim"):
        shape = layer[["geometry"]].dissolve().assign(**{str(claim): 1})
        faces = gpd.overlay(faces, shape, how="identity", keep_geom_type=True)
    named = faces.drop(columns="geometry").fillna(0).astype(bool)
    faces["mask"] = [mask_of_claims(named.columns[row]) for row in named.to_numpy()]
    grid = grid_of(inputs)
    cells = cells_within(boundary, grid)
    centres = cells.set_geometry(cells.centroid)
    cells["mask"] = gpd.sjoin(centres, faces[["mask", "geometry"]])["mask"].groupby(level=0).first()
    areas = inputs.all("districts")[["district", "geometry"]]
    cells["district"] = gpd.sjoin(centres, areas)["district"].groupby(level=0).first()
    people = inputs.all("population").set_index("cell_id")["population"]
    cells["population"] = people.reindex(cells.index).fillna(0)
    ways = build_ways(
        grid,
        land_classes(faces, inputs.each("land"), rules.speeds),
        inputs.all("roads"),
        inputs.all("water"),
        cells=cells,
        streets=None,
        speeds=rules.speeds,
        modes=[service.mode for service in city.services],
    )
    offered = placed(offers(located(inputs), city.services))
    rows = []
    for service in city.services:
        at = offered[offered["service"] == service.key].geometry
        if at.empty:
            continue
        friction = ways[service.mode].surface.friction
        starts = list(zip(*grid.locate_xy(at.x, at.y), strict=True))
        steps = tuple(float(np.mean(step)) for step in grid.steps_m()[::-1])
        search = MCP_Geometric(np.where(np.isinf(friction), -1, friction), sampling=steps)
        costs, _ = search.find_costs([start for start in starts if grid.contains(*start)])
        cells[service.key] = costs[cells["row"], cells["col"]]
        reached = cells["population"].where(cells[service.key] <= service.within_min * 60, 0)
        rows.append(reached.groupby([cells["district"], cells["mask"]]).sum().rename(service.key))
    pd.concat(rows, axis=1).to_csv(out / "coverage.csv")
    cells.to_parquet(out / "cells.parquet")
    faces.to_file(out / "faces.gpkg")
    page = folium.Map(location=[43.1, 144.2], zoom_start=9)
    folium.GeoJson(
        faces.to_crs(4326),
        style_function=lambda face: {"fillColor": f"#{face['properties']['mask'] % 4096:03x}"},
        tooltip=folium.GeoJsonTooltip(["mask"]),
    ).add_to(page)
    page.save(out / "map.html")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="landuse build beside the common recipe")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--recipe", type=Path, help="be the recipe, writing there")
    chosen = parser.parse_args()
    if chosen.recipe:
        recipe(chosen.recipe)
        return
    taken: dict[str, list[Cost]] = {"landuse build": [], "common recipe": []}
    with tempfile.TemporaryDirectory() as folder:
        commands = {
            "landuse build": [sys.executable, "-m", "landuse", "build", "--out", folder],
            "common recipe": [sys.executable, __file__, "--recipe", folder],
        }
        measured(commands["landuse build"])  # compiles once, as the first run of a machine does
        for _ in range(chosen.rounds):
            for name, command in commands.items():
                taken[name].append(measured(command))
    print("| | wall s | CPU s | peak MiB |\n|---|---|---|---|")
    for name, costs in taken.items():
        wall, cpu, peak = (
            statistics.median(getattr(cost, field) for cost in costs)
            for field in ("wall_s", "cpu_s", "peak_mib")
        )
        print(f"| {name} | {wall:.1f} | {cpu:.1f} | {peak:,.0f} |")


if __name__ == "__main__":
    main()
