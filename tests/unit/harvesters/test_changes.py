import datetime as dt
from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st

from harvesters.changes import KnownRecord, Plan, digest, plan
from schemas.records import DatasetRecord, Message
from tests.common.counting import calls_of

TODAY = dt.date(2024, 5, 1)
BOUNDS = {"complete": True, "today": TODAY, "grace_days": 7, "max_gone_share": 0.1, "max_gone": 50}
LONG_AGO = TODAY - dt.timedelta(days=7)


def compare(seen: dict[str, str], known: dict[str, KnownRecord], **changes: object) -> Plan:
    return plan(seen.items(), known, **{**BOUNDS, **changes})


def apply(
    made: Plan, seen: dict[str, str], known: dict[str, KnownRecord]
) -> dict[str, KnownRecord]:
    """What a catalogue does with a plan."""
    after = dict(known)
    for remote_id in made.back:
        after[remote_id] = replace(after[remote_id], missing_since=None, archived=False)
    for remote_id in (*made.new, *made.changed):
        after[remote_id] = KnownRecord(seen[remote_id])
    for remote_id in made.missing:
        after[remote_id] = replace(after[remote_id], missing_since=TODAY)
    for remote_id in made.gone:
        after[remote_id] = replace(after[remote_id], archived=True)
    return after


IDS = st.sampled_from([f"r{n}" for n in range(12)])
DIGESTS = st.sampled_from(["", "a", "b", "c"])
DATES = st.none() | st.dates(dt.date(2024, 4, 1), TODAY)
KNOWN = st.dictionaries(IDS, st.builds(KnownRecord, DIGESTS, DATES, st.booleans()))


@given(st.dictionaries(IDS, DIGESTS), KNOWN, st.booleans(), st.floats(0, 1), st.integers(0, 12))
@example(
    {"r0": "a"},
    {
        "r1": KnownRecord(""),
        "r2": KnownRecord(""),
        "r3": KnownRecord("", dt.date(2024, 4, 1)),
    },
    True,
    0.25,
    1,
)
def test_the_second_run_does_nothing(
    seen: dict[str, str], known: dict[str, KnownRecord], complete: bool, share: float, most: int
) -> None:
    bounds = {"complete": complete, "max_gone_share": share, "max_gone": most}
    first = compare(seen, known, **bounds)
    after = apply(first, seen, known)
    second = compare(seen, after, **bounds)
    assert second.new == second.changed == second.missing == second.back == second.gone == ()
    assert second.held == first.held


@given(st.dictionaries(IDS, DIGESTS), KNOWN)
def test_every_record_gets_exactly_one_fate(
    seen: dict[str, str], known: dict[str, KnownRecord]
) -> None:
    made = compare(seen, known)
    present = [*made.new, *made.changed, *made.same, *made.unreadable]
    absent = [*made.missing, *made.waiting, *made.gone, *made.held]
    assert sorted(present) == sorted(seen)
    assert sorted(absent) == sorted(
        remote_id for remote_id, record in known.items()
        if remote_id not in seen and not record.archived
    )  # fmt: skip


@given(st.dictionaries(IDS, DIGESTS), KNOWN, st.floats(0, 1), st.integers(0, 12))
@example({"r0": ""}, {"r1": KnownRecord(""), "r2": KnownRecord("", dt.date(2024, 4, 1))}, 0.375, 1)
def test_never_more_vanish_than_the_threshold(
    seen: dict[str, str], known: dict[str, KnownRecord], share: float, most: int
) -> None:
    made = compare(seen, known, max_gone_share=share, max_gone=most)
    living = seen.keys() | {key for key, record in known.items() if not record.archived}
    assert len(made.gone) <= most
    assert len(made.gone) <= share * len(living)


@given(st.dictionaries(IDS, DIGESTS), KNOWN)
def test_a_partial_run_takes_nothing_away(
    seen: dict[str, str], known: dict[str, KnownRecord]
) -> None:
    made = compare(seen, known, complete=False, max_gone_share=1.0)
    assert made.missing == made.gone == made.held == ()


def test_an_empty_source_takes_nothing_away() -> None:
    known = {"a": KnownRecord("x", LONG_AGO), "b": KnownRecord("y")}
    made = compare({}, known, max_gone_share=1.0)
    assert made == Plan(waiting=("a", "b"))


def test_a_record_vanishes_after_the_grace_period_and_not_before() -> None:
    known = {f"r{n}": KnownRecord("x") for n in range(20)}
    seen = {f"r{n}": "x" for n in range(19)}
    assert compare(seen, known).missing == ("r19",)
    known["r19"] = KnownRecord("x", TODAY - dt.timedelta(days=6))
    assert compare(seen, known).waiting == ("r19",)
    known["r19"] = KnownRecord("x", LONG_AGO)
    assert compare(seen, known).gone == ("r19",)


def test_a_mass_loss_is_held_until_a_person_approves() -> None:
    known = {f"r{n}": KnownRecord("x", LONG_AGO) for n in range(20)}
    seen = {"r0": "x"}
    made = compare(seen, known)
    assert len(made.held) == 19
    assert made.gone == ()
    assert len(compare(seen, known, approved=True).gone) == 19


def test_a_record_that_cannot_be_read_this_time_is_neither_changed_nor_missing() -> None:
    made = compare({"a": "", "b": ""}, {"a": KnownRecord("x")})
    assert made == Plan(unreadable=("a", "b"))


def test_an_archived_record_that_returns_is_brought_back() -> None:
    known = {"a": KnownRecord("x", LONG_AGO, archived=True)}
    assert compare({"a": "x"}, known) == Plan(same=("a",), back=("a",))
    assert compare({"a": "y"}, known) == Plan(changed=("a",), back=("a",))


def test_the_digest_follows_content_only() -> None:
    record = DatasetRecord("a", "甲", ignored={"x": 1, "y": 2})
    again = DatasetRecord("a", "甲", ignored={"y": 2, "x": 1}, warnings=(Message("doubt"),))
    assert digest(record) == digest(again)
    assert digest(record) != digest(replace(record, title="乙"))


def test_each_of_a_hundred_thousand_unchanged_records_is_looked_up_once() -> None:
    records = [
        DatasetRecord(
            f"id-{n}", f"数据集{n}", "说明" * 40, "某局", keywords=("甲", "乙"), formats=("csv",)
        )
        for n in range(100_000)
    ]
    known = {record.remote_id: KnownRecord(digest(record)) for record in records}
    digests = [(record.remote_id, digest(record)) for record in records]
    made, calls = calls_of(lambda: plan(iter(digests), known, **BOUNDS))
    assert len(made.same) == 100_000
    assert calls < 10 * len(records)
