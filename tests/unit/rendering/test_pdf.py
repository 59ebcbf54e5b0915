"""Japanese text on paper: tagged, the same bytes each time, no character lost, nothing taken for markup."""

import io
import subprocess
import sys
from typing import Any

import pytest
from pypdf import PdfReader

from prizedraw.errors import Broken
from prizedraw.rendering import pdf

MADE = {"year": 2026, "month": 3, "day": 28, "hour": 1, "minute": 5, "second": 0}


def content(**changes: Any) -> dict[str, Any]:
    """Return what the paper of the report wants, with one fact and no annex."""
    return {
        "meta": {"title": "題", "author": "人", "subject": "件", "keywords": "鍵", "date": MADE},
        "footer": "下",
        "issued": ["発行日"],
        "addressee": [("宛先", "")],
        "contractor": [("名", ("受託者", ""), "印")],
        "title": "題",
        "opening": "文",
        "state": "完了",
        "details": [],
        "facts": {"header": ["項目", "内容"], "rows": [[[["名", "bold"]], [["値", ""]]]]},
        "seals": [("提出者", "日", "氏名", "印"), ("受領者", "日", "氏名", "印")],
        "annexes": [],
        **changes,
    }


def texts(data: bytes) -> list[str]:
    return ["".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(data)).pages]


def annex(rows: list[list[str]]) -> dict[str, Any]:
    plain = [[[[cell, ""]] for cell in row] for row in rows]
    return {"title": "別紙1", "parts": [{"header": ["番号", "内容"], "rows": plain, "widths": [1, 1]}]}


class TestTypeset:
    def test_a_table_goes_on_over_pages_with_its_header_and_every_row(self) -> None:
        rows = [[f"第{n}番", "行"] for n in range(100)]
        found = texts(pdf.typeset("erasure-report", content(annexes=[annex(rows)])))
        assert len(found) > 2
        assert all("番号内容" in text for text in found[1:])
        assert all(text.endswith(f"下{n}/{len(found)}") for n, text in enumerate(found, start=1))
        assert all(any(f"第{n}番" in text for text in found) for n in range(100))

    def test_a_row_longer_than_a_page_goes_on_too(self) -> None:
        found = texts(pdf.typeset("erasure-report", content(annexes=[annex([["一", "長" * 9000]])])))
        assert sum(text.count("長") for text in found) == 9000

    def test_text_is_no_markup(self) -> None:
        said = '#sys.version *b* _i_ $x$ @ref <a> \\ "q" [c] #{1}'
        found = "".join(texts(pdf.typeset("erasure-report", content(opening=said))))
        assert "".join(said.split()) in found

    def test_a_paper_that_cannot_be_set_is_told_without_its_text(self) -> None:
        with pytest.raises(Broken) as caught:
            pdf.typeset("erasure-report", content(annexes="秘密"))
        assert caught.value.problem is pdf.UNSETTABLE
        assert "秘密" not in str(caught.value)
        assert caught.value.__context__ is None


class TestGlyphs:
    def test_what_the_fonts_cannot_draw_is_replaced_and_explained(self) -> None:
        found = "".join(texts(pdf.typeset("erasure-report", content(opening="あ😀\ue000い"))))
        assert "あ〓(U+1F600)〓(U+E000)い" in found
        assert "※〓(U+1F600)、〓(U+E000)は、この文書の書体では表せない文字です。" in found

    def test_without_such_text_there_is_no_note(self) -> None:
        assert "〓" not in "".join(texts(pdf.typeset("erasure-report", content())))

    def test_names_of_people_are_drawn_as_they_are(self) -> None:
        names = "𠮷髙橋﨑山德川彅葛辻芦神"
        assert all(ord(one) in pdf.glyphs() for one in names)
        assert names in "".join(texts(pdf.typeset("erasure-report", content(opening=names))))


def test_nothing_is_loaded_before_a_report_is_made() -> None:
    code = (
        "import sys; import prizedraw.erase;"
        "print([name for name in ('typst', 'fontTools', 'noto_cjk_sans_jp_bold', 'reportlab') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == "[]"
