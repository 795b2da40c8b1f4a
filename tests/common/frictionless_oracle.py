"""What plain Frictionless says about a table, to hold our own engine against.

A ``Case`` is everything a validation is asked with. ``plain`` runs Frictionless itself, ``ours``
our engine; both answer with an ``Outcome`` that can be compared key by key.
"""

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from frictionless import Checklist, Detector, FrictionlessException, Package, Resource, system

from datasets.validation import validate
from datasets.validation.cell_readers import ConstraintError
from datasets.validation.engine import NOT_IN_ROW
from datasets.validation.key_memory import RepeatedError
from datasets.validation.typed_cells import UnsureError
from datasets.validation.typed_tables import Limits, can_validate_typed, validate_typed


@dataclass(frozen=True)
class Case:
    """One question to both engines; ``source`` is a descriptor."""

    source: Mapping[str, Any]
    basepath: str = ""
    kind: Literal["resource", "package"] = "resource"
    checklist: Mapping[str, Any] | None = None
    detector: Mapping[str, Any] = field(default_factory=dict)
    limit_errors: int = 1_000
    limit_rows: int | None = None
    trusted: bool = False

    def with_source(self, **changes: Any) -> "Case":
        """The same question about a changed descriptor."""
        return replace(self, source={**self.source, **changes})


@dataclass(frozen=True)
class Outcome:
    """The report, or the type and text of what was raised instead."""

    report: Mapping[str, Any] | None = None
    raised: str = ""
    text: str = ""


def plain(case: Case) -> Outcome:
    """What Frictionless answers, without the time it took."""
    return _outcome(lambda: _ask_frictionless(case))


def ours(case: Case, **switches: Any) -> Outcome:
    """What our engine answers, without the time it took."""
    return _outcome(
        lambda: validate(
            copy.deepcopy(dict(case.source)),
            basepath=case.basepath,
            kind=case.kind,
            checklist=copy.deepcopy(case.checklist),
            detector=copy.deepcopy(case.detector) or None,
            limit_errors=case.limit_errors,
            limit_rows=case.limit_rows,
            trusted=case.trusted,
            least_bytes=0,
            **switches,
        )
    )


def ours_typed(case: Case) -> Outcome | None:
    """What our engine for typed tables answers; nothing when it leaves the case to Frictionless."""
    resource = Resource.from_descriptor(
        copy.deepcopy(dict(case.source)), basepath=case.basepath, detector=_detector(case)
    )
    checklist = _checklist(case)
    resource.to_descriptor(validate=True)
    if not can_validate_typed(resource, checklist):
        return None
    try:
        return Outcome(report=comparable(_by_columns(case, resource, checklist)))
    except (UnsureError, ConstraintError, FrictionlessException, TypeError):
        return None


def _by_columns(
    case: Case, resource: Any, checklist: Any, known: Mapping[Any, Any] | None = None
) -> Mapping[str, Any]:
    limits = Limits(case.limit_errors, case.limit_rows, known=known or {})
    try:
        return validate_typed(resource, checklist, limits)
    except RepeatedError as error:
        # As the engine does: once more, on a fresh resource, with what is known now.
        again = Resource.from_descriptor(
            copy.deepcopy(dict(case.source)), basepath=case.basepath, detector=_detector(case)
        )
        return _by_columns(case, again, _checklist(case), {**(known or {}), **error.known})


def _detector(case: Case) -> Any:
    return Detector(**copy.deepcopy(dict(case.detector)))


def _checklist(case: Case) -> Any:
    return (
        Checklist.from_descriptor(copy.deepcopy(dict(case.checklist))) if case.checklist else None
    )


def _ask_frictionless(case: Case) -> Mapping[str, Any]:
    kind = Package if case.kind == "package" else Resource
    trusted = system.trusted
    try:
        system.trusted = case.trusted
        asked = kind.from_descriptor(
            copy.deepcopy(dict(case.source)),
            basepath=case.basepath,
            detector=_detector(case),
        )
        report: Mapping[str, Any] = asked.validate(
            _checklist(case), limit_errors=case.limit_errors, limit_rows=case.limit_rows
        ).to_descriptor()
    finally:
        system.trusted = trusted
    return report


def _outcome(ask: Callable[[], Mapping[str, Any]]) -> Outcome:
    try:
        return Outcome(report=comparable(ask()))
    except FrictionlessException as error:
        return Outcome(raised="FrictionlessException", text=str(error))
    except Exception as error:  # noqa: BLE001  (whatever is raised is the outcome)
        return Outcome(raised=type(error).__name__, text=str(error))


def assert_agreement(case: Case) -> None:
    """Our engine says what Frictionless says; where Frictionless falls over, ours has a report."""
    expected, found = plain(case), ours(case)
    if expected.raised and (
        expected.raised != "FrictionlessException" or expected.text.strip().endswith(NOT_IN_ROW)
    ):
        assert found.report is not None, f"{found.raised}: {found.text}"
        return
    assert not differences(expected, found)


def assert_typed_agreement(case: Case) -> None:
    """What our engine for typed tables does not leave to Frictionless, it reports alike."""
    expected = plain(case)
    if expected.report is not None:
        found = ours_typed(case)
        assert found is None or not differences(expected, found)


def comparable(report: Mapping[str, Any]) -> dict[str, Any]:
    """The report without seconds, its required-value errors in an order that no hash decides.

    Frictionless reports the required values that are missing in the order of a set of them, which
    for text differs from process to process.
    """
    plainly: dict[str, Any] = json.loads(json.dumps(report, ensure_ascii=False, default=str))
    plainly["stats"].pop("seconds", None)
    for task in plainly["tasks"]:
        task["stats"].pop("seconds", None)
        task["errors"] = _ordered(task["errors"])
    return plainly


def _ordered(errors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ordered: list[dict[str, Any]] = []
    run: list[dict[str, Any]] = []
    for error in errors:
        if error["type"] == "required-value":
            run.append(error)
            continue
        ordered += sorted(run, key=lambda one: str(one["note"]))
        run = []
        ordered.append(error)
    return ordered + sorted(run, key=lambda one: str(one["note"]))


def differences(expected: Outcome, found: Outcome) -> list[str]:
    """Where two outcomes differ, for a person to read; empty when they are the same."""
    if expected == found:
        return []
    if expected.report is None or found.report is None:
        return [
            f"raised: expected {expected.raised} {expected.text!r}, found {found.raised} {found.text!r}"
        ]
    return list(_walk("report", expected.report, found.report))


def _walk(place: str, expected: Any, found: Any) -> list[str]:
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        return [
            line
            for key in sorted({*expected, *found})
            for line in _walk(
                f"{place}.{key}", expected.get(key, "<absent>"), found.get(key, "<absent>")
            )
        ]
    if isinstance(expected, list) and isinstance(found, list):
        lines = [
            line
            for place_in, (one, other) in enumerate(zip(expected, found, strict=False))
            for line in _walk(f"{place}[{place_in}]", one, other)
        ]
        if len(expected) != len(found):
            lines.append(f"{place}: expected {len(expected)} entries, found {len(found)}")
        return lines
    return [] if expected == found else [f"{place}: expected {expected!r}, found {found!r}"]
