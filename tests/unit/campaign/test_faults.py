"""All that is wrong with a campaign file is told at once, in Japanese, each with its place and its line."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from prizedraw.campaign import parts
from prizedraw.campaign.definition import Campaign, check
from prizedraw.campaign.faults import NAMES, FileFault

FILE = Path(__file__).parents[3] / "infra/terraform/campaigns/shinjuku-rally-2026.yaml"
GOOD = FILE.read_text(encoding="utf-8")


def changed(old: str, new: str, text: str = GOOD) -> str:
    """Change the first *old*; a test whose *old* is not there would prove nothing."""
    assert old in text
    return text.replace(old, new, 1)


def faults(text: str | bytes) -> list[FileFault]:
    checked = check(text)
    assert not isinstance(checked, Campaign), "no fault was found"
    return checked


def only_fault(text: str, at: str) -> FileFault:
    """Return the one fault of *text*; it must stand in the first line that contains *at*."""
    found = faults(text)
    assert len(found) == 1, [str(fault) for fault in found]
    assert at in text.split("\n")[found[0].line - 1]
    return found[0]


def place(fault: FileFault) -> str:
    """Return the place without its Japanese name."""
    return fault.place.partition("（")[0]


# What can be wrong with one value.

VALUES = {
    "id-capital": ('id: "shinjuku-rally-2026"', 'id: "Shinjuku"', "id", "英小文字"),
    "id-two-hyphens": ('id: "shinjuku-rally-2026"', 'id: "shinjuku--rally"', "id", "英小文字"),
    "id-trailing-hyphen": ('id: "shinjuku-rally-2026"', 'id: "shinjuku-"', "id", "英小文字"),
    "title-number": ('title: "新宿区立', 'title: 2026\n# "', "title", "引用符"),
    "title-empty": ('title: "年代"', 'title: " "', "questions.age_group.title", "文字が書かれていません"),
    "title-unseen": ('title: "年代"', 'title: "\\u3164"', "questions.age_group.title", "文字が書かれていません"),
    "answer-unseen": ('- "内藤新宿"', '- "\\ufe0f"', "questions.quiz[0].answers[0]", "文字が書かれていません"),
    "title-space-at-end": ('title: "年代"', 'title: "年代　"', "questions.age_group.title", "余分な空白"),
    "title-two-lines": ('title: "年代"', 'title: "年\\n代"', "questions.age_group.title", "制御文字"),
    "title-right-to-left": ('title: "年代"', 'title: "年\\u202e代"', "questions.age_group.title", "制御文字"),
    "name-control": ('name: "A賞', 'name: "A\\u0007賞', "prizes[0].name", "制御文字"),
    "name-too-long": ('name: "A賞', f'name: "{"賞" * 301}', "prizes[0].name", "300字"),
    "expected-none": ("expected_entrants: 500", "expected_entrants: 0", "expected_entrants", "1以上"),
    "expected-text": ("expected_entrants: 500", 'expected_entrants: "500"', "expected_entrants", "整数"),
    "expected-full-width": ("expected_entrants: 500", "expected_entrants: ５００", "expected_entrants", "整数"),
    "day-slashes": ('begins: "2026-02-03"', 'begins: "2026/02/03"', "handling.begins", "2026-02-03"),
    "day-that-is-none": ('begins: "2026-02-03"', 'begins: "2026-02-30"', "handling.begins", "暦にない"),
    "day-of-year-one": ('begins: "2026-02-03"', 'begins: "0001-01-01"', "handling.begins", "2026-02-03"),
    "day-full-width": ('begins: "2026-02-03"', 'begins: "２０２６-02-03"', "handling.begins", "2026-02-03"),
    "day-with-time": ('ship_by: "2026-03-25"', 'ship_by: "2026-03-25T00:00+09:00"', "ship_by", "2026-02-03"),
    "moment-naive": ("T10:00+09:00", "T10:00", "opens_at", "+09:00"),
    "moment-utc": ("T10:00+09:00", "T01:00Z", "opens_at", "+09:00"),
    "moment-without-time": ('"2026-02-03T10:00+09:00"', '"2026-02-03"', "opens_at", "+09:00"),
    "moment-hour-25": ("T10:00+09:00", "T25:00+09:00", "opens_at", "暦にない"),
    "moment-seconds-since": ('"2026-02-03T10:00+09:00"', '"1770080400"', "opens_at", "+09:00"),
    "url-http": ('url: "https:', 'url: "http:', "claim.url", "https://"),
    "url-without-scheme": ('url: "https://', 'url: "', "claim.url", "https://"),
    "url-with-user": ('url: "https://', 'url: "https://a:b@', "claim.url", "https://"),
    "url-with-space": ('000000"', '000000 "', "claim.url", "https://"),
    "url-japanese": ('form/example/000000"', 'フォーム"', "claim.url", "https://"),
    "url-bad-port": ("logoform.jp/", "logoform.jp:99999/", "claim.url", "https://"),
    "url-no-host": ("logoform.jp/form", "/form", "claim.url", "https://"),
    "form-id-of-responders": ('id: "1Example', 'id: "1FAIpQLSExample', "form.id", "/d/ と /edit"),
    "form-id-short": ("1ExampleFormIdOfShinjukuRally2026xxxxxxxxxxx", "1Example", "form.id", "/d/ と /edit"),
    "source-unknown": ('source: "question"', 'source: "form"', "questions.email.source", '"question", "respondent"'),
    "quiz-id-capital": ('id: "soseki"', 'id: "Soseki"', "questions.quiz[1].id", "英小文字"),
    "survey-kind": ('kind: "text"', 'kind: "free"', "questions.survey[4].kind", '"text"'),
    "prize-id-japanese": ('- id: "A"', '- id: "Ａ賞"', "prizes[0].id", "英数字"),
    "prize-id-long": ('- id: "A"', f'- id: "{"A" * 33}"', "prizes[0].id", "32字"),
    "quantity-none": ("quantity: 5\n", "quantity: 0\n", "prizes[0].quantity", "1以上"),
    "quantity-fraction": ("quantity: 5\n", "quantity: 5.5\n", "prizes[0].quantity", "数の書き方"),
    "quantity-bool": ("quantity: 5\n", "quantity: true\n", "prizes[0].quantity", "整数"),
    "reserves-negative": ("reserves: 5\n", "reserves: -1\n", "prizes[0].reserves", "0以上"),
    "min-correct-negative": ("min_correct: 5", "min_correct: -1", "prizes[0].requires.min_correct", "0以上"),
    "kind-unknown": ('kind: "drand"', 'kind: "dice"', "randomness.kind", '"drand", "ward", "hsm"'),
    "chain-short": ('chain: "52', 'chain: "', "randomness.chain", "64字"),
    "chain-capital": ('chain: "52db', 'chain: "52DB', "randomness.chain", "16進数"),
    "key-short": ('public_key: "83', 'public_key: "', "randomness.public_key", "192字"),
    "period-none": ("period: 3", "period: 0", "randomness.period", "1以上"),
    "genesis-text": ("genesis: 1692803367", 'genesis: "1692803367"', "randomness.genesis", "整数"),
    "sender-no-domain": ("rally@example.jp", "rally@example", "mail.sender_address", "メールアドレス"),
    "sender-two-dots": ("rally@example.jp", "ra..lly@example.jp", "mail.sender_address", "メールアドレス"),
    "sender-japanese": ("rally@example.jp", "区役所@example.jp", "mail.sender_address", "メールアドレス"),
    "sender-with-name": ("rally@example.jp", "rally <rally@example.jp>", "mail.sender_address", "メールアドレス"),
    "sender-hyphen": ("rally@example.jp", "rally@-example.jp", "mail.sender_address", "メールアドレス"),
    "per-day-beyond-google": ("per_day: 500", "per_day: 2001", "mail.per_day", "2000以下"),
    "per-minute-none": ("per_minute: 30", "per_minute: 0", "mail.per_minute", "1以上"),
    "receipts-text": ("receipts: false", 'receipts: "false"', "mail.receipts", "true か false"),
    "threshold-low": ("threshold: 10", "threshold: 2", "analysis.threshold", "3以上"),
    "style-unknown": ('style: "plain"', 'style: "sagawa"', "shipping.style", '"plain", "yamato_b2"'),
    "map-for-text": ('hours: "平日 8:30〜17:00"', "hours:\n    from: 8", "ward.hours", "引用符"),
    "text-for-map": ("analysis:\n  threshold: 10", 'analysis: "10"', "analysis", "一段下げて"),
    "list-for-map": ("analysis:\n  threshold: 10", "analysis: [10]", "analysis", "一段下げて"),
}


@pytest.mark.parametrize(
    ("old", "new", "where", "sentence"),
    [pytest.param(*case, id=name) for name, case in VALUES.items()],
)
def test_one_wrong_value_is_one_fault_in_its_line(old: str, new: str, where: str, sentence: str) -> None:
    text = changed(old, new)
    fault = only_fault(text, new.split("\n", maxsplit=1)[0])
    assert place(fault) == where
    assert sentence in fault.sentence


# How values must agree with each other.

RULES = {
    "option-in-no-group": (
        'options: ["10歳未満", "10代", "20代"]',
        'options: ["10歳未満", "10代"]',
        "questions.age_group.options[2]",
        "どの組（groups）にも入っていません",
    ),
    "group-of-an-unknown-option": (
        'options: ["30代"]',
        'options: ["30代", "30台"]',
        "questions.age_group.groups[1].options[1]",
        "この設問の選択肢にありません",
    ),
    "option-in-two-groups": (
        'options: ["40代"]',
        'options: ["40代", "30代"]',
        "questions.age_group.groups[2].options[1]",
        "ほかの組にも入っています",
    ),
    "same-group": ('name: "40代"', 'name: "30代"', "questions.age_group.groups[2].name", "同じ名前の組"),
    "group-called-as-tables-call-all": (
        'name: "50代"',
        'name: "合計"',
        "questions.age_group.groups[3].name",
        "集計の表で使う言葉",
    ),
    "no-answer-with-an-unknown-option": (
        'unanswered_with: "その他"',
        'unanswered_with: "そのた"',
        "questions.survey[2].unanswered_with",
        "選択肢にありません",
    ),
    "order-of-free-text": (
        'kind: "text"\n',
        'kind: "text"\n      ordered: true\n',
        "questions.survey[4].ordered",
        "choice",
    ),
    "opens-before-handling": (
        'opens_at: "2026-02-03T10',
        'opens_at: "2026-02-02T10',
        "opens_at",
        "取扱期間の開始日以後",
    ),
    "closes-before-opens": ('closes_at: "2026-03-02', 'closes_at: "2026-02-02', "closes_at", "受付の開始より後"),
    "closes-when-it-opens": (
        'closes_at: "2026-03-02T00:00',
        'closes_at: "2026-02-03T10:00',
        "closes_at",
        "受付の開始より後",
    ),
    "draw-before-closes": ('draw_at: "2026-03-02T13', 'draw_at: "2026-03-01T13', "draw_at", "受付の締切より後"),
    "draw-when-it-closes": ('draw_at: "2026-03-02T13', 'draw_at: "2026-03-02T00', "draw_at", "受付の締切より後"),
    "deadline-on-the-day-of-the-draw": (
        'deadline: "2026-03-11',
        'deadline: "2026-03-02',
        "claim.deadline",
        "抽選の日より後",
    ),
    "last-before-deadline": ('last: "2026-03-18', 'last: "2026-03-10', "claim.last", "登録期限以後"),
    "shipped-on-the-last-day-of-claims": ('ship_by: "2026-03-25', 'ship_by: "2026-03-18', "ship_by", "最終期限より後"),
    "erased-on-the-day-of-shipping": (
        'erase_from: "2026-03-27',
        'erase_from: "2026-03-25',
        "erase_from",
        "発送の期限より後",
    ),
    "erased-too-late-for-the-keys": ('erase_from: "2026-03-27', 'erase_from: "2026-03-29', "erase_from", "3日前まで"),
    "handling-ends-too-early": ('ends: "2026-03-31', 'ends: "2026-03-29', "erase_from", "3日前まで"),
    "same-question-id": ('id: "soseki"', 'id: "history"', "questions.quiz[1].id", "同じ id の設問"),
    "quiz-and-survey-id": ('id: "comments"', 'id: "soseki"', "questions.survey[4].id", "同じ id の設問"),
    "id-of-a-fixed-question": ('id: "comments"', 'id: "email"', "questions.survey[4].id", "同じ id の設問"),
    "same-title": ('title: "企画の満足度"', 'title: "年代"', "questions.survey[3].title", "同じ題の設問"),
    "same-title-in-other-width": (
        'title: "企画の満足度"',
        'title: "ご意見･ご感想"',
        "questions.survey[4].title",
        "同じ題の設問",
    ),
    "same-option": ('- "20代"', '- "10代"', "questions.age_group.options[2]", "同じ選択肢"),
    "same-prize-id": ('- id: "B"', '- id: "A"', "prizes[1].id", "同じ id の賞品"),
    "same-prize-name": (
        'name: "B賞 五館めぐりアクリルスタンド"',
        'name: "A賞 全問正解 描きおろし複製原画"',
        "prizes[1].name",
        "同じ名前の賞品",
    ),
    "same-column": ('phone: "電話番号"', 'phone: "住所"', "claim.columns.phone", "同じ見出し"),
    "more-right-than-questions": ("min_correct: 5", "min_correct: 6", "prizes[0].requires.min_correct", "5問しかない"),
    "wish-for-an-unknown-question": (
        'question: "wish"',
        'question: "wisch"',
        "prizes[1].requires.choice.question",
        "設問はありません",
    ),
    "wish-for-free-text": (
        'question: "wish"',
        'question: "comments"',
        "prizes[1].requires.choice.question",
        "選択肢のある設問",
    ),
    "wish-for-a-quiz-question": (
        'question: "wish"',
        'question: "soseki"',
        "prizes[1].requires.choice.question",
        "選択肢のある設問",
    ),
    "wish-for-no-option": (
        'answers:\n          - "アクリルスタンド"',
        'answers:\n          - "アクスタ"',
        "prizes[1].requires.choice.answers[0]",
        "選択肢にありません",
    ),
    "title-missing-for-a-question": ('    title: "メールアドレス"\n', "", "questions.email", "設問の題"),
    "title-beside-the-forms-own": (
        'source: "question"',
        'source: "respondent"',
        "questions.email.title",
        "題（title）を書きません",
    ),
    "options-missing": ('kind: "text"', 'kind: "choice"', "questions.survey[4]", "選択肢（options）が要ります"),
    "receipts-beyond-the-limit": (
        "per_day: 500\n  per_minute: 30\n  receipts: false",
        "per_day: 18\n  per_minute: 30\n  receipts: true",
        "mail.receipts",
        "27日間で486通",
    ),
    "winners-beyond-the-limit": ("per_day: 500", "per_day: 8", "mail.per_day", "9日間で72通"),
    "beacon-after-the-draw": ("genesis: 1692803367", "genesis: 1792803367", "randomness.genesis", "抽選より後"),
}


@pytest.mark.parametrize(("old", "new", "where", "sentence"), [pytest.param(*c, id=n) for n, c in RULES.items()])
def test_values_that_do_not_agree_are_one_fault(old: str, new: str, where: str, sentence: str) -> None:
    (fault,) = faults(changed(old, new))
    assert place(fault) == where
    assert sentence in fault.sentence
    assert fault.line > 0


def test_receipts_that_the_limit_carries_are_allowed() -> None:
    text = changed(
        "per_day: 500\n  per_minute: 30\n  receipts: false", "per_day: 19\n  per_minute: 30\n  receipts: true"
    )
    assert isinstance(check(text), Campaign)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param('opens_at: "2026-02-03T10', 'opens_at: "2026-02-03T00', id="opens-as-handling-begins"),
        pytest.param('deadline: "2026-03-11', 'deadline: "2026-03-03', id="deadline-on-the-day-after-the-draw"),
        pytest.param('last: "2026-03-18', 'last: "2026-03-11', id="no-time-for-reserves"),
        pytest.param('erase_from: "2026-03-27', 'erase_from: "2026-03-28', id="three-days-before-the-end"),
        pytest.param("min_correct: 5", "min_correct: 0", id="no-quiz-needed"),
        pytest.param("reserves: 5\n", "reserves: 0\n", id="no-reserves"),
    ],
)
def test_the_edges_are_allowed(old: str, new: str) -> None:
    assert isinstance(check(changed(old, new)), Campaign)


# What is missing, unknown or unreadable.


OPTIONAL = {"contract"}
"""What a file may leave out; the report of the erasure then has lines to be filled in by hand."""
KEYS = {line.partition(":")[0] for line in GOOD.split("\n") if re.match(r"[a-z_]+:", line)}


@pytest.mark.parametrize("key", sorted(OPTIONAL))
def test_some_parts_may_be_missing(key: str) -> None:
    assert isinstance(check(re.sub(rf"(?m)^{key}:.*\n(?:[ #].*\n|\n(?= ))*", "", GOOD)), Campaign)


@pytest.mark.parametrize("key", sorted(KEYS - OPTIONAL))
def test_a_missing_part_is_told_by_its_name(key: str) -> None:
    text = re.sub(rf"(?m)^{key}:.*\n(?:[ #].*\n|\n(?= ))*", "", GOOD)
    assert [place(fault) for fault in faults(text) if "必要な項目" in fault.sentence] == [key]


def test_a_misspelt_key_is_told_with_the_one_that_was_meant() -> None:
    missing, unknown = faults(changed("    quantity: 5\n", "    quantitiy: 5\n"))
    assert (place(missing), missing.sentence) == ("prizes[0].quantity", "必要な項目がありません。")
    assert place(unknown) == "prizes[0].quantitiy"
    assert "「quantity」の誤りではありませんか" in unknown.sentence
    assert unknown.line == missing.line + 2


def test_a_key_that_is_no_known_one_is_shown_as_far_as_it_can_be() -> None:
    strange = faults(changed("analysis:\n", 'analysis:\n  "\\u001b[31m": 1\n'))
    assert [place(fault) for fault in strange] == ["analysis.?"]
    assert strange[0].sentence == "この場所では使わない項目です。"


def test_what_drand_needs_is_unknown_to_the_ward() -> None:
    found = faults(changed('kind: "drand"', 'kind: "ward"'))
    unknown = [place(fault).removeprefix("randomness.") for fault in found if "given_by" not in fault.sentence]
    assert unknown == ["chain", "public_key", "period", "genesis"]
    assert [place(fault) for fault in found if "given_by" in fault.sentence] == ["randomness"]


@pytest.mark.parametrize("empty", ["[]", '""', "5"])
def test_prizes_must_be_a_list_that_is_not_empty(empty: str) -> None:
    text = GOOD[: GOOD.index("\nprizes:")] + f"\nprizes: {empty}\n" + GOOD[GOOD.index("\nrandomness:") :]
    assert "（賞品）" in only_fault(text, "prizes:").place


TRAPS = {
    "bool-no": ("receipts: false", "receipts: no", "mail.receipts", "true か false"),
    "bool-on": ("receipts: false", "receipts: On", "mail.receipts", "true か false"),
    "bool-capital": ("receipts: false", "receipts: False", "mail.receipts", "true か false"),
    "bool-of-terraform-alone": ('name: "新宿区"', "name: y", "ward.name", "引用符"),
    "date-unquoted": ('begins: "2026-02-03"', "begins: 2026-02-03", "handling.begins", "日付と時刻は、引用符"),
    "moment-unquoted": ('"2026-02-03T10:00+09:00"', "2026-02-03T10:00:00+09:00", "opens_at", "日付と時刻は、引用符"),
    "sexagesimal": ('hours: "平日 8:30〜17:00"', "hours: 8:30", "ward.hours", "日付と時刻は、引用符"),
    "octal": ("per_day: 500", "per_day: 0500", "mail.per_day", "先頭に 0"),
    "octal-of-yaml-1.2": ("per_day: 500", "per_day: 0o500", "mail.per_day", "数の書き方"),
    "hexadecimal": ("per_day: 500", "per_day: 0x1F4", "mail.per_day", "数の書き方"),
    "exponent": ("per_day: 500", "per_day: 5e2", "mail.per_day", "数の書き方"),
    "underscore": ("per_day: 500", "per_day: 5_00", "mail.per_day", "数の書き方"),
    "plus": ("per_day: 500", "per_day: +500", "mail.per_day", "数の書き方"),
    "nothing": ("per_day: 500", "per_day:", "mail.per_day", "値が書かれていません"),
    "null": ("per_day: 500", "per_day: null", "mail.per_day", "値が書かれていません"),
    "tilde": ('name: "新宿区"', "name: ~", "ward.name", "値が書かれていません"),
    "full-width-key": ("per_day: 500", "ｐｅｒ_day: 500", "mail.per_day", "全角の文字"),
    "full-width-quotes": ('name: "新宿区"', "name: “新宿区”", "ward.name", "引用符が全角"),
    "quoted-number": ("per_day: 500", 'per_day: "500"', "mail.per_day", "引用符は付けません"),
    "anchor": ('name: "新宿区"', 'name: &ward "新宿区"', "ward.name", "アンカー"),
    "tag": ('name: "新宿区"', 'name: !!str "新宿区"', "ward.name", "アンカー"),
}


@pytest.mark.parametrize(("old", "new", "where", "sentence"), [pytest.param(*c, id=n) for n, c in TRAPS.items()])
def test_what_two_readers_take_differently_is_refused(old: str, new: str, where: str, sentence: str) -> None:
    fault = only_fault(changed(old, new), new)
    assert place(fault) == where
    assert sentence in fault.sentence


def test_a_repeated_key_is_refused_and_not_overwritten() -> None:
    fault = only_fault(changed("  per_minute: 30", "  per_day: 600\n  per_minute: 30"), "per_day: 600")
    assert place(fault) == "mail.per_day"
    assert f"最初は{fault.line - 1}行目" in fault.sentence


@pytest.mark.parametrize("key", ["? [a, b]\n: c", "? {a: b}\n: c", "[a, b]: c", "{a: b}: c", "? - a\n: - b"])
def test_a_key_that_is_no_word_is_refused_and_what_follows_is_read_all_the_same(key: str) -> None:
    text = f"{key}\n" + changed("expected_entrants: 500", "expected_entrants: 0")
    found = faults(text)
    assert [fault.line for fault in found] == [
        1,
        next(n for n, line in enumerate(text.split("\n"), 1) if "entrants: 0" in line),
    ]
    assert "項目名" in found[0].sentence


@pytest.mark.parametrize("mark", ["&x ", "!!str ", "!ours "])
def test_a_key_that_bears_a_mark_is_refused(mark: str) -> None:
    fault = only_fault(changed("expected_entrants:", f"{mark}expected_entrants:"), "expected_entrants")
    assert place(fault) == "expected_entrants"


def test_a_reference_is_refused_where_it_is_made_and_where_it_is_used() -> None:
    text = changed("analysis:\n", "analysis: &base\n", changed('shipping:\n  style: "plain"', "shipping: *base"))
    assert [place(fault) for fault in faults(text) if "アンカー" in fault.sentence] == ["analysis", "shipping"]


def test_a_merge_is_refused() -> None:
    text = changed("analysis:\n", "analysis:\n  <<: {}\n")
    assert [place(fault) for fault in faults(text) if "項目名として読めません" in fault.sentence] == ["analysis.<<"]


SLIPS: dict[str, tuple[str, str, str]] = {
    "tab": ("  per_day: 500", "\tper_day: 500", "タブ"),
    "full-width-space": ("  per_day: 500", "　per_day: 500", "全角の空白"),
    "full-width-colon": ("per_day: 500", "per_day： 500", "コロン（：）が全角"),
    "full-width-colon-and-key": ("per_day: 500", "ｐｅｒ＿ｄａｙ：500", "コロン（：）が全角"),
    "control-character": ('name: "新宿区"', 'name: "新宿\u0007区"', "制御文字"),
    "line-separator": ('name: "新宿区"', 'name: "新宿\u2028区"', "制御文字"),
    "quote-not-closed": ('name: "新宿区"', 'name: "新宿区', "引用符が閉じていない"),
    "bracket-not-closed": ("per_day: 500", "per_day: [500", "括弧が閉じていません"),
    "colon-in-plain-text": ('hours: "平日 8:30〜17:00"', "hours: 平日: 8時", "コロン（:）の位置"),
    "indent-too-far": ("  per_minute: 30", "    per_minute: 30", "字下げ"),
    "at-sign": ('sender_address: "rally@example.jp"', "sender_address: @rally", "記号（@"),
}


@pytest.mark.parametrize(("old", "new", "sentence"), [pytest.param(*case, id=name) for name, case in SLIPS.items()])
def test_what_a_keyboard_slips_in_is_told_in_its_line(old: str, new: str, sentence: str) -> None:
    text = changed(old, new)
    line = GOOD[: GOOD.index(old)].count("\n") + 1
    assert any(fault.line == line and sentence in fault.sentence for fault in faults(text)), faults(text)


def test_several_slips_are_told_at_once() -> None:
    text = changed("  per_day: 500", "\tper_day: 500", changed("threshold: 10", "threshold： 10"))
    assert [fault.sentence[:4] for fault in faults(text)] == ["行の先頭", "項目名の"]


@pytest.mark.parametrize(
    ("data", "line", "sentence"),
    [
        pytest.param("", 1, "定義が書かれていません", id="empty"),
        pytest.param("# 後で書く\n", 1, "定義が書かれていません", id="comments-only"),
        pytest.param("- 1\n- 2\n", 1, "定義が書かれていません", id="a-list"),
        pytest.param(b"\xef\xbb\xbf" + GOOD.encode(), 1, "BOM", id="byte-order-mark"),
        pytest.param(GOOD.encode("cp932", "replace"), 1, "UTF-8", id="cp932"),
        pytest.param(GOOD.encode("utf-16"), 1, "UTF-8", id="utf-16"),
        pytest.param("id: '\ud800'", 1, "UTF-8", id="lone-surrogate"),
        pytest.param(f"id: {'[' * 50}{']' * 50}", 1, "YAML として読めません", id="far-too-deep"),
        pytest.param(f"{GOOD}---\nid: x\n", GOOD.count("\n") + 1, "「---」", id="second-document"),
    ],
)
def test_a_file_that_is_none_is_one_fault(data: bytes | str, line: int, sentence: str) -> None:
    (fault,) = faults(data)
    assert fault.line == line
    assert sentence in fault.sentence


LINES = GOOD.split("\n")
JUNK = (
    "",
    ":",
    "[]",
    "{}",
    "null",
    "no",
    "- x",
    "9" * 30,
    "'",
    '"',
    "&a",
    "*a",
    "!!set {a}",
    "? x",
    "%",
    "\t",
    "　",
    "\x00",
    "...",
    "---",
)


@given(
    number=st.integers(0, len(LINES) - 1),
    keep=st.sampled_from(["nothing", "key", "all", "twice"]),
    junk=st.one_of(st.sampled_from(JUNK), st.text(max_size=8)),
)
@settings(max_examples=300)
def test_whatever_a_line_holds_nothing_is_raised(number: int, keep: str, junk: str) -> None:
    line = LINES[number]
    kept = {
        "nothing": junk,
        "key": f"{line.partition(':')[0]}: {junk}",
        "all": f"{line}{junk}",
        "twice": f"{line}\n{line}",
    }
    checked = check("\n".join([*LINES[:number], kept[keep], *LINES[number + 1 :]]))
    assert isinstance(checked, Campaign) or checked
    assert isinstance(checked, Campaign) or all(str(fault) and "Error" not in str(fault) for fault in checked)


# How faults are told.


def test_every_fault_is_told_at_once_in_the_order_of_the_file() -> None:
    text = GOOD
    for old, new, *_ in (
        VALUES["moment-naive"],
        VALUES["url-http"],
        RULES["erased-too-late-for-the-keys"],
        RULES["same-question-id"],
        VALUES["quantity-none"],
        RULES["wish-for-an-unknown-question"],
        VALUES["kind-unknown"],
        TRAPS["bool-no"],
        VALUES["threshold-low"],
    ):
        text = changed(old, new, text)
    found = faults(text)
    assert [place(fault) for fault in found] == [
        "opens_at",
        "claim.url",
        "erase_from",
        "questions.quiz[1].id",
        "prizes[0].quantity",
        "prizes[1].requires.choice.question",
        "randomness.kind",
        "mail.receipts",
        "analysis.threshold",
    ]
    assert [fault.line for fault in found] == sorted(fault.line for fault in found)


def test_two_rules_that_one_value_breaks_are_both_told() -> None:
    text = changed('ship_by: "2026-03-25"', 'ship_by: "2026-03-30"', GOOD)
    text = changed('erase_from: "2026-03-27"', 'erase_from: "2026-03-29"', text)
    assert [place(fault) for fault in faults(text)] == ["erase_from", "erase_from"]


def test_a_fault_is_shown_with_its_line_its_place_and_its_japanese_name() -> None:
    text = changed("quantity: 20", "quantity: 0")
    line = text[: text.index("quantity: 0")].count("\n") + 1
    (fault,) = faults(text)
    assert str(fault) == f"{line}行目 prizes[1].quantity（賞品2番目・当選者数）：1以上にしてください。"


def test_a_fault_of_the_whole_file_is_shown_as_such() -> None:
    assert str(FileFault(line=0, place="", sentence="読めません。")) == "ファイル 全体：読めません。"
    assert str(FileFault(line=3, place="", sentence="読めません。")) == "3行目 全体：読めません。"


def test_what_is_written_in_the_file_is_not_repeated() -> None:
    secret = "tanaka.canary"
    text = GOOD
    for old in (
        "rally@example.jp",
        "https://logoform.jp/form/example/000000",
        "2026-02-03T10:00+09:00",
        "1ExampleFormIdOfShinjukuRally2026xxxxxxxxxxx",
    ):
        text = changed(old, secret, text)
    found = faults(changed("per_day: 500", f"per_day: {secret}", text))
    assert len(found) == 5
    assert not any(secret in str(fault) for fault in found)


def test_every_key_has_a_japanese_name() -> None:
    models = [part for part in vars(parts).values() if isinstance(part, type) and issubclass(part, BaseModel)]
    keys = {key for model in models for key in model.model_fields} | set(Campaign.model_fields)
    assert len(keys) > 60
    assert keys <= NAMES.keys()
