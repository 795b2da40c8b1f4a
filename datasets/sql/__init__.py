"""SQL of users over published tables: ``Sandbox.ask``."""

from datasets.sql.sandbox import NotOffered, Sandbox, SqlAnswer, SqlLimits, TooBusy

__all__ = ["NotOffered", "Sandbox", "SqlAnswer", "SqlLimits", "TooBusy"]
