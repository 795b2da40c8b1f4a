"""Changes of what is public wait for a review: they are proposed, and taken over when it passes.

Without this an editor could let something be reviewed and then rewrite title, description or link of the
public entry alone.
"""

from typing import Any

from catalog.models import Dataset, Resource
from catalog.services.entry_values import plain
from schemas.vocabularies import PUBLIC_STATES, ConditionalMode, Openness

REVIEWED = frozenset(
    {
        "title", "description", "theme", "keywords", "licence", "openness", "conditional_mode",
        "open_condition", "landing_page", "industry", "opened_by_superior", "duplicate_of_id",
    }
)  # fmt: skip
"""Columns of an entry that a review is about."""

REVIEWED_OF_RESOURCE = frozenset({"title", "description", "url", "format"})

_OPENNESS_RANK = {
    Openness.WITHHELD: 0,
    Openness.UNASSESSED: 1,
    Openness.CONDITIONAL: 2,
    Openness.UNCONDITIONAL: 4,
}


def is_public(dataset: Dataset) -> bool:
    """Whether the public sees this entry now."""
    return dataset.published_at is not None and dataset.state in PUBLIC_STATES


def rank(openness: str, mode: str) -> int:
    """How far open: an approved application is less than a confirmed name, that less than nothing."""
    found = _OPENNESS_RANK[Openness(openness)]
    return found + (openness == Openness.CONDITIONAL and mode == ConditionalMode.REAL_NAME)


def intended(dataset: Dataset, name: str) -> Any:
    """A column as it will be once the present state of the entry is published."""
    return dataset.proposed.get(name, plain(getattr(dataset, name)))


def intended_of(resource: Resource, name: str) -> Any:
    """The same for a table."""
    return resource.proposed.get(name, getattr(resource, name))


def propose(subject: Dataset | Resource, changes: dict[str, Any]) -> None:
    """Keep changes for the review; what equals the present state is no change any more."""
    kept = {**subject.proposed, **{name: plain(value) for name, value in changes.items()}}
    subject.proposed = {
        name: value for name, value in kept.items() if value != plain(getattr(subject, name))
    }


def forget_openness(subject: Dataset) -> None:
    """Drop what was proposed about how open an entry is: a closing that came later counts, and only
    who proposes again opens it again."""
    subject.proposed = {
        name: value
        for name, value in subject.proposed.items()
        if name not in {"openness", "conditional_mode"}
    }


def take_over(subject: Dataset | Resource) -> None:
    """Make the proposed changes the present state."""
    for name, value in subject.proposed.items():
        setattr(subject, name, value)
    subject.proposed = {}
