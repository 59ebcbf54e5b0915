"""The report as PDF: says what the JSON says, with embedded fonts, the same bytes each time, and loses no text."""

import io
import re
import unicodedata
from dataclasses import replace

import pytest
from pypdf import PdfReader
from pypdf.generic import ContentStream
from reportlab.lib.units import mm

from prizedraw.erasure.report import Report
from prizedraw.erasure.report_pdf import STATES, render
from prizedraw.erasure.state import Attested, PlaceReport, PlaceState, state_words
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.rendering.pdf import WIDTH
from support.erasure_reports import COMPLETE, ENTRIES, KEPT, LOGO, PARTIAL, SCHEDULED, UNATTESTED, report

HASH = "ab" * 32
ALL = {"scheduled": SCHEDULED, "partial": PARTIAL, "complete": COMPLETE}


def read(data: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(data))


def text_of(data: bytes) -> str:
    """Return the text of all pages without the blanks and line ends of the layout."""
    return bare("".join(page.extract_text() for page in read(data).pages))


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


class TestContent:
    @pytest.mark.parametrize("places", ALL.values(), ids=ALL.keys())
    def test_tells_all_that_the_report_holds(self, places: tuple[PlaceReport, ...]) -> None:
        whole = report(places)
        text = text_of(render(whole, HASH))
        title, details = state_words(places)
        said = [
            *("個人情報消去報告書", "文書番号 shinjuku-rally-2026 消去報告 第1号", title, *details),
            *("新宿区 文化観光産業部 文化観光課 御中", whole.contractor.name, whole.contractor.responsible),
            *(whole.title, whole.subjects, *whole.items, "令和8年2月3日から令和8年3月31日まで"),
            *(part for place in places for part in (place.name, place.holds, place.method, place.evidence)),
            *(part for kept in KEPT for part in (kept.name, kept.holds, kept.reason, kept.until)),
            *(whole.versions.code_hash, *whole.versions.archives, *whole.versions.archives.values()),
            *(HASH, whole.commitment_hash, whole.record_hash, whole.journal.hash, whole.evidence_key, "412行"),
            *("python3 -I verify_erasure.py 001-report.json", "提出者", "受領者", "印"),
            "openssl dgst -sha256 -verify evidence.pem -signature 001-report.pdf.sig 001-report.pdf",
        ]
        assert [part for part in said if part is None or bare(part) not in text] == []

    def test_tells_of_a_place_its_counts_times_and_window_in_japan(self) -> None:
        text = text_of(render(report(), HASH))
        mailbox = text[text.rindex("送信済みメール") :]
        assert "前233件" in mailbox
        assert "後0件" in mailbox
        assert "消去令和8年3月28日10:00" in mailbox
        assert "確認令和8年3月28日10:05" in mailbox
        assert "復元可能期間の終わり令和8年4月22日10:00" in mailbox

    def test_lists_what_is_not_complete_and_only_that(self) -> None:
        text = text_of(render(report(), HASH))
        section = text[text.index("2まだ完了していない場所") : text.index("3場所ごとの消去の記録")]
        left = [place for place in PARTIAL if place.state is PlaceState.WINDOW]
        assert all(bare(place.name) in section for place in left)
        assert bare(ENTRIES.name) not in section
        complete = text_of(render(report(COMPLETE), HASH))
        assert "ありません。すべての場所が「完了」または「該当なし」です。" in complete

    def test_names_who_attested_and_who_has_not(self) -> None:
        waiting = replace(UNATTESTED, id="downloads", name="担当者が取り出したファイル")
        text = text_of(render(report((*PARTIAL, waiting)), HASH))
        section = text[text.index("4担当者による確認") : text.index("5残すもの")]
        assert "LoGoフォームの登録データ山田花子令和8年3月28日10:00" in section
        assert "担当者が取り出したファイルまだありません" in section

    def test_says_so_where_there_is_nothing_to_attest_or_to_keep(self) -> None:
        whole = report(tuple(place for place in PARTIAL if place.kind not in {LOGO.kind}), kept=(), record_hash=None)
        text = text_of(render(whole, HASH))
        assert "担当者が消去を確認する場所はありません。" in text
        assert "5残すものとその理由ありません。" in text
        assert "抽選の記録―" in text

    def test_every_state_of_a_place_has_words(self) -> None:
        assert STATES.keys() == set(PlaceState)

    def test_text_is_no_markup(self) -> None:
        name = "<b>&amp;</b> <br/>"
        assert bare(name) in text_of(render(report((replace(ENTRIES, name=name), *PARTIAL[1:])), HASH))


