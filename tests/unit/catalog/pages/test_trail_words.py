from pathlib import Path

import pytest

from catalog.pages import trail_words
from catalog.settings import Settings
from tests.common.stack import open_stack
from tests.conftest import NOW


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory):
    home: Path = tmp_path_factory.mktemp("words")
    with open_stack(Settings(home=home, queue_url="memory:"), NOW) as stack:
        app = stack.client.application
        with app.test_request_context("/", headers={"Accept-Language": "zh"}):
            yield


@pytest.mark.usefixtures("page")
def test_a_change_tells_only_what_is_not_the_same_before_and_after():
    before = {"name": "市档案馆", "roster_to": None}
    pairs = trail_words.said(
        {"before": before, "after": {"name": "市档案馆", "roster_to": "2025-11-29"}}
    )
    assert pairs == [("退出名录日期", "– → 2025-11-29")]


@pytest.mark.usefixtures("page")
def test_values_are_told_with_their_terms_and_nothing_is_left_out():
    pairs = trail_words.said(
        {
            "changes": [{"kind": "add", "number": "NL-006"}],
            "valid": True,
            "records_new": 3,
            "reason": "",
        }
    )
    assert pairs == [("变更", "类别: add 序号: NL-006"), ("通过", "是"), ("records_new", "3")]


@pytest.mark.usefixtures("page")
def test_a_very_long_value_is_cut():
    [(_, text)] = trail_words.said({"repairs": ["r" * 5_000]})
    assert len(text) == trail_words.LONGEST + 1
