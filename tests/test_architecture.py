"""The house rules that a tool can hold."""

from __future__ import annotations

import ast
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

import landuse

PACKAGE = Path(landuse.__file__).parent
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "data" not in path.parts)
FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, FUNCTION)]


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function without its signature and docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_imports_run_one_way() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports")]
    done = subprocess.run(command, cwd=PACKAGE.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_is_longer_than_350_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 350


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_function_is_longer_than_50_lines(path: Path) -> None:
    long = {f.name: code_lines(f) for f in functions(path) if code_lines(f) > 50}
    assert not long


def test_the_median_function_is_under_10_lines() -> None:
    lines = [code_lines(function) for path in MODULES for function in functions(path)]
    assert statistics.median(lines) < 10


def test_wide_public_functions_name_their_options() -> None:
    unnamed = [
        f"{path.stem}.{function.name}"
        for path in MODULES
        # Kernels take arrays one by one: numba counts references within anything that holds them.
        if not path.stem.endswith("_kernels")
        for function in functions(path)
        if not function.name.startswith("_") and len(function.args.args) > 4
    ]
    assert not unnamed


def test_importing_the_package_is_light() -> None:
    code = (
        "import sys, landuse, landuse.config, landuse.cli;"
        "heavy = {'osmnx', 'folium', 'numba', 'matplotlib', 'rasterio'} & set(sys.modules);"
        "sys.exit(', '.join(sorted(heavy)) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
