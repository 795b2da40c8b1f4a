"""What can be wrong with a source or one of its records, in one place so that it is said one way."""

from harvesters.contract import RecordError, SourceConfig
from schemas.interop.values import NotARecordError
from schemas.records import Message, Problem


def unreadable_record(place: str, error: NotARecordError, title: str) -> RecordError:
    """A record that lacks what makes it one."""
    problem = Problem(error.code, error.cause, error.remedy, place)
    return RecordError(place, problem, error.remote_id, title)


def not_an_object(place: str) -> RecordError:
    """A list member that is a text or a number."""
    return RecordError(
        place,
        Problem(
            "not-a-record",
            Message("The record is not an object with named values."),
            Message("Ask the source to repair this entry."),
            place,
        ),
    )


def not_described(place: str, uri: str) -> RecordError:
    """A dataset that a catalogue only names."""
    return RecordError(
        place,
        Problem(
            "not-described",
            Message(
                "The catalogue names the dataset %(uri)s but does not describe it.", {"uri": uri}
            ),
            Message("Ask the source to include its datasets in the catalogue document."),
            place,
        ),
    )


def duplicate(place: str, remote_id: str, title: str) -> RecordError:
    """The second record of one identifier."""
    return RecordError(
        place,
        Problem(
            "duplicate-identifier",
            Message("Duplicate identifier: %(id)s stands in the source twice.", {"id": remote_id}),
            Message(
                "The first record was kept. Ask the source to give each entry its own identifier."
            ),
            place,
        ),
        remote_id,
        title,
    )


def too_many_records(source: SourceConfig) -> Problem:
    return Problem(
        "too-many-records",
        Message("The source holds more than %(limit)s records.", {"limit": source.max_records}),
        Message("Split the source with a filter, or ask an administrator to raise the limit."),
        source.url,
    )


def too_many_pages(source: SourceConfig) -> Problem:
    return Problem(
        "too-many-pages",
        Message("The source has more than %(limit)s pages.", {"limit": source.max_pages}),
        Message("Split the source with a filter, or ask an administrator to raise the limit."),
        source.url,
    )


def repeating_pages(source: SourceConfig) -> Problem:
    return Problem(
        "repeating-pages",
        Message("The source sent the same page again and again."),
        Message("Tell the source that its paging does not work."),
        source.url,
    )
