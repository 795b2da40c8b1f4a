"""What public tables tell together, as the API speaks of it."""

from marshmallow import Schema, fields

from schemas.vocabularies import Severity


class SideOut(Schema):
    """A table of a pair."""

    dataset = fields.String(metadata={"description": "slug of its entry"})
    dataset_title = fields.String()
    unit = fields.String()
    resource = fields.String()
    resource_title = fields.String()
    columns = fields.List(fields.String(), metadata={"description": "the key in this table"})
    share = fields.Float(
        metadata={
            "description": "share of the key's distinct values that stand in the other, 0 to 1"
        }
    )
    gains = fields.List(
        fields.String(), metadata={"description": "columns that this table gains by the join"}
    )


class PairOut(Schema):
    """Two tables that a shared key joins; shares and ``matched`` are estimates from sketches."""

    severity = fields.String(metadata={"enum": list(Severity)})
    kind = fields.String(metadata={"description": "what the key is: person, phone, credit-code, …"})
    matched = fields.Integer()
    together = fields.List(
        fields.String(), metadata={"description": "kinds that no table has together alone"}
    )
    left = fields.Nested(SideOut)
    right = fields.Nested(SideOut)
