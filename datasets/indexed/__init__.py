"""Rows of a published table by index: which rows hold a value, and how rows stand to each other in a column.

A derived file beside the Parquet file of a version, made when a table is asked about and thrown away when
room is needed. ``RowIndexes.run`` answers as ``datasets.query.run`` does, only sooner.
"""

from datasets.indexed.keeping import RowIndexes

__all__ = ["RowIndexes"]
