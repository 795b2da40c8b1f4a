"""People, sessions and tokens, as the API speaks of them."""

from marshmallow import Schema, fields

from schemas.shapes import Count, Line, word
from schemas.vocabularies import Role


class TokenIn(Schema):
    """A token for oneself."""

    label = Line(100, load_default="")
    scopes = fields.List(word(("read", "write")), load_default=["read", "write"])
    days = Count(1, 365, load_default=90)


class TokenOut(Schema):
    """A token without itself."""

    id = fields.Integer()
    label = fields.String(attribute="name")
    hint = fields.String()
    scopes = fields.List(fields.String())
    created_at = fields.DateTime()
    expires_at = fields.DateTime()


class NewTokenOut(TokenOut):
    """A token, shown this once."""

    token = fields.String()


class UserIn(Schema):
    """A new account with one role."""

    name = Line(64, required=True)
    role = word(Role, required=True)
    unit = Line(32, load_default="")
    display_name = Line(128, load_default="")
    password = fields.String(load_default=None, allow_none=True)


class GrantIn(Schema):
    """A further role."""

    role = word(Role, required=True)
    unit = Line(32, load_default="")


class UserPatch(Schema):
    """Close or reopen an account."""

    active = fields.Boolean(required=True)


class RoleOut(Schema):
    """A role, for a unit or the whole platform."""

    role = fields.String()
    unit = fields.String(attribute="unit.code", allow_none=True)


class UserOut(Schema):
    """An account."""

    name = fields.String()
    display_name = fields.String()
    active = fields.Boolean()
    created_at = fields.DateTime()
    roles = fields.List(fields.Nested(RoleOut), attribute="memberships")
