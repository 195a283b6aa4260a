"""A matrix of costs as one Parquet file, written while it is being searched."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from landuse.sources.store import atomic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pandas as pd
    import pyarrow as pa

__all__ = ["costs_file"]


@contextmanager
def costs_file(path: Path) -> Iterator[Callable[[pd.DataFrame], None]]:
    """Give a function that takes the tables of `landuse.network.cost_matrix`, part by part.

    The file appears in one step when the block ends well; nothing is left of it otherwise.
    Only one part is held in memory; seconds stay in 32 bits, compressed by zstd.

    Parameters
    ----------
    path
        Where the file goes, `.parquet`.

    Examples
    --------
    >>> with costs_file(path) as keep:  # doctest: +SKIP
    ...     cost_matrix(network, cells, clinics, off_network_kmh=4.0, into=keep)
    """
    import pyarrow as pa  # noqa: PLC0415 - heavy
    import pyarrow.parquet as pq  # noqa: PLC0415

    writer: pq.ParquetWriter | None = None
    with atomic(path) as draft:
        try:

            def keep(part: pd.DataFrame) -> None:
                nonlocal writer
                table = pa.Table.from_pandas(part, preserve_index=False)
                if writer is None:
                    writer = pq.ParquetWriter(draft, table.schema, compression="zstd")
                writer.write_table(table.cast(writer.schema))

            yield keep
            if writer is None:
                pq.write_table(_nothing(), draft)
        finally:
            if writer is not None:
                writer.close()


def _nothing() -> pa.Table:
    """Return the table of a matrix without origins: columns of text and seconds."""
    import pyarrow as pa  # noqa: PLC0415

    kinds = {"from_id": pa.string(), "to_id": pa.string(), "cost_s": pa.float32()}
    return pa.table({name: pa.array([], kind) for name, kind in kinds.items()})
