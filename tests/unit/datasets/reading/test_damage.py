"""Destroyed codes are told from codes that merely look odd."""

import pytest

from datasets.reading.damage import Damage, has_check_digit
from tests.common.ugly_files import CREDIT_CODES, FLOAT_DAMAGED


def verdict(cells: list[str], label: str = "x") -> int:
    damage = Damage()
    for record, cell in enumerate(cells, 2):
        damage.look_at(record, 0, cell)
    return damage.verdict([label], ())[0]


@pytest.mark.parametrize("cell", [*FLOAT_DAMAGED, "9.11102E+17", "1.1E+17"])
def test_what_a_spreadsheet_leaves_of_a_code_is_destroyed(cell):
    assert verdict([cell]) == 1


@pytest.mark.parametrize("cell", ["110105194912310021", *CREDIT_CODES, "1.5", "", "12E", "1E5"])
def test_other_codes_and_numbers_are_not(cell):
    assert verdict([cell]) == 0


def test_a_telephone_in_scientific_notation_is_destroyed_only_under_such_a_header():
    assert verdict(["1.38E+10"], "联系电话") == 1
    assert verdict(["1.38E+10"], "排放量") == 0


def test_measurements_of_many_sizes_are_no_codes():
    assert verdict(["1.5E+14", "2.5E+16", "3E+12"], "活度") == 0


def test_both_check_digits_are_known():
    assert has_check_digit("440524188001010014")
    assert not has_check_digit("110105194912310021")
