"""A run's tools, the choice between them, and what they work on, as the API reference has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta, UnsetType

from runreel.dialects.checking import CheckedStruct

IdentifierName: TypeAlias = Annotated[str, Meta(max_length=64, pattern="[a-zA-Z0-9_-]+")]
"""Of a function or a schema."""

Metadata: TypeAlias = Annotated[
    Mapping[Annotated[str, Meta(max_length=64)], Annotated[str, Meta(max_length=512)]],
    Meta(max_length=16),
]
"""Limits from the description of ``Metadata``: 16 pairs, 64 and 512 characters."""


class RankingOptions(CheckedStruct, frozen=True):
    """How file search ranks its results."""

    score_threshold: Annotated[float, Meta(ge=0, le=1)]
    ranker: Literal["auto", "default_2024_08_21"] | UnsetType = UNSET


class FileSearchOptions(CheckedStruct, frozen=True):
    """Overrides of the file search tool."""

    max_num_results: Annotated[int, Meta(ge=1, le=50)] | UnsetType = UNSET
    ranking_options: RankingOptions | UnsetType = UNSET


class FunctionDefinition(CheckedStruct, frozen=True):
    """A function that the model may call."""

    name: IdentifierName
    description: str | UnsetType = UNSET
    parameters: Mapping[str, object] | UnsetType = UNSET
    strict: bool | UnsetType | None = UNSET


class CodeInterpreterTool(CheckedStruct, frozen=True, tag_field="type", tag="code_interpreter"):
    """The code interpreter."""


class FileSearchTool(CheckedStruct, frozen=True, tag_field="type", tag="file_search"):
    """File search."""

    file_search: FileSearchOptions | UnsetType = UNSET


class FunctionTool(CheckedStruct, frozen=True, tag_field="type", tag="function"):
    """A function of the client's own."""

    function: FunctionDefinition


Tool: TypeAlias = CodeInterpreterTool | FileSearchTool | FunctionTool
Tools: TypeAlias = Annotated[tuple[Tool, ...], Meta(max_length=20)]


class FunctionName(CheckedStruct, frozen=True):
    """Names the function to call."""

    name: str


class ChooseFunction(CheckedStruct, frozen=True, tag_field="type", tag="function"):
    """The model must call this function."""

    function: FunctionName


class ChooseCodeInterpreter(CheckedStruct, frozen=True, tag_field="type", tag="code_interpreter"):
    """The model must use the code interpreter."""


class ChooseFileSearch(CheckedStruct, frozen=True, tag_field="type", tag="file_search"):
    """The model must use file search."""


ToolChoice: TypeAlias = (
    Literal["none", "auto", "required"] | ChooseFunction | ChooseCodeInterpreter | ChooseFileSearch
)


class CodeInterpreterResources(CheckedStruct, frozen=True):
    """Files for the code interpreter."""

    file_ids: Annotated[tuple[str, ...], Meta(max_length=20)] | UnsetType = UNSET


class FileSearchResources(CheckedStruct, frozen=True):
    """What file search looks in."""

    vector_store_ids: Annotated[tuple[str, ...], Meta(max_length=1)] | UnsetType = UNSET


class StaticChunks(CheckedStruct, frozen=True):
    """Chunks of one size."""

    max_chunk_size_tokens: Annotated[int, Meta(ge=100, le=4096)]
    chunk_overlap_tokens: int


class AutoChunking(CheckedStruct, frozen=True, tag_field="type", tag="auto"):
    """The server chooses how to cut files."""


class StaticChunking(CheckedStruct, frozen=True, tag_field="type", tag="static"):
    """Files are cut into chunks of one size."""

    static: StaticChunks


class NewVectorStore(CheckedStruct, frozen=True):
    """A vector store to make with the thread."""

    file_ids: tuple[str, ...] | UnsetType = UNSET
    chunking_strategy: AutoChunking | StaticChunking | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET


class ThreadFileSearchResources(FileSearchResources, frozen=True):
    """What a thread's file search looks in."""

    vector_stores: Annotated[tuple[NewVectorStore, ...], Meta(max_length=1)] | UnsetType = UNSET


class ToolResources(CheckedStruct, frozen=True):
    """What the tools of a run work on."""

    code_interpreter: CodeInterpreterResources | UnsetType = UNSET
    file_search: FileSearchResources | UnsetType = UNSET


class ThreadToolResources(CheckedStruct, frozen=True):
    """What the tools of a thread work on."""

    code_interpreter: CodeInterpreterResources | UnsetType = UNSET
    file_search: ThreadFileSearchResources | UnsetType = UNSET
