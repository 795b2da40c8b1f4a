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
from catalog.models.corrections import CorrectionSet
from catalog.models.datasets import (
    AvailabilityFact,
    CodeSequence,
    Dataset,
    DatasetFact,
    DatasetRevision,
    Field,
)
from catalog.models.duties import Assessment, DutyReminder, Letter
from catalog.models.guidelines import Guideline, GuidelineEdition
from catalog.models.harvesting import HarvestRecord, HarvestRun, HarvestRunItem, HarvestSource
from catalog.models.jobs import Job, SearchChange
from catalog.models.laws import Article, ArticleSuccession, Law, LawReplacement, LawVersion
from catalog.models.list_work import ItemException, ListTask
from catalog.models.negative_list import (
    Adjustment,
    Circumstance,
    Citation,
    Edition,
    ExemptionItem,
    ExemptionLink,
)
from catalog.models.notices import Notice
from catalog.models.openness import OpennessCell, OpennessLedger, OpennessState
from catalog.models.proof import PublishedHead, Snapshot
from catalog.models.publications import Publication, PublicationChange
from catalog.models.requests import Request
from catalog.models.resources import Examination, Resource, Settlement, TableSketch, Version
from catalog.models.reviews import Decision, PublishedFile, Release, Review
from catalog.models.targets import Target
from catalog.models.units import Region, Unit, UnitFact

__all__ = [
    "Adjustment",
    "ApiToken",
    "Article",
    "ArticleSuccession",
    "Assessment",
    "AuditEvent",
    "AuditHead",
    "AvailabilityFact",
    "CalendarDay",
    "Circumstance",
    "Citation",
    "CodeSequence",
    "CorrectionSet",
    "Dataset",
    "DatasetFact",
    "DatasetRevision",
    "Decision",
    "DutyReminder",
    "Edition",
    "Examination",
    "ExemptionItem",
    "ExemptionLink",
    "Field",
    "Guideline",
    "GuidelineEdition",
    "HarvestRecord",
    "HarvestRun",
    "HarvestRunItem",
    "HarvestSource",
    "IdempotencyKey",
    "ItemException",
    "Job",
    "Law",
    "LawReplacement",
    "LawVersion",
    "Letter",
    "ListTask",
    "LoginFailure",
    "LoginSession",
    "Membership",
    "Notice",
    "OpennessCell",
    "OpennessLedger",
    "OpennessState",
    "Publication",
    "PublicationChange",
    "PublishedFile",
    "PublishedHead",
    "Region",
    "Release",
    "Request",
    "Resource",
    "Review",
    "SearchChange",
    "Settlement",
    "Snapshot",
    "TableSketch",
    "Target",
    "Unit",
    "UnitFact",
    "User",
    "Version",
]
