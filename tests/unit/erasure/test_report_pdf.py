"""The report as PDF: says what the JSON says, tagged and in embedded fonts, the same bytes each time, loses no text."""

import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from pypdf import DocumentInformation, PdfReader
from pypdf.generic import ArrayObject, Destination, DictionaryObject

from prizedraw.erasure.places import PlaceKind
from prizedraw.erasure.report import Addressee, Contract, Contractor, People, Report
from prizedraw.erasure.report_pdf import ANNEXES, STATES, render
from prizedraw.erasure.state import PlaceReport, PlaceState, declared, state_title
from prizedraw.evidence.canonical_json import sha256_hex
from support.erasure_reports import COMPLETE, DAY, ENTRIES, ERASED, KEPT, LOGO, PARTIAL, SCHEDULED, UNATTESTED, report

HASH = "ab" * 32
ALL = {"scheduled": SCHEDULED, "partial": PARTIAL, "complete": COMPLETE}
SMALLEST = 9.0
"""The smallest type that an official is asked to read, in points."""


def read(data: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(data))


def metadata_of(data: bytes) -> DocumentInformation:
    found = read(data).metadata
    assert found is not None
    return found


def fonts_of(page: Any) -> dict[str, Any]:
    fonts: dict[str, Any] = page["/Resources"]["/Font"].get_object()
    return fonts


def pages(whole: Report) -> list[str]:
    """Return the text of each page without the blanks and line ends of the layout."""
    return [bare(page.extract_text()) for page in read(render(whole, HASH)).pages]


def text_of(data: bytes) -> str:
    return bare("".join(page.extract_text() for page in read(data).pages))


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def annex(whole: Report, number: int) -> str:
    """Return the text of one annex."""
    text = text_of(render(whole, HASH))
    text = text[text.index("1/") :]  # page one lists the annexes too
    starts = [text.index(f"別紙{n}{bare(title)}") for n, title in enumerate(ANNEXES, start=1)] + [len(text)]
    return text[starts[number - 1] : starts[number]]


@pytest.fixture(scope="module")
def whole() -> Report:
    return report(tuple(replace(PARTIAL[i % 6], id=f"place-{i}") for i in range(25)))


@pytest.fixture(scope="module")
def data(whole: Report) -> bytes:
    return render(whole, HASH)


@pytest.fixture(scope="module")
def root() -> Any:
    return read(render(report(), HASH)).trailer["/Root"]


@pytest.fixture(scope="module")
def tags(root: Any) -> Counter[str]:
    return Counter(str(one["/S"]) for one in elements(root["/StructTreeRoot"]))


