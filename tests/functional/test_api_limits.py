"""How often one may ask: true headers, one count for all processes, 429 with the time to wait."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from catalog.http.limits import DOORS, LIMITS, WINDOW
from catalog.settings import Settings
from catalog.web import create_app
from tests.common.stack import Stack, open_stack
from tests.conftest import NOW

LIST, ROWS, SQL = "/api/v1/units", "/api/v1/resources/x/rows", "/api/v1/query?sql=SELECT"
SHARE = 10
"""Percent of the table, so that a limit is soon reached."""


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[Stack]:
    settings = Settings(home=tmp_path, proxy_count=1, rate_limit_percent=SHARE)
    with open_stack(settings, NOW) as opened:
        yield opened


def asked(stack: Stack, path: str, address: str, who: str = "", **headers: str) -> Any:
    return stack.call("GET", path, who, headers={"X-Forwarded-For": address, **headers})


def told(answer: Any) -> tuple[str, int, int, int]:
    """Class, quota, left, and seconds to the end of the window, as the two fields say."""
    policy = re.fullmatch(r'"(\w+)";q=(\d+);w=60', answer.headers["RateLimit-Policy"])
    state = re.fullmatch(r'"(\w+)";r=(\d+);t=(\d+)', answer.headers["RateLimit"])
    assert policy is not None
    assert state is not None
    assert policy[1] == state[1]
    return policy[1], int(policy[2]), int(state[2]), int(state[3])


def test_the_headers_count_down_to_a_refusal_that_says_when_to_come_again(limited: Stack) -> None:
    quota = LIMITS["sql"].address * SHARE // 100
    for number in range(1, quota + 1):
        answer = asked(limited, SQL, "192.0.2.7")
        assert answer.status_code != 429
        kind, most, left, wait = told(answer)
        assert (kind, most, left) == ("sql", quota, quota - number)
        assert 0 < wait <= WINDOW
    refused = asked(limited, SQL, "192.0.2.7")
    assert refused.status_code == 429
    assert refused.content_type.startswith("application/problem+json")
    assert refused.get_json()["code"] == "too-many-requests"
    assert told(refused)[2] == 0
    assert int(refused.headers["Retry-After"]) == told(refused)[3]
    assert asked(limited, LIST, "192.0.2.7").status_code == 200
    assert asked(limited, SQL, "192.0.2.8").status_code != 429
    limited.clock.now += timedelta(seconds=int(refused.headers["Retry-After"]))
    assert asked(limited, SQL, "192.0.2.7").status_code != 429


def test_an_account_has_a_limit_of_its_own_wherever_it_asks_from(limited: Stack) -> None:
    for address in ("192.0.2.1", "192.0.2.2"):
        kind, most, left, _ = told(asked(limited, SQL, address, "dev"))
        assert (kind, most) == ("sql", LIMITS["sql"].account * SHARE // 100)
    assert left == most - 2
    assert told(asked(limited, SQL, "192.0.2.1"))[1] == LIMITS["sql"].address * SHARE // 100


def test_a_token_that_is_tried_out_costs_the_address(limited: Stack) -> None:
    before = told(asked(limited, LIST, "192.0.2.3"))[2]
    bad = asked(limited, LIST, "192.0.2.3", Authorization="Bearer guessed")
    assert bad.status_code == 401
    assert told(bad)[2] == before - 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("192.0.2.9", "::ffff:192.0.2.9", True),
        ("192.0.2.9", "192.0.2.10", False),
        ("not an address", "not an address", True),
    ],
)
def test_an_address_is_counted_as_the_network_that_one_client_has(
    limited: Stack, one: str, other: str, same: bool
) -> None:
    first = told(asked(limited, LIST, one))[2]
    assert (told(asked(limited, LIST, other))[2] == first - 1) is same


def test_only_the_proxy_that_is_counted_is_believed(limited: Stack) -> None:
    first = told(asked(limited, LIST, "198.51.100.1, 192.0.2.20"))[2]
    assert told(asked(limited, LIST, "198.51.100.2, 192.0.2.20"))[2] == first - 1


def test_this_machine_has_room_for_a_proxy_that_nobody_counts(embedded: Stack) -> None:
    answer = embedded.call("GET", LIST, headers={"X-Forwarded-For": "192.0.2.1"})
    assert told(answer)[:2] == ("reads", LIMITS["reads"].machine)


def test_two_processes_count_together(limited: Stack) -> None:
    other = create_app(limited.runtime).test_client()
    first = told(asked(limited, LIST, "192.0.2.30"))[2]
    again = other.get(LIST, headers={"X-Forwarded-For": "192.0.2.30"})
    assert told(again)[2] == first - 1


def test_other_peoples_clients_are_refused_in_their_own_words(limited: Stack) -> None:
    action = "/api/3/action/datastore_search_sql?" + urlencode({"sql": "SELECT 1"})
    for _ in range(LIMITS["sql"].address * SHARE // 100):
        asked(limited, SQL, "192.0.2.40")
    refused = asked(limited, action, "192.0.2.40")
    assert refused.status_code == 429
    assert refused.get_json()["success"] is False
    assert refused.get_json()["error"]["__type"] == "Too many requests Error"
    assert int(refused.headers["Retry-After"]) > 0


def test_signs_of_life_and_style_sheets_are_never_counted(limited: Stack) -> None:
    for path in ("/healthz", "/readyz", "/static/app.js"):
        with asked(limited, path, "192.0.2.50") as answer:
            assert answer.status_code == 200
            assert "RateLimit" not in answer.headers


def test_an_operator_may_let_everybody_ask_as_often_as_they_like(tmp_path: Path) -> None:
    with open_stack(Settings(home=tmp_path, rate_limit_percent=0), NOW) as opened:
        assert "RateLimit" not in opened.call("GET", LIST).headers


def test_the_table_names_doors_that_there_are(limited: Stack) -> None:
    known = {rule.endpoint for rule in create_app(limited.runtime).url_map.iter_rules()}
    assert {name.partition(" ")[0] for name in DOORS} <= known
    assert set(DOORS.values()) <= set(LIMITS)


def test_the_table_stands_on_the_page_for_developers(limited: Stack) -> None:
    text = asked(limited, "/developers", "192.0.2.60").get_data(as_text=True)
    for limit in LIMITS.values():
        assert f"{limit.address * SHARE // 100:,}" in text
