from __future__ import annotations

import gc
import weakref

import pytest

from runreel.shell.process.gc_pause import exempt_from_gc, exempt_imports, pause_gc


def test_the_collector_is_disabled_within_the_block_only() -> None:
    with pause_gc():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_the_collector_is_enabled_again_after_an_error() -> None:
    with pytest.raises(KeyError), pause_gc():
        raise KeyError
    assert gc.isenabled()


def test_an_inner_block_does_not_end_the_pause() -> None:
    with pause_gc():
        with pause_gc():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_overlapping_blocks_end_the_pause() -> None:
    first, second = pause_gc(), pause_gc()
    with first:
        second.__enter__()
    second.__exit__(None, None, None)
    assert gc.isenabled()


def test_a_disabled_collector_stays_disabled() -> None:
    gc.disable()
    try:
        with pause_gc():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_exempt_objects_are_freed_all_the_same() -> None:
    class Item:
        pass

    gc.unfreeze()
    objects = [Item() for _ in range(1000)]
    last = weakref.ref(objects[-1])
    try:
        exempt_from_gc()
        assert gc.get_freeze_count() >= len(objects)
        objects.clear()
        assert last() is None
    finally:
        gc.unfreeze()


def test_what_imports_make_is_not_collected_when_the_pause_ends() -> None:
    gc.unfreeze()
    try:
        with exempt_imports():
            assert not gc.isenabled()
            objects: list[list[int]] = [[] for _ in range(1000)]
        assert gc.isenabled()
        assert gc.get_freeze_count() >= len(objects)
    finally:
        gc.unfreeze()
