"""What differs between two versions of a table, as the API speaks of it."""

from marshmallow import Schema
from marshmallow import fields as f

from schemas.shapes import Count

_ROWS = f.List(f.List(f.String(allow_none=True)))


class DifferencesArgs(Schema):
    """Two published versions by number; without them the newest and the one before."""

    old = Count(1, 2**31 - 1, data_key="from", load_default=None)
    new = Count(1, 2**31 - 1, data_key="to", load_default=None)


class RetypedOut(Schema):
    """A column whose kind of value changed."""

    column = f.String()
    before = f.String()
    after = f.String()


class CellOut(Schema):
    """A changed value as text; null is an empty cell."""

    column = f.String()
    before = f.String(allow_none=True)
    after = f.String(allow_none=True)


class ChangedRowOut(Schema):
    """A row that stands in both versions, and what changed in it."""

    key = f.List(f.String())
    cells = f.List(f.Nested(CellOut))


class DifferencesOut(Schema):
    """Rows added, removed and changed by ``key``, and the columns; without a key whole rows are
    compared. The sample rows are the first ones of each kind, their values as text."""

    old = f.Integer(data_key="from")
    new = f.Integer(data_key="to")
    same = f.Boolean()
    key = f.List(f.String())
    rows = f.List(f.Integer(), metadata={"description": "rows before and after"})
    added = f.Integer()
    removed = f.Integer()
    changed = f.Integer()
    cells = f.Dict(keys=f.String(), values=f.Integer())
    columns = f.List(f.String())
    added_rows = _ROWS
    removed_rows = _ROWS
    changed_rows = f.List(f.Nested(ChangedRowOut))
    columns_added = f.List(f.String())
    columns_removed = f.List(f.String())
    columns_retyped = f.List(f.Nested(RetypedOut))
