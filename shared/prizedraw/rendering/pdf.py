"""
Set Japanese text on A4 paper as PDF, by Typst: tagged (PDF/UA-1) and fit to be archived (PDF/A-2a).

A paper is a template, `papers/<name>.typ`, and its content: what JSON can say, with no markup in it. The same content
gives the same bytes. Text that the fonts cannot draw is shown as 〓 with its Unicode number, never left out. The fonts
are Noto Sans CJK JP, regular and bold, and embedded; the machine's own are not looked at.
"""

import json
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import noto_cjk_sans_jp_bold
import noto_cjk_sans_jp_regular
import typst
from fontTools.ttLib import TTFont

from prizedraw.errors import Broken, Problem

UNSETTABLE = Problem("E-891", "PDFの用紙 {paper} を作れません。保守担当に連絡してください。")

_PAPERS = Path(__file__).with_name("papers")
_FONTS = (noto_cjk_sans_jp_regular.FONT_PATH, noto_cjk_sans_jp_bold.FONT_PATH)
_MISSING = (
    "※ {} は、この文書の書体では表せない文字です。"
    "かっこ内は文字番号（Unicode）で、元の文字は同じ報告書のJSONファイルにあります。"
)


def typeset(paper: str, content: Mapping[str, Any]) -> bytes:
    """
    Set the *content* on the paper of that name; its `missing` is the note on what could not be drawn, or empty.

    Raises:
        Broken: the template cannot be set with it.
    """
    missing: dict[str, str] = {}
    drawn = _drawable(content, missing)
    drawn["missing"] = _MISSING.format("、".join(missing.values())) if missing else ""
    try:
        pdf = typst.compile(
            str(_PAPERS / f"{paper}.typ"),
            font_paths=[str(Path(str(font)).parent) for font in _FONTS],
            ignore_system_fonts=True,
            sys_inputs={"paper": json.dumps(drawn, ensure_ascii=False)},
            pdf_standards=["a-2a", "ua-1"],
        )
    except RuntimeError:  # its message would repeat the text
        pdf = None
    if not isinstance(pdf, bytes):
        raise Broken(UNSETTABLE, paper=paper)
    return pdf


@cache
def glyphs() -> frozenset[int]:
    """Return the code points that every one of the fonts can draw."""
    drawn = []
    for font in _FONTS:
        with TTFont(str(font), lazy=True) as opened:
            drawn.append(frozenset(opened.getBestCmap()))
    return frozenset.intersection(*drawn)


def _drawable(value: Any, missing: dict[str, str]) -> Any:
    """Replace in all texts what the fonts cannot draw, `👍` by `〓(U+1F44D)`, and remember it."""
    if isinstance(value, str):
        return "".join(c if _is_drawn(c) else missing.setdefault(c, f"〓(U+{ord(c):04X})") for c in value)
    if isinstance(value, Mapping):
        return {key: _drawable(one, missing) for key, one in value.items()}
    return [_drawable(one, missing) for one in value] if isinstance(value, list | tuple) else value


def _is_drawn(character: str) -> bool:
    """Tell whether a character has a shape, and a meaning that an archive may rely on: private ones have none."""
    return ord(character) in glyphs() and unicodedata.category(character) != "Co"
