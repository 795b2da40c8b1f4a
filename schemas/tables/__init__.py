"""Table Schemas for what agencies publish most, each with the standard it follows.

A collecting guideline points to one, and a delivery is validated against it. Field names are the
headers that agencies use. Custom properties: ``gongkai:nameEn`` is the name for programs,
``gongkai:titleEn`` and ``gongkai:descriptionEn`` speak English, ``gongkai:source`` is the standard a
field's rules come from (本地约定: a convention of this product), ``gongkai:aliases`` are other headers
in use, ``gongkai:check``, ``gongkai:dateOrder`` and ``gongkai:totals`` ask for checks of
``datasets.checks`` beyond what Table Schema can say, ``gongkai:edition`` counts published changes.
"""

import json
from importlib.resources import files
from typing import Any, Final

TABLES: Final[dict[str, str]] = {
    "administrative-penalty": "administrative-penalty.json",
    "administrative-permit": "administrative-permit.json",
    "power-list": "power-list.json",
    "service-guide": "service-guide.json",
    "institution-list": "institution-list.json",
    "budget-summary": "budget-summary.json",
    "budget-expenditure": "budget-expenditure.json",
    "public-facility": "public-facility.json",
    "statistics-series": "statistics-series.json",
}


def names() -> list[str]:
    """The names of the schemas, in the order they are shown."""
    return list(TABLES)


def load(name: str) -> dict[str, Any]:
    """The Table Schema called ``name``. Raises ``KeyError`` when there is none."""
    text = files(__name__).joinpath(TABLES[name]).read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema
