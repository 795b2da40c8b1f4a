"""Findings of sensitive data for people: one line a table, one a finding with its masked samples."""

from collections.abc import Mapping
from typing import Any, Final

from catalog.cli.lines import Lines
from catalog.cli.output import SEVERITIES, say, say_stored, visible
from schemas.records import Message
from schemas.vocabularies import Severity

STYLES: Final = {Severity.HIGH: "bold red", Severity.MEDIUM: "yellow", Severity.LOW: "dim"}
PLACES: Final = 8
"""Rows that are named for a finding."""


class Findings(Lines):
    """Prints the findings of one file after another."""

    def add(self, answer: Mapping[str, Any]) -> None:
        """Print what was found in the tables of a file."""
        for table in answer["tables"]:
            found = table["findings"]
            text = "%(count)s findings" if found else "nothing sensitive found"
            said = say(Message(text, {"count": len(found)}))
            self.line((f"{visible(table['name'])}: ", "bold"), (said, "" if found else "green"))
            for finding in found:
                self._print(finding)

    def _print(self, finding: Mapping[str, Any]) -> None:
        severity = Severity(finding["severity"])
        counted = say(Message("%(rows)s rows", {"rows": f"{finding['rows']:,}"}))
        self.line(
            ("  ", ""),
            (say(SEVERITIES[severity]), STYLES[severity]),
            (f"  {visible(finding['field'])}", "cyan"),
            (f"  {finding['detector']}", "bold"),
            (f"  {counted}  {visible(' '.join(finding['sample']))}", ""),
        )
        places = ", ".join(map(str, finding["places"][:PLACES]))
        more = ", …" if finding["rows"] > PLACES else ""
        rows = say(Message("rows %(places)s", {"places": f"{places}{more}"})) if places else ""
        self.line(("      ", ""), (f"{say_stored(finding['message'])} {rows}".rstrip(), "dim"))
