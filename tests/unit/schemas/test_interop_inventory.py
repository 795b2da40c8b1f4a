import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.interop.inventory import from_inventory
from schemas.interop.labels import ENTRY_LABELS
from schemas.interop.values import NotARecordError

LABELS = st.sampled_from([word for words in ENTRY_LABELS.values() for word in words.split()])
CELLS = (
    st.none() | st.integers() | st.floats() | st.text(max_size=40) | st.lists(st.text(max_size=9))
)

PORTAL = {
    "标题": "图书馆读书活动信息",
    "来源部门": "市文旅局 ",
    "重点领域": "暂无",
    "发布时间": "2023-6-16",
    "更新时间": "2023-6-17",
    "开放条件": "无条件开放",
    "数据量": 10,
    "更新频率": "按年更新",
    "部门电话": "010-0000",
    "标签": "图书、阅读",
    "描述": "图书馆读书活动信息。",
    "数据格式": "['xls', 'csv']",
    "详情页网址": "https://p.example/detail?id=77&type=x",
    "用户评分": 5,
    "空": "",
}


def test_portal_metadata_becomes_a_record() -> None:
    record = from_inventory(PORTAL)
    assert record.remote_id == "77"
    assert record.publisher == "市文旅局"
    assert record.theme == ""
    assert (record.issued, record.modified) == ("2023-06-16", "2023-06-17")
    assert (record.openness, record.update_cycle, record.rows) == ("unconditional", "yearly", 10)
    assert record.keywords == ("图书", "阅读")
    assert record.formats == ("xls", "csv")
    assert record.ignored == {"用户评分": 5}
    assert [warning.text for warning in record.warnings] == [
        "The description only repeats the title."
    ]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"开放条件": "有条件开放"}, ("conditional", "", "")),
        ({"开放属性": "依申请开放"}, ("conditional", "approval", "")),
        ({"开放方式": "实名认证"}, ("conditional", "real-name", "")),
        ({"开放类型": "不予开放"}, ("withheld", "", "")),
        ({"是否向社会开放": "是"}, ("unconditional", "", "")),
        ({"是否向社会开放": "1", "开放条件": "无"}, ("unconditional", "", "")),
        ({"是否向社会开放": "是", "开放条件": "签署协议"}, ("conditional", "", "签署协议")),
        ({"是否向社会开放": "否"}, ("withheld", "", "")),
        ({"开放属性": "有条件开放", "开放条件": "签署协议"}, ("conditional", "", "签署协议")),
        ({}, ("", "", "")),
    ],
)
def test_openness_is_read_from_label_answer_and_condition(
    values: dict[str, str], expected: tuple[str, str, str]
) -> None:
    record = from_inventory({"标题": "甲", **values})
    assert (record.openness, record.openness_mode, record.openness_condition) == expected
    assert record.warnings == ()


@pytest.mark.parametrize("word", ["无条件共享", "有条件共享", "无", "02", "看情况"])
def test_an_openness_in_the_wrong_vocabulary_stays_unassessed_with_a_warning(word: str) -> None:
    record = from_inventory({"标题": "甲", "开放条件": word})
    assert record.openness == ""
    assert len(record.warnings) == 1
    assert record.warnings[0].params == {"label": "开放条件", "value": word}
    assert record.ignored == {"开放条件": word}


def test_a_record_without_identifier_gets_a_stable_one_from_publisher_and_title() -> None:
    one = from_inventory({"标题": "甲", "来源部门": "某局"})
    assert one.remote_id == from_inventory({"名称": "甲", "提供方": "某局", "摘要": "新"}).remote_id
    assert one.remote_id != from_inventory({"标题": "甲", "来源部门": "他局"}).remote_id
    assert one.remote_id == from_inventory({"标题": "甲"}, publisher="某局").remote_id


def test_a_record_without_title_is_an_error_with_a_remedy() -> None:
    with pytest.raises(NotARecordError) as caught:
        from_inventory({"来源部门": "某局", "标题": " \n"})
    assert caught.value.code == "no-title"
    assert caught.value.remedy.text


def test_fields_of_the_guide_are_read_with_their_own_openness() -> None:
    record = from_inventory(
        {"信息资源名称（必填）": "甲"},
        [
            {
                "字段名称（必填）": "姓名",
                "字段英文名称": "xm",
                "数据类型（必填）": "字符型C",
                "长度（选填）": "50",
                "是否主键（必填）": "否",
                "是否为空": "是",
                "字段是否向社会开放（必填）": "否",
                "字段共享类型": "有条件共享",
                "默认值": "x",
            },
            {"字段名称（必填）": "年份", "数据类型（必填）": "怪型"},
            {"长度（选填）": "3"},
        ],
    )
    first, second = record.fields
    assert (first.name, first.title, first.type, first.length) == ("xm", "姓名", "string", 50)
    assert (first.openness, first.sharing) == ("withheld", "conditional")
    assert (first.nullable, first.primary_key) == (True, False)
    assert first.ignored == {"默认值": "x"}
    assert (second.name, second.openness, second.type) == ("年份", "", "")
    assert second.ignored == {"数据类型（必填）": "怪型"}


@given(st.dictionaries(LABELS | st.text(max_size=8), CELLS, max_size=12))
def test_any_flat_document_is_a_record_or_a_reasoned_error(document: dict[str, object]) -> None:
    try:
        record = from_inventory(document)
    except NotARecordError:
        return
    assert record.title
    assert record.remote_id
    orjson.dumps(record)
    again = from_inventory(document)
    assert again == record
