"""The rule every reader ends with: one record per identifier, and no more records than the cap."""

from harvesters.contract import Items, Placed, SourceConfig, SourceProblem
from harvesters.problems import duplicate, too_many_records
from schemas.records import DatasetRecord


def distinct(placed: Placed, source: SourceConfig) -> Items:
    """Pass items on, a second record of the same identifier as an error, up to the record cap."""
    seen: set[str] = set()
    for number, (place, item) in enumerate(placed):
        if number >= source.max_records:
            raise SourceProblem(too_many_records(source))
        if isinstance(item, DatasetRecord):
            if item.remote_id in seen:
                yield duplicate(place, item.remote_id, item.title)
                continue
            seen.add(item.remote_id)
        yield item
