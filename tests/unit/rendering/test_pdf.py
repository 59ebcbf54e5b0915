"""Japanese text on paper: lines that obey the rules of typesetting, and no character lost."""

import io
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from reportlab.pdfbase.pdfmetrics import stringWidth

from prizedraw.rendering.pdf import FONT, Paper, Story, glyphs, lines, pages

CLOSING, OPENING = "、。）」ー・ょッ", "（「『"


@pytest.fixture(scope="module", autouse=True)
def _font() -> None:
    glyphs()


class TestLines:
    def test_are_filled_to_the_width(self) -> None:
        assert list(lines("あいうえおかきくけこ", 40, 10)) == ["あいうえ", "おかきく", "けこ"]

    def test_never_begin_with_what_closes(self) -> None:
        assert list(lines("あいうえ、おか", 40, 10)) == ["あいう", "え、おか"]
        assert list(lines("あい（うえ）。お", 60, 10)) == ["あい（う", "え）。お"]

    def test_never_end_with_what_opens(self) -> None:
        assert list(lines("あいう「えお", 40, 10)) == ["あいう", "「えお"]

    def test_keep_latin_words_together(self) -> None:
        assert list(lines("消去はCloud KMSで行う", 50, 10)) == ["消去は", "Cloud ", "KMSで行", "う"]

    def test_break_a_word_that_is_wider_than_the_line(self) -> None:
        broken = list(lines("0123456789" * 10, 100, 10))
        assert "".join(broken) == "0123456789" * 10
        assert len(broken) > 2

    def test_of_nothing_there_is_one(self) -> None:
        assert list(lines("", 40, 10)) == [""]

    @given(st.text("あ漢、。（）「」ーょaB1 　-", max_size=60), st.integers(50, 300))
    def test_lose_nothing_but_blanks_and_fit(self, text: str, width: int) -> None:
        broken = list(lines(text, width, 10))
        kept = "".join("".join(broken).split())
        assert kept == "".join(text.split())
        assert all(stringWidth(line.rstrip(), FONT, 10) <= width for line in broken)


class TestGlyphs:
    def test_what_the_font_cannot_draw_is_replaced_and_remembered(self) -> None:
        paper = Paper()
        assert paper.drawable("𠮷野家😀、髙﨑") == "〓(U+20BB7)野家〓(U+1F600)、髙﨑"
        assert paper.missing == {"𠮷": "〓(U+20BB7)", "😀": "〓(U+1F600)"}

    def test_what_we_write_ourselves_can_be_drawn(self) -> None:
        paper = Paper()
        text = "〓―※印（）「」、。・令和元年0123456789:/-.|abc㊞"
        assert paper.drawable(text) == text

    def test_matplotlib_is_not_loaded_for_its_font(self) -> None:
        code = "import sys; from prizedraw.rendering import pdf; pdf.glyphs(); print('matplotlib' in sys.modules)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
        assert done.stdout.strip() == "False"


class TestPages:
    def test_a_table_goes_on_over_pages_with_its_header_and_every_row(self) -> None:
        def story() -> Story:
            paper = Paper()
            return [paper.grid(("番号", "内容"), [(f"第{n}", "行") for n in range(100)], (1, 1))]

        pdf = PdfReader(io.BytesIO(pages(story, "下", title="題")))
        texts = [page.extract_text() for page in pdf.pages]
        assert len(texts) > 1
        assert all("番号" in text and f"下\n{n}/{len(texts)}" in text for n, text in enumerate(texts, start=1))
        assert all(any(f"第{n}\n" in text for text in texts) for n in range(100))
        assert (pdf.metadata or {})["/Title"] == "題"

    def test_a_row_longer_than_a_page_goes_on_too(self) -> None:
        data = pages(lambda: [Paper().grid(("番号", "内容"), [("一", "長" * 9000)], (1, 1))], "下", title="題")
        assert sum(page.extract_text().count("長") for page in PdfReader(io.BytesIO(data)).pages) == 9000
