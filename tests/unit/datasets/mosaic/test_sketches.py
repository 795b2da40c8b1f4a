"""A sketch says which keys a table has, and nothing of their values."""

import json
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.engine import QueryLimits
from datasets.filters import QueryProblem
from datasets.mosaic import as_json, from_json, sketch
from datasets.mosaic.links import LEAST_COMMON, overlap
from datasets.mosaic.sketches import SKETCH, kind_of

SCHEMA_KEY = b"frictionless:schema"


def write(path, columns, fields=()):
    described = {"fields": [{"name": name, "type": "string"} for name in columns]}
    for field in fields:
        next(one for one in described["fields"] if one["name"] == field["name"]).update(field)
    table = pa.table({name: pa.array(list(values)) for name, values in columns.items()})
    pq.write_table(
        table.replace_schema_metadata({SCHEMA_KEY: json.dumps(described).encode()}), path
    )
    return path


def test_columns_are_told_by_header_or_by_what_was_found_in_them():
    assert kind_of("统一社会信用代码") == "credit-code"
    assert kind_of("* 联系 电话（必填）") == "phone"
    assert kind_of("当事人名称") == "organisation"
    assert kind_of("当事人") == "person"
    assert kind_of("行政处罚决定书文号") == "permit"
    assert kind_of("备注", "mobile") == "phone"
    assert kind_of("备注") == ""


def test_spellings_of_one_value_have_one_hash(tmp_path):
    plain = write(tmp_path / "a.parquet", {"单位名称": ["甲(北京)公司", "乙 店", "丙厂"]})
    wide = write(tmp_path / "b.parquet", {"单位名称": ["甲（北京）公司", "乙店", "丁厂"]})
    one, other = (set(sketch(path).keys[0].hashes) for path in (plain, wide) if path)
    assert len(one & other) == 2


def test_treated_columns_and_columns_of_few_values_are_no_keys(tmp_path):
    path = write(
        tmp_path / "t.parquet",
        {
            "姓名": ["王*明", "李*", "赵*"],
            "电话": ["1", "22", "33"],
            "地址": ["甲地", "甲地", "甲地"],
        },
        [{"name": "姓名", "gongkai:treatedBy": ["mask"]}],
    )
    made = sketch(path)
    assert made.columns == ("电话", "地址")
    assert made.keys == ()


def test_birth_date_and_sex_join_with_a_third_field(tmp_path):
    rows = {"性别": ["男", "女", "男"], "出生日期": ["1990-01-01", "1971-02-03", "1960-05-06"],
            "所在区县": ["海淀", "朝阳", "东城"], "民族": ["汉", "回", "汉"]}  # fmt: skip
    made = sketch(write(tmp_path / "t.parquet", rows))
    assert [(key.kind, key.columns) for key in made.keys] == [
        ("combination:district", ("出生日期", "性别", "所在区县")),
        ("combination:ethnic", ("出生日期", "性别", "民族")),
    ]


def test_a_sketch_is_stored_and_read_without_loss_and_holds_no_value(tmp_path):
    path = write(tmp_path / "t.parquet", {"电话": ["13800138000", "13900139000", "13700137000"]})
    made = sketch(path)
    stored = json.loads(json.dumps(as_json(made)))
    assert from_json(stored) == made
    assert "138001" not in str(stored)


@settings(deadline=None, max_examples=15)
@given(
    st.integers(0, 10**6), st.sampled_from([3, 50, 600, 5_000]), st.sampled_from([3, 700, 20_000]),
    st.sampled_from([0.0, 0.1, 0.5, 1.0]),
)  # fmt: skip
def test_the_estimate_is_near_the_truth(tmp_path_factory, seed, small, large, share):
    chance = random.Random(seed)
    folder = tmp_path_factory.mktemp("near")
    mine = [f"许可{seed}第{n}号" for n in range(small)]
    both = min(round(small * share), large)
    theirs = mine[:both] + [f"许可另{seed}第{n}号" for n in range(large - both)]
    chance.shuffle(theirs)
    left = sketch(write(folder / "a.parquet", {"许可证编号": mine})).keys[0]
    right = sketch(write(folder / "b.parquet", {"许可证编号": theirs})).keys[0]
    assert abs(left.distinct - small) <= small * 0.2
    assert abs(right.distinct - large) <= large * 0.2
    found = overlap(left, right)
    exact = max(small, large) < SKETCH
    if exact:
        enough = both >= LEAST_COMMON
        assert (found is not None) == enough
        if found:
            assert (found.left_share, found.matched) == (both / small, both)
    elif found:
        sampled = found.common / max(found.left_share, 1e-9)
        assert abs(found.left_share - both / small) <= 4 * 0.5 / sampled**0.5
    else:
        assert both / small < 0.6 or both * SKETCH / large < 20


def test_a_sketch_that_takes_longer_than_it_may_is_refused(tmp_path):
    numbers = [f"1380013{n:04d}" for n in range(5_000)] * 40
    path = write(tmp_path / "t.parquet", {"电话": numbers})
    with pytest.raises(QueryProblem) as refused:
        sketch(path, limits=QueryLimits(seconds=0.001))
    assert refused.value.problem.code == "query-timeout"
