"""The Frictionless report as Frictionless itself makes it: the quickest way for little data."""

from collections.abc import Callable, Mapping
from typing import Any

from frictionless import Checklist, Package, Resource, system

from datasets import json_lines  # noqa: F401  (settles how Frictionless reads JSON Lines)


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
                made(f"{basepath}/{source}")
                if kind == "package"
                else made(path=source, basepath=basepath)
            )
        elif kind == "package":
            subject = Package.from_descriptor(dict(source), basepath=basepath)
        else:
            subject = Resource.from_descriptor(dict(source), basepath=basepath)
        report: dict[str, Any] = subject.validate(
            checks, limit_errors=limit_errors, limit_rows=limit_rows
        ).to_descriptor()
        return report
    finally:
        system.trusted = trusted_before
