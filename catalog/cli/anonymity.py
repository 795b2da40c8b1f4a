"""``gongkai anonymity``: how well people hide behind each other in tables."""

import sys
from collections.abc import Mapping
from typing import Any

import click

from catalog.cli.output import as_json, note, problem_line, say, tell, visible
from catalog.cli.rounds import round_of
from catalog.cli.sources import Given
from schemas.records import Message, Problem


@click.command()
@click.argument("files", nargs=-1, required=True, type=Given(), metavar="FILE...")
@click.option("--by", "fields", multiple=True, help="A quasi-identifier; may be given often.")
@click.option("--sensitive", default="", help="A sensitive column whose diversity is counted.")
@click.option("-k", "least", type=click.IntRange(1), default=5, help="The k that is demanded (5).")
@click.option("--json", "json_", is_flag=True, help="One report a line.")
def anonymity(
    files: tuple[str, ...], fields: tuple[str, ...], sensitive: str, least: int, json_: bool
) -> None:
    """Count how well people hide behind each other (k-anonymity).

    Rows that agree in all columns given with --by form a class; k is the size of the smallest one.
    Without --by the columns that look like quasi-identifiers are taken. A FILE is what gongkai scan
    takes. Only counts are shown.

    Exit 0 when every table has the k that is demanded, 1 when one has not or cannot be read, 2 when
    a FILE is not there.
    """
    good = True
    order = {"trusted": False, "fields": list(fields), "sensitive": sensitive}
    with round_of("anonymity", files, order) as work:
        for source, answer in work.answers():
            if isinstance(answer, Problem):
                good = False
                note(f"{source.shown}: {problem_line(answer)}")
                continue
            for table in answer["tables"]:
                good = good and table["k"] >= least
                as_json(table) if json_ else _print(table)
    if not good:
        sys.exit(1)


def _print(table: Mapping[str, Any]) -> None:
    by = " + ".join(visible(name) for name in table["fields"])
    counts = {"k": table["k"], "rows": f"{table['rows']:,}", "classes": f"{table['classes']:,}"}
    head = Message("k = %(k)s; %(rows)s rows in %(classes)s classes", counts)
    tell(f"{table['name']}: {say(head)} ({by})")
    for one in table["below"]:
        share = f"{one['rows'] / table['rows']:.2%}" if table["rows"] else "–"
        told = {"limit": one["limit"], "rows": f"{one['rows']:,}", "share": share}
        tell(f"  {say(Message('in classes below %(limit)s: %(rows)s rows, %(share)s', told))}")
    for one in table["without"]:
        told = {"field": visible(one["field"]), "k": one["k"], "rows": f"{one['rows']:,}"}
        sentence = Message("without %(field)s: k = %(k)s, %(rows)s rows in classes below 5", told)
        tell(f"  {say(sentence)}")
    if diversity := table["diversity"]:
        told = {**diversity, "rows": f"{diversity['rows']:,}"}
        sentence = Message(
            "%(field)s: l = %(l)s; %(rows)s rows in %(classes)s classes share one value", told
        )
        tell(f"  {say(sentence)}")
