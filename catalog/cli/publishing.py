"""``gongkai publish``: deliver a file and submit it, through the same rules as every door."""

import sys
from pathlib import Path

import click
from sqlalchemy.orm import Session

from catalog.auth import SYSTEM
from catalog.cli.opening import opened
from catalog.cli.output import SEVERITIES, at, note, problem_line, say, say_stored, tell
from catalog.cli.people import actor_named
from catalog.cli.running import wait_for
from catalog.http.uploads import clean_file_name
from catalog.models import Version
from catalog.runtime import Runtime
from catalog.services import calendars, deliveries, directory, facts, gates, resources, reviews
from schemas.records import Message, Problem
from schemas.vocabularies import Severity, VersionState

ENDED = (VersionState.EXAMINED, VersionState.FAILED)
REPAIRS = {
    True: Message("repair (agreed): %(said)s"),
    False: Message("repair (not agreed): %(said)s"),
}


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dataset", "slug", required=True, help="Slug of the entry.")
@click.option(
    "--resource", "name", default="", help="Name of the table; needed when there are several."
)
@click.option("--accept-repairs", is_flag=True, help="Agree to every repair that is shown.")
@click.option("--as", "editor", default="", help="Editor in whose name it is submitted.")
def publish(file: Path, slug: str, name: str, accept_repairs: bool, editor: str) -> None:
    """Deliver FILE to an entry, have it examined and, with --as, submit it for review.

    Nothing is published here: another person passes the review.
    """
    with opened() as runtime:
        version_id = _deliver(runtime, file, slug, name)
        _examine(runtime, version_id)
        if accept_repairs:
            _accept(runtime, version_id)
        shut = _say_what_was_found(runtime, version_id, slug)
        if editor:
            _submit(runtime, slug, editor)
    if shut:
        sys.exit(1)


def _deliver(runtime: Runtime, file: Path, slug: str, name: str) -> str:
    with runtime.database.read() as session:
        resource_id = _resource_id(session, slug, name)
    blob = runtime.storage.put_file(file)
    with runtime.database.write() as session:
        resource = resources.get(session, SYSTEM, resource_id)
        version = deliveries.add_version(
            session, SYSTEM, resource, blob=blob, file_name=clean_file_name(file.name),
            now=runtime.clock(),
        )  # fmt: skip
        return version.id


def _resource_id(session: Session, slug: str, name: str) -> str:
    held = resources.of(session, directory.get(session, SYSTEM, slug))
    fitting = [resource for resource in held if name in {"", resource.name}]
    if len(fitting) != 1:
        names = ", ".join(resource.name for resource in held)
        unsaid = Message("Say which table with --resource: %(names)s", {"names": names})
        raise click.UsageError(say(unsaid))
    return fitting[0].id


def _examine(runtime: Runtime, version_id: str) -> None:
    def ended() -> bool:
        with runtime.database.read() as session:
            version = session.get(Version, version_id)
            return version is None or version.state in ENDED

    wait_for(runtime, ended)


def _accept(runtime: Runtime, version_id: str) -> None:
    with runtime.database.write() as session:
        version = deliveries.get_version(session, SYSTEM, version_id)
        if version.examination is None or not version.examination.repairs:
            return
        deliveries.accept_repairs(session, SYSTEM, version_id, "all", now=runtime.clock())
    _examine(runtime, version_id)


def _say_what_was_found(runtime: Runtime, version_id: str, slug: str) -> list[Problem]:
    with runtime.database.read() as session:
        version = deliveries.get_version(session, SYSTEM, version_id)
        found = version.examination
        rows = found.rows if found else 0
        shown = {"id": version.id, "state": version.state, "rows": rows, "sha256": version.sha256}
        tell(Message("%(id)s %(state)s %(rows)s rows sha256 %(sha256)s", shown))
        for repair in found.repairs if found else []:
            said = {"said": f"{at(repair['place'])}{say_stored(repair['message'])}"}
            note(Message(REPAIRS[repair["accepted"]].text, said))
        for finding in found.findings if found else []:
            severity = say(SEVERITIES[Severity(finding["severity"])])
            note(f"{at(severity)}{at(finding['field'])}{say_stored(finding['message'])}")
        shut = gates.shut(session, directory.get(session, SYSTEM, slug), now=runtime.clock())
    for problem in shut:
        note(problem_line(problem))
    return shut


def _submit(runtime: Runtime, slug: str, editor: str) -> None:
    now = runtime.clock()
    year = facts.day(now).year
    with runtime.database.write() as session:
        review = reviews.submit(
            session,
            actor_named(session, editor),
            slug,
            now=now,
            calendar=calendars.load(session, (year, year + 1)),
            review_days=runtime.settings.review_working_days,
        )
        tell(Message("review %(id)s waits for another person", {"id": review.id}))
