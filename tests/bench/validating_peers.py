"""Run with an environment of its own: the checks of the made-up table in libraries of data frames.

``python validating_peers.py FILE`` prints {"library version": seconds}, the quickest of three runs,
reading the typed columns included; each is given every check it can express.
"""

import json
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import dataframely as dy
import pandera.polars as pa
import pointblank as pb
import polars as pl

CLASSES = [f"类别{number:02d}" for number in range(16)]
FIRST, LAST = pl.date(2000, 1, 1), pl.date(2030, 12, 31)


def read(path: str) -> Any:
    kinds = {
        "序号": pl.Int64, "编码": pl.String, "名称": pl.String, "类别": pl.String,
        "日期": pl.Date, "时间": pl.Datetime, "金额": pl.Float64, "年限": pl.Int64,
        "比例": pl.Float64, "是否": pl.String, "区划": pl.String, "备注": pl.String,
    }  # fmt: skip
    return pl.read_csv(path, schema=kinds, null_values=["", "NA", "-"])


def with_pandera(path: str) -> None:
    days = pa.Check.in_range(*(pl.select(day).item() for day in (FIRST, LAST)))
    schema = pa.DataFrameSchema(
        {
            "序号": pa.Column(pl.Int64, pa.Check.ge(1), unique=True),
            "编码": pa.Column(pl.String, pa.Check.str_matches("^[A-Z]{2}[0-9]{8}$"), unique=True),
            "名称": pa.Column(pl.String, pa.Check.str_length(2, 40)),
            "类别": pa.Column(pl.String, pa.Check.isin(CLASSES)),
            "日期": pa.Column(pl.Date, days),
            "时间": pa.Column(pl.Datetime, nullable=True),
            "金额": pa.Column(pl.Float64, pa.Check.ge(0)),
            "年限": pa.Column(pl.Int64, pa.Check.in_range(0, 150), nullable=True),
            "比例": pa.Column(pl.Float64, pa.Check.in_range(0, 1)),
            "是否": pa.Column(pl.String, pa.Check.isin(["是", "否"])),
            "区划": pa.Column(pl.String, pa.Check.str_matches("^11[0-9]{4}$")),
            "备注": pa.Column(pl.String, nullable=True),
        }
    )
    schema.validate(read(path), lazy=True)


def with_dataframely(path: str) -> None:
    columns = {
        "序号": dy.Int64(min=1, nullable=False),
        "编码": dy.String(regex="^[A-Z]{2}[0-9]{8}$", nullable=False),
        "名称": dy.String(min_length=2, max_length=40, nullable=True),
        "类别": dy.String(check=lambda column: column.is_in(CLASSES), nullable=True),
        "日期": dy.Date(check=lambda column: column.is_between(FIRST, LAST), nullable=True),
        "时间": dy.Datetime(nullable=True),
        "金额": dy.Float64(min=0, nullable=True),
        "年限": dy.Int64(min=0, max=150, nullable=True),
        "比例": dy.Float64(min=0, max=1, nullable=True),
        "是否": dy.String(check=lambda column: column.is_in(["是", "否"]), nullable=True),
        "区划": dy.String(regex="^11[0-9]{4}$", nullable=True),
        "备注": dy.String(nullable=True),
        "once": dy.rule()(lambda cls: pl.col("序号").is_unique() & pl.col("编码").is_unique()),
    }
    type("Table", (dy.Schema,), columns).validate(read(path))


def with_pointblank(path: str) -> None:
    first, last = (pl.select(day).item() for day in (FIRST, LAST))
    (
        pb.Validate(read(path))
        .col_vals_ge("序号", 1)
        .rows_distinct(["序号"])
        .rows_distinct(["编码"])
        .col_vals_regex("编码", "^[A-Z]{2}[0-9]{8}$")
        .col_vals_regex("名称", "^.{2,40}$")
        .col_vals_in_set("类别", CLASSES)
        .col_vals_between("日期", first, last)
        .col_vals_ge("金额", 0)
        .col_vals_between("年限", 0, 150, na_pass=True)
        .col_vals_between("比例", 0, 1)
        .col_vals_in_set("是否", ["是", "否"])
        .col_vals_regex("区划", "^11[0-9]{4}$")
        .interrogate()
    )


def quickest(work: Callable[[str], None], path: str) -> float:
    taken = []
    for _ in range(3):
        begun = time.perf_counter()
        work(path)
        taken.append(time.perf_counter() - begun)
    return min(taken)


PEERS = {"pandera": with_pandera, "dataframely": with_dataframely, "pointblank": with_pointblank}


if __name__ == "__main__":
    print(json.dumps({f"{n} {version(n)}": quickest(w, sys.argv[1]) for n, w in PEERS.items()}))
