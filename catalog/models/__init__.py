"""Every table, imported so that ``Base.metadata`` is whole."""

from catalog.models.accounts import (
    ApiToken,
    IdempotencyKey,
    LoginFailure,
    LoginSession,
    Membership,
    User,
)
from catalog.models.audit import AuditEvent, AuditHead
from catalog.models.calendars import CalendarDay
from catalog.models.datasets import CodeSequence, Dataset, DatasetFact, DatasetRevision, Field
from catalog.models.harvesting import HarvestRecord, HarvestRun, HarvestRunItem, HarvestSource
from catalog.models.jobs import Job, SearchChange
from catalog.models.negative_list import (
    Adjustment,
    Article,
    Circumstance,
    Citation,
    Edition,
    ExemptionItem,
    ExemptionLink,
    Law,
    LawVersion,
)
from catalog.models.notices import Notice
from catalog.models.resources import Examination, Resource, Settlement, TableSketch, Version
from catalog.models.reviews import Decision, PublishedFile, Release, Review
from catalog.models.units import Unit

__all__ = [
    "Adjustment",
    "ApiToken",
    "Article",
    "AuditEvent",
    "AuditHead",
    "CalendarDay",
    "Circumstance",
    "Citation",
    "CodeSequence",
    "Dataset",
    "DatasetFact",
    "DatasetRevision",
    "Decision",
    "Edition",
    "Examination",
    "ExemptionItem",
    "ExemptionLink",
    "Field",
    "HarvestRecord",
    "HarvestRun",
    "HarvestRunItem",
    "HarvestSource",
    "IdempotencyKey",
    "Job",
    "Law",
    "LawVersion",
    "LoginFailure",
    "LoginSession",
    "Membership",
    "Notice",
    "PublishedFile",
    "Release",
    "Resource",
    "Review",
    "SearchChange",
    "Settlement",
    "TableSketch",
    "Unit",
    "User",
    "Version",
]
