"""Sizes and durations for people."""

from __future__ import annotations


def format_size(count: int) -> str:
    """Format a number of bytes for people: ``812 B``, ``1.2 KiB``, ``64.0 MiB``."""
    if count < 1024:
        return f"{count} B"
    scaled = float(count)
    for unit in ("KiB", "MiB", "GiB"):
        scaled /= 1024
        if scaled < 1023.95 or unit == "GiB":
            break
    return f"{scaled:.1f} {unit}"


def format_duration(us: int) -> str:
    """Format microseconds for people: ``850 µs``, ``12.3 ms``, ``4.56 s``, ``2 min 3 s``."""
    if us < 1000:
        return f"{us} µs"
    if us < 999_950:
        return f"{us / 1000:.1f} ms"
    if us < 59_995_000:
        return f"{us / 1_000_000:.2f} s"
    minutes, seconds = divmod(round(us / 1_000_000), 60)
    return f"{minutes} min {seconds} s"
