"""All settings, with their types, defaults and descriptions of valid values.

The structs are msgspec's. The ``description`` of a constraint completes the sentence "must be …".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from runreel.config.dialects import DialectSettings
from runreel.config.values import (
    ENV_PATTERN,
    ORIGIN_PATTERN,
    Address,
    BodySize,
    Count,
    FileMode,
    Size,
    Speed,
    UpstreamUrl,
)

Flag: TypeAlias = Annotated[bool, Meta(description="true or false")]
FreeText: TypeAlias = Annotated[str, Meta(pattern=r"^[^\x00]*$", description="text")]
FolderPath: TypeAlias = Annotated[
    str, Meta(pattern=r"^[^\x00]+$", description="the path of a folder")
]
Seconds: TypeAlias = Annotated[
    float, Meta(ge=0.001, le=86_400, description="a number of seconds from 0.001 to 86400")
]
SecondsOrZero: TypeAlias = Annotated[
    float, Meta(ge=0, le=86_400, description="a number of seconds from 0 to 86400")
]
HeaderNameList: TypeAlias = Annotated[
    tuple[Annotated[str, Meta(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")], ...],
    Meta(description='a list of header names such as ["x-internal-key"]'),
]
NameList: TypeAlias = Annotated[
    tuple[Annotated[str, Meta(min_length=1)], ...],
    Meta(description='a list of names such as ["pin_code"]'),
]
JsonPathList: TypeAlias = Annotated[
    tuple[str, ...], Meta(description='a list of JSON paths such as ["$.metadata.customer"]')
]
PatternList: TypeAlias = Annotated[
    tuple[str, ...], Meta(description="a list of named patterns such as ['ticket: ACME-[0-9]{6}']")
]
WordList: TypeAlias = Annotated[
    tuple[str, ...], Meta(description='a list of words such as ["Project Falcon"]')
]
VariableList: TypeAlias = Annotated[
    tuple[str, ...], Meta(description='a list of environment variables such as ["DB_PASSWORD"]')
]
RuleNameList: TypeAlias = Annotated[
    tuple[str, ...], Meta(description='a list of rules and groups such as ["personal"]')
]
CheckNameList: TypeAlias = Annotated[
    tuple[str, ...], Meta(description='a list of checks such as ["volatile-prompt"]')
]
DaysOrZero: TypeAlias = Annotated[
    float, Meta(ge=0, le=36_500, description="a number of days from 0 to 36500")
]
IgnoreList: TypeAlias = Annotated[
    tuple[Annotated[str, Meta(min_length=1)], ...],
    Meta(description='a list of locations such as ["$.metadata.request_id", "query.timestamp"]'),
]
BindList: TypeAlias = Annotated[
    tuple[Annotated[str, Meta(min_length=1)], ...],
    Meta(description='a list of places such as ["$.id", "headers.x-correlation-id"]'),
]
VolatileList: TypeAlias = Annotated[
    tuple[Annotated[str, Meta(min_length=1)], ...],
    Meta(description='a list of kinds such as ["date", "time", "uuid"]'),
]
ExpressionList: TypeAlias = Annotated[
    tuple[Annotated[str, Meta(min_length=1)], ...],
    Meta(description="a list of regular expressions such as ['ticket-[0-9]{6}']"),
]
FsyncName: TypeAlias = Literal["exchange", "close", "never"]
Compression: TypeAlias = Literal["none", "zlib"]
EnvList: TypeAlias = Annotated[
    tuple[Annotated[str, Meta(pattern=rf"^{ENV_PATTERN}$")], ...],
    Meta(description='a list of variables such as ["MY_API_URL=/v1"]'),
]
OriginList: TypeAlias = Annotated[
    tuple[Annotated[str, Meta(pattern=rf"^(?:{ORIGIN_PATTERN})$")], ...],
    Meta(description='a list of origins such as ["http://localhost:5173"], without a path'),
]
HostNameList: TypeAlias = Annotated[
    tuple[Annotated[str, Meta(pattern=r"^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$")], ...],
    Meta(description='a list of host names such as ["runreel.internal"]'),
]
ModeName: TypeAlias = Literal[
    "auto", "record", "replay", "passthrough", "new_episodes", "all", "none", "once"
]
OrderName: TypeAlias = Literal["causal", "any", "strict"]
OnMiss: TypeAlias = Literal["auto", "warn", "fail"]
OnUnplayed: TypeAlias = Literal["ignore", "warn", "fail"]
OnUnused: TypeAlias = Literal["ignore", "warn", "fail"]
LoopName: TypeAlias = Literal["auto", "asyncio", "uvloop"]
LogFormat: TypeAlias = Literal["auto", "console", "json"]
LogLevel: TypeAlias = Literal["debug", "info", "warning", "error"]


class CassetteSettings(Struct, frozen=True, kw_only=True):
    """Settings for writing cassettes."""

    fsync: FsyncName = "exchange"
    compression: Compression = "none"
    file_mode: FileMode = FileMode(0o600)


class Limits(Struct, frozen=True, kw_only=True):
    """Limits on memory and time."""

    max_body: BodySize = BodySize(64 * 1024**2)
    max_memory: Size = Size(1024**3)
    max_head: Size = Size(64 * 1024)
    queue_length: Count = Count(1000)
    queue_bytes: Size = Size(256 * 1024**2)
    queue_age: SecondsOrZero = 10.0
    drain_time: SecondsOrZero = 30.0
    drain_bytes: Size = Size(64 * 1024**2)
    connect_timeout: Seconds = 10.0
    read_timeout: Seconds = 600.0
    shutdown_timeout: SecondsOrZero = 3.0


class ReplaySettings(Struct, frozen=True, kw_only=True):
    """Settings for replaying answers."""

    speed: Speed = Speed.INSTANT
    strict: Flag = False
    shorten_waits: Flag = True
    restore: Flag = True
    on_miss: OnMiss = "auto"
    on_unplayed: OnUnplayed = "ignore"


class MatchSettings(Struct, frozen=True, kw_only=True):
    """Settings for matching requests."""

    ignore: IgnoreList = ()
    headers: HeaderNameList = ()
    bind: BindList = ()
    order: OrderName = "causal"
    volatile: VolatileList = ()
    patterns: ExpressionList = ()


class RedactSettings(Struct, frozen=True, kw_only=True):
    """Additional values to redact, and rules to switch off."""

    headers: HeaderNameList = ()
    query: NameList = ()
    fields: NameList = ()
    paths: JsonPathList = ()
    patterns: PatternList = ()
    literals: WordList = ()
    environment: VariableList = ()
    off: RuleNameList = ()


class CorsSettings(Struct, frozen=True, kw_only=True):
    """Settings for web pages of other origins."""

    origins: OriginList = ()


class LintSettings(Struct, frozen=True, kw_only=True):
    """Settings for ``runreel lint``."""

    off: CheckNameList = ()
    errors: CheckNameList = ()
    max_age: DaysOrZero = 0.0


class LogSettings(Struct, frozen=True, kw_only=True):
    """Settings for the format and the level of the log."""

    format: LogFormat = "auto"
    level: LogLevel = "info"
    file: FreeText = ""


class Config(Struct, frozen=True, kw_only=True):
    """All settings; ``Config()`` holds the defaults."""

    listen: Address = Address("127.0.0.1", 7357)
    upstream: UpstreamUrl = UpstreamUrl()
    cassettes: FolderPath = "cassettes"
    mode: ModeName = "auto"
    hosts: HostNameList = ()
    record_errors: Flag = True
    outcome_headers: Flag = True
    preserve_encoding: Flag = False
    rewrite_bodies: Flag = False
    ca_file: FreeText = ""
    trust_env: Flag = False
    loop: LoopName = "auto"
    env: EnvList = ()
    on_unused: OnUnused = "warn"
    serve: FreeText = ""
    workers: Count = Count(1)
    cassette: CassetteSettings = CassetteSettings()
    limits: Limits = Limits()
    replay: ReplaySettings = ReplaySettings()
    match: MatchSettings = MatchSettings()
    redact: RedactSettings = RedactSettings()
    cors: CorsSettings = CorsSettings()
    lint: LintSettings = LintSettings()
    log: LogSettings = LogSettings()
    dialect: Mapping[str, DialectSettings] = {}
    """APIs that runreel does not know, by name."""

    @property
    def order(self) -> OrderName:
        """The order in which exchanges may be played; that of ``replay.strict`` if it is set."""
        return "strict" if self.replay.strict else self.match.order
