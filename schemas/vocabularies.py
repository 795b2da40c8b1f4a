"""Closed lists: every word that is stored, shown or exchanged as a code.

The value is what is stored and what the API speaks; Chinese and English labels live in the
translation catalogue. Source of each list is named at its class.
"""

from enum import StrEnum


class UnitKind(StrEnum):
    """Kind of public body on the roster."""

    DEPARTMENT = "department"
    INSTITUTION = "institution"
    OTHER = "other"


class DatasetState(StrEnum):
    """Where a directory entry stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    PUBLISHED = "published"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    RETIRED = "retired"


PUBLIC_STATES = (
    DatasetState.PUBLISHED,
    DatasetState.SUSPENDED,
    DatasetState.WITHDRAWN,
    DatasetState.RETIRED,
)
"""States in which everybody may know of an entry that was published once."""


class Openness(StrEnum):
    """How open an entry or a field is."""

    UNCONDITIONAL = "unconditional"
    CONDITIONAL = "conditional"
    WITHHELD = "withheld"
    UNASSESSED = "unassessed"


class ConditionalMode(StrEnum):
    """What conditional opening asks of the user."""

    REAL_NAME = "real-name"
    APPROVAL = "approval"


class Sharing(StrEnum):
    """Sharing between agencies (发改高技术〔2017〕1272号, element 9)."""

    UNCONDITIONAL = "unconditional"
    CONDITIONAL = "conditional"
    NONE = "none"


class UpdateCycle(StrEnum):
    """How often new data is due (发改高技术〔2017〕1272号, element 11, and what systems add)."""

    REALTIME = "realtime"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half-yearly"
    YEARLY = "yearly"
    BIENNIAL = "biennial"
    IRREGULAR = "irregular"


class ResourceClass(StrEnum):
    """First digit of the resource code: 类 (发改高技术〔2017〕1272号, part 2)."""

    BASE = "1"
    THEME = "2"
    DEPARTMENT = "3"


class FieldType(StrEnum):
    """Table Schema types an entry's field may declare."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    YEAR = "year"
    YEARMONTH = "yearmonth"
    GEOPOINT = "geopoint"
    ANY = "any"


class VersionState(StrEnum):
    """What happened to a delivery."""

    RECEIVED = "received"
    EXAMINING = "examining"
    EXAMINED = "examined"
    FAILED = "failed"


class Severity(StrEnum):
    """Weight of a sensitive-data finding; high ones shut the gate until settled."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class SettlementAction(StrEnum):
    """What an editor may do about a finding; to withdraw takes a decision back."""

    DROP = "drop"
    MASK = "mask"
    GENERALISE = "generalise"
    PSEUDONYM = "pseudonym"
    SUPPRESS = "suppress"
    KEEP = "keep"
    WITHDRAW = "withdraw"


class ReviewState(StrEnum):
    """Where a submission stands."""

    OPEN = "open"
    REFERRED = "referred"
    PASSED = "passed"
    RETURNED = "returned"
    VOIDED = "voided"


class Verdict(StrEnum):
    """What a reviewer decides."""

    PASS = "pass"  # noqa: S105  (a verdict, not a password)
    RETURN = "return"
    REFER = "refer"


class Ground(StrEnum):
    """Grounds for not opening: Regulations on Open Government Information (2019), articles 14 to 16."""

    STATE_SECRET = "14-1"  # noqa: S105  (a legal ground, not a password)
    FORBIDDEN_BY_LAW = "14-2"
    NATIONAL_SECURITY = "14-3a"
    PUBLIC_SECURITY = "14-3b"
    ECONOMIC_SECURITY = "14-3c"
    SOCIAL_STABILITY = "14-3d"
    TRADE_SECRET = "15-1"  # noqa: S105
    PRIVACY = "15-2"
    THIRD_PARTY = "15-3"
    INTERNAL_AFFAIRS = "16-1"
    PROCESS_INFORMATION = "16-2"
    ENFORCEMENT_FILES = "16-3"
    OTHER_LAW = "other"


class ItemState(StrEnum):
    """Life of an exemption item."""

    DRAFTED = "drafted"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    IN_FORCE = "in force"
    AMENDED = "amended"
    REPEALED = "repealed"


class LawLevel(StrEnum):
    """Rank of a legal instrument; ground 14-2 demands one of the first two."""

    LAW = "law"
    ADMINISTRATIVE_REGULATION = "administrative-regulation"
    LOCAL_REGULATION = "local-regulation"
    JUDICIAL_INTERPRETATION = "judicial-interpretation"
    RULE = "rule"
    NORMATIVE_DOCUMENT = "normative-document"


class ListKind(StrEnum):
    """Lists kept on the same machinery; each has its own notice deadline."""

    NEGATIVE = "negative"
    DISCLOSURE = "disclosure"
    POWER = "power"
    RESPONSIBILITY = "responsibility"
    SERVICE_ITEM = "service-item"
    INTERMEDIARY = "intermediary"


class Secrecy(StrEnum):
    """密级 (保守国家秘密法, article 11)."""

    TOP_SECRET = "top-secret"  # noqa: S105  (a class of documents, not a password)
    SECRET = "secret"  # noqa: S105
    CONFIDENTIAL = "confidential"


class ReachPolicy(StrEnum):
    """What becomes of a published entry that an adjustment newly exempts."""

    REVIEW = "review"
    SUSPEND = "suspend"
    WITHDRAW = "withdraw"


class ListTaskKind(StrEnum):
    """Why a unit has to decide about an entry again."""

    UNCOVERED = "uncovered"
    REACHED = "reached"
    EXCEPTED = "excepted"


class ExceptionKind(StrEnum):
    """What opens information that article 15 closes."""

    CONSENT = "consent"
    PUBLIC_INTEREST = "public-interest"


class GuidelineKind(StrEnum):
    """开放指引 and 采集指引."""

    OPENING = "opening"
    COLLECTING = "collecting"


class GuidelineState(StrEnum):
    """Where an edition of a guideline stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    """Taken back by whoever drafted it."""


