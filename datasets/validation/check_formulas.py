"""``row-constraint``: each different combination of values is put into the formula once."""

import ast
import warnings
from collections.abc import Iterable
from typing import Any, Final

import simpleeval

from datasets.validation.check_rows import Rows

MOST_REMEMBERED: Final = 500_000
CHANCE: Final = frozenset({"rand", "randint"})
"""Functions that answer differently every time."""


class Formula:
    """The rows that do not keep the formula are suspected, and the check itself says so."""

    def __init__(self, check: Any) -> None:
        self._check = check
        self._formula: str = check.formula
        self._tree = _parsed(self._formula)
        nodes = ast.walk(self._tree) if self._tree else ()
        self._names = {node.id for node in nodes if isinstance(node, ast.Name)}
        self._known: dict[tuple[str, ...], bool] = {}

    def suspects(self, rows: Rows) -> Iterable[int]:
        """The rows that may not keep the formula."""
        if self._tree is None or self._names & CHANCE:
            return list(rows.numbers)
        used = [field.name for field in rows.fields if field.name in self._names]
        columns = [rows.listed(name) for name in used]
        values = zip(*columns, strict=True) if columns else [()] * len(rows.numbers)
        return [
            number
            for number, row in zip(rows.numbers, values, strict=True)
            if not self._holds(used, row)
        ]

    def _holds(self, names: list[str], row: tuple[Any, ...]) -> bool:
        key = tuple(map(repr, row))
        known = self._known.get(key)
        if known is None:
            known = self._evaluated(dict(zip(names, row, strict=True)))
            if len(self._known) < MOST_REMEMBERED:
                self._known[key] = known
        return known

    def _evaluated(self, values: dict[str, Any]) -> bool:
        try:
            evaluator = simpleeval.EvalWithCompoundTypes(names=values)
            return bool(evaluator.eval(self._formula, previously_parsed=self._tree))
        except Exception:  # noqa: BLE001  (whatever is raised, the row does not keep it)
            return False

    def errors_of(self, row: Any) -> Iterable[Any]:
        """Those of the check."""
        return self._check.validate_row(row)  # type: ignore[no-any-return]

    def errors_at_end(self) -> Iterable[Any]:
        """None."""
        return ()


def _parsed(formula: str) -> ast.AST | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree: ast.AST = simpleeval.EvalWithCompoundTypes.parse(formula)
    except Exception:  # noqa: BLE001  (a formula that cannot be read is kept by no row)
        return None
    return tree
