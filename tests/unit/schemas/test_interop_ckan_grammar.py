"""The query language of CKAN's search: what binds how, and texts that are no query."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.interop import ckan_dates, ckan_grammar, ckan_out
from schemas.interop.ckan_grammar import (
    All,
    AnyOf,
    Everything,
    Exists,
    Not,
    Range,
    Term,
    UnreadableQueryError,
)

NOW = datetime(2026, 11, 23, 10, 20, 30, 5, tzinfo=UTC)
A, B, C = Term("", "a"), Term("", "b"), Term("", "c")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", Everything()),
        ("*:*", Everything()),
        ("a b", All((A, B))),
        ("a OR b c", All((AnyOf((A, B)), C))),
        ("a OR b AND c", AnyOf((A, All((B, C))))),
        ("a || b && c", AnyOf((A, All((B, C))))),
        ("-a +b !c", All((Not(A), B, Not(C)))),
        ("NOT NOT a", A),
        ("(a OR b) c", All((AnyOf((A, B)), C))),
        ("t:a", Term("t", "a")),
        ("t:(a OR b)", AnyOf((Term("t", "a"), Term("t", "b")))),
        ("t:(a b)", All((Term("t", "a"), Term("t", "b")))),
        ('t:"a \\"b"', Term("t", 'a "b', phrase=True)),
        ("t:a*", Term("t", "a", prefix=True)),
        ("t:a\\*", Term("t", "a*")),
        ("t:*", Exists("t")),
        ("-t:*", Not(Exists("t"))),
        ("t:[1 TO *]", Range("t", "1", "*", with_low=True, with_high=True)),
        ("t:{1 TO 2]", Range("t", "1", "2", with_low=False, with_high=True)),
        ("t:2026-01-01T00:00:00Z", Term("t", "2026-01-01T00:00:00Z")),
        ("a^4 b~0.5 c~", All((A, B, C))),
        ("facet.field:a", Term("facet.field", "a")),
        ("标题:水", Term("标题", "水")),
        ("a\\:b", Term("", "a:b")),
        ("and", Term("", "and")),
    ],
)
def test_a_text_is_read_as_clients_mean_it(text: str, tree: ckan_grammar.Node) -> None:
    assert ckan_grammar.parse(text) == tree


@pytest.mark.parametrize(
    "text", ["a AND", "(a", "a)", '"a', "t:(", "AND a", "t:[1 TO", "[1 TO 2", "(" * 60, "a " * 300,
             "*:a", "-", "\\", "x" * 5_000],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(UnreadableQueryError):
        ckan_grammar.parse(text)


@given(st.text(max_size=200))
def test_every_text_is_read_or_refused(text: str) -> None:
    try:
        ckan_grammar.parse(text)
    except UnreadableQueryError:
        assert ckan_grammar.words(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("NOW", NOW),
        ("NOW-7DAYS", NOW - timedelta(days=7)),
        ("NOW+1HOUR", NOW + timedelta(hours=1)),
        ("NOW/DAY", datetime(2026, 11, 23, tzinfo=UTC)),
        ("NOW/MONTH-1MONTH", datetime(2026, 10, 1, tzinfo=UTC)),
        ("NOW/YEAR", datetime(2026, 1, 1, tzinfo=UTC)),
        ("NOW/HOUR", datetime(2026, 11, 23, 10, tzinfo=UTC)),
        ("NOW-1YEAR/DAY", datetime(2025, 11, 23, tzinfo=UTC)),
        ("2026", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-02-03T04:05:06.000007Z", datetime(2026, 2, 3, 4, 5, 6, 7, tzinfo=UTC)),
        ("2026-02-03T08:00:00+08:00", datetime(2026, 2, 3, tzinfo=UTC)),
    ],
)
def test_dates_are_reckoned_as_solr_does(text: str, moment: datetime) -> None:
    assert ckan_dates.moment(text, NOW) == moment


@pytest.mark.parametrize(
    "text", ["NOW-999999YEARS", "2026-13", "NOW/WEEKDAY", "NOW+1EON", "x", "0000"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(UnreadableQueryError):
        ckan_dates.moment(text, NOW)


@given(st.datetimes(datetime(2001, 1, 1), datetime(2500, 1, 1), timezones=st.just(UTC)), st.text())  # noqa: DTZ001
def test_a_packages_id_leads_back_to_its_moment(moment: datetime, slug: str) -> None:
    identifier = ckan_out.package_id(slug.encode("utf-8", "replace").decode(), moment)
    assert ckan_out.registered_at(identifier) == moment


def test_a_resources_id_leads_back_to_its_table() -> None:
    table = "0123456789abcdef0123456789abcdef"
    for form in ckan_out.FORMATS:
        assert (table, form) in set(ckan_out.tables_of(ckan_out.resource_id(table, form)))
    with pytest.raises(ValueError, match="hexadecimal"):
        list(ckan_out.tables_of("x"))
