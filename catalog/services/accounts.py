"""People: accounts, roles, browser sessions, tokens."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, selectinload

from catalog.auth import Grant, Identity, Permission, passwords, require, tokens
from catalog.errors import Forbidden, Invalid, TooMany, Unauthenticated, missing
from catalog.models import ApiToken, LoginFailure, LoginSession, Membership, User
from catalog.services import audit, roles, values
from catalog.services.audit import AuditTag
from catalog.settings import Settings
from schemas.records import Message
from schemas.vocabularies import Role

FAILURE_WINDOW = timedelta(minutes=15)
SCOPES = ("read", "write")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A browser session: the cookie's value (only known when it is made), the form token, who."""

    cookie: str
    csrf: str
    identity: Identity


@dataclass(frozen=True, slots=True)
class HashedPassword:
    """A new password as it is stored; only ``hashed`` makes one."""

    stored: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a sign-in is measured against; ``user_id`` and ``stored`` are None for unknown names."""

    user_id: int | None
    stored: str | None = field(repr=False)


def hashed(password: str) -> HashedPassword:
    """Hash a new password. Slow on purpose: called before a transaction opens, never inside one."""
    return HashedPassword(passwords.hash_password(password))


def identity_of(user: User, *, writes: bool = True) -> Identity:
    """The actor that a user is."""
    grants = tuple(Grant(Role(held.role), held.unit_id) for held in user.memberships)
    return Identity(user.id, user.name, grants, writes=writes)


def add_user(
    session: Session,
    actor: Identity,
    name: str,
    *,
    role: str,
    unit_code: str = "",
    password: HashedPassword | None = None,
    display_name: str = "",
    now: datetime,
) -> User:
    """Make an account with one role. Without a password only tokens work."""
    require(actor, Permission.USER_MANAGE)
    cleaned = values.check(
        {"name": name, "display_name": display_name},
        {
            "name": values.matching(
                r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}",
                "must be 1 to 64 Latin letters, digits, dots or hyphens",
            ),
            "display_name": values.line(128),
        },
    )
    if session.scalar(select(User.id).where(User.name == cleaned["name"])) is not None:
        raise values.refusal({"name": [Message("there is already an account of this name")]})
    user = User(
        name=cleaned["name"],
        display_name=cleaned["display_name"],
        password_hash=password.stored if password else None,
        created_at=now,
    )
    session.add(user)
    session.flush()
    roles.give(session, user, role, unit_code)
    audit.record(
        session, actor, AuditTag.USER_ADDED, "user", user.name, now=now, role=role, unit=unit_code
    )
    return user


def set_password(
    session: Session, actor: Identity, name: str, password: HashedPassword, *, now: datetime
) -> None:
    """Set a password (one's own, or anybody's as administrator); ends the person's sessions."""
    user = roles.account(session, name)
    if actor.user_id != user.id:
        require(actor, Permission.USER_MANAGE)
    user.password_hash = password.stored
    session.execute(delete(LoginSession).where(LoginSession.user_id == user.id))
    audit.record(session, actor, AuditTag.USER_AMENDED, "user", name, now=now, changed="password")


def set_active(
    session: Session, actor: Identity, name: str, *, active: bool, now: datetime
) -> User:
    """Close or reopen an account; closing ends its sessions and tokens."""
    require(actor, Permission.USER_MANAGE)
    user = roles.account(session, name)
    if user.id == actor.user_id and not active:
        raise Forbidden("own-account", Message("You cannot close your own account."))
    user.active = active
    if not active:
        session.execute(delete(LoginSession).where(LoginSession.user_id == user.id))
        session.execute(
            update(ApiToken)
            .where(ApiToken.user_id == user.id, ApiToken.revoked_at.is_(None))
            .values(revoked_at=now)
        )
    audit.record(session, actor, AuditTag.USER_AMENDED, "user", name, now=now, active=active)
    return user


