"""Settings of the environment: empty is as absent, and what cannot be is refused by its name."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from catalog.cli import gongkai
from catalog.settings import load


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv("GONGKAI_HOME", raising=False)


def test_an_empty_setting_is_as_one_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "PUBLIC_URL", "TOKEN_DAYS"):
        monkeypatch.setenv(f"GONGKAI_{name}", "")
    settings = load()
    assert (settings.home, settings.token_days) == (Path("var"), 365)
    assert "public_url" not in settings.model_fields_set


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "data.example.gov.cn"),
        ("PUBLIC_URL", "https://"),
        ("MAIL_URL", "mail.example.gov.cn"),
        ("SIGNING_KEY", "abc"),
        ("TOKEN_DAYS", "a year"),
        ("PROXY_COUNT", "-1"),
        ("WORKER_THREADS", "0"),
        ("UNIT_TARGET", "90/0"),
        ("DATA_TARGET", "60"),
        ("FETCH_PORTS", "80,http"),
        ("METRICS_FROM", "here"),
        ("LIST_NOTICE_DAYS", "power"),
        ("DATABASE_URL", "my database"),
    ],
)
def test_a_setting_that_cannot_be_is_named_and_its_value_is_not_told(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"GONGKAI_{name}", value)
    done = CliRunner().invoke(gongkai, ("db", "check"))
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"The settings cannot be used: GONGKAI_{name}: " in done.stderr
    assert "input_value" not in done.stderr
    assert name != "SIGNING_KEY" or value not in done.stderr
    listed = CliRunner().invoke(gongkai, ("settings",))
    assert listed.exit_code == (0 if name == "DATABASE_URL" else 2)
