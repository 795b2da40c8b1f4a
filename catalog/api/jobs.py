"""Work under way: ``/jobs``."""

from werkzeug.wrappers import Response

from catalog import http
from catalog.api.answers import one, whole
from catalog.api.doors import Door
from catalog.services import jobs
from schemas.operations import JobOut
from schemas.paging import page_of

door = Door("jobs", "Work under way")


@door.get("/jobs", answers=page_of(JobOut))
def recent() -> Response:
    """The latest jobs of the units you work for"""
    http.signed_in()
    with http.reading() as session:
        return whole(jobs.recent(session, http.actor(), limit=50), JobOut)


@door.get("/jobs/<job_id>", answers=JobOut)
def show(job_id: str) -> Response:
    """A job: its state, how far it is, and a line about it"""
    http.signed_in()
    with http.reading() as session:
        return one(JobOut, jobs.get(session, http.actor(), job_id))
