"""Messages to add to a thread, and threads to create, as the API reference has them."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta, UnsetType

from runreel.dialects.assistants.tools import CodeInterpreterTool, Metadata, ThreadToolResources
from runreel.dialects.checking import CheckedStruct


class ImageFile(CheckedStruct, frozen=True):
    """An uploaded image."""

    file_id: str
    detail: Literal["auto", "low", "high"] | UnsetType = UNSET


class ImageUrl(CheckedStruct, frozen=True):
    """An image elsewhere."""

    url: str
    detail: Literal["auto", "low", "high"] | UnsetType = UNSET


class TextPart(CheckedStruct, frozen=True, tag_field="type", tag="text"):
    """A message's text."""

    text: str


class ImageFilePart(CheckedStruct, frozen=True, tag_field="type", tag="image_file"):
    """A message's uploaded image."""

    image_file: ImageFile


class ImageUrlPart(CheckedStruct, frozen=True, tag_field="type", tag="image_url"):
    """A message's linked image."""

    image_url: ImageUrl


ContentPart: TypeAlias = TextPart | ImageFilePart | ImageUrlPart


class AttachmentFileSearch(CheckedStruct, frozen=True, tag_field="type", tag="file_search"):
    """File search, which takes no options for an attachment."""


class Attachment(CheckedStruct, frozen=True):
    """A file that comes with a message, and the tools that may read it."""

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
