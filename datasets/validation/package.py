"""Validate a data package: the report has one task for each resource, in their order.

Each resource is judged by itself, with limits of its own; foreign keys look into the other
resources of the package.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

from frictionless import FrictionlessException, Report


def validate_package(package: Any, judge: Callable[[Any], Mapping[str, Any]]) -> dict[str, Any]:
    """The Frictionless report, as a descriptor, on a Frictionless package.

    ``judge`` gives the report on one resource of it. A package whose own description is not valid
    is reported without looking at any resource.
    """
    began = time.perf_counter()
    try:
        package.to_descriptor(validate=True)
    except FrictionlessException as error:
        found = Report.from_validation(
            time=time.perf_counter() - began, errors=error.to_errors()
        ).to_descriptor()
        return dict(found)
    return joined_report([judge(resource) for resource in package.resources], began)


def joined_report(reports: list[Mapping[str, Any]], began: float) -> dict[str, Any]:
    """One report of several; ``began`` is when the work on them began (``perf_counter``)."""
    tasks = [task for report in reports for task in report["tasks"]]
    errors = [error for report in reports for error in report["errors"]]
    warnings = [warning for report in reports for warning in report["warnings"]]
    count = len(errors) + sum(task["stats"]["errors"] for task in tasks)
    return {
        "valid": not count,
        "stats": {
            "tasks": len(tasks),
            "errors": count,
            "warnings": len(warnings),
            "seconds": round(time.perf_counter() - began, 3),
        },
        "warnings": warnings,
        "errors": errors,
        "tasks": tasks,
    }
