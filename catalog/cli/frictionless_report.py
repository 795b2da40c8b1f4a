"""The Frictionless report as Frictionless itself makes it: the quickest way for little data."""

from collections.abc import Callable, Mapping
from typing import Any

from frictionless import Checklist, FrictionlessException, Package, Resource, system

from datasets import (  # noqa: F401  (settle how Frictionless reads JSON Lines and ODS)
    json_lines,
    open_documents,
)
from datasets.exploding import may_explode


class BeyondError(ValueError):
    """Frictionless would take for ever over a pattern, or loses its report; the engine does not."""


def validate(
    source: Mapping[str, Any] | str,
    *,
    basepath: str = "",
    kind: str | None = None,
    checklist: Mapping[str, Any] | None = None,
    limit_errors: int = 1_000,
    limit_rows: int | None = None,
    trusted: bool = False,
    progress: Callable[[int, float], None] | None = None,  # noqa: ARG001
) -> dict[str, Any]:
    """The report on a descriptor, or on a file named ``source`` in ``basepath``."""
    trusted_before, system.trusted = system.trusted, trusted
    try:
        checks = Checklist.from_descriptor(dict(checklist)) if checklist is not None else None
        subject: Any
        if isinstance(source, str):
            made = Package if kind == "package" else Resource
            subject = (
                made(f"{basepath}/{source}" if basepath else source)
                if kind == "package"
                else made(path=source, basepath=basepath)
            )
        elif kind == "package":
            subject = Package.from_descriptor(dict(source), basepath=basepath)
        else:
            subject = Resource.from_descriptor(dict(source), basepath=basepath)
        if any(map(_may_explode, getattr(subject, "resources", [subject]))):
            raise BeyondError
        asked = subject.validate(checks, limit_errors=limit_errors, limit_rows=limit_rows)
    except FrictionlessException as error:
        if str(error.error.note).endswith("is not in the row"):
            raise BeyondError from error
        raise
    finally:
        system.trusted = trusted_before
    report: dict[str, Any] = asked.to_descriptor()
    return report


def _may_explode(resource: Any) -> bool:
    try:
        return hasattr(resource, "schema") and may_explode(resource.schema)
    except FrictionlessException:
        return False  # the report says what is wrong with the schema
