"""Counting figures from lines, without any database: the other way to the same numbers.

The rules are those of the definition named in the manifest (domain.md, section 5).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from datasets.proof.lines import Line, LineKind, UnitLine

Figures = dict[str, dict[str, dict[str, tuple[int, int]]]]
"""Scope (platform, unit, theme, region) -> key (code or name) -> figure -> (n, d)."""

CLASSES: Final = ("open", "conditional", "withheld", "uncovered", "unpublished", "unassessed")
OPEN: Final = frozenset({"open", "conditional"})
BASES: Final = ("all", "due", "field", "volume")
DEFINITIONS: Final = ("2026.1", "2026.2")
"""Versions of the definition whose figures are counted here; the same declared figures in each."""
DEPARTMENT: Final = "department"
PLATFORM: Final = "platform"


@dataclass(slots=True)
class _Counts:
    """What one group holds: the classes, and on every base the open, the verified and all."""

    classes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CLASSES, 0))
    bases: dict[str, list[int]] = field(default_factory=lambda: {one: [0, 0, 0] for one in BASES})

    def add(self, line: Line) -> None:
        self.classes[line.klass] += line.entries
        due = line.entries if line.due else 0
        for basis, part, whole in (
            ("all", line.entries, line.entries),
            ("due", due, due),
            ("field", line.fields_open, line.fields_total),
            ("volume", line.records, line.records),
        ):
            sums = self.bases[basis]
            sums[0] += part if line.klass in OPEN else 0
            sums[1] += part if line.verified else 0
            sums[2] += whole

    def figures(self) -> dict[str, tuple[int, int]]:
        whole = sum(self.classes.values())
        found = {f"data_rate.{name}": (n, d) for name, (n, _, d) in self.bases.items()}
        found |= {f"verified_data_rate.{name}": (n, d) for name, (_, n, d) in self.bases.items()}
        return found | {f"class.{name}": (count, whole) for name, count in self.classes.items()}

    def opens(self) -> dict[str, bool]:
        """Whether something in it is open, and whether something is verified."""
        declared, verified, _ = self.bases["all"]
        return {"unit_rate": declared > 0, "verified_unit_rate": verified > 0}


@dataclass(slots=True)
class Tally:
    """Sums lines as they come; ``figures`` gives what they make together."""

    units: Mapping[str, UnitLine]
    _groups: dict[tuple[str, str], _Counts] = field(default_factory=dict)

    def add(self, line: Line) -> None:
        """Count a line. ``ValueError`` for a class or a unit that does not exist."""
        if line.klass not in CLASSES or (line.verified and line.klass not in OPEN):
            raise ValueError(line.klass)
        if line.kind != LineKind.UNIT_SUM:
            self._group("theme", line.theme).add(line)
        if line.kind != LineKind.THEME_SUM:
            if line.unit not in self.units:
                raise ValueError(line.unit)
            self._group(PLATFORM, "").add(line)
            self._group("unit", line.unit).add(line)
            self._group("region", self.units[line.unit].region).add(line)

    def _group(self, scope: str, key: str) -> _Counts:
        return self._groups.setdefault((scope, key), _Counts())

    def figures(self) -> Figures:
        """Every figure of every group: exact counts, never a quotient."""
        self._group(PLATFORM, "")
        for code, unit in self.units.items():
            if unit.on_roster:
                self._group("unit", code)
                self._group("region", unit.region)
        found: Figures = {PLATFORM: {}, "unit": {}, "theme": {}, "region": {}}
        for (scope, key), counts in sorted(self._groups.items()):
            found[scope][key] = counts.figures()
        roster = [one for one in self.units.values() if one.on_roster]
        for code, figures in found["unit"].items():
            unit = self.units[code]
            figures.update(self._unit_rates([unit] if unit.on_roster else []))
        for region, figures in found["region"].items():
            figures.update(self._unit_rates([one for one in roster if one.region == region]))
        for variant, units in (
            ("all", roster),
            ("certified", [one for one in roster if not one.certified_empty]),
            ("departments", [one for one in roster if one.kind == DEPARTMENT]),
        ):
            rates = self._unit_rates(units)
            found[PLATFORM][""] |= {f"{name}.{variant}": rate for name, rate in rates.items()}
        return found

    def _unit_rates(self, units: list[UnitLine]) -> dict[str, tuple[int, int]]:
        """Units with something open, and units with something verified, of these."""
        each = [self._group("unit", one.code).opens() for one in units]
        names = ("unit_rate", "verified_unit_rate")
        return {name: (sum(one[name] for one in each), len(each)) for name in names}


def flat(figures: Figures) -> Iterator[tuple[str, str, str, int, int]]:
    """Figures one by one: scope, key, figure, n, d."""
    for scope, groups in figures.items():
        for key, named in groups.items():
            for figure, (n, d) in named.items():
                yield scope, key, figure, n, d


def percent(n: int, d: int) -> str:
    """Two decimals, cut and never rounded up; nothing when there is nothing to count."""
    if d == 0:
        return ""
    whole, cut = divmod(n * 10_000 // d, 100)
    return f"{whole}.{cut:02d}"


def from_json(value: Any) -> Figures:
    """Figures as JSON keeps them. ``ValueError`` unless every one is a pair of whole numbers."""
    try:
        return {
            scope: {
                key: {name: (_whole(pair[0]), _whole(pair[1])) for name, pair in named.items()}
                for key, named in groups.items()
            }
            for scope, groups in value.items()
        }
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise ValueError("figures") from error


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise ValueError("not a whole number")
    return value


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that differs; None where one side does not have it."""

    scope: str
    key: str
    figure: str
    before: tuple[int, int] | None
    after: tuple[int, int] | None


def differences(before: Figures, after: Figures) -> list[Difference]:
    """The figures in which two results differ, in the order of the later one."""
    old, new = _by_place(flat(before)), _by_place(flat(after))
    places = [*new, *(one for one in old if one not in new)]
    return [
        Difference(*place, old.get(place), new.get(place))
        for place in places
        if old.get(place) != new.get(place)
    ]


def _by_place(
    figures: Iterable[tuple[str, str, str, int, int]],
) -> dict[tuple[str, str, str], tuple[int, int]]:
    return {(scope, key, figure): (n, d) for scope, key, figure, n, d in figures}
