"""Messages to add to a thread, and threads to create, as the API reference documents them."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta, UnsetType

from runreel.dialects.assistants.tools import CodeInterpreterTool, Metadata, ThreadToolResources
from runreel.dialects.base.checking import CheckedStruct


class ImageFile(CheckedStruct, frozen=True):
    """An uploaded image."""

    file_id: str
    detail: Literal["auto", "low", "high"] | UnsetType = UNSET


class ImageUrl(CheckedStruct, frozen=True):
    """An image on the web."""

    url: str
    detail: Literal["auto", "low", "high"] | UnsetType = UNSET


class TextPart(CheckedStruct, frozen=True, tag_field="type", tag="text"):
    """A text part of a message."""

    text: str


class ImageFilePart(CheckedStruct, frozen=True, tag_field="type", tag="image_file"):
    """A part of a message that is an uploaded image."""

    image_file: ImageFile


class ImageUrlPart(CheckedStruct, frozen=True, tag_field="type", tag="image_url"):
    """A part of a message that links to an image."""

    image_url: ImageUrl


ContentPart: TypeAlias = TextPart | ImageFilePart | ImageUrlPart


class AttachmentFileSearch(CheckedStruct, frozen=True, tag_field="type", tag="file_search"):
    """The file search tool of an attachment, which has no options."""


class Attachment(CheckedStruct, frozen=True):
    """A file of a message, and the tools that may read it."""

    file_id: str | UnsetType = UNSET
    tools: tuple[CodeInterpreterTool | AttachmentFileSearch, ...] | UnsetType = UNSET


class NewMessage(CheckedStruct, frozen=True):
    """A message to add to a thread."""

    role: Literal["user", "assistant"]
    content: str | Annotated[tuple[ContentPart, ...], Meta(min_length=1)]
    attachments: tuple[Attachment, ...] | UnsetType | None = UNSET
    metadata: Metadata | UnsetType | None = UNSET


class NewThread(CheckedStruct, frozen=True):
    """A thread to create with its run."""

    messages: tuple[NewMessage, ...] | UnsetType = UNSET
    tool_resources: ThreadToolResources | UnsetType | None = UNSET
    metadata: Metadata | UnsetType | None = UNSET