class TestPageOne:
    """鑑: what an office looks for on the first page, and nothing that was not read."""

    def test_is_a_letter_to_the_head_of_the_ward(self) -> None:
        first = pages(report())[0]
        said = [
            *("個人情報消去報告書", "文書番号shinjuku-rally-2026消去報告第1号", "発行日令和8年3月28日"),
            *("（宛先）新宿区長", "新宿区文化観光産業部文化観光課扱い"),
            *("所在地東京都千代田区架空町1-2-3", "受託者株式会社第一通信社", "代表者代表取締役見本一郎印"),
            *("取扱責任者個人情報取扱責任者（スタンプラリー事務局長）", "同氏名見本花子"),
            *("抽選プレゼント企画に係る業務の委託", "7新文観契第123号", "回遊促進事業"),
            *("令和8年2月3日から令和8年3月31日まで", "届いた応募500件、受け付けた応募者441人、当選者75人"),
            *("Google：受付と保管", "株式会社トラストバンク：登録の受付", "暗号化消去"),
            *("提出者（受託者）", "受領者（区）", "応募者のメールアドレス、年代、居住地域"),
            *(f"{n}{bare(title)}" for n, title in enumerate(ANNEXES, start=1)),
        ]
        assert [part for part in said if part not in first] == []

    def test_what_the_campaign_file_does_not_say_is_left_to_be_filled_in(self) -> None:
        bare_one = report(
            addressee=Addressee("新宿区", "文化観光課"),
            contract=Contract(),
            contractor=Contractor("株式会社第一通信社", "取扱責任者"),
            people=People(),
            commitment_hash=None,
            record_hash=None,
        )
        first = pages(bare_one)[0]
        assert "（宛先）＿＿＿＿" in first
        assert "契約番号" in first
        assert "None" not in first
        assert "人数は、確定した応募の記録がないため示せません" in first
        assert len(pages(bare_one)) == len(pages(report()))

    @pytest.mark.parametrize("places", ALL.values(), ids=ALL.keys())
    def test_says_how_far_it_is_and_of_what_there_is_only_somebody_s_word(
        self, places: tuple[PlaceReport, ...]
    ) -> None:
        first = pages(report(places))[0]
        title, details = state_title(places)
        assert bare(title) in first
        assert all(bare(detail) in first for detail in details)
        for place in declared(places):
            assert bare(f"{place.name}：山田　花子（令和8年3月28日 10:00）") in first

    def test_complete_never_stands_without_what_was_only_declared(self) -> None:
        first = pages(report(COMPLETE))[0]
        assert "完了（うち1か所は担当者の申告による）" in first
        assert "すべての場所の消去と鍵の破棄" not in first
        read_again = tuple(place for place in COMPLETE if place.kind is not PlaceKind.PERSON)
        assert "すべての場所の消去と鍵の破棄を、読み直して確認済" in pages(report(read_again))[0]

    def test_says_when_all_can_be_complete_and_why_that_is_after_the_period(self) -> None:
        first = pages(report())[0]
        assert "完了を確かめられる日：早ければ令和8年4月22日" in first
        assert "取扱期間（令和8年3月31日まで）の後になるのは、消した後もGoogleがしばらく復元できるためです。" in first
        assert "の後になるのは" not in pages(report(earliest=date(2026, 3, 30)))[0]

    def test_a_complete_one_says_that_it_is_after_the_period_and_what_was_done_within(self) -> None:
        first = pages(report(COMPLETE))[0]
        assert "完了は取扱期間（令和8年3月31日まで）の後です。消去と鍵の破棄は期間内に済ませ、その後は、" in first

    def test_what_was_erased_after_the_period_is_named(self) -> None:
        late = replace(ENTRIES, erased_at=ERASED + 10 * DAY, read_at=ERASED + 10 * DAY + timedelta(hours=1))
        first = pages(report((late, *PARTIAL[1:])))[0]
        assert f"取扱期間の後に消去した場所：{bare(ENTRIES.name)}" in first
        assert "期間内に済ませ" not in first


