"""Environments of agents, as requests declare them (``types/beta/environment_param``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta, UnsetType

from runreel.dialects.base.checking import CheckedStruct

WorkspacePath: TypeAlias = Annotated[str, Meta(pattern="/workspace/.+")]
SkillVersion: TypeAlias = Annotated[str, Meta(pattern="latest|[1-9][0-9]*")]
OptionalNames: TypeAlias = tuple[str, ...] | UnsetType | None


class NoEnvironment(CheckedStruct, frozen=True, tag_field="type", tag="none"):
    """No environment to execute anything in."""


class SelfHostedEnvironment(CheckedStruct, frozen=True, tag_field="type", tag="self_hosted"):
    """An environment that the application hosts."""

    workspace_directory: str
    capability_directories: OptionalNames = UNSET


class DesktopOption(CheckedStruct, frozen=True):
    """The desktop of a hosted environment."""

    enabled: bool


class NetworkPolicy(CheckedStruct, frozen=True):
    """The network access of a hosted environment."""

    access: Literal["enabled", "disabled", "restricted"]
    allowed_domains: OptionalNames = UNSET
    blocked_domains: OptionalNames = UNSET


class PackageLists(CheckedStruct, frozen=True):
    """Packages to install."""

    npm: OptionalNames = UNSET
    python: OptionalNames = UNSET
    system: OptionalNames = UNSET


class UploadedFile(CheckedStruct, frozen=True, tag_field="type", tag="file_id"):
    """A file that was uploaded before."""

    file_id: str
    path: WorkspacePath


class InlineFile(CheckedStruct, frozen=True, tag_field="type", tag="inline"):
    """A file in the request, as base64."""

    data: str
    path: WorkspacePath


class InlineArchive(CheckedStruct, frozen=True, tag_field="type", tag="base64"):
    """A ZIP archive in the request."""

    data: str
    media_type: Literal["application/zip"]


class InlinePlugin(CheckedStruct, frozen=True, tag_field="type", tag="inline"):
    """A plugin in the request."""

    name: str
    description: str
    source: InlineArchive


class InlineSkill(CheckedStruct, frozen=True, tag_field="type", tag="inline"):
    """A skill in the request."""

    name: str
    description: str
    source: InlineArchive


class SkillReference(CheckedStruct, frozen=True, tag_field="type", tag="skill_reference"):
    """A skill that was uploaded before."""

    skill_id: str
    version: SkillVersion | UnsetType | None = UNSET


class SetupCommand(CheckedStruct, frozen=True):
    """A command to run before the agent starts."""

    command: str
    cwd: str | UnsetType | None = UNSET


class HostedEnvironment(CheckedStruct, frozen=True, tag_field="type", tag="openai_hosted"):
    """An environment that OpenAI hosts."""

    environment_id: str | UnsetType = UNSET
    environment_template_id: str | UnsetType = UNSET
    container_size: Literal["small", "medium", "large"] | UnsetType = UNSET
    capability_directories: OptionalNames = UNSET
    desktop: DesktopOption | UnsetType | None = UNSET
    env: Mapping[str, str] | UnsetType | None = UNSET
    files: tuple[UploadedFile | InlineFile, ...] | UnsetType | None = UNSET
    network: NetworkPolicy | UnsetType | None = UNSET
    packages: PackageLists | UnsetType | None = UNSET
    plugins: tuple[InlinePlugin, ...] | UnsetType | None = UNSET
    setup_commands: tuple[SetupCommand, ...] | UnsetType | None = UNSET
    skills: tuple[InlineSkill | SkillReference, ...] | UnsetType | None = UNSET


SessionEnvironment: TypeAlias = NoEnvironment | SelfHostedEnvironment | HostedEnvironment
