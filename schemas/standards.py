"""Published table schemas as the API shows them."""

from marshmallow import INCLUDE, Schema, fields


class StandardOut(Schema):
    """A published table schema in a list; ``template`` is its workbook."""

    name = fields.String()
    title = fields.String()
    description = fields.String()
    edition = fields.String()
    fields_ = fields.Integer(data_key="fields", attribute="fields")
    sources = fields.List(fields.String())
    url = fields.String()
    template = fields.String()


class SchemaOut(Schema):
    """A Table Schema (Data Package 2) with our custom properties."""

    class Meta:
        """Properties of others, ours among them, belong to it."""

        unknown = INCLUDE

    name = fields.String()
    title = fields.String()
    description = fields.String()
    sources = fields.List(fields.Dict())
    fields_ = fields.List(fields.Dict(), data_key="fields", attribute="fields")
    primaryKey = fields.List(fields.String())  # noqa: N815  (the standard's name)
    missingValues = fields.List(fields.String())  # noqa: N815