class TestAnnexes:
    @pytest.mark.parametrize("places", ALL.values(), ids=ALL.keys())
    def test_tell_all_that_the_report_holds(self, places: tuple[PlaceReport, ...]) -> None:
        whole = report(places)
        text = text_of(render(whole, HASH))
        said = [
            *(whole.title, whole.subjects, *whole.items),
            *(part for place in places for part in (place.name, place.holds, place.method, place.evidence)),
            *(part for kept in KEPT for part in (kept.name, kept.holds, kept.reason, kept.until)),
            *(whole.versions.code_hash, *whole.versions.archives, *whole.versions.archives.values()),
            *(HASH, whole.commitment_hash, whole.record_hash, whole.journal.hash, whole.evidence_key, "412行"),
            *(
                "python3 -I verify_erasure.py 001-report.json",
                "verify.html を開き、001-report.json、001-report.json.sig、",
            ),
            "openssl dgst -sha256 -verify evidence.pem -signature 001-report.pdf.sig 001-report.pdf",
        ]
        assert [part for part in said if part is None or bare(part) not in text] == []

    def test_tell_of_a_place_its_counts_times_and_window_in_japan(self) -> None:
        mailbox = annex(report(), 2)
        mailbox = mailbox[mailbox.index("2送信済みメール") :]
        assert "前233件後0件" in mailbox
        assert "消去令和8年3月28日10:00" in mailbox
        assert "確認令和8年3月28日10:05" in mailbox
        assert "復元可能期間の終わり令和8年4月22日10:00" in mailbox

    def test_tell_what_went_through_a_place_that_was_found_empty(self) -> None:
        folder = replace(ENTRIES, id="claims-bucket", name="登録用フォルダ", passed=3, before=0, erased_at=None)
        row = annex(report((*PARTIAL, folder)), 2)
        row = row[row.index("7登録用フォルダ") :]
        assert "通過3件（取り込んだCSV）前0件後0件" in bare(row)

    def test_a_place_that_was_only_declared_says_so_in_its_row_with_name_and_time(self) -> None:
        row = annex(report(COMPLETE), 2)
        row = row[row.index("4LoGoフォーム") : row.index("5フォームに連携")]
        assert "申告済" in row
        assert "申告：山田花子令和8年3月28日10:00" in row
        assert "完了" not in row

    def test_list_what_is_not_complete_and_only_that(self) -> None:
        section = annex(report(), 1)
        section = section[section.index("まだ完了していない場所", 30) :]
        left = [place for place in PARTIAL if place.state is PlaceState.WINDOW]
        assert all(bare(place.name) in section for place in left)
        assert bare(ENTRIES.name) not in section
        assert "ありません。すべての場所が「完了」「申告済」「該当なし」のどれかです。" in annex(report(COMPLETE), 1)

    def test_name_who_attested_and_who_has_not_and_what_the_program_read(self) -> None:
        waiting = replace(UNATTESTED, id="downloads", name="担当者が取り出したファイル")
        form = replace(LOGO, id="form", name="回答", state=PlaceState.DONE, after=0, read_at=ERASED)
        section = annex(report((*PARTIAL, waiting, form)), 1)
        assert "LoGoフォームの登録データ山田花子令和8年3月28日10:00読めません（申告のみ）" in section
        assert "担当者が取り出したファイルまだありません―読めていません" in section
        assert "回答山田花子令和8年3月28日10:000件（令和8年3月28日10:00）" in section

    def test_say_so_where_there_is_nothing_to_attest_or_to_keep(self) -> None:
        whole = report(
            tuple(place for place in PARTIAL if place.kind not in {LOGO.kind}),
            kept=(),
            record_hash=None,
            people=People(500, 441),
        )
        assert "担当者が消去を申告する場所はありません。" in annex(whole, 1)
        assert annex(whole, 3).startswith("別紙3残すものとその理由ありません。")
        assert "抽選記録―" in annex(whole, 4)

    def test_every_state_of_a_place_has_words(self) -> None:
        assert STATES.keys() == set(PlaceState)


class TestFile:
    def test_is_the_same_each_time(self, whole: Report, data: bytes) -> None:
        assert render(whole, HASH) == data

    def test_is_a4_portrait(self, data: bytes) -> None:
        found = {(round(page.mediabox.width), round(page.mediabox.height)) for page in read(data).pages}
        assert found == {(595, 842)}

    def test_every_font_is_embedded_in_two_weights(self, data: bytes) -> None:
        fonts = [
            font.get_object()["/DescendantFonts"][0].get_object()
            for page in read(data).pages
            for font in fonts_of(page).values()
        ]
        names = {str(font["/BaseFont"]).partition("+")[2] for font in fonts}
        assert {name.partition("-Identity")[0] for name in names} == {"NotoSansCJKjp-Regular", "NotoSansCJKjp-Bold"}
        assert all("/FontFile3" in font["/FontDescriptor"] for font in fonts)

    def test_no_type_is_smaller_than_an_official_can_read(self, data: bytes) -> None:
        sizes = Counter[float]()
        for page in read(data).pages:
            page.extract_text(visitor_text=lambda said, cm, tm, _font, size: sizes.update(_size(said, cm, tm, size)))
        assert sum(sizes.values()) > 100
        assert min(sizes) >= SMALLEST - 0.01

    def test_every_page_is_numbered_of_all_and_repeats_the_header(self, whole: Report) -> None:
        found = pages(whole)
        assert 4 <= len(found) <= 9
        assert all(f"第1号{n}/{len(found)}" in text for n, text in enumerate(found, start=1))
        tables = ["番号・場所消去の方法と証跡" in text for text in found if "証跡：" in text]
        assert len(tables) > 1
        assert all(tables)

    def test_names_the_json_that_it_is_of(self) -> None:
        data = report().to_bytes()
        pdf = render(report(), sha256_hex(data))
        assert str(metadata_of(pdf)["/Keywords"]) == f"prizedraw-erasure/2 sha256:{sha256_hex(data)}"
        named = re.findall(rb"/Keywords ?\(([^()]*)\)", pdf)
        assert named == [f"prizedraw-erasure/2 sha256:{sha256_hex(data)}".encode()]

    def test_its_metadata_are_true(self, whole: Report, data: bytes) -> None:
        metadata = metadata_of(data)
        assert (metadata.creation_date, metadata.modification_date) == (whole.made_at, whole.made_at)
        assert metadata.title == "個人情報消去報告書（shinjuku-rally-2026 消去報告 第1号）"
        assert (metadata.author, metadata.subject) == (whole.contractor.name, whole.title)


