from __future__ import annotations

import gc

import pytest

from runreel.shell.process.gc_pause import pause_gc


def test_the_collector_pauses_for_the_block_and_no_longer() -> None:
    with pause_gc():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_goes_on_after_an_error() -> None:
    with pytest.raises(KeyError), pause_gc():
        raise KeyError
    assert gc.isenabled()


def test_blocks_within_blocks_do_not_end_the_pause() -> None:
    with pause_gc():
        with pause_gc():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_blocks_that_overlap_end_it_however_they_end() -> None:
    first, second = pause_gc(), pause_gc()
    with first:
        second.__enter__()
    second.__exit__(None, None, None)
    assert gc.isenabled()


def test_who_has_switched_it_off_keeps_it_off() -> None:
    gc.disable()
    try:
        with pause_gc():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