class CorrectionState(StrEnum):
    """Where a set of late corrections stands."""

    DRAFT = "draft"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    """Taken back by whoever drafted it."""


class AdjustmentState(StrEnum):
    """Where a change of a list stands."""

    DRAFT = "draft"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    """Taken back by whoever drafted it."""


class AdjustmentKind(StrEnum):
    """What an adjustment does to an item."""

    ADD = "add"
    AMEND = "amend"
    REPEAL = "repeal"
    OPEN = "open"


class NoticeState(StrEnum):
    """A notice owed because of an adjustment."""

    DUE = "due"
    OVERDUE = "overdue"
    PUBLISHED = "published"
    PUBLISHED_LATE = "published late"


class RequestKind(StrEnum):
    """What the public asks for (申请)."""

    DATA = "data"
    CORRECTION = "correction"
    RIGHTS = "rights"
    SUGGESTION = "suggestion"


class RequestState(StrEnum):
    """Where a request stands."""

    OPEN = "open"
    ANSWERED = "answered"


class RequestOutcome(StrEnum):
    """What came of a request (采纳情况)."""

    ADOPTED = "adopted"
    PARTLY = "partly adopted"
    DECLINED = "declined"
    EXPLAINED = "explained"


class EventFault(StrEnum):
    """What is wrong with an event of the trail that somebody wrote into past the product."""

    CHANGED = "changed"
    UNREADABLE = "unreadable"


class DutyKind(StrEnum):
    """What somebody owes by a day."""

    NOTICE = "notice"
    ITEM_REVIEW = "item-review"
    DEPARTED_UNIT = "departed-unit"
    LEFT_BEHIND = "left-behind"
    GUIDELINE = "guideline"
    REVIEW = "review"
    UPDATE = "update"
    REQUEST = "request"
    CALENDAR = "calendar"


class DutyStage(StrEnum):
    """How near a duty is: open, due within days, past its day, past it for long."""

    OPEN = "open"
    SOON = "soon"
    OVERDUE = "overdue"
    ESCALATED = "escalated"


class Role(StrEnum):
    """People (the public needs no account)."""

    DEVELOPER = "developer"
    EDITOR = "editor"
    REVIEWER = "reviewer"
    KEEPER = "keeper"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class JobState(StrEnum):
    """A job is a row; this is where it stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class HarvestOutcome(StrEnum):
    """What a harvest run did with one remote record."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    GONE = "gone"
    ERROR = "error"


class Basis(StrEnum):
    """Denominators of the data rate."""

    ALL = "all"
    DUE = "due"
    FIELD = "field"
    VOLUME = "volume"


THEMES: tuple[str, ...] = (
    "信用服务", "医疗卫生", "社会保障", "生活服务", "城建住房", "教育科技", "文化休闲", "公共安全",
    "交通运输", "财税金融", "经济建设", "资源环境", "气象服务", "农业农村", "商贸流通", "市场监管",
    "安全生产", "地理空间", "机构团体", "法律服务", "其他",
)  # fmt: skip
"""Data fields (数据领域) that city portals sort their entries under; free themes are kept as given."""


class RateKind(StrEnum):
    """Which of the two headline rates: units that open data, data resources that are open."""

    UNIT = "unit"
    DATA = "data"


class TargetScope(StrEnum):
    """For whom a target holds; a unit with everything below it."""

    CITY = "city"
    UNIT = "unit"
    THEME = "theme"
    REGION = "region"
