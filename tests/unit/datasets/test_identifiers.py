"""Identifiers are judged as the national standards say, and no text makes them fail."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from datasets import identifiers

VECTORS = Path(__file__).parents[4] / "shared/conformance/vectors/identifiers.json"
FULL_WIDTH = str.maketrans("0123456789ABCDEFGHXY", "０１２３４５６７８９ＡＢＣＤＥＦＧＨＸＹ")

PREDICATES = (
    identifiers.valid_citizen_id,
    identifiers.citizen_id_shaped,
    identifiers.plausible_old_citizen_id,
    identifiers.valid_uscc,
    identifiers.certain_organisation,
    identifiers.valid_organisation_code,
    identifiers.valid_bank_card,
    identifiers.valid_region,
    identifiers.passes_luhn,
)


@pytest.mark.parametrize(
    "number",
    [
        "11010519491231002X",
        "440524188001010014",
        "810000199408230021",
        "830000199201300022",
        "911124198108030024",
        "11010519491231002x",
        "110105 19491231 002X",
        "110105-19491231-002X",
    ],
)
def test_a_citizen_id_that_passes_its_check_is_valid_however_it_is_spaced(number):
    assert identifiers.valid_citizen_id(number)
    assert identifiers.valid_citizen_id(number.upper().translate(FULL_WIDTH))


@pytest.mark.parametrize(
    "number",
    [
        "110105194912310021",  # wrong check
        "11010519490231002X",  # 31 February
        "990105194912310021",  # no such province
        "11010519491231002",
        "",
        "一一〇一〇五",
    ],
)
def test_a_citizen_id_with_a_wrong_part_is_not_valid(number):
    assert not identifiers.valid_citizen_id(number)


def test_nobody_is_born_tomorrow():
    day = date(2026, 3, 31)
    tomorrow = day + timedelta(days=1)
    assert identifiers.birth_date(f"110105{tomorrow:%Y%m%d}0021", day) is None
    assert identifiers.birth_date(f"110105{tomorrow:%Y%m%d}0021", tomorrow) == tomorrow


@pytest.mark.parametrize("code", ["91350100M000100Y43", "91110000600037341L", "11110000000021610G"])
def test_a_credit_code_that_passes_both_checks_is_certainly_an_organisation(code):
    assert identifiers.valid_uscc(code)
    assert identifiers.certain_organisation(code)


@pytest.mark.parametrize("code", ["911102287567016960", "91350100M000100Y44", "91350100I000100Y43"])
def test_a_credit_code_with_a_wrong_character_is_not_valid(code):
    assert not identifiers.valid_uscc(code)


def test_the_published_vectors_hold():
    if not VECTORS.exists():
        pytest.skip("the shared vectors are not here; their copies above always run")
    vectors = json.loads(VECTORS.read_text(encoding="utf-8"))
    people, bodies = vectors["citizen_id"], vectors["unified_social_credit_code"]
    assert all(map(identifiers.valid_citizen_id, people["valid"]))
    assert not any(map(identifiers.valid_citizen_id, people["invalid"]))
    assert all(map(identifiers.valid_uscc, bodies["valid"]))
    assert not any(map(identifiers.valid_uscc, bodies["invalid"]))


def test_an_identity_number_damaged_by_a_spreadsheet_keeps_its_shape():
    assert identifiers.citizen_id_shaped("110105194912310000")
    assert not identifiers.valid_citizen_id("110105194912310000")


def test_an_old_identity_number_tells_the_birth_date_of_its_century():
    assert identifiers.plausible_old_citizen_id("110105491231002")
    assert identifiers.birth_date("110105491231002") == date(1949, 12, 31)
    assert not identifiers.plausible_old_citizen_id("110105491331002")


def test_a_bank_card_needs_an_issuer_and_not_only_luhn():
    assert identifiers.valid_bank_card("6222021234567890128")
    assert identifiers.passes_luhn("4111111111111111")
    assert not identifiers.valid_bank_card("4111111111111111")
    assert identifiers.valid_bank_card("4111 1111 1111 1111", any_issuer=True)


def test_codes_are_normalised_to_plain_capitals_without_separators():
    assert identifiers.normalise_code(" ９１350100-m000100\u200by43 ") == "91350100M000100Y43"


@settings(deadline=None)
@given(st.text())
@example("²" * 18)
@example("१" * 18)
@example("𝟏" * 18)
@example("٠" * 15)
@example("\ud800" * 18)
@example("1" * 10_000)
def test_no_text_makes_a_predicate_fail(text):
    for predicate in PREDICATES:
        assert predicate(text) in {True, False}
    identifiers.birth_date(text)


@settings(deadline=None)
@given(st.text())
def test_folding_keeps_every_character_in_its_place(text):
    assert len(identifiers.fold(text)) == len(text)


@settings(deadline=None)
@given(st.from_regex(r"\A[0-9A-Z]{15,19}\Z"))
def test_full_width_spelling_changes_no_verdict(code):
    wide = "".join(chr(ord(char) + 0xFEE0) for char in code)
    for predicate in PREDICATES[:-1]:
        assert predicate(code) == predicate(wide)
