"""Checks of Chinese public data, as Frictionless checks; they work in plain Frictionless too.

    from frictionless import Checklist, validate
    validate("units.csv", checklist=Checklist(checks=[CreditCode(field_name="统一社会信用代码")]))

A Table Schema asks for one with the custom field property ``"gongkai:check"``, whose value is a
key of ``CHECKS``; ``date-order`` compares two fields and is asked for with ``"gongkai:dateOrder"``.
"""

from typing import Any, Final

from datasets.checks.codes import CitizenId, CreditCode, RegionCode
from datasets.checks.order import DateOrder

CHECKS: Final[dict[str, Any]] = {
    "credit-code": CreditCode,
    "citizen-id": CitizenId,
    "region-code": RegionCode,
    "date-order": DateOrder,
}

FIELD_CHECKS: Final[dict[str, Any]] = {
    "credit-code": CreditCode,
    "citizen-id": CitizenId,
    "region-code": RegionCode,
}
"""The checks that look at one field."""

__all__ = ["CHECKS", "FIELD_CHECKS", "CitizenId", "CreditCode", "DateOrder", "RegionCode"]
