"""Everything that can be asked for, one line each. ``permission_map`` says who gets it."""

from enum import StrEnum


class Permission(StrEnum):
    """An act that a rule guards."""

    DATASET_READ_UNPUBLISHED = "dataset:read-unpublished"
    DATASET_CREATE = "dataset:create"
    DATASET_AMEND = "dataset:amend"
    DATASET_SUBMIT = "dataset:submit"
    DATASET_SUSPEND = "dataset:suspend"
    DATASET_RESUME = "dataset:resume"
    DATASET_WITHDRAW = "dataset:withdraw"
    DATASET_RETIRE = "dataset:retire"
    VERSION_ADD = "version:add"
    VERSION_READ = "version:read"
    FINDING_SETTLE = "finding:settle"
    FINDING_CONSENT = "finding:consent"
    REVIEW_READ = "review:read"
    REVIEW_DECIDE = "review:decide"
    LIST_READ_INTERNAL = "list:read-internal"
    LIST_DRAFT = "list:draft"
    LIST_APPROVE = "list:approve"
    NOTICE_PUBLISH = "notice:publish"
    UNIT_MANAGE = "unit:manage"
    USER_MANAGE = "user:manage"
    CALENDAR_MANAGE = "calendar:manage"
    SOURCE_MANAGE = "source:manage"
    SOURCE_READ = "source:read"
    JOB_READ = "job:read"
    OPENNESS_DRILL = "openness:drill"
    AUDIT_READ = "audit:read"
    MOSAIC_READ = "mosaic:read"
    TOKEN_OWN = "token:own"  # noqa: S105  (a permission, not a token)
