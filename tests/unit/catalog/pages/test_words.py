"""Codes that pages put into words: none is forgotten."""

from catalog.models import Job
from catalog.outbox import JobName
from catalog.pages.admin import JOBS
from catalog.pages.desk_steps import LINES
from catalog.pages.desk_versions import PROGRESS
from catalog.pages.staff import TAGS
from catalog.services.audit import AuditTag


def test_every_event_of_the_trail_has_a_sentence():
    assert set(TAGS) == set(AuditTag)


def test_every_kind_of_job_has_a_name():
    assert Job.__tablename__ == "jobs"
    assert set(JOBS) == set(JobName)


def test_no_gate_stands_in_two_lines():
    codes = [code for found, _met, _place in LINES for code in found]
    assert len(codes) == len(set(codes))
    assert all(PROGRESS.values())
