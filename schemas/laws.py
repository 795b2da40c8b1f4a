"""The library of legal bases as the API speaks of it."""

from marshmallow import Schema, fields

from schemas.shapes import Count, Day, Line, Text, word
from schemas.vocabularies import LawLevel


class ArticleOut(Schema):
    """An article; ``gist`` in our own words, ``text`` when it was imported."""

    number = fields.Integer()
    gist = fields.String()
    text = fields.String()
    successors = fields.List(fields.String())


class LawVersionOut(Schema):
    """A revision, in force in the half-open interval from ``in_force_from`` to ``in_force_to``."""

    label = fields.String()
    in_force_from = fields.Date(allow_none=True)
    in_force_to = fields.Date(allow_none=True)
    source = fields.String()
    articles = fields.List(fields.Nested(ArticleOut))


class LawSummary(Schema):
    """An instrument; ``current`` is the label of the revision in force today."""

    id = fields.Integer()
    title = fields.String()
    short_title = fields.String()
    level = fields.String(metadata={"enum": list(LawLevel)})
    current = fields.String()
    versions = fields.Integer()
    articles = fields.Integer()
    texts = fields.Integer()
    in_force_from = fields.Date(allow_none=True)


class LawOut(Schema):
    """An instrument with its revisions; ``replaced_by`` is the title of what took its place."""

    id = fields.Integer()
    title = fields.String()
    short_title = fields.String()
    level = fields.String(metadata={"enum": list(LawLevel)})
    replaced_by = fields.String()
    versions = fields.List(fields.Nested(LawVersionOut))


class LawVersionIn(Schema):
    """A revision to add; ``level`` is needed when the library does not know the law."""

    title = Line(200, required=True)
    level = word(["", *LawLevel], load_default="")
    label = Line(40, required=True)
    in_force_from = Day(load_default=None, allow_none=True)
    in_force_to = Day(load_default=None, allow_none=True)
    supersedes = Line(40, load_default="")


class LawTextIn(Schema):
    """The full text of a law; ``label`` says which revision when the text does not tell."""

    text = Text(2_000_000, required=True)
    title = Line(200, load_default="")
    label = Line(40, load_default="")
    source = Line(300, load_default="")


class LawTextOut(Schema):
    """What an imported text brought."""

    law = fields.Integer()
    label = fields.String()
    articles = fields.Integer()
    new = fields.Integer()
    notes = fields.List(fields.String())


class SuccessorsIn(Schema):
    """The articles of a later revision that took the place of one."""

    label = Line(40, required=True)
    article = Count(1, 9999, required=True)
    successor_label = Line(40, required=True)
    successors = fields.List(Count(1, 9999), required=True)


class ReplacementIn(Schema):
    """The instrument that took the place of a whole one, and the day from which on."""

    replaced_by = Line(200, required=True)
    on = Day(load_default=None, allow_none=True)


class LawEndIn(Schema):
    """The first day on which an instrument is in force no longer."""

    on = Day(required=True)


class StaleBasisOut(Schema):
    """A basis of an item in force that is not in force, or not in the library."""

    list_kind = fields.String()
    number = fields.String()
    name = fields.String()
    citation = fields.String()
    state = fields.String(metadata={"enum": ["stale", "unknown"]})
    revision = fields.String()
    ended_on = fields.Date(allow_none=True)
    successors = fields.List(fields.String())
