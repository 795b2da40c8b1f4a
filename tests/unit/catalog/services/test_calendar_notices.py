"""Reading an official notice: the text in the form of every year, CSV, and what is neither."""

from datetime import date
from string import printable

import pytest
from chinese_calendar.constants import holidays, workdays
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import Invalid
from catalog.services import calendar_notices

NOTICE = """国务院办公厅关于2026年部分节假日安排的通知
各省、自治区、直辖市人民政府，国务院各部委、各直属机构：
经国务院批准，现将2026年元旦、春节等节假日放假调休日期的具体安排通知如下。
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
节假日期间，各地区、各部门要妥善安排好值班。
"""


def days(text: str, kind: str) -> set[date]:
    return {
        date.fromisoformat(row["date"])
        for row in calendar_notices.rows(text)
        if row["kind"] == kind
    }


def test_the_notice_of_2026_gives_the_days_of_the_official_calendar() -> None:
    free, worked = days(NOTICE, "rest"), days(NOTICE, "work")
    assert worked == {day for day in workdays if day.year == 2026}
    assert {day for day in free if day.weekday() < 5} == {
        day for day in holidays if day.year == 2026 and day.weekday() < 5
    }
    names = {row["name"] for row in calendar_notices.rows(NOTICE)}
    assert {"元旦", "元旦调休上班", "国庆节"} <= names


def test_a_range_over_the_turn_of_the_year_and_several_ranges_are_read() -> None:
    text = "关于2027年部分节假日安排的通知\n一、元旦：2026年12月31日至2027年1月2日放假，共3天。\n二、春节：2月5日、2月7日至9日放假。1月30日上班。"
    assert days(text, "rest") == {
        date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 2),
        date(2027, 2, 5), date(2027, 2, 7), date(2027, 2, 8), date(2027, 2, 9),
    }  # fmt: skip
    assert days(text, "work") == {date(2027, 1, 30)}


def test_lines_of_csv_are_taken_as_they_are() -> None:
    text = "\ufeffdate,kind,name\n2027-01-01，rest，元旦\n\n2027-01-02,work,\n"
    assert calendar_notices.rows(text) == [
        {"date": "2027-01-01", "kind": "rest", "name": "元旦"},
        {"date": "2027-01-02", "kind": "work", "name": ""},
    ]


@pytest.mark.parametrize(
    "text",
    [
        "一、元旦：1月1日放假。", "2027年\n一、元旦：2月30日放假。", "2027年\n一、元旦：13月1日放假。",
        "2027年\n一、元旦：放假。", "2027年\n一、元旦：1月3日至1日放假。", "2027年\n一、元旦：1月1日至12月1日放假。",
        "2027年\n一、元旦：3日放假。", "x" * 100_001,
    ],
)  # fmt: skip
def test_a_notice_that_cannot_be_read_says_so(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        calendar_notices.rows(text)
    assert "rows" in refused.value.fields


@given(
    st.text(
        st.sampled_from("2027年一二、元旦：:1月日至（）()放假上班。,，\n" + printable[:20]),
        max_size=200,
    )
)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = calendar_notices.rows(text)
    except Invalid:
        return
    assert all(set(row) == {"date", "kind", "name"} for row in found)
