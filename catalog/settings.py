"""Settings, read once from ``GONGKAI_*`` and a ``.env`` file; every field carries its help text."""

import os
import secrets
from contextlib import suppress
from fractions import Fraction
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from string import hexdigits
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ZONE = ZoneInfo("Asia/Shanghai")
"""Deadlines, reporting dates and the pages' clock (domain.md, section 6)."""


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def _days_by_list(text: str) -> dict[str, int]:
    pairs = (part.partition("=") for part in text.split(",") if part.strip())
    return {name.strip(): int(days) for name, _, days in pairs}


class Settings(BaseSettings):
    """What an operator may choose. No code branches on an environment name."""

    model_config = SettingsConfigDict(
        env_prefix="GONGKAI_", env_file=".env", env_ignore_empty=True, extra="ignore"
    )

    home: Path = Field(Path("var"), description="Folder for the database, files, index and keys.")
    database_url: str = Field(
        "", description="SQLAlchemy URL; empty: SQLite file catalog.db under the home folder."
    )
    storage_url: str = Field(
        "",
        description="Where file bytes live: file:PATH or s3://KEY:SECRET@HOST/BUCKET/PREFIX; "
        "empty: folder files under the home folder.",
    )
    queue_url: str = Field(
        "database:",
        description="database: jobs are taken from the job table by workers; memory: jobs run at "
        "once in the process that asked (tests).",
    )
    mail_url: str = Field(
        "console:",
        description="Where letters go: console: (noted in the log only), smtp://USER:PASSWORD@HOST:PORT "
        "(STARTTLS where offered, and always with a password) or smtps://; ?from=ADDRESS names the sender.",
    )
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Key for signing and pseudonyms; empty: made once and kept under the home "
        "folder.",
    )
    signing_key: SecretStr = Field(
        SecretStr(""),
        description="Ed25519 key (64 hexadecimal digits) that signs frozen results and heads of the "
        "trail; empty: made once and kept under the home folder.",
    )
    public_url: str = Field(
        "http://127.0.0.1:8000",
        description="Address under which the public reaches the portal; not set: where gongkai serve "
        "listens.",
    )
    trusted_hosts: str = Field(
        "", description="Host names the portal answers to, separated by commas; empty: any."
    )
    proxy_count: int = Field(0, description="Number of reverse proxies in front of the portal.")
    metrics_from: str = Field(
        "",
        description="Addresses or networks besides this machine that may read /metrics, separated by "
        "commas.",
    )
    site_name: str = Field("公开 Gongkai", description="Name of the portal, shown in the header.")
    site_owner: str = Field("", description="主办单位, shown in the footer.")
    site_contact: str = Field("", description="Telephone or e-mail, shown in the footer.")
    site_record: str = Field("", description="ICP and public-security record numbers (footer).")
    region: str = Field("", description="Administrative division code (GB/T 2260) of the city.")
    max_upload_bytes: int = Field(10 * 2**30, description="Largest delivery accepted, in bytes.")
    disk_reserve_bytes: int = Field(
        2**30, description="Uploads are refused when less than this is free on the disk."
    )
    examination_memory_bytes: int = Field(
        4 * 2**30, description="Memory limit of the process that reads one delivery."
    )
    examination_seconds: int = Field(
        3600, description="Time limit of the process that reads one delivery."
    )
    xlsx_rows: int = Field(
        200_000,
        ge=0,
        le=1_048_575,
        description="Most rows of a table that is offered as a workbook (XLSX) too.",
    )
    max_rows_answered: int = Field(10_000, description="Most rows in one answer of the row API.")
    row_index_bytes: int = Field(
        20 * 2**30,
        ge=0,
        description="Most disk of this machine for the indexes that make row queries quick, in bytes.",
    )
    query_seconds: float = Field(10.0, description="Time limit of one row query.")
    sql_seconds: float = Field(5.0, description="Time limit of one SQL statement of a user.")
    sql_rows: int = Field(1000, description="Most rows in the answer to one SQL statement.")
    sql_bytes: int = Field(
        5_242_880, description="Most bytes of memory that the answer to one SQL statement may take."
    )
    rate_limit_percent: int = Field(
        100,
        ge=0,
        le=100_000,
        description="How often clients may ask, in percent of the table in the documentation of limits; "
        "0: as often as they like.",
    )
    session_idle_minutes: int = Field(60, description="A browser session ends after this rest.")
    session_hours: int = Field(12, description="A browser session ends after this long anyway.")
    login_failures: int = Field(
        10, description="Failed sign-ins per name and per address in 15 minutes before a pause."
    )
    token_days: int = Field(365, description="Longest life of an API token, in days.")
    worker_threads: int = Field(1, ge=1, description="Jobs one worker process runs at a time.")
    lease_seconds: int = Field(
        60, description="A running job is taken over when its worker is silent for this long."
    )
    allow_private_hosts: str = Field(
        "",
        description="Hosts or networks inside the private ranges that may be fetched from, "
        "separated by commas; empty: none.",
    )
    fetch_ports: str = Field(
        "", description="Ports besides 80 and 443 that may be fetched from, separated by commas."
    )
    fetch_bytes: int = Field(2 * 2**30, description="Largest file fetched from a URL, in bytes.")
    fetch_seconds: int = Field(600, description="Time limit of one fetch.")
    notice_working_days: int = Field(
        10, description="Working days in which an adjustment of the negative list is published."
    )
    request_working_days: int = Field(
        20, description="Working days in which a request of the public is due."
    )
    list_notice_days: str = Field(
        "",
        description="Working days in which adjustments of other lists are published, where not the "
        "same, for example power=10,service-item=20.",
    )
    review_working_days: int = Field(5, description="Working days in which a review is due.")
    remind_working_days: int = Field(
        3, description="Working days before its day from which a duty is reminded of."
    )
    escalate_working_days: int = Field(
        5,
        description="Working days after its day from which an overdue duty goes to administrators.",
    )
    unit_target: str = Field("90/100", description="Target for the unit rate, as a fraction.")
    data_target: str = Field("60/100", description="Target for the data rate, as a fraction.")
    harvest_grace_days: int = Field(
        7, description="Days a vanished remote record is kept before it is archived."
    )
    harvest_gone_percent: int = Field(
        10, description="Share of a source's records that may vanish without approval, percent."
    )

    @field_validator("*")
    @classmethod
    def _is_not_negative(cls, value: Any) -> Any:
        if isinstance(value, int | float) and value < 0:
            raise ValueError("must not be negative")
        return value

    @field_validator("public_url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
            raise ValueError("must be an address like https://data.example.gov.cn")
        return value

    @field_validator("mail_url")
    @classmethod
    def _is_a_way_for_letters(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme != "console" and not (parts.scheme in {"smtp", "smtps"} and parts.hostname):
            raise ValueError("use console:, smtp://HOST:PORT or smtps://HOST:PORT")
        return value

    @field_validator("unit_target", "data_target")
    @classmethod
    def _is_a_share(cls, value: str) -> str:
        try:
            share = Fraction(value)
        except (ValueError, ZeroDivisionError):
            share = Fraction(-1)
        if not 0 <= share <= 1:
            raise ValueError("must be a fraction from 0 to 1, like 60/100")
        return value

    @field_validator("fetch_ports")
    @classmethod
    def _are_ports(cls, value: str) -> str:
        if not all(part.strip().isdecimal() for part in value.split(",") if part.strip()):
            raise ValueError("must be numbers separated by commas")
        return value

    @field_validator("list_notice_days")
    @classmethod
    def _are_days(cls, value: str) -> str:
        _days_by_list(value)
        return value

    def notice_days(self, kind: str) -> int:
        """Working days in which an adjustment of a kind of list is published."""
        return _days_by_list(self.list_notice_days).get(kind, self.notice_working_days)

    def resolved_database_url(self) -> str:
        """The database URL with the default filled in."""
        return self.database_url or f"sqlite:///{self.home.resolve()}/catalog.db"

    def resolved_storage_url(self) -> str:
        """The storage URL with the default filled in."""
        return self.storage_url or f"file:{self.home.resolve()}/files"

    def secret(self) -> bytes:
        """The signing key; made on first use and kept in a file only the owner can read."""
        given = self.secret_key.get_secret_value()
        if given:
            return given.encode()
        return self._kept("secret.key")

    def signing_seed(self) -> bytes:
        """The 32 bytes of the key that signs what is published; made and kept like ``secret``."""
        given = self.signing_key.get_secret_value()
        return bytes.fromhex(given or self._kept("signing.key").decode("ascii"))

    def _kept(self, name: str) -> bytes:
        """A secret of the home folder; of several processes that make it, one wins."""
        path = self.home / name
        if not path.exists():
            self.home.mkdir(parents=True, exist_ok=True)
            made = path.with_name(f"{name}.{secrets.token_hex(8)}")
            handle = os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_hex(32))
            with suppress(FileExistsError):
                os.link(made, path)
            made.unlink()
        return path.read_bytes().strip()

    @field_validator("signing_key")
    @classmethod
    def _is_seed(cls, value: SecretStr) -> SecretStr:
        given = value.get_secret_value()
        if given and not (len(given) == 64 and set(given.lower()) <= set(hexdigits)):
            raise ValueError("must be 64 hexadecimal digits")
        return value

    @field_validator("metrics_from")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        _networks(value)
        return value

    def metrics_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Networks besides this machine whose members may read the counts of the process."""
        return _networks(self.metrics_from)

    def allowed_private(self) -> tuple[str, ...]:
        """Private hosts and networks the fetcher may reach."""
        return tuple(part.strip() for part in self.allow_private_hosts.split(",") if part.strip())

    def extra_ports(self) -> tuple[int, ...]:
        """Further ports the fetcher may use."""
        return tuple(int(part) for part in self.fetch_ports.split(",") if part.strip())


def load(home: Path | None = None) -> Settings:
    """Read the settings; ``home`` (a command-line choice) wins over the environment.

    Raises ``ValueError`` that names each setting that cannot be, and never what stands in it: it may
    be a secret.
    """
    try:
        return Settings() if home is None else Settings(home=home)
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False, include_context=False)
        told = (f"GONGKAI_{one['loc'][0]}".upper() + ": " + one["msg"] for one in wrong)
        raise ValueError("; ".join(told).replace("Value error, ", "")) from None
