"""Profiles for people: one line a table, two or three a column, its histogram in block characters."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.cells import cell_len

from catalog.cli.lines import Lines, Piece, cut, padded
from catalog.cli.output import say, visible
from schemas.records import Message

BLOCKS: Final = "▁▂▃▄▅▆▇█"
MOST_KEYS: Final = 8
MOST_NAME: Final = 28
MOST_TOP: Final = 5
MOST_VALUE: Final = 24
INDENT: Final = "      "


class Columns(Lines):
    """Prints the profile of one table after another."""

    def add(self, table: Mapping[str, Any]) -> None:
        """Print what is in a table."""
        columns = table["columns"]
        counts = {"rows": f"{table['rows']:,}", "columns": f"{len(columns):,}"}
        said = say(Message("%(rows)s rows, %(columns)s columns", counts))
        self.line((f"{visible(table['name'])}: ", "bold"), (", ".join([said, *_nature(table)]), ""))
        if keys := table.get("keys"):
            more = ["…"] if len(keys) > MOST_KEYS else []
            names = "; ".join([" + ".join(_names(key)) for key in keys[:MOST_KEYS]] + more)
            self.line(
                ("  ", ""), (say(Message("Could be the key: %(names)s", {"names": names})), "")
            )
        width = max((min(cell_len(one["name"]), MOST_NAME) for one in columns), default=0)
        for column in columns:
            self._print(column, width)

    def _print(self, column: Mapping[str, Any], width: int) -> None:
        head = [
            ("  ", ""),
            (padded(visible(column["name"]), width), "cyan"),
            (f"  {padded(column['field_type'], 9)}", "bold"),
            ("  ", ""),
            (", ".join(_facts(column)), ""),
        ]
        self.line(*head)
        if column["distinct"] < 2:
            return
        if histogram := column.get("histogram"):
            self.line((INDENT, ""), *_drawn(histogram))
        if top := [one for one in column.get("top", ()) if one["count"] > 1]:
            values = ", ".join(
                f"{cut(_text(one['value']), MOST_VALUE)} × {one['count']:,}"
                for one in top[:MOST_TOP]
            )
            said = say(Message("most frequent: %(values)s", {"values": values}))
            self.line((INDENT, ""), (cut(said, max(self.width - len(INDENT), 40)), "dim"))


def _nature(table: Mapping[str, Any]) -> list[str]:
    said = [table["kind"].upper()]
    if table["encoding"]:
        said.append(table["encoding"].upper())
    if duplicates := table.get("duplicate_rows"):
        said.append(say(Message("%(count)s repeated rows", {"count": f"{duplicates:,}"})))
    if table["repairs"]:
        kinds = ", ".join(dict.fromkeys(table["repairs"]))
        said.append(say(Message("repaired for reading: %(kinds)s", {"kinds": kinds})))
    return said


def _facts(column: Mapping[str, Any]) -> list[str]:
    about = "≈" if "distinct" in column.get("approximate", ()) else ""
    said = [
        say(Message("%(count)s missing", {"count": f"{column['nulls']:,}"})),
        say(Message("%(count)s distinct", {"count": f"{about}{column['distinct']:,}"})),
    ]
    if column["sensitive"]:
        said.append(say(Message("sensitive, values are masked")))
    if column["unique"]:
        said.append(say(Message("no value repeats")))
    if column["min"] is not None:
        ends = [cut(_text(column[end]), MOST_VALUE) for end in ("min", "max")]
        said.append(" … ".join(dict.fromkeys(ends)))
    if column.get("median") is not None and column["distinct"] > 1:
        said.append(say(Message("median %(value)s", {"value": _text(column["median"])})))
    return said


def _drawn(histogram: Mapping[str, Any]) -> list[Piece]:
    """Bars of a histogram, two places each, between its first and last edge."""
    edges, counts = histogram["edges"], histogram["counts"]
    bars = "".join(bar * 2 for bar in bars_of(counts))
    return [
        (f"{_text(edges[0])} ", "dim"),
        (bars, "green"),
        (f" {_text(edges[-1])}", "dim"),
    ]


def bars_of(counts: Sequence[int]) -> str:
    """One block for each count, the fullest for the highest; nothing is a space."""
    most = max(counts, default=0)
    return "".join(
        BLOCKS[max(-(-count * len(BLOCKS) // most) - 1, 0)] if count else " " for count in counts
    )


def _names(key: Any) -> list[str]:
    return [visible(str(name)) for name in ([key] if isinstance(key, str) else key)]


def _text(value: Any) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.6g}"
    return visible(str(value))
