"""``gongkai check``: index, documents of public entries and files against the database."""

import sys

import click

from catalog import outbox
from catalog.cli.blobs import named_blobs
from catalog.cli.opening import opened
from catalog.cli.output import note, tell
from catalog.runtime import Runtime
from catalog.search.documents import every_document
from catalog.search.shelf import digest
from catalog.services import facts, publications
from datasets.storage import BlobMissing
from schemas.records import Message


@click.command()
@click.option("--repair", is_flag=True, help="Make anew what differs and can be derived.")
@click.option("--bytes", "bytes_", is_flag=True, help="Read every stored file and check its hash.")
def check(repair: bool, bytes_: bool) -> None:
    """Compare search index, public documents and stored files with the database.

    Exit 1 when something is wrong.
    """
    with opened() as runtime:
        runtime.follow()
        index_is_right = _index_agrees(runtime)
        if not index_is_right and repair:
            count = runtime.index.rebuild(runtime.database)
            tell(
                Message("The search index was made anew with %(count)s entries.", {"count": count})
            )
            index_is_right = _index_agrees(runtime)
        told_is_right = _documents_agree(runtime, repair=repair)
        files_are_there = _files_agree(runtime, every_byte=bytes_)
    if not (index_is_right and told_is_right and files_are_there):
        sys.exit(1)
    tell(Message("Index, documents and files agree with the database."))


def _documents_agree(runtime: Runtime, *, repair: bool) -> bool:
    with runtime.database.read() as session:
        wrong = publications.stale(session, facts.day(runtime.clock()))
    if wrong and repair:
        with runtime.database.write() as session:
            for dataset_id in wrong:
                outbox.touch_publication(session, dataset_id)
        runtime.follow()
        tell(Message("%(count)s public entries were described anew.", {"count": len(wrong)}))
        return _documents_agree(runtime, repair=False)
    if wrong:
        text = "%(count)s public entries are told otherwise than they are (gongkai check --repair)."
        note(Message(text, {"count": len(wrong)}))
    return not wrong


def _index_agrees(runtime: Runtime) -> bool:
    held = runtime.index.digests()
    expected: dict[int, int] = {}
    with runtime.database.read() as session:
        for found in every_document(session):
            expected.update((document.dataset_id, digest(document)) for document in found)
    if held == expected:
        return True
    other = sum(held[one] != expected[one] for one in held.keys() & expected.keys())
    text = (
        "The search index lacks %(lacks)s entries, has %(more)s too many and knows %(other)s "
        "otherwise than they are (gongkai check --repair)."
    )
    lacks, more = len(expected.keys() - held.keys()), len(held.keys() - expected.keys())
    note(Message(text, {"lacks": lacks, "more": more, "other": other}))
    return False


def _files_agree(runtime: Runtime, *, every_byte: bool) -> bool:
    with runtime.database.read() as session:
        named = named_blobs(session)
    bad = [sha256 for sha256 in sorted(named) if not _sound(runtime, sha256, every_byte=every_byte)]
    for sha256 in bad:
        note(Message("missing or damaged: %(sha256)s", {"sha256": sha256}))
    # Not a fault: an upload that broke off after its bytes were stored leaves such a file.
    unnamed = sum(sha256 not in named for sha256 in runtime.storage.iter_hashes())
    text = "%(named)s files named, %(bad)s missing or damaged, %(unnamed)s stored without a name."
    tell(Message(text, {"named": len(named), "bad": len(bad), "unnamed": unnamed}))
    return not bad


def _sound(runtime: Runtime, sha256: str, *, every_byte: bool) -> bool:
    if not every_byte:
        return runtime.storage.size(sha256) is not None
    try:
        return runtime.storage.verify(sha256)
    except BlobMissing:
        return False
