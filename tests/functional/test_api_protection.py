"""What every answer carries and every unsafe request must pass: headers, CSRF, keys, hosts."""

import io
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import sha256
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from catalog.auth import passwords
from catalog.models import IdempotencyKey
from catalog.services import accounts
from catalog.settings import Settings
from catalog.web import create_app
from tests.common.lists import item_values
from tests.common.stack import UNIT, Stack, open_stack
from tests.conftest import NOW

DATASETS = "/api/v1/datasets"
GOOD = {"unit": UNIT, "title": "公交站点"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with open_stack(Settings(home=tmp_path_factory.mktemp("protection")), NOW) as opened:
        yield opened


@pytest.fixture
def browser(stack: Stack) -> tuple[Any, str]:
    """A client that signed in by form, and the token of its forms."""
    with stack.runtime.database.write() as session:
        held = accounts.credentials(session, "lin")
        signed_in = accounts.sign_in(
            session, held, now=stack.clock(), settings=stack.runtime.settings
        )
    client = create_app(stack.runtime).test_client()
    client.set_cookie("gk_session", signed_in.cookie)
    return client, signed_in.csrf


@pytest.mark.parametrize("path", [DATASETS, "/api/v1/nothing", "/healthz", "/api/v1/openapi.json"])
def test_every_answer_carries_the_security_headers(stack: Stack, path: str) -> None:
    headers = stack.call("GET", path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "Set-Cookie" not in headers


def test_what_a_signed_in_person_sees_is_never_kept_by_others(
    stack: Stack, browser: tuple[Any, str]
) -> None:
    client, _ = browser
    assert client.get(DATASETS).headers["Cache-Control"] == "private, no-store"
    assert stack.call("GET", DATASETS, "lin").headers["Cache-Control"] == "private, no-store"
    public = stack.call("GET", DATASETS).headers
    assert public["Cache-Control"] == "no-cache"
    assert public["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in public


def test_a_session_writes_only_with_its_form_token(browser: tuple[Any, str]) -> None:
    client, csrf = browser
    assert client.get("/api/v1/tokens").status_code == 200
    refused = client.post(DATASETS, json=GOOD)
    assert refused.status_code == 403
    assert refused.get_json()["code"] == "csrf"
    assert client.post(DATASETS, json=GOOD, headers={"X-CSRF-Token": "x"}).status_code == 403
    taken = client.post(DATASETS, json=GOOD, headers={"X-CSRF-Token": csrf})
    assert taken.status_code == 201


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
     {"Origin": "https://evil.example"}, {"Origin": "null"}],
)  # fmt: skip
def test_a_page_of_another_site_cannot_write(
    browser: tuple[Any, str], headers: dict[str, str]
) -> None:
    client, csrf = browser
    answer = client.post(DATASETS, json=GOOD, headers={**headers, "X-CSRF-Token": csrf})
    assert answer.status_code == 403
    assert answer.get_json()["code"] == "cross-origin"


def test_an_upload_by_form_needs_the_token_in_a_field(
    stack: Stack, browser: tuple[Any, str]
) -> None:
    client, csrf = browser
    _, resource = stack.entry()
    address = f"/api/v1/resources/{resource}/versions"
    for fields, status in (({}, 403), ({"csrf_token": "x"}, 403), ({"csrf_token": csrf}, 202)):
        data = {**fields, "file": (io.BytesIO(b"a,b\n1,2\n"), "a.csv")}
        assert client.post(address, data=data).status_code == status, fields
    assert client.post(address, json={"url": "https://data.example/a.csv"}).status_code == 403
    assert not list(stack.runtime.incoming.iterdir())


def test_others_can_write_while_a_password_is_checked(stack: Stack) -> None:
    def enter() -> Any:
        form = {"name": "wu", "password": "wu-password"}
        return create_app(stack.runtime).test_client().post("/login", data=form)

    with ThreadPoolExecutor(1) as pool, passwords._SLOTS, passwords._SLOTS:
        waiting = pool.submit(enter)
        time.sleep(0.5)  # by now the sign-in stands before the hash, which has no free slot
        began = time.monotonic()
        made = stack.call("POST", DATASETS, "lin", json=GOOD)
        assert made.status_code == 201
        assert time.monotonic() - began < 10
        assert not waiting.done()
    assert waiting.result().status_code == 303


@pytest.mark.parametrize("path", ["/api/v1/negative-list", "/negative-list"])
def test_a_session_seen_again_after_a_while_reads_without_waiting(
    stack: Stack, browser: tuple[Any, str], path: str
) -> None:
    client, _ = browser
    made = stack.ok(
        "POST", "/api/v1/negative-list/adjustments", "keeper", status=201,
        json={"reason": "首次编制", "changes": [{"kind": "add", "item": item_values()}]},
    )  # fmt: skip
    stack.ok("POST", f"/api/v1/negative-list/adjustments/{made['id']}/approval", "admin")
    stack.clock.now += timedelta(minutes=2)
    began = time.monotonic()
    assert client.get(path).status_code == 200
    assert time.monotonic() - began < 10


def test_a_bad_token_is_refused_although_a_good_session_came_with_it(
    browser: tuple[Any, str],
) -> None:
    client, _ = browser
    answer = client.get(DATASETS, headers={"Authorization": "Bearer wrong"})
    assert answer.status_code == 401


def test_an_ended_session_is_nobody(stack: Stack, browser: tuple[Any, str]) -> None:
    client, csrf = browser
    with stack.runtime.database.write() as session:
        accounts.sign_out(session, client.get_cookie("gk_session").value)
    assert client.get("/api/v1/tokens").status_code == 401
    assert client.post(DATASETS, json=GOOD, headers={"X-CSRF-Token": csrf}).status_code == 401


def test_a_repeated_request_with_a_key_is_done_once(stack: Stack) -> None:
    key = {"Idempotency-Key": "order-1"}
    first = stack.call("POST", DATASETS, "lin", json=GOOD, headers=key)
    again = stack.call("POST", DATASETS, "lin", json=GOOD, headers=key)
    assert first.status_code == again.status_code == 201
    assert first.get_json() == again.get_json()
    assert first.headers["ETag"] == again.headers["ETag"]
    assert again.headers["Idempotent-Replayed"] == "true"
    other = stack.call("POST", DATASETS, "lin", json=GOOD | {"title": "另一条"}, headers=key)
    assert other.status_code == 422
    assert other.get_json()["code"] == "idempotency-key-reused"
    admin = stack.call("POST", DATASETS, "admin", json=GOOD, headers=key)
    assert admin.get_json()["slug"] != first.get_json()["slug"]


def test_a_refused_request_frees_its_key(stack: Stack) -> None:
    key = {"Idempotency-Key": "order-2"}
    assert stack.call("POST", DATASETS, "lin", json={"unit": UNIT}, headers=key).status_code == 422
    assert stack.call("POST", DATASETS, "lin", json=GOOD, headers=key).status_code == 201


def test_a_key_in_use_is_a_conflict_and_a_silly_key_is_refused(stack: Stack) -> None:
    key = {"Idempotency-Key": "order-3"}
    assert stack.call("POST", DATASETS, "lin", json=GOOD, headers=key).status_code == 201
    with stack.runtime.database.write() as session:
        held = session.scalars(select(IdempotencyKey).where(IdempotencyKey.key == "order-3")).one()
        held.status = 0
    busy = stack.call("POST", DATASETS, "lin", json=GOOD, headers=key)
    assert busy.status_code == 409
    assert busy.get_json()["code"] == "idempotency-key-busy"
    for silly in ("", "x" * 300):
        answer = stack.call("POST", DATASETS, "lin", json=GOOD, headers={"Idempotency-Key": silly})
        assert answer.status_code == 422


def test_an_uploaded_file_takes_no_key_because_it_could_not_be_compared(stack: Stack) -> None:
    _, resource = stack.entry()
    address, key = f"/api/v1/resources/{resource}/versions", {"Idempotency-Key": "upload-1"}
    refused = stack.call(
        "POST", address, "lin", data={"file": (io.BytesIO(b"a,b\n1,2\n"), "a.csv")}, headers=key
    )
    assert refused.status_code == 422
    assert refused.get_json()["code"] == "idempotency-key-upload"
    assert stack.ok("GET", address, "lin")["items"] == []
    by_address = {"url": "https://data.example/a.csv"}
    ids = {stack.ok("POST", address, "lin", status=202, json=by_address, headers=key)["id"]
           for _ in range(2)}  # fmt: skip
    assert len(ids) == 1


@pytest.mark.parametrize(
    ("path", "who", "body"),
    [
        ("/api/v1/tokens", "lin", {"label": "nightly"}),
        ("/api/v1/users", "admin",
         {"name": "sun", "role": "developer", "password": "four unrelated words"}),
    ],
)  # fmt: skip
def test_what_a_secret_answer_or_password_said_is_not_kept_under_its_key(
    stack: Stack, path: str, who: str, body: dict[str, Any]
) -> None:
    key = {"Idempotency-Key": f"secret {path}"}
    before = len(stack.ok("GET", path, who)["items"])
    made = stack.call("POST", path, who, json=body, headers=key)
    assert made.status_code == 201
    with stack.runtime.database.read() as session:
        held = session.scalars(
            select(IdempotencyKey).where(IdempotencyKey.key == f"secret {path}")
        ).one()
    assert held.body == ""
    full = f"POST {path}?\n".encode() + orjson.dumps(body)
    assert held.request_hash not in {sha256(full).hexdigest(), sha256(full.strip()).hexdigest()}
    again = stack.call("POST", path, who, json=body, headers=key)
    assert again.status_code == 409
    assert again.get_json()["code"] == "idempotency-answer-not-kept"
    assert len(stack.ok("GET", path, who)["items"]) == before + 1


def test_a_kept_answer_is_for_the_same_rights_only(stack: Stack) -> None:
    key = {"Idempotency-Key": "rights-1"}
    assert stack.call("POST", DATASETS, "lin", json=GOOD, headers=key).status_code == 201
    reading = stack.ok("POST", "/api/v1/tokens", "lin", status=201, json={"scopes": ["read"]})
    weak = {"Authorization": f"Bearer {reading['token']}", **key}
    assert stack.call("POST", DATASETS, json=GOOD, headers=weak).status_code == 422


def test_a_foreign_host_name_is_refused_when_hosts_are_named(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack.runtime.settings, "trusted_hosts", "data.example")
    client = create_app(stack.runtime).test_client()
    assert client.get("/healthz", headers={"Host": "data.example"}).status_code == 200
    assert client.get("/healthz", headers={"Host": "evil.example"}).status_code == 400


def test_behind_https_the_cookie_is_bound_and_the_browser_stays(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack.runtime.settings, "public_url", "https://data.example")
    headers = create_app(stack.runtime).test_client().get("/healthz").headers
    assert headers["Strict-Transport-Security"] == "max-age=31536000"


def test_a_fault_of_ours_shows_its_number_and_nothing_else(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = "110105194912310021"

    def fall_over(*_: object, **__: object) -> None:
        raise ValueError(secret)

    monkeypatch.setattr("catalog.services.entry_lists.page", fall_over)
    answer = stack.call("GET", DATASETS)
    assert answer.status_code == 500
    assert secret not in answer.get_data(as_text=True)
    number = answer.get_json()["detail"].rstrip(".。").split()[-1]
    log = capsys.readouterr().err
    assert number in log
    assert secret not in log


def test_the_keepers_of_the_machine_get_their_answers(stack: Stack) -> None:
    assert stack.ok("GET", "/healthz") == {"status": "ok"}
    assert stack.ok("GET", "/readyz") == {"database": "ok", "storage": "ok", "queue": "ok"}
    text = stack.call("GET", "/metrics").get_data(as_text=True)
    assert 'gongkai_requests_total{method="GET",status="200"}' in text
    assert "gongkai_jobs" in text


@pytest.mark.parametrize(
    ("address", "status"),
    [("127.0.0.1", 200), ("::1", 200), ("::ffff:127.0.0.1", 200), ("10.1.2.3", 200),
     ("192.0.2.7", 200), ("10.2.0.1", 404), ("::ffff:10.2.0.1", 404), ("", 404)],
)  # fmt: skip
def test_counts_of_the_machine_are_only_for_those_named(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, address: str, status: int
) -> None:
    monkeypatch.setattr(stack.runtime.settings, "metrics_from", "10.1.0.0/16, 192.0.2.7")
    answer = stack.call("GET", "/metrics", environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == status


def test_a_setting_that_names_no_network_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="metrics_from"):
        Settings(metrics_from="somewhere")


def test_the_reference_page_speaks_of_every_call(stack: Stack) -> None:
    page = stack.call("GET", "/api/docs")
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    for path in stack.ok("GET", "/api/v1/openapi.json")["paths"]:
        assert path in text
    assert "<script" not in text
    assert "style=" not in text


def test_the_reference_page_says_in_chinese_what_every_call_and_group_is_for(stack: Stack) -> None:
    page = stack.call("GET", "/api/docs", headers={"Accept-Language": "zh-CN"})
    text = page.get_data(as_text=True)
    calls = re.findall(r'call__about">([^<]*)<', text)
    groups = re.findall(r"<h2>([^<]*)</h2>", text)
    assert len(calls) > 140
    assert [one for one in calls + groups if not re.search("[\u4e00-\u9fff]", one)] == []
    assert "<h2>units</h2>" in stack.call("GET", "/api/docs?lang=en").get_data(as_text=True)
