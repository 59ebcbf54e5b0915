"""A campaign is what its file says, and what follows from that."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from prizedraw.campaign.definition import Campaign, check, load
from prizedraw.errors import Broken, Refused

FILE = Path(__file__).parents[3] / "infra/terraform/campaigns/shinjuku-rally-2026.yaml"
GOOD = FILE.read_text(encoding="utf-8")


def good(text: str = GOOD) -> Campaign:
    checked = check(text)
    assert isinstance(checked, Campaign), [str(fault) for fault in checked]
    return checked


def changed(old: str, new: str, text: str = GOOD) -> str:
    """Change the first *old*; a test whose *old* is not there would prove nothing."""
    assert old in text
    return text.replace(old, new, 1)


# The campaign of the ward's paper.


def test_the_file_says_what_the_wards_paper_says() -> None:
    campaign = good()
    assert campaign.contractor.name == "株式会社第一通信社"
    assert (campaign.ward.name, campaign.ward.section) == ("新宿区", "文化観光産業部 文化観光課")
    assert campaign.expected_entrants == 500
    assert (campaign.handling.begins, campaign.handling.ends) == (date(2026, 2, 3), date(2026, 3, 31))
    museums = [quiz.title[1 : quiz.title.index("】")] for quiz in campaign.questions.quiz]
    assert len(museums) == 5
    assert set(museums) == set(campaign.survey_question("museums").options)


def test_times_are_utc_and_days_are_days_in_japan() -> None:
    campaign = good()
    assert campaign.opens_at == datetime(2026, 2, 3, 1, 0, tzinfo=UTC)
    assert campaign.closes_at == datetime(2026, 3, 1, 15, 0, tzinfo=UTC)
    assert campaign.draw_at == datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
    assert campaign.closes_at.tzinfo is UTC
    assert campaign.claim_deadline_at == datetime(2026, 3, 11, 15, 0, tzinfo=UTC)
    assert campaign.claim_last_at == datetime(2026, 3, 18, 15, 0, tzinfo=UTC)
    assert campaign.erase_from_at == datetime(2026, 3, 26, 15, 0, tzinfo=UTC)
    assert campaign.handling_ends_at == datetime(2026, 3, 31, 15, 0, tzinfo=UTC)


def test_limits_are_shown_as_the_last_minute_that_counts() -> None:
    campaign = good()
    assert campaign.entry_period_text == "2月3日（火）10:00から3月1日（日）23:59まで"
    assert campaign.draw_text == "3月2日（月）13:00"
    assert campaign.claim_deadline_text == "3月11日（水）23:59"
    assert campaign.claim_last_text == "3月18日（水）23:59"


def test_the_randomness_is_drand_quicknet() -> None:
    assert good().randomness.model_dump() == {
        "kind": "drand",
        "chain": "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971",
        "public_key": "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451"
        "0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
        "period": 3,
        "genesis": 1692803367,
    }


def test_a_campaign_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        good().id = "another"


def test_other_readers_of_yaml_read_the_same_values() -> None:
    tree = yaml.safe_load(GOOD)
    again = yaml.safe_dump(tree, allow_unicode=True, sort_keys=False)
    assert good(again) == good()
    assert good(GOOD.replace("\n", "\r\n")) == good()
    assert good(changed('kind: "drand"', "kind: drand")) == good()


def drawn_by(kind: str, *more: str) -> str:
    """Return the good file with another kind of randomness, and what it needs."""
    lines = "".join(f"  {line}\n" for line in (f'kind: "{kind}"', *more))
    return re.sub(r'randomness:\n  kind: "drand"\n(  .*\n)+', lambda _: f"randomness:\n{lines}", GOOD)


def test_hardware_that_draws_needs_nothing_more() -> None:
    assert good(drawn_by("hsm")).randomness.model_dump() == {"kind": "hsm"}
    assert good(drawn_by("hsm")).posts == good().posts == ()


def test_a_ward_that_draws_names_the_posts_that_may_give_its_number() -> None:
    posts = good(drawn_by("ward", "given_by:", '  - "文化観光課長"', '  - "文化資源係長"')).posts
    assert posts == ("文化観光課長", "文化資源係長")


@pytest.mark.parametrize(
    ("lines", "where", "sentence"),
    [
        pytest.param([], "randomness", "職の一覧（given_by）が要ります", id="none named, as in a file of before"),
        pytest.param(["given_by: []"], "randomness", "職の一覧（given_by）が要ります", id="an empty list"),
        pytest.param(['given_by: "文化観光課長"'], "randomness.given_by", "一覧で", id="no list"),
        pytest.param(["given_by:", "  - 5"], "randomness.given_by[0]", "引用符", id="a number"),
        pytest.param(["given_by:", '  - "課長 "'], "randomness.given_by[0]", "余分な空白", id="a blank at the end"),
        pytest.param(["given_by:", '  - "課\\u200b長"'], "randomness.given_by[0]", "制御文字", id="unseen"),
        pytest.param(["given_by:", '  - "課長"', '  - "課長"'], "randomness.given_by[1]", "同じ職", id="twice"),
        pytest.param(
            ["given_by:", '  - "文化観光課 山田 太郎 090-1234-5678"'],
            "randomness.given_by[0]",
            "職の名前だけ",
            id="free text with a telephone number",
        ),
        pytest.param(["given_by:", '  - "山田様"'], "randomness.given_by[0]", "職の名前だけ", id="a person"),
        pytest.param(["given_by:", '  - "a@example.jp"'], "randomness.given_by[0]", "職の名前だけ", id="an address"),
    ],
)
def test_the_posts_of_a_ward_are_posts(lines: list[str], where: str, sentence: str) -> None:
    faults = check(drawn_by("ward", *lines))
    assert isinstance(faults, list)
    (fault,) = faults
    assert fault.place.partition("（")[0] == where
    assert sentence in fault.sentence
    assert fault.line > 0
    assert "山田" not in str(fault)


def test_posts_where_nobody_gives_a_number_are_a_fault() -> None:
    faults = check(drawn_by("hsm", "given_by:", '  - "文化観光課長"'))
    assert isinstance(faults, list)
    assert [fault.place.partition("（")[0] for fault in faults] == ["randomness.given_by"]


def test_the_address_may_be_what_the_form_collects() -> None:
    text = changed('source: "question"\n    title: "メールアドレス"', 'source: "respondent"', GOOD)
    assert good(text).questions.email.title is None
    assert "email" not in [question.name for question in good(text).asked()]


# What follows from a campaign.


def test_the_form_must_ask_every_question_by_a_name_of_its_own() -> None:
    asked = {question.name: question for question in good().asked()}
    assert list(asked) == [
        *("email", "consent", "age_group", "area"),
        *("history", "soseki", "fumiko", "saeki", "tsune"),
        *("wish", "museums", "source", "satisfaction", "comments"),
    ]
    assert (asked["email"].title, asked["email"].kind, asked["email"].options) == ("メールアドレス", "text", ())
    assert asked["consent"].options == ("同意する",)
    assert asked["area"].options[0] == "新宿区"
    assert [asked[name].kind for name in ("soseki", "wish", "museums", "comments")] == [
        *("quiz", "choice", "choices", "text")
    ]


def test_the_answer_key_is_in_normal_form_sorted_and_each_once() -> None:
    text = changed('- "France"', '- "France"\n        - "ＦＲＡＮＣＥ"')
    assert good(text).answer_key()["saeki"] == ["france", "ふらんす", "フランス", "仏国"]
    assert list(good().answer_key()) == ["history", "soseki", "fumiko", "saeki", "tsune"]


RIGHT = {
    "history": ["内藤新宿"],
    "soseki": ["こころ"],
    "fumiko": ["放浪記"],
    "saeki": ["フランス"],
    "tsune": ["エロシェンコ"],
}


@pytest.mark.parametrize(
    ("answers", "score"),
    [
        pytest.param(RIGHT, 5, id="all-right"),
        pytest.param(RIGHT | {"saeki": [" ＦＲＡＮＣＥ"], "tsune": ["ｴﾛｼｪﾝｺ"]}, 5, id="right-in-other-spellings"),
        pytest.param(RIGHT | {"saeki": ["イギリス"]}, 4, id="one-wrong"),
        pytest.param(RIGHT | {"saeki": []}, 4, id="one-empty"),
        pytest.param({"soseki": ("心",)}, 1, id="others-left-open"),
        pytest.param({"wish": ["こころ"]}, 0, id="answered-elsewhere"),
        pytest.param({}, 0, id="nothing"),
    ],
)
def test_the_quiz_is_graded_by_the_campaigns_own_key(answers: dict[str, list[str]], score: int) -> None:
    assert good().quiz_score(answers) == score


THREE = {name: RIGHT[name] for name in ("history", "soseki", "fumiko")}


@pytest.mark.parametrize(
    ("answers", "prizes"),
    [
        pytest.param(RIGHT | {"wish": ["どちらでもよい"]}, ("A", "B", "C"), id="everything"),
        pytest.param(RIGHT, ("A",), id="no-wish"),
        pytest.param(THREE | {"wish": ["アクリルスタンド"]}, ("B",), id="three-right-and-a-wish"),
        pytest.param(THREE | {"wish": ["ﾋﾟﾝﾊﾞｯｼﾞ"]}, ("C",), id="wish-in-half-width"),
        pytest.param(THREE | {"wish": ["どちらでも"]}, (), id="no-option-of-the-form"),
        pytest.param({"history": ["内藤新宿"], "wish": ["ピンバッジ"]}, (), id="too-few-right"),
        pytest.param({}, (), id="nothing"),
    ],
)
def test_an_entry_stands_for_the_prizes_whose_conditions_it_meets(
    answers: dict[str, list[str]], prizes: tuple[str, ...]
) -> None:
    assert good().stands_for(answers) == prizes


def test_one_of_several_choices_is_enough() -> None:
    text = changed('question: "wish"', 'question: "museums"')
    text = changed('answers:\n          - "アクリルスタンド"', 'answers:\n          - "林芙美子記念館"', text)
    text = changed('          - "どちらでもよい"\n  - id: "C"', '  - id: "C"', text)
    visited = {"museums": ["漱石山房記念館", "林芙美子記念館"]}
    assert good(text).stands_for(THREE | visited) == ("B",)


def test_the_rules_say_in_japanese_who_stands_for_what() -> None:
    sentences = good().eligibility_text()
    assert sentences[:2] == [
        "応募の受付は2月3日（火）10:00から3月1日（日）23:59までです。",
        "「個人情報の取扱いについて」に「同意する」と答えた方が応募できます。",
    ]
    assert sentences[-3:] == [
        "「A賞 全問正解 描きおろし複製原画」の抽選の対象：クイズ5問のすべてに正解した方。",
        "「B賞 五館めぐりアクリルスタンド」の抽選の対象：クイズ5問のうち3問以上に正解し、"
        "「希望する賞品」に「アクリルスタンド」または「どちらでもよい」と答えた方。",
        "「C賞 五館めぐりピンバッジ」の抽選の対象：クイズ5問のうち3問以上に正解し、"
        "「希望する賞品」に「ピンバッジ」または「どちらでもよい」と答えた方。",
    ]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("min_correct: 5", "min_correct: 0", "の抽選の対象：応募したすべての方。"),
        (
            'min_correct: 3\n      choice:\n        question: "wish"\n        answers:\n          - "アク',
            'min_correct: 0\n      choice:\n        question: "wish"\n        answers:\n          - "アク',
            "の抽選の対象：「希望する賞品」に「アクリルスタンド」または「どちらでもよい」と答えた方。",
        ),
    ],
    ids=["everybody", "wish-only"],
)
def test_a_prize_may_require_less(old: str, new: str, sentence: str) -> None:
    assert any(said.endswith(sentence) for said in good(changed(old, new)).eligibility_text())


def test_parts_are_found_by_id() -> None:
    assert good().prize("B").quantity == 20
    assert good().survey_question("comments").kind == "text"
    with pytest.raises(KeyError):
        good().prize("Z")
    with pytest.raises(KeyError):
        good().survey_question("soseki")


# What a function's archive may hold.


def test_a_function_loads_the_file_of_its_archive() -> None:
    assert load(FILE) == good()


@pytest.mark.parametrize(
    ("data", "count"),
    [
        pytest.param(changed("quantity: 5\n", "quantity: 0\n").encode(), 1, id="one-fault"),
        pytest.param(GOOD.replace("min_correct: 3", "min_correct: 6").encode(), 2, id="two-faults"),
        pytest.param("id: [".encode("utf-16"), 1, id="not-utf-8"),
    ],
)
def test_a_faulty_file_is_refused_with_every_fault(tmp_path: Path, data: bytes, count: int) -> None:
    path = tmp_path / FILE.name
    path.write_bytes(data)
    with pytest.raises(Refused) as raised:
        load(path)
    assert (raised.value.problem.code, raised.value.facts["count"]) == ("E-102", count)
    found = check(data)
    assert isinstance(found, list)
    assert all(str(fault) in raised.value.sentence for fault in found)
    assert raised.value.__cause__ is None


@pytest.mark.parametrize(("name", "code"), [("absent.yaml", "E-103"), ("another-campaign.yaml", "E-104")])
def test_a_file_that_is_not_the_campaigns_stops_the_function(tmp_path: Path, name: str, code: str) -> None:
    (tmp_path / "another-campaign.yaml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(Broken) as raised:
        load(tmp_path / name)
    assert raised.value.problem.code == code
    assert "構築担当" in raised.value.sentence
