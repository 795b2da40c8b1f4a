"""Making the index of a table from its Parquet file, a column at a time.

``python -m datasets.indexed.making PARQUET OUT`` does it in a process of its own, which gives up the
network and has limits: a table too large for them simply has no index.
"""

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from datasets.confined.doors import shut_doors
from datasets.indexed.columns import MAGIC, PARTS, TAIL
from schemas.records import Limits

MEMORY_BYTES: Final = 3 * 2**30
SECONDS: Final = 300
MOST_BYTES: Final = 8 * 2**30
MOST_ROWS: Final = 2**32 - 1
ALIGNED: Final = 64
NICENESS: Final = 10
SAME_ORDER: Final = (
    pa.types.is_string, pa.types.is_integer, pa.types.is_decimal128, pa.types.is_date32,
)  # fmt: skip
"""Types that are sorted and compared alike everywhere."""


def write_index(parquet: Path, out: Any) -> None:
    """Write the index of a table to an open Arrow stream or Python file. Raises ``pyarrow.ArrowInvalid``
    for a table that it cannot hold."""
    places = []

    def write(data: Any) -> int:
        out.write(data)
        return len(data)

    with pq.ParquetFile(parquet) as file:
        rows, names = file.metadata.num_rows, file.schema_arrow.names
        if rows > MOST_ROWS or len(set(names)) < len(names):
            raise pa.ArrowInvalid("too many rows, or two columns of one name")
        written = write(MAGIC)
        for place in range(len(names)):
            written += write(bytes(-written % ALIGNED))  # numbers stand where processors like them
            parts, different = _parts(_whole(file, place))
            made = _stream(parts)
            digest = hashlib.sha256(memoryview(made)).hexdigest()
            places.append([written, made.size, different, _rising(parts["order"]), digest])
            written += write(made)
    directory = json.dumps({"rows": rows, "columns": places}).encode()
    write(directory)
    write(TAIL.pack(len(directory), hashlib.sha256(directory).digest()))


def _whole(file: Any, place: int) -> Any:
    """A column as one array, by its place: names may stand twice."""
    groups = [
        file.reader.read_row_group(g, column_indices=[place]) for g in range(file.num_row_groups)
    ]
    kind = file.schema_arrow.field(place).type
    arrays = [chunk for group in groups for chunk in group.column(0).chunks]
    return pa.concat_arrays(arrays) if arrays else pa.array([], kind)


def _parts(column: Any) -> tuple[dict[str, Any], int]:
    """The parts of a column, and how many different values it has."""
    encoded = column.dictionary_encode()
    by_value = pc.sort_indices(_sortable(encoded.dictionary))
    different = len(by_value)
    codes = pc.take(pc.inverse_permutation(by_value.cast(pa.int64())), encoded.indices)
    kind = pa.uint8() if different < 2**8 else pa.uint16() if different < 2**16 else pa.uint32()
    codes = pc.fill_null(codes.cast(pa.uint32()), pa.scalar(different, pa.uint32())).cast(kind)
    order = pc.sort_indices(codes).cast(pa.uint32())
    values = encoded.dictionary.take(by_value)
    if column.null_count:
        values = pa.concat_arrays([values, pa.nulls(1, values.type)])
    ends = pc.run_end_encode(pc.take(codes, order), run_end_type=pa.int64()).run_ends
    starts = pa.concat_arrays([pa.array([0], pa.int64()), ends]).cast(pa.uint32())
    if not column.null_count:  # no rows are empty: their stretch begins and ends at the end
        starts = pa.concat_arrays([starts, pa.array([len(column)], pa.uint32())])
    return {"values": values, "codes": codes, "order": order, "starts": starts}, different


def _sortable(values: Any) -> Any:
    """The values as Arrow sorts them. Raises ``pyarrow.ArrowInvalid`` for a type of which Arrow, Python and
    the query engine may think differently."""
    kind = values.type
    if pa.types.is_boolean(kind):
        return values.cast(pa.uint8())
    if kind != pa.timestamp("us") and not any(same(kind) for same in SAME_ORDER):
        raise pa.ArrowInvalid("a column of this type is not indexed")
    return values


def _rising(order: Any) -> bool:
    """Whether the rows stand in the order of their values already."""
    if len(order) < 2:
        return True
    return pc.all(pc.greater(order[1:], order[:-1])).as_py() is True


def _stream(parts: dict[str, Any]) -> Any:
    """One row whose cells are the parts, as lists: an Arrow batch has columns of one length."""
    lists = [
        pa.LargeListArray.from_arrays(pa.array([0, len(parts[name])], pa.int64()), parts[name])
        for name in PARTS
    ]
    batch = pa.record_batch(lists, names=list(PARTS))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue()


def main() -> None:
    """In the process of its own: the file appears under its name, whole or not at all."""
    parquet, out = map(Path, sys.argv[1:])
    limits = Limits(memory_bytes=MEMORY_BYTES, max_unpacked_bytes=MOST_BYTES, seconds=SECONDS)
    shut_doors(limits, os.getppid())
    os.nice(NICENESS)
    with out.open("xb") as file:
        write_index(parquet, file)
        file.flush()
        os.fsync(file.fileno())


if __name__ == "__main__":
    main()
