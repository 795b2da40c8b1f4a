"""SQL of users over published tables: ``Sandbox.ask``."""

from datasets.sql.cell import MEMORY_BYTES
from datasets.sql.sandbox import NotOffered, Sandbox, SqlAnswer, SqlLimits, TooBusy

__all__ = ["MEMORY_BYTES", "NotOffered", "Sandbox", "SqlAnswer", "SqlLimits", "TooBusy"]
