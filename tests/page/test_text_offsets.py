"""Positions in texts: code points of the API, bytes of bodies, code units of the browser."""

from __future__ import annotations

import random
from pathlib import Path

from support.inspector import serve_inspector
from support.inspector_page import OpenView

DEMO = Path(__file__).parents[2] / "cassettes" / "demo.cassette"
ALPHABET = "ab é\u202e字👋🏽\U000e0041\n\u0301"
CONVERT = """async texts => {
  const { TextOffsets, findUnitsOfBytes, countUtf8Bytes } =
    await import("/-/page/model/text-offsets.js");
  return texts.map(text => {
    const offsets = new TextOffsets(text);
    const points = [...text].map((_, index) => index).concat([[...text].length]);
    const bytes = points.map(point => countUtf8Bytes([...text].slice(0, point).join("")));
    return {
      units: points.map(point => offsets.toUnit(point)),
      points: Array.from({ length: text.length }, (_, unit) => offsets.toCodePoint(unit)),
      bytes,
      unitsOfBytes: findUnitsOfBytes(text, bytes),
    };
  });
}"""


def measure_units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


async def test_they_are_what_python_counts(open_view: OpenView) -> None:
    chooser = random.Random(7)  # noqa: S311 - test data
    texts = ["".join(chooser.choices(ALPHABET, k=chooser.randrange(40))) for _ in range(200)]
    async with serve_inspector({"demo": DEMO}) as url:
        page = await open_view(f"{url}/-/")
        results = await page.evaluate(CONVERT, texts)
    for text, result in zip(texts, results, strict=True):
        starts = [text[:point] for point in range(len(text) + 1)]
        units = [measure_units(start) for start in starts]
        assert result["units"] == units
        assert result["bytes"] == [len(start.encode()) for start in starts]
        assert result["unitsOfBytes"] == units
        points = [point for point, each in enumerate(text) for _ in range(measure_units(each))]
        assert result["points"] == points
