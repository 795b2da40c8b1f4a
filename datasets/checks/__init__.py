"""Checks of Chinese public data, as Frictionless checks; they work in plain Frictionless too.

    from frictionless import Checklist, validate
    validate("units.csv", checklist=Checklist(checks=[CreditCode(field_name="统一社会信用代码")]))

A checklist in JSON names them by type once this package is imported:
``{"checks": [{"type": "credit-code", "fieldName": "统一社会信用代码"}]}``.

A Table Schema asks for one with the custom field property ``"gongkai:check"``, whose value is a key
of ``FIELD_CHECKS``. Two properties of the schema itself ask for checks over several fields:
``"gongkai:dateOrder"`` lists pairs ``[earlier, later]``, ``"gongkai:totals"`` lists the arguments of
``Totals`` (``total``, ``parts``, ``tolerance``) or ``RowTotals`` (``label``, ``values``, ``group``,
``unit``, ``tolerance``).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from datasets.checks import plugin
from datasets.checks.codes import (
    CitizenId,
    CitizenIdError,
    CreditCode,
    CreditCodeError,
    FieldCheck,
    IndustryCode,
    IndustryCodeError,
    RegionCode,
    RegionCodeError,
)
from datasets.checks.order import DateOrder, DateOrderError
from datasets.checks.rows import RowCheck, Unreadable, Verdict
from datasets.checks.totals import RowTotals, Totals, TotalsError

CHECK_KEY: Final = "gongkai:check"
"""Custom property of a field: the name of a check for its values."""
ORDER_KEY: Final = "gongkai:dateOrder"
"""Custom property of a schema: pairs ``[earlier field, later field]``."""
TOTALS_KEY: Final = "gongkai:totals"
"""Custom property of a schema: which totals are sums of what."""

CHECKS: Final[dict[str, Any]] = {
    "credit-code": CreditCode,
    "citizen-id": CitizenId,
    "region-code": RegionCode,
    "industry-code": IndustryCode,
    "date-order": DateOrder,
    "totals": Totals,
    "row-totals": RowTotals,
}

plugin.register(CHECKS)

FIELD_CHECKS: Final[dict[str, Any]] = {
    "credit-code": CreditCode,
    "citizen-id": CitizenId,
    "region-code": RegionCode,
    "industry-code": IndustryCode,
}
"""The checks that look at one field."""

ERRORS: Final[dict[str, Any]] = {
    error.type: error
    for error in (
        CreditCodeError,
        CitizenIdError,
        RegionCodeError,
        IndustryCodeError,
        DateOrderError,
        TotalsError,
    )
}
"""The errors these checks report, by type."""


def asked_for(schema: Mapping[str, Any], on: date | None = None) -> list[FieldCheck | RowCheck]:
    """The checks that an accepted schema asks for, fresh ones; ``KeyError`` for an unknown name.

    ``on`` is the day of the asking, after which nobody in the table is born.
    """
    checks: list[FieldCheck | RowCheck] = [
        FIELD_CHECKS[field[CHECK_KEY]](field_name=field["name"])
        for field in schema["fields"]
        if field.get(CHECK_KEY) is not None
    ]
    for check in checks:
        if isinstance(check, CitizenId) and on is not None:
            check.on = on.isoformat()
    checks += [
        DateOrder(earlier=earlier, later=later) for earlier, later in schema.get(ORDER_KEY, ())
    ]
    checks += [total_check(given) for given in schema.get(TOTALS_KEY, ())]
    return checks


def total_check(given: Mapping[str, Any]) -> Totals | RowTotals:
    """The check that one entry of ``gongkai:totals`` asks for."""
    return RowTotals(**given) if "label" in given else Totals(**given)


__all__ = [
    "CHECKS",
    "CHECK_KEY",
    "ERRORS",
    "FIELD_CHECKS",
    "ORDER_KEY",
    "TOTALS_KEY",
    "CitizenId",
    "CreditCode",
    "DateOrder",
    "FieldCheck",
    "IndustryCode",
    "RegionCode",
    "RowCheck",
    "RowTotals",
    "Totals",
    "Unreadable",
    "Verdict",
    "asked_for",
    "total_check",
]
