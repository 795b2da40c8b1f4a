"""Parquet and Arrow: the types as they are, the Table Schema kept in the file."""

import io
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from datasets.exports.contract import BATCH_ROWS, Options, iter_batches

PIECE_BYTES = 256 * 1024


def write_parquet(reader: Any, _options: Options) -> Iterator[bytes]:
    """Written to a temporary file first: a Parquet file's directory stands at its end."""
    with TemporaryFile() as file:
        with pq.ParquetWriter(
            file, reader.schema, compression="zstd", write_page_index=True
        ) as writer:
            for batch in iter_batches(reader):
                writer.write_batch(batch, row_group_size=BATCH_ROWS)
        file.seek(0)
        while piece := file.read(PIECE_BYTES):
            yield piece


def write_arrow(reader: Any, _options: Options) -> Iterator[bytes]:
    """The Arrow IPC streaming format."""
    out = io.BytesIO()
    with pa.ipc.new_stream(out, reader.schema) as writer:
        for batch in iter_batches(reader):
            writer.write_batch(batch)
            yield taken(out)
    yield taken(out)


def taken(out: io.BytesIO) -> bytes:
    data = out.getvalue()
    out.seek(0)
    out.truncate()
    return data
