"""Who is asking, and what they may do: one enum, one table of predicates, one function to ask."""

from catalog.auth.identity import ANONYMOUS, SYSTEM, Grant, Identity, Subject
from catalog.auth.permission_map import can, require
from catalog.auth.permissions import Permission

__all__ = ["ANONYMOUS", "SYSTEM", "Grant", "Identity", "Permission", "Subject", "can", "require"]
