"""Reports for people: one line a file, then its errors by kind, each with the row it stands in.

Widths are those of a terminal, where a Chinese character takes two places; colours are only for
terminals, and the bad cell is marked without them too.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.cells import cell_len

from catalog import wording
from catalog.cli.lines import ELLIPSIS, Lines, Piece, cut
from catalog.cli.output import at, colon, joined, language, problem_line, say, say_stored, visible
from schemas import report_words
from schemas.records import Message, Problem

MOST_CELL: Final = 32
MARKS: Final = ("▶", "◀")
STOPS: Final = (".", "。")
INDENT: Final = "      "


class Reports(Lines):
    """Prints one report after another and at the end the sum."""

    def __init__(self) -> None:
        super().__init__()
        self._files = 0
        self._bad = 0
        self._rows = 0
        self._errors = 0
        self._repairable = False

    def add(self, name: str, digest: Mapping[str, Any], form: Mapping[str, Any]) -> None:
        """Print what the child made of a report, and what is odd about the form of the file."""
        self._files += 1
        self._bad += not digest["valid"]
        self._rows += digest["rows"]
        self._errors += digest["errors"]
        self._head(name, digest)
        self._print_form(form)
        several = len(digest["tasks"]) > 1
        self._print_groups(digest["groups"], "  ")
        for task in digest["tasks"]:
            if several:
                self.line(("  ", ""), *_verdict(valid=task["valid"]), (_of_task(task), ""))
            for warning in task["warnings"]:
                self.line(("    ", ""), (say(report_words.noted(warning)), "yellow"))
            self._print_groups(task["groups"], "    " if several else "  ")

    def add_problem(self, name: str, problem: Problem) -> None:
        """Print why a file could not be judged."""
        self._files += 1
        self._bad += 1
        self.line(
            *_verdict(valid=False), (f"{visible(name)}: ", "bold"), (problem_line(problem), "")
        )

    def close(self) -> None:
        """Print what helps, and the sum when there was more than one file."""
        if self._repairable:
            text = (
                "Most of what was seen in the form is repaired on delivery: upload the file on the portal "
                "and agree to the repairs that are shown, or use gongkai publish --accept-repairs."
            )
            self.line((say(Message(text)), "dim"))
        if self._files > 1:
            counts = {"files": self._files, "bad": self._bad, "rows": f"{self._rows:,}",
                      "errors": f"{self._errors:,}"}  # fmt: skip
            text = "%(files)s files, %(bad)s of them invalid; %(rows)s rows, %(errors)s errors"
            self.line((say(Message(text, counts)), "bold"))

    def _head(self, name: str, digest: Mapping[str, Any]) -> None:
        seconds = digest["seconds"]
        speed = digest["rows"] / seconds if seconds else 0
        facts = {"rows": f"{digest['rows']:,}", "errors": f"{digest['errors']:,}",
                 "seconds": f"{seconds:.2f}", "speed": f"{speed:,.0f}"}  # fmt: skip
        text = "%(rows)s rows, %(errors)s errors, %(seconds)s s, %(speed)s rows/s"
        self.line(
            *_verdict(valid=digest["valid"]),
            (f"{visible(name)}: ", "bold"),
            (say(Message(text, facts)), ""),
        )

    def _print_groups(self, groups: Sequence[Mapping[str, Any]], indent: str) -> None:
        for group in groups:
            wrong, remedy = self._told(group)
            self.line(
                (indent, ""), (group["type"], "bold red"), (f" × {group['count']:,}", "bold"),
                (f"  {joined(wrong, remedy)}".rstrip(), ""),
            )  # fmt: skip
            for error in group["shown"]:
                self._print_error(error, indent)
            hidden = group["count"] - sum(error["stands_for"] for error in group["shown"])
            if hidden and group["shown"]:
                text = "… and %(count)s more (--show %(count_all)s, or --json for all)"
                counts = {"count": f"{hidden:,}", "count_all": min(group["count"], 1_000)}
                self.line((f"{indent}  ", ""), (say(Message(text, counts)), "dim"))

    def _told(self, group: Mapping[str, Any]) -> tuple[str, str]:
        """The sentence of a kind of error, without the note that each of them has."""
        first = group["shown"][0] if group["shown"] else {}
        if own := first.get("message"):
            return say_stored(own), say(report_words.OTHER)
        if group["type"] not in report_words.ERRORS:
            return visible(group["title"]), ""
        wrong, remedy = report_words.told({**group, "note": ""})
        bare = say(wrong).rstrip(" :：")
        return bare if bare.endswith(STOPS) else f"{bare}{STOPS[language() == 'zh']}", say(remedy)

    def _print_error(self, error: Mapping[str, Any], indent: str) -> None:
        place = []
        if error["row"] is not None:
            place.append(say(Message("row %(row)s", {"row": error["row"]})))
        elif error["cells"]:
            place.append(say(Message("header")))
        if error["columns"]:
            place.append(wording.place(f"columns {error['columns']}", language()))
        elif error["field"]:
            place.append(error["field"])
        elif error["number"]:
            place.append(say(Message("column %(number)s", {"number": error["number"]})))
        pieces: list[Piece] = [(f"{indent}  ", ""), (wording.listed(place, language()), "cyan")]
        if error["note"]:
            note = say(report_words.noted(error["note"]))
            pieces.append((f"{colon() if place else ''}{note}", ""))
        if place or error["note"]:
            self.line(*pieces)
        if any(error["cells"]) and not _is_absent(error):
            self.line(*row_pieces(error, self.width, f"{indent}{INDENT}"))

    def _print_form(self, form: Mapping[str, Any]) -> None:
        remarks = form.get("remarks", ())
        if not remarks:
            return
        self.line(("  ", ""), (say(Message("Seen in the form of the file:")), "bold"))
        for remark in remarks:
            said = joined(*(say_stored(one) for one in remark["messages"]))
            self.line(("    - ", ""), (visible(f"{at(remark['place'])}{said}"), ""))
        if not form["readable"]:
            return
        self._repairable = True
        if form["header"]:
            option = " ".join(f"--header-row {row}" for row in form["header"])
            text = "To judge the table by its real header here, add %(option)s."
            self.line(("    ", ""), (say(Message(text, {"option": option})), "dim"))


def _verdict(*, valid: bool) -> tuple[Piece, ...]:
    word = say(Message("valid") if valid else Message("invalid"))
    return ((f"{word}  ", "bold green" if valid else "bold red"),)


def _of_task(task: Mapping[str, Any]) -> str:
    text = "%(name)s (%(place)s): %(rows)s rows, %(errors)s errors"
    counts = {"rows": f"{task['rows']:,}", "errors": f"{task['errors']:,}"}
    return say(Message(text, {"name": task["name"], "place": task["place"], **counts}))


def _is_absent(error: Mapping[str, Any]) -> bool:
    """Whether a column is missing from the header: showing the whole header would say nothing."""
    return error["row"] is None and bool(error["bad"]) and error["bad"][0] >= len(error["cells"])


def row_pieces(error: Mapping[str, Any], width: int, indent: str) -> list[Piece]:
    """The cells of a row on one line of ``width`` places, as many around the bad one as fit."""
    cells, bad = list(error["cells"]), list(error["bad"])
    cells += [""] * (max([*bad, -1]) + 1 - len(cells))
    texts = [
        f"{MARKS[0]}{cut(cell, MOST_CELL)}{MARKS[1]}" if place in bad else cut(cell, MOST_CELL)
        for place, cell in enumerate(cells)
    ]
    room = width - cell_len(indent) - 4
    first, last = _window(texts, bad[0] if bad else 0, room)
    pieces: list[Piece] = [(indent, "")]
    if first or error["before"]:
        pieces.append((f"{ELLIPSIS} │ ", "dim"))
    for place in range(first, last):
        if place > first:
            pieces.append((" │ ", "dim"))
        pieces.append((texts[place], "bold white on red" if place in bad else ""))
    if last < len(texts) or error["after"]:
        pieces.append((f" │ {ELLIPSIS}", "dim"))
    return pieces


def _window(texts: Sequence[str], middle: int, room: int) -> tuple[int, int]:
    """As many neighbours of ``middle`` as fit, to the left and the right in turn."""
    sizes = [cell_len(text) + 3 for text in texts]
    middle = min(middle, max(len(texts) - 1, 0))
    first, last = middle, min(middle + 1, len(texts))
    used = sum(sizes[first:last])
    while True:
        before = sizes[first - 1] if first else room
        after = sizes[last] if last < len(texts) else room
        if used + after < room and (after <= before or used + before >= room):
            last, used = last + 1, used + after
        elif used + before < room:
            first, used = first - 1, used + before
        else:
            return first, last
