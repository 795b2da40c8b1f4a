from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from catalog.errors import Busy, Forbidden, Gone, RuleError, TooMany, missing
from catalog.pages import error_summaries, render
from catalog.settings import Settings
from schemas.records import Message
from tests.common.stack import open_stack
from tests.conftest import NOW

SAID = (Message("Try again in a few seconds."), Message("Try again in a few seconds."))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    home: Path = tmp_path_factory.mktemp("render")
    with open_stack(Settings(home=home, queue_url="memory:"), NOW) as stack:
        yield stack.client.application


def told(app: Flask, error: RuleError, path: str = "/units?sort=name", came: str = "") -> str:
    headers = {"Accept-Language": "en", "Referer": came}
    with app.test_request_context(path, base_url="http://portal.test", headers=headers):
        answer = render.refusal_page(error)
    assert answer.status_code == error.status
    return str(answer.get_data(as_text=True))


def test_a_failure_that_may_pass_says_when_and_leads_to_the_same_again(app: Flask) -> None:
    for error in (Busy("b", *SAID), TooMany("t", SAID[0], retry_after=7)):
        text = told(app, error)
        assert f"asked again in {error.retry_after} seconds" in text
        assert 'href="/units?sort=name">Try again</a>' in text


def test_a_file_that_is_gone_leads_to_its_entry(app: Flask) -> None:
    text = told(app, Gone("gone", *SAID), "/datasets/bus-stops/stops.csv")
    assert 'href="/datasets/bus-stops">Go to the entry</a>' in text


def test_nothing_found_offers_a_search_and_the_page_before(app: Flask) -> None:
    text = told(app, missing("page"), "/nix", "http://portal.test/units?sort=name")
    assert 'action="/datasets"' in text
    assert 'href="/units?sort=name">Back to the page before</a>' in text


@pytest.mark.parametrize(
    "came",
    [
        "",
        "https://elsewhere.test/x",
        "http://portal.test//elsewhere.test",
        "http://portal.test/nix",
    ],
)
def test_no_page_leads_back_to_another_site_or_to_itself(app: Flask, came: str) -> None:
    assert "Back to the page before" not in told(app, missing("page"), "/nix", came)


def test_a_refusal_of_rights_leads_home(app: Flask) -> None:
    assert 'href="/">Go to the home page</a>' in told(app, Forbidden("no", *SAID))


def test_a_summary_of_errors_names_its_fields_whatever_they_are(app: Flask) -> None:
    lines = "".join(f'<li><a href="#{name}" data-problem>is missing</a></li>' for name in "abcd")
    page = f"""<title>Form</title><div class="error-summary">{lines}</div>
        <label class="field__label" for="a">Name <span>(optional)</span></label><input id="a">
        <fieldset class="field" id="b"><legend class="field__label">Kind</legend></fieldset>
        <input type="text" id="c" name="c" aria-label="Title &lt;1&gt;">"""
    with app.test_request_context("/", headers={"Accept-Language": "en"}):
        text = error_summaries.completed(page)
    assert "<title>Problem: Form" in text
    assert '<a href="#a" data-problem>Name: is missing</a>' in text
    assert '<a href="#b" data-problem>Kind: is missing</a>' in text
    assert '<a href="#c" data-problem>Title &lt;1&gt;: is missing</a>' in text
    assert "<span data-problem>is missing</span>" in text, "a link that leads nowhere is none"
