"""An answer is judged by what it says, not by how it was typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prizedraw.typed.answers import answers_quiz, graded, is_one_of, normal


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        pytest.param("ＡＢＣ１２３", "abc123", id="full-width-ascii"),
        pytest.param("FRANCE", "france", id="capitals"),
        pytest.param("ﾅｲﾄｳｼﾝｼﾞｭｸ", "ナイトウシンジュク", id="half-width-katakana-with-voicing"),
        pytest.param("ハ\u3099ッシ\u3099", "バッジ", id="voicing-marks-apart"),
        pytest.param("  内藤　新宿 \n", "内藤 新宿", id="spaces-of-every-width"),
        pytest.param("ワシリー･エロシェンコ", "ワシリー・エロシェンコ", id="half-width-middle-dot"),
        pytest.param("①番", "1番", id="circled-digit"),
        pytest.param("Straße", "strasse", id="full-case-folding"),
    ],
)
def test_how_it_was_typed_does_not_matter(typed: str, meant: str) -> None:
    assert normal(typed) == meant


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("こころ", "ココロ", id="hiragana-and-katakana"),
        pytest.param("こころ", "心", id="kana-and-kanji"),
        pytest.param("髙橋", "高橋", id="forms-of-a-kanji"),
        pytest.param("内藤新宿", "内藤 新宿", id="with-and-without-a-space"),
        pytest.param("コーヒー", "コ-ヒ-", id="long-vowel-and-hyphen"),
    ],
)
def test_what_it_says_matters(one: str, other: str) -> None:
    assert normal(one) != normal(other)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        pytest.param("フラ\u200bンス", "フランス", id="zero-width-space-within"),
        pytest.param("\ufeff放浪記\u200e", "放浪記", id="byte-order-mark-and-direction"),
        pytest.param("\u2068France\u2069", "france", id="isolates"),
        pytest.param("葛\U000e0100城", "葛城", id="variation-selector"),
        pytest.param("心\ufe0f", "心", id="emoji-selector"),
        pytest.param("フ\xadランス", "フランス", id="soft-hyphen"),
        pytest.param("ハ\u200b\u3099ッジ", "バッジ", id="unseen-before-a-voicing-mark"),
        pytest.param("放浪\x00記", "放浪記", id="control"),
        pytest.param("内藤 \u200b 新宿", "内藤 新宿", id="unseen-between-blanks"),
    ],
)
def test_an_answer_is_graded_without_what_nobody_sees(typed: str, meant: str) -> None:
    assert graded(typed) == graded(meant)


@pytest.mark.parametrize("stroke", "ーｰ-－‐‑–—―−─━﹣﹘")
def test_a_hyphen_for_the_long_vowel_is_graded_alike(stroke: str) -> None:
    assert graded(f"コ{stroke}ヒ{stroke}") == graded("コーヒー")
    assert answers_quiz([f"コ{stroke}ヒ{stroke}"], frozenset({graded("コーヒー")}))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("放浪記。", "放浪記"),
        ("「放浪記」", "放浪記"),
        ("コ一ヒ一", "コーヒー"),
        ("こころ", "ココロ"),
        ("コヒ", "コーヒー"),
    ],
)
def test_what_can_be_seen_is_graded_as_typed(typed: str, meant: str) -> None:
    """Whether punctuation and brackets count is the ward's to say, in the campaign file."""
    assert graded(typed) != graded(meant)


@given(st.text())
def test_the_graded_form_is_its_own_graded_form(text: str) -> None:
    assert graded(graded(text)) == graded(text)


@given(st.text())
def test_the_normal_form_is_its_own_normal_form(text: str) -> None:
    assert normal(normal(text)) == normal(text)


@pytest.mark.parametrize(
    ("given_answers", "right"),
    [
        pytest.param(["ココロ"], True, id="right"),
        pytest.param(["ｺｺﾛ "], True, id="right-in-half-width"),
        pytest.param(["それから"], False, id="wrong"),
        pytest.param([""], False, id="empty"),
        pytest.param([], False, id="left-open"),
        pytest.param(["ココロ", "それから"], False, id="two-answers-are-none"),
    ],
)
def test_an_answer_is_right_if_it_is_the_only_one_and_accepted(given_answers: list[str], right: bool) -> None:
    assert is_one_of(given_answers, frozenset({"こころ", "ココロ"})) is right
