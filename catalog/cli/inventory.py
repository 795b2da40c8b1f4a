"""``gongkai inventory``: a directory workbook as the start of the directory."""

from pathlib import Path

import click

from catalog.auth import SYSTEM
from catalog.cli.harvesting import carry_out
from catalog.cli.opening import opened
from catalog.http.uploads import clean_file_name
from catalog.services import harvesting


@click.group()
def inventory() -> None:
    """Directory workbooks of units."""


@inventory.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--name", default="", help="Name of the source; default the file's name.")
@click.option("--unit", default="", help="Unit of records that name none.")
@click.option("--region", default="", help="Region of units that are made.")
@click.option("--preview", is_flag=True, help="Say what would be done; write nothing.")
@click.option("--approve-gone", is_flag=True, help="Archive vanished records beyond the threshold.")
@click.option("--json", "json_", is_flag=True)
def import_(  # noqa: PLR0917  (click gives the options by name)
    file: Path, name: str, unit: str, region: str, preview: bool, approve_gone: bool, json_: bool
) -> None:
    """Register the entries of FILE (JSON, CSV or XLSX). A second import changes only what differs."""
    title = name or clean_file_name(file.name)
    with opened() as runtime:
        blob = runtime.storage.put_file(file)
        with runtime.database.write() as session:
            source = harvesting.named_source(session, SYSTEM, title)
            if source is None:
                given = {"name": title, "kind": "inventory"}
                optional = (("default_unit", unit), ("region", region))
                given |= {key: text for key, text in optional if text}
                source = harvesting.add_source(
                    session, SYSTEM, given, blob=blob, now=runtime.clock()
                )
            elif source.sha256 != blob.sha256:
                harvesting.renew_file(session, SYSTEM, source, blob, now=runtime.clock())
            source_id = source.id
        carry_out(runtime, source_id, preview=preview, approve_gone=approve_gone, json_=json_)
