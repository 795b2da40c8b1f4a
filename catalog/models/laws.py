"""The library of legal bases: instruments, their revisions, articles, and what took whose place."""

from datetime import date

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.db import Base


class Law(Base):
    """An instrument: a law, regulation, rule or document, whatever its revisions."""

    __tablename__ = "laws"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200), unique=True)
    short_title: Mapped[str] = mapped_column(String(100), default="")
    level: Mapped[str] = mapped_column(String(30))
    versions: Mapped[list["LawVersion"]] = relationship(
        back_populates="law", order_by="LawVersion.in_force_from"
    )


class LawVersion(Base):
    """One revision, in force in the half-open interval [in_force_from, in_force_to).

    An empty ``in_force_from`` means that its first day is not known to the library. ``source`` names
    the file whose text was imported.
    """

    __tablename__ = "law_versions"
    __table_args__ = (UniqueConstraint("law_id", "label"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    law_id: Mapped[int] = mapped_column(ForeignKey("laws.id"))
    label: Mapped[str] = mapped_column(String(40))
    in_force_from: Mapped[date | None]
    in_force_to: Mapped[date | None]
    source: Mapped[str] = mapped_column(String(300), default="")
    law: Mapped[Law] = relationship(back_populates="versions")
    articles: Mapped[list["Article"]] = relationship(
        back_populates="law_version", order_by="Article.number"
    )


class Article(Base):
    """An article of a revision; ``gist`` in our own words, ``text`` when it was imported."""

    __tablename__ = "articles"
    __table_args__ = (UniqueConstraint("law_version_id", "number", "part"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    law_version_id: Mapped[int] = mapped_column(ForeignKey("law_versions.id"))
    number: Mapped[int]
    part: Mapped[str] = mapped_column(String(40), default="")
    gist: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    law_version: Mapped[LawVersion] = relationship(back_populates="articles")
    successors: Mapped[list["Article"]] = relationship(
        secondary="article_successions",
        primaryjoin="Article.id == ArticleSuccession.article_id",
        secondaryjoin="Article.id == ArticleSuccession.successor_id",
        order_by="Article.number",
    )


class ArticleSuccession(Base):
    """An article of a later revision took the place of an older one."""

    __tablename__ = "article_successions"

    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id"), primary_key=True)
    successor_id: Mapped[int] = mapped_column(ForeignKey("articles.id"), primary_key=True)


class LawReplacement(Base):
    """A whole instrument was replaced by another one (废止并由新法代替)."""

    __tablename__ = "law_replacements"

    law_id: Mapped[int] = mapped_column(ForeignKey("laws.id"), primary_key=True)
    replaced_by_id: Mapped[int] = mapped_column(ForeignKey("laws.id"))