def list_users(session: Session, actor: Identity) -> list[User]:
    """Every account with its roles."""
    require(actor, Permission.USER_MANAGE)
    return list(
        session.scalars(
            select(User)
            .options(selectinload(User.memberships).selectinload(Membership.unit))
            .order_by(User.name)
        )
    )


def make_token(
    session: Session,
    actor: Identity,
    user_name: str,
    *,
    label: str = "",
    scopes: tuple[str, ...] = SCOPES,
    days: int = 90,
    now: datetime,
) -> str:
    """A new API token, shown only now. One's own, or anybody's for the operator."""
    user = roles.account(session, user_name)
    if actor.user_id != user.id:
        require(actor, Permission.USER_MANAGE)
    else:
        require(actor, Permission.TOKEN_OWN)
    _check_token(scopes, days)
    token = tokens.mint()
    session.add(
        ApiToken(
            user_id=user.id,
            name=values.check({"label": label}, {"label": values.line(100)})["label"],
            hint=token[:8],
            token_hash=tokens.digest(token),
            scopes=list(scopes),
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
    )
    audit.record(
        session,
        actor,
        AuditTag.TOKEN_MADE,
        "user",
        user.name,
        now=now,
        hint=token[:8],
        scopes=scopes,
    )
    return token


def _check_token(scopes: tuple[str, ...], days: int) -> None:
    if not set(scopes) <= set(SCOPES) or not scopes:
        raise values.refusal({"scopes": [Message("must be read, or read and write")]})
    if not 1 <= days <= 365:
        raise values.refusal(
            {
                "days": [
                    Message(
                        "must be a whole number from %(low)s to %(high)s", {"low": 1, "high": 365}
                    )
                ]
            }
        )


def tokens_of(session: Session, actor: Identity, user_name: str) -> list[ApiToken]:
    """A person's tokens that still work, newest first; never the tokens themselves."""
    user = roles.account(session, user_name)
    if actor.user_id != user.id:
        require(actor, Permission.USER_MANAGE)
    return list(
        session.scalars(
            select(ApiToken)
            .where(ApiToken.user_id == user.id, ApiToken.revoked_at.is_(None))
            .order_by(ApiToken.id.desc())
        )
    )


def revoke_token(session: Session, actor: Identity, token_id: int, *, now: datetime) -> None:
    """End a token at once."""
    token = session.get(ApiToken, token_id)
    if token is None or (token.user_id != actor.user_id and not actor.holds(Role.ADMINISTRATOR)):
        raise missing("token")
    require(actor, Permission.TOKEN_OWN)
    token.revoked_at = token.revoked_at or now
    audit.record(session, actor, AuditTag.TOKEN_REVOKED, "token", token.hint, now=now)


def token_identity(session: Session, token: str, *, now: datetime) -> Identity | None:
    """Who holds this token; None when it is unknown, expired or revoked."""
    row = session.execute(
        select(ApiToken, User)
        .join(User, User.id == ApiToken.user_id)
        .where(ApiToken.token_hash == tokens.digest(token))
        .options(selectinload(User.memberships))
    ).one_or_none()
    if row is None:
        return None
    held, user = row
    if held.revoked_at is not None or held.expires_at <= now or not user.active:
        return None
    return identity_of(user, writes="write" in held.scopes)


def _throttle(session: Session, keys: list[str], now: datetime, limit: int) -> None:
    failures = session.execute(
        select(LoginFailure.key, func.count())
        .where(LoginFailure.key.in_(keys), LoginFailure.at > now - FAILURE_WINDOW)
        .group_by(LoginFailure.key)
    ).all()
    if any(count >= limit for _, count in failures):
        raise TooMany(
            "too-many-sign-ins",
            Message("Too many failed sign-ins; signing in is paused for a quarter of an hour."),
            retry_after=int(FAILURE_WINDOW.total_seconds()),
        )


def check_throttle(
    session: Session, name: str, *, address: str, now: datetime, settings: Settings
) -> None:
    """Refuse while there were too many failures for this name or from this address."""
    keys = [f"name:{name.casefold()[:64]}", f"address:{address}"]
    _throttle(session, keys, now, settings.login_failures)


def note_failure(session: Session, name: str, *, address: str, now: datetime) -> None:
    """Count a failed sign-in; the door commits it although the sign-in was refused."""
    for key in (f"name:{name.casefold()[:64]}", f"address:{address}"):
        session.add(LoginFailure(key=key, at=now))
    session.execute(delete(LoginFailure).where(LoginFailure.at < now - timedelta(days=1)))


def credentials(session: Session, name: str) -> Credentials:
    """What a sign-in under this name is measured against; also when there is no such account."""
    user = session.scalar(select(User).where(User.name == name))
    return Credentials(user.id, user.password_hash) if user else Credentials(None, None)


def check_password(held: Credentials, password: str) -> None:
    """Refuse a wrong password; unknown names take as long. Slow on purpose: no session is open."""
    if not passwords.verify(held.stored, password):
        raise _wrong_credentials()


def _wrong_credentials() -> Unauthenticated:
    return Unauthenticated(
        "wrong-credentials",
        Message("The name or the password is wrong."),
        Message("Check both; after many failures signing in is paused."),
    )


def sign_in(session: Session, held: Credentials, *, now: datetime, settings: Settings) -> SignedIn:
    """Open a browser session under a fresh id for credentials that ``check_password`` let pass.

    Refused when the account was closed or its password changed in between.
    """
    user = session.scalar(
        select(User).where(User.id == held.user_id).options(selectinload(User.memberships))
    )
    if user is None or not user.active or user.password_hash != held.stored:
        raise _wrong_credentials()
    cookie, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    session.add(
        LoginSession(
            id_hash=tokens.digest(cookie),
            user_id=user.id,
            csrf=csrf,
            created_at=now,
            seen_at=now,
            expires_at=now + timedelta(hours=settings.session_hours),
        )
    )
    identity = identity_of(user)
    audit.record(session, identity, AuditTag.SIGNED_IN, "user", user.name, now=now)
    return SignedIn(cookie, csrf, identity)


def session_identity(
    session: Session, cookie: str, *, now: datetime, settings: Settings
) -> SignedIn | None:
    """Who sits behind this cookie; None when the session ended or rested too long."""
    row = session.execute(
        select(LoginSession, User)
        .join(User, User.id == LoginSession.user_id)
        .where(LoginSession.id_hash == tokens.digest(cookie))
        .options(selectinload(User.memberships))
    ).one_or_none()
    if row is None:
        return None
    held, user = row
    idle = timedelta(minutes=settings.session_idle_minutes)
    if held.expires_at <= now or held.seen_at + idle <= now or not user.active:
        return None
    return SignedIn(cookie, held.csrf, identity_of(user))


def needs_touch(session: Session, cookie: str, *, now: datetime) -> bool:
    """Whether the session's last sight is more than a minute old and should be written again."""
    held = session.get(LoginSession, tokens.digest(cookie))
    return held is not None and held.seen_at + timedelta(minutes=1) <= now


def touch_session(session: Session, cookie: str, *, now: datetime) -> None:
    """Note that the session was used."""
    session.execute(
        update(LoginSession)
        .where(LoginSession.id_hash == tokens.digest(cookie))
        .values(seen_at=now)
    )


def sign_out(session: Session, cookie: str) -> None:
    """End a browser session."""
    session.execute(delete(LoginSession).where(LoginSession.id_hash == tokens.digest(cookie)))


def own_profile(session: Session, actor: Identity) -> User:
    """The account of whoever is signed in."""
    if actor.user_id is None:
        raise Invalid("no-account", Message("Nobody is signed in."))
    return roles.account(session, actor.name)