class TestForWhoCannotSeeIt:
    """PDF/UA-1: what a screen reader goes by. That the structure is whole is the typesetter's own check."""

    def test_is_tagged_japanese_with_its_title_shown(self, root: Any) -> None:
        assert root["/MarkInfo"]["/Marked"]
        assert str(root["/Lang"]).startswith("ja")
        assert root["/ViewerPreferences"]["/DisplayDocTitle"]
        xmp = root["/Metadata"].get_data()
        assert b"<pdfuaid:part>1</pdfuaid:part>" in xmp
        assert b"<pdfaid:part>2</pdfaid:part>" in xmp
        assert b"<pdfaid:conformance>A</pdfaid:conformance>" in xmp

    def test_has_headings_and_tables_with_header_cells(self, tags: Counter[str]) -> None:
        assert tags["/H1"] == 1
        assert tags["/H2"] == len(ANNEXES)
        assert tags["/H3"] == 2
        assert tags["/Table"] == 7
        headers = 2 + 4 + 3 + 5 + 3 + 2 + 2
        assert tags["/TH"] == headers
        assert tags["/TD"] > 100

    def test_a_bookmark_leads_to_each_annex(self) -> None:
        below = read(render(report(), HASH)).outline[1]
        titles = [str(one["/Title"]) for one in below if isinstance(one, Destination)]
        assert titles == [f"別紙{n}　{title}" for n, title in enumerate(ANNEXES, start=1)]


class TestAwkwardText:
    def test_texts_of_any_length_lose_nothing(self) -> None:
        long = [f"{mark}{'長い説明文、' * 165}{mark}" for mark in "甲乙丙丁"]
        longest = replace(
            ENTRIES, name=long[0], holds=long[1], method=long[2], evidence="x" * 900, before=1_234_567_890
        )
        whole = report((longest, *PARTIAL[1:]), title=long[3], items=("項" * 1000,))
        whole.to_bytes()
        text = text_of(render(whole, HASH))
        assert all(text.count(mark) >= 2 for mark in "甲乙丙丁")
        assert text.count("説") == 4 * 165
        assert text.count("x") >= 900
        assert text.count("項") >= 1000

    def test_a_long_hash_stays_whole_for_who_copies_it(self) -> None:
        names = {"a" * 60 + ".zip": "f8" * 32}
        whole = report()
        versions = replace(whole.versions, archives=names)
        assert "a" * 60 + ".zip" + "f8" * 32 in text_of(render(replace(whole, versions=versions), HASH))


def elements(node: Any) -> Iterator[DictionaryObject]:
    """Yield the elements of a structure tree."""
    node = node.get_object()
    if isinstance(node, ArrayObject):
        for one in node:
            yield from elements(one)
    elif isinstance(node, DictionaryObject):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from elements(node["/K"])


def _size(said: str, cm: list[float], tm: list[float], size: float) -> list[float]:
    """Return the size at which a text is shown, in points; of blanks none."""
    return [round(abs(size * tm[3] * cm[3]), 2)] if said.strip() else []
