from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.auth import SYSTEM, Identity
from catalog.errors import Forbidden, Invalid, NotFound, TooMany, Unauthenticated
from catalog.models import ApiToken, LoginSession, User
from catalog.services import accounts, units
from catalog.settings import Settings
from tests.common.stack import UNIT
from tests.conftest import NOW

SETTINGS = Settings(home=Path("unused"))
PASSWORD = "four unrelated words"


@pytest.fixture
def lin(session: Session) -> Identity:
    units.add(session, SYSTEM, {"code": UNIT, "name": "市人社局", "kind": "department"}, now=NOW)
    user = accounts.add_user(
        session,
        SYSTEM,
        "lin",
        role="editor",
        unit_code=UNIT,
        password=accounts.hashed(PASSWORD),
        now=NOW,
    )
    return accounts.identity_of(user)


def _sign_in(session: Session, name: str, password: str) -> accounts.SignedIn:
    held = accounts.credentials(session, name)
    accounts.check_password(held, password)
    return accounts.sign_in(session, held, now=NOW, settings=SETTINGS)


def test_a_password_opens_a_session_and_its_hash_is_not_the_password(
    session: Session, lin: Identity
) -> None:
    opened = _sign_in(session, "lin", PASSWORD)
    found = accounts.session_identity(session, opened.cookie, now=NOW, settings=SETTINGS)
    assert found is not None
    assert found.identity == lin
    stored = session.scalars(select(User.password_hash)).one()
    assert stored is not None
    assert stored.startswith("$argon2id$")
    assert opened.cookie not in {held.id_hash for held in session.scalars(select(LoginSession))}


@pytest.mark.parametrize(("name", "password"), [("lin", "wrong words here"), ("nobody", PASSWORD)])
def test_wrong_names_and_wrong_passwords_look_the_same(
    session: Session, lin: Identity, name: str, password: str
) -> None:
    with pytest.raises(Unauthenticated) as refused:
        _sign_in(session, name, password)
    assert refused.value.code == "wrong-credentials"


def test_many_failures_pause_signing_in_for_a_while(session: Session, lin: Identity) -> None:
    for _ in range(SETTINGS.login_failures):
        accounts.note_failure(session, "lin", address="10.0.0.1", now=NOW)
    with pytest.raises(TooMany):
        accounts.check_throttle(session, "LIN", address="10.9.9.9", now=NOW, settings=SETTINGS)
    with pytest.raises(TooMany):
        accounts.check_throttle(session, "other", address="10.0.0.1", now=NOW, settings=SETTINGS)
    later = NOW + timedelta(minutes=16)
    accounts.check_throttle(session, "lin", address="10.0.0.1", now=later, settings=SETTINGS)


@pytest.mark.parametrize("rest", [timedelta(minutes=61), timedelta(hours=13)])
def test_a_session_ends_after_a_rest_and_after_its_longest_time(
    session: Session, lin: Identity, rest: timedelta
) -> None:
    opened = _sign_in(session, "lin", PASSWORD)
    assert (
        accounts.session_identity(session, opened.cookie, now=NOW + rest, settings=SETTINGS) is None
    )


def test_a_new_password_ends_open_sessions(session: Session, lin: Identity) -> None:
    opened = _sign_in(session, "lin", PASSWORD)
    accounts.set_password(session, lin, "lin", accounts.hashed("other words altogether"), now=NOW)
    assert accounts.session_identity(session, opened.cookie, now=NOW, settings=SETTINGS) is None


def test_a_closed_account_has_no_session_and_no_token(session: Session, lin: Identity) -> None:
    token = accounts.make_token(session, lin, "lin", now=NOW)
    opened = _sign_in(session, "lin", PASSWORD)
    accounts.set_active(session, SYSTEM, "lin", active=False, now=NOW)
    assert accounts.token_identity(session, token, now=NOW) is None
    assert accounts.session_identity(session, opened.cookie, now=NOW, settings=SETTINGS) is None
    with pytest.raises(Unauthenticated):
        _sign_in(session, "lin", PASSWORD)


def test_a_token_works_until_it_expires_or_is_revoked(session: Session, lin: Identity) -> None:
    token = accounts.make_token(session, lin, "lin", days=10, now=NOW)
    assert accounts.token_identity(session, token, now=NOW) == lin
    assert accounts.token_identity(session, token, now=NOW + timedelta(days=11)) is None
    held = session.scalars(select(ApiToken)).one()
    assert token not in (held.token_hash, held.hint)
    accounts.revoke_token(session, lin, held.id, now=NOW)
    assert accounts.token_identity(session, token, now=NOW) is None


def test_a_token_of_somebody_else_looks_like_none(session: Session, lin: Identity) -> None:
    accounts.make_token(session, lin, "lin", now=NOW)
    held = session.scalars(select(ApiToken)).one()
    other = accounts.identity_of(
        accounts.add_user(session, SYSTEM, "he", role="developer", now=NOW)
    )
    with pytest.raises(NotFound):
        accounts.revoke_token(session, other, held.id, now=NOW)
    with pytest.raises(Forbidden):
        accounts.make_token(session, other, "lin", now=NOW)


def test_a_reading_token_changes_nothing(session: Session, lin: Identity) -> None:
    token = accounts.make_token(session, lin, "lin", scopes=("read",), now=NOW)
    reader = accounts.token_identity(session, token, now=NOW)
    assert reader is not None
    with pytest.raises(Forbidden) as refused:
        accounts.make_token(session, reader, "lin", now=NOW)
    assert refused.value.code == "token-reads-only"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "林", "role": "editor", "unit_code": UNIT}, "name"),
        ({"name": "x", "role": "king"}, "role"),
        ({"name": "x", "role": "editor"}, "unit"),
        ({"name": "lin", "role": "developer"}, "name"),
    ],
)
def test_an_account_with_a_bad_value_is_refused_naming_the_field(
    session: Session, lin: Identity, values: dict[str, str], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        accounts.add_user(session, SYSTEM, **values, now=NOW)
    assert field in refused.value.fields


@pytest.mark.parametrize("password", ["short", "x" * 257])
def test_a_password_too_short_or_too_long_is_refused(password: str) -> None:
    with pytest.raises(Invalid) as refused:
        accounts.hashed(password)
    assert "password" in refused.value.fields


def test_a_password_changed_between_check_and_sign_in_opens_nothing(
    session: Session, lin: Identity
) -> None:
    held = accounts.credentials(session, "lin")
    accounts.check_password(held, PASSWORD)
    accounts.set_password(session, lin, "lin", accounts.hashed("other words altogether"), now=NOW)
    with pytest.raises(Unauthenticated):
        accounts.sign_in(session, held, now=NOW, settings=SETTINGS)
    assert PASSWORD not in repr(held)
    assert "argon2" not in repr(held)
