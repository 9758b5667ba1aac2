"""The tools of a run, the choice between them and their resources (API reference, "Runs")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta, UnsetType

from runreel.dialects.base.checking import CheckedStruct

IdentifierName: TypeAlias = Annotated[str, Meta(max_length=64, pattern="[a-zA-Z0-9_-]+")]
"""The name of a function or a schema."""

Metadata: TypeAlias = Annotated[
    Mapping[Annotated[str, Meta(max_length=64)], Annotated[str, Meta(max_length=512)]],
    Meta(max_length=16),
]
"""Limits from the description of ``Metadata``: 16 pairs, 64 and 512 characters."""


class RankingOptions(CheckedStruct, frozen=True):
    """Options for the ranking of file search results."""

    score_threshold: Annotated[float, Meta(ge=0, le=1)]
    ranker: Literal["auto", "default_2024_08_21"] | UnsetType = UNSET


class FileSearchOptions(CheckedStruct, frozen=True):
    """Options of the file search tool."""

    max_num_results: Annotated[int, Meta(ge=1, le=50)] | UnsetType = UNSET
    ranking_options: RankingOptions | UnsetType = UNSET


class FunctionDefinition(CheckedStruct, frozen=True):
    """A function that the model may call."""

    name: IdentifierName
    description: str | UnsetType = UNSET
    parameters: Mapping[str, object] | UnsetType = UNSET
    strict: bool | UnsetType | None = UNSET


class CodeInterpreterTool(CheckedStruct, frozen=True, tag_field="type", tag="code_interpreter"):
    """The code interpreter tool."""


class FileSearchTool(CheckedStruct, frozen=True, tag_field="type", tag="file_search"):
    """The file search tool."""

    file_search: FileSearchOptions | UnsetType = UNSET


class FunctionTool(CheckedStruct, frozen=True, tag_field="type", tag="function"):
    """A function that the client runs."""

    function: FunctionDefinition


Tool: TypeAlias = CodeInterpreterTool | FileSearchTool | FunctionTool
Tools: TypeAlias = Annotated[tuple[Tool, ...], Meta(max_length=20)]


class FunctionName(CheckedStruct, frozen=True):
    """The name of the function to call."""

    name: str


class ChooseFunction(CheckedStruct, frozen=True, tag_field="type", tag="function"):
    """The choice to call one function."""

    function: FunctionName


class ChooseCodeInterpreter(CheckedStruct, frozen=True, tag_field="type", tag="code_interpreter"):
    """The choice to use the code interpreter."""


class ChooseFileSearch(CheckedStruct, frozen=True, tag_field="type", tag="file_search"):
    """The choice to use file search."""


ToolChoice: TypeAlias = (
    Literal["none", "auto", "required"] | ChooseFunction | ChooseCodeInterpreter | ChooseFileSearch
)


class CodeInterpreterResources(CheckedStruct, frozen=True):
    """Files for the code interpreter."""

    file_ids: Annotated[tuple[str, ...], Meta(max_length=20)] | UnsetType = UNSET


class FileSearchResources(CheckedStruct, frozen=True):
    """Vector stores for file search."""

    vector_store_ids: Annotated[tuple[str, ...], Meta(max_length=1)] | UnsetType = UNSET


class StaticChunks(CheckedStruct, frozen=True):
    """The size of chunks, and how far they overlap."""

    max_chunk_size_tokens: Annotated[int, Meta(ge=100, le=4096)]
    chunk_overlap_tokens: int


class AutoChunking(CheckedStruct, frozen=True, tag_field="type", tag="auto"):
    """Chunking by the server."""


class StaticChunking(CheckedStruct, frozen=True, tag_field="type", tag="static"):
    """Chunking into chunks of one size."""

    static: StaticChunks


class NewVectorStore(CheckedStruct, frozen=True):
    """A vector store to create with the thread."""

    file_ids: tuple[str, ...] | UnsetType = UNSET
    chunking_strategy: AutoChunking | StaticChunking | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET


class ThreadFileSearchResources(FileSearchResources, frozen=True):
    """Vector stores for the file search of a thread, existing ones or one to create."""

    vector_stores: Annotated[tuple[NewVectorStore, ...], Meta(max_length=1)] | UnsetType = UNSET


class ToolResources(CheckedStruct, frozen=True):
    """Resources for the tools of a run."""

    code_interpreter: CodeInterpreterResources | UnsetType = UNSET
    file_search: FileSearchResources | UnsetType = UNSET


class ThreadToolResources(CheckedStruct, frozen=True):
    """Resources for the tools of a thread."""

    code_interpreter: CodeInterpreterResources | UnsetType = UNSET
    file_search: ThreadFileSearchResources | UnsetType = UNSET
