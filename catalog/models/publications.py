"""Public entries as other people's standards are written from them, derived from the directory."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from catalog.db import Base


class Publication(Base):
    """An entry as everybody may know it, in one document (``schemas.published``).

    ``number`` grows over all rows with every change of one, so it orders changes and names a state of
    the whole; it counts nothing that is not public. ``ended``: taken from the directory, kept as a
    tombstone. The document has paths where readers get addresses. ``points``: its quality by the
    European scheme, of 405, for narrowing a search.
    """

    __tablename__ = "publications"
    __table_args__ = (Index("ix_publications_listed", "ended", "dataset_id"),)

    dataset_id: Mapped[int] = mapped_column(
        ForeignKey("datasets.id"), primary_key=True, autoincrement=False
    )
    number: Mapped[int] = mapped_column(unique=True)
    changed_at: Mapped[datetime] = mapped_column(index=True)
    ended: Mapped[bool]
    points: Mapped[int | None]
    digest: Mapped[str] = mapped_column(String(64))
    document: Mapped[str] = mapped_column(Text)


class PublicationChange(Base):
    """An entry that changed since its document was made; the row goes when the document is made."""

    __tablename__ = "publication_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int]
