"""Submission and decision: ``/datasets/{slug}/submissions`` and ``/reviews``."""

from typing import Any

from werkzeug.wrappers import Response

from catalog import http
from catalog.api.answers import one, page
from catalog.api.doors import PREFIX, Door
from catalog.services import calendars, facts, reviews
from schemas.paging import page_of
from schemas.reviews import (
    DecisionIn,
    ReviewListArgs,
    ReviewOut,
    ReviewSummary,
    SubmissionIn,
    SubmissionOut,
)

door = Door("reviews", "Submission, review by another person, publication")


@door.post("/datasets/<slug>/submissions", answers=SubmissionOut, body=SubmissionIn)
def submit(body: dict[str, Any], slug: str) -> Response:
    """Hand an entry in for review; 409 with the reasons when a gate is shut"""
    year = facts.day(http.now()).year
    with http.transaction() as session:
        review = reviews.submit(
            session,
            http.actor(),
            slug,
            note=body["note"],
            now=http.now(),
            calendar=calendars.load(session, (year, year + 1)),
            review_days=http.runtime().settings.review_working_days,
        )
        return one(
            SubmissionOut, review, status=201, review=review.id,
            location=f"{PREFIX}/reviews/{review.id}",
        )  # fmt: skip


@door.get("/reviews", answers=page_of(ReviewSummary), query=ReviewListArgs)
def listing(query: dict[str, Any]) -> Response:
    """Submissions of the units you work for, the most urgent first"""
    with http.reading() as session:
        return page(
            reviews.page(session, http.actor(), **query), ReviewSummary, limit=query["limit"]
        )


@door.get("/reviews/<review_id>", answers=ReviewOut)
def show(review_id: str) -> Response:
    """A submission with its manifest and decisions"""
    with http.reading() as session:
        return one(ReviewOut, reviews.get(session, http.actor(), review_id))


@door.post("/reviews/<review_id>/decision", answers=ReviewOut, body=DecisionIn, status=200)
def decide(body: dict[str, Any], review_id: str) -> Response:
    """Pass (which publishes), return with reasons, or refer; never one's own submission"""
    with http.transaction() as session:
        reviews.decide(session, http.actor(), review_id, **body, now=http.now())
        session.flush()
        return one(ReviewOut, reviews.get(session, http.actor(), review_id))