class TestFile:
    @pytest.fixture
    def whole(self) -> Report:
        places = tuple(replace(PARTIAL[i % 6], id=f"place-{i}") for i in range(25))
        return report(places)

    def test_is_the_same_each_time(self, whole: Report) -> None:
        assert render(whole, HASH) == render(whole, HASH)

    def test_is_a4_portrait_in_japanese(self, whole: Report) -> None:
        pdf = read(render(whole, HASH))
        assert {(round(page.mediabox.width), round(page.mediabox.height)) for page in pdf.pages} == {(595, 842)}
        assert pdf.trailer["/Root"]["/Lang"] == "ja"

    def test_every_font_is_embedded(self, whole: Report) -> None:
        fonts = [
            font.get_object()
            for page in read(render(whole, HASH)).pages
            for font in page["/Resources"]["/Font"].get_object().values()
        ]
        assert fonts
        assert all("IPAexGothic" in font["/BaseFont"] for font in fonts)
        assert all("/FontFile2" in font["/FontDescriptor"] for font in fonts)

    def test_every_page_is_numbered_of_all_and_repeats_the_header(self, whole: Report) -> None:
        pages = [bare(page.extract_text()) for page in read(render(whole, HASH)).pages]
        assert 4 <= len(pages) <= 7
        assert all(f"第1号{n}/{len(pages)}" in text for n, text in enumerate(pages, start=1))
        tables = ["場所／保管していた情報" in text for text in pages if "証跡：" in text]
        assert len(tables) > 1
        assert all(tables)

    def test_names_the_json_that_it_is_of(self) -> None:
        data = report().to_bytes()
        pdf = render(report(), sha256_hex(data))
        assert read(pdf).metadata["/Keywords"] == f"prizedraw-erasure/1 sha256:{sha256_hex(data)}"
        named = re.findall(rb"/Keywords \(([^()]*)\)", pdf)
        assert named == [f"prizedraw-erasure/1 sha256:{sha256_hex(data)}".encode()]


class TestAwkwardText:
    def test_what_the_font_cannot_draw_is_named_by_number_and_explained(self) -> None:
        places = (replace(LOGO, attestation=Attested("𠮷田　花子", LOGO.attestation.at)), *PARTIAL[:3], PARTIAL[5])
        text = text_of(render(report(places), HASH))
        assert "〓(U+20BB7)田花子" in text
        assert "※〓(U+20BB7)は、この文書の書体では表せない文字です。" in text

    def test_without_such_text_there_is_no_note(self) -> None:
        assert "〓" not in text_of(render(report(), HASH))

    def test_names_of_people_are_drawn_as_they_are(self) -> None:
        names = "髙橋﨑山德川彅葛辻芦"
        places = (replace(LOGO, attestation=Attested(names, LOGO.attestation.at)), *PARTIAL[:3], PARTIAL[5])
        text = text_of(render(report(places), HASH))
        assert unicodedata.normalize("NFKC", names) in unicodedata.normalize("NFKC", text)

    def test_texts_of_any_length_lose_nothing_and_stay_on_the_page(self) -> None:
        long = [f"{mark}{'長い説明文、' * 165}{mark}" for mark in "甲乙丙丁"]
        longest = replace(
            ENTRIES, name=long[0], holds=long[1], method=long[2], evidence="x" * 900, before=1_234_567_890
        )
        whole = report((longest, *PARTIAL[1:]), title=long[3], items=("項" * 1000,))
        whole.to_bytes()
        data = render(whole, HASH)
        text = text_of(data)
        assert all(text.count(mark) >= 2 for mark in "甲乙丙丁")
        assert text.count("説") == 4 * 165
        assert text.count("x") >= 900
        assert text.count("項") >= 1000
        assert 17 * mm + WIDTH - 10 < right_edge(data) < 17 * mm + WIDTH + 0.1  # the file rounds


def right_edge(data: bytes) -> float:
    """Return how far right the text of a document goes, in points, by the widths that the embedded fonts state."""
    pdf, far = read(data), 0.0
    for page in pdf.pages:
        fonts = {name: font.get_object() for name, font in page["/Resources"]["/Font"].get_object().items()}
        left, saved, line, x, font, size = 0.0, [], 0.0, 0.0, None, 0.0
        for given, operator in ContentStream(page.get_contents(), pdf).operations:
            match operator:
                case b"q":
                    saved.append(left)
                case b"Q":
                    left = saved.pop()
                case b"cm":
                    left += float(given[4])
                case b"Tm":
                    line = x = float(given[4])
                case b"Td":
                    line = x = line + float(given[0])
                case b"T*":
                    x = line
                case b"Tf":
                    font, size = fonts[given[0]], float(given[1])
                case b"Tj":
                    codes = given[0].original_bytes
                    widths = [float(font["/Widths"][code - font["/FirstChar"]]) for code in codes]
                    x += sum(widths) * size / 1000
                    far = max(far, left + x)
    return far
