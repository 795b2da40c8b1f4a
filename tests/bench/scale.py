"""How much of everything is measured."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Sizes of one run of the bench."""

    upload_bytes: int
    delivery_rows: int
    search_entries: int
    city_entries: int
    search_questions: int
    likes: int
    table_rows: int
    units: int
    facts: int
    ledger_units: int
    ledger_entries: int
    ledger_affected: int
    rooms_units: int
    rooms_entries: int
    records: int
    repeats: int
    validated_rows: int
    workbook_rows: int
    large_rows: int
    labelled_cells: int
    datasette: bool
    download_bytes: int
    tries: int


FULL = Scale(
    upload_bytes=2 * 2**30,
    delivery_rows=1_000_000,
    search_entries=50_000,
    city_entries=1_000_000,
    search_questions=2_000,
    likes=13,
    table_rows=1_000_000,
    units=2_000,
    facts=100_000,
    ledger_units=2_000,
    ledger_entries=2_000_000,
    ledger_affected=10_000,
    rooms_units=200,
    rooms_entries=40_000,
    records=1_875,
    repeats=100,
    validated_rows=1_000_000,
    workbook_rows=200_000,
    large_rows=70_000_000,
    labelled_cells=60_000,
    datasette=True,
    download_bytes=500 * 2**20,
    tries=3,
)
QUICK = Scale(
    upload_bytes=24 * 2**20,
    delivery_rows=1_000,
    search_entries=1_000,
    city_entries=2_000,
    search_questions=60,
    likes=4,
    table_rows=1_000,
    units=40,
    facts=1_000,
    ledger_units=20,
    ledger_entries=1_000,
    ledger_affected=20,
    rooms_units=10,
    rooms_entries=300,
    records=60,
    repeats=10,
    validated_rows=2_000,
    workbook_rows=200,
    large_rows=5_000,
    labelled_cells=4_000,
    datasette=False,
    download_bytes=8 * 2**20,
    tries=1,
)
