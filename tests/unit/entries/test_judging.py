"""Judging one response by itself: the first reason that applies, at its boundary, and whatever a response may hold."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from prizedraw.entries.judging import MOST_SEALED_BYTES, MOST_TEXT, Judge, Judged, identity
from prizedraw.records.entries import Reason
from support import builders
from support.builders import CAMPAIGN, CLOSES, IDS, OPENS, RIGHT, TREE, answer, campaign, judged, response, zulu

SECOND = timedelta(seconds=1)
LAST_SECOND = zulu(CLOSES - SECOND)[:-1]
FULL = response(age_group="20代", area="新宿区", wish="ピンバッジ", **RIGHT)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def one(given: Any) -> Judged:
    return judged(given)[0]


def sealed(given: Any) -> dict[str, Any]:
    """Return what would be sealed of a response's answers, which must stand."""
    found = one(given)
    assert found.reason is None
    told: dict[str, Any] = json.loads(found.answers)
    return told


def changed(value: Any, *path: str | int) -> Any:
    """Return a full response in which *value* stands at *path*."""
    found = json.loads(json.dumps(FULL))
    inner = found
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return found


# When.


@pytest.mark.parametrize(
    ("created", "reason"),
    [
        (zulu(OPENS - SECOND, ".999999999"), Reason.BEFORE_OPENING),
        (zulu(OPENS - SECOND, ".9"), Reason.BEFORE_OPENING),
        (zulu(OPENS), None),
        (zulu(OPENS, ".0"), None),
        (zulu(OPENS, ".000000001"), None),
        (LAST_SECOND + "Z", None),
        (LAST_SECOND + ".9Z", None),
        (LAST_SECOND + ".99Z", None),
        (LAST_SECOND + ".999Z", None),
        (LAST_SECOND + ".999999Z", None),
        (LAST_SECOND + ".999999999Z", None),
        (zulu(CLOSES), Reason.AFTER_CLOSING),
        (zulu(CLOSES, ".000"), Reason.AFTER_CLOSING),
        (zulu(CLOSES, ".000000001"), Reason.AFTER_CLOSING),
    ],
)
def test_a_response_is_in_time_from_the_opening_instant_to_the_last_before_closing(
    created: str, reason: Reason | None
) -> None:
    assert one(response(created=created)).reason is reason


def test_the_campaign_closes_at_midnight_in_japan() -> None:
    assert LAST_SECOND == "2026-03-01T14:59:59"
    assert one(response(created="2026-03-01T14:59:59.999999999Z")).reason is None
    assert one(response(created="2026-03-01T15:00:00Z")).reason is Reason.AFTER_CLOSING


@pytest.mark.parametrize(
    ("edited", "reason"),
    [(LAST_SECOND + ".999999999Z", None), (zulu(CLOSES), Reason.EDITED_AFTER_CLOSING)],
)
def test_an_edit_is_in_time_to_the_last_instant_before_closing(edited: str, reason: Reason | None) -> None:
    assert one(response(edited=edited)).reason is reason


@pytest.mark.parametrize(
    ("created", "submitted", "reason"),
    [
        (LAST_SECOND + ".999990Z", zulu(CLOSES, ".000200"), None),
        (LAST_SECOND + ".9999Z", zulu(CLOSES), None),
        (LAST_SECOND + ".999999999Z", zulu(CLOSES, ".000000001"), None),
        (LAST_SECOND + ".9995Z", zulu(CLOSES, ".0005"), None),
        (LAST_SECOND + ".9995Z", zulu(CLOSES, ".000500001"), Reason.EDITED_AFTER_CLOSING),
        (LAST_SECOND + ".999500700Z", zulu(CLOSES, ".000500700"), None),
        (LAST_SECOND + ".999500100Z", zulu(CLOSES, ".000500900"), Reason.EDITED_AFTER_CLOSING),
        (LAST_SECOND + ".999509Z", zulu(CLOSES, ".00051"), Reason.EDITED_AFTER_CLOSING),
        (LAST_SECOND + ".9Z", zulu(CLOSES), Reason.EDITED_AFTER_CLOSING),
        (zulu(CLOSES), zulu(CLOSES, ".000001"), Reason.AFTER_CLOSING),
    ],
)
def test_a_response_that_nobody_edited_is_in_time_though_its_second_time_is_a_moment_later(
    created: str, submitted: str, reason: Reason | None
) -> None:
    assert one(response(created=created, edited=submitted)).reason is reason


@pytest.mark.parametrize("typed", ["フラ\u200bンス", "\ufeffフランス", "ﾌﾗﾝｽ"])
def test_a_right_answer_counts_whatever_unseen_stands_in_it(typed: str) -> None:
    assert one(response(**RIGHT | {"saeki": typed})).prizes == one(response(**RIGHT)).prizes


@pytest.mark.parametrize("digits", range(10))
def test_times_have_any_number_of_decimals(digits: int) -> None:
    text = "2026-02-10T03:04:05" + ("." + "123456789"[:digits] if digits else "") + "Z"
    found = one(response(created=text))
    assert found.created == found.version == f"2026-02-10T03:04:05.{'123456789'[:digits]:0<9}Z"


@pytest.mark.parametrize(
    ("created", "reason", "day"),
    [
        ("2028-02-28T14:59:59.999Z", None, "2028-02-28"),
        ("2028-02-28T15:00:00Z", None, "2028-02-29"),
        ("2028-02-29T14:59:59.999999999Z", None, "2028-02-29"),
        ("2028-02-29T15:00:00Z", Reason.AFTER_CLOSING, None),
        ("2028-02-30T00:00:00Z", Reason.UNREADABLE, None),
        ("2027-02-29T00:00:00Z", Reason.UNREADABLE, None),
    ],
)
def test_a_leap_year_has_its_29th_of_february(created: str, reason: Reason | None, day: str | None) -> None:
    leap = campaign(
        handling={"begins": "2028-02-03", "ends": "2028-03-31"},
        opens_at="2028-02-03T10:00+09:00",
        closes_at="2028-03-01T00:00+09:00",
        draw_at="2028-03-02T13:00+09:00",
        claim=TREE["claim"] | {"deadline": "2028-03-11", "last": "2028-03-18"},
        ship_by="2028-03-25",
        erase_from="2028-03-27",
    )
    found = Judge(leap, IDS).judge(response(created=created))
    assert found.reason is reason
    assert (json.loads(found.answers)["day"] if found.answers else None) == day


# The first reason in the order counts.


def with_wish_unreadable(**given: Any) -> Any:
    found = response(**given)
    return found | {"answers": found["answers"] | {IDS["wish"]: 7}}


BAD = {"email": "なし", "consent": "同意しない"}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (response(created=OPENS - SECOND, edited=CLOSES, **BAD), Reason.BEFORE_OPENING),
        (response(created=CLOSES, edited=CLOSES + SECOND, **BAD), Reason.AFTER_CLOSING),
        (response(edited=CLOSES, **BAD), Reason.EDITED_AFTER_CLOSING),
        (response(**BAD), Reason.NO_CONSENT),
        (response(consent=None, email=None), Reason.NO_CONSENT),
        (response(email="なし"), Reason.BAD_ADDRESS),
        (response(email=None), Reason.BAD_ADDRESS),
        (response(id="", **BAD), Reason.NO_CONSENT),
        (response(id="", email="なし"), Reason.BAD_ADDRESS),
        (response(id=""), Reason.UNREADABLE),
        (response(created=OPENS - SECOND) | {"answers": 7}, Reason.BEFORE_OPENING),
        (response(created=CLOSES) | {"answers": 7}, Reason.AFTER_CLOSING),
        (response() | {"answers": 7}, Reason.UNREADABLE),
        (with_wish_unreadable(consent=None), Reason.NO_CONSENT),
        (with_wish_unreadable(email="なし"), Reason.BAD_ADDRESS),
        (response(created=OPENS - SECOND) | {"createTime": "?"}, Reason.UNREADABLE),
        (response(), None),
    ],
)
def test_the_first_reason_counts(given: dict[str, Any], reason: Reason | None) -> None:
    assert one(given).reason is reason


def test_what_is_rejected_keeps_its_id_and_its_times_and_nothing_else() -> None:
    for what in (response(created=CLOSES), response(**BAD), response(email="なし"), response() | {"answers": 7}):
        found = one(what)
        bare = Judged(response="r1", created=found.created, version=found.version, reason=found.reason)
        assert replace(found, detail="") == bare
        assert found.created
        assert found.version


# What a response says.


@pytest.mark.parametrize("consent", ["同意する", " 同意する", "同意する\u3000", ["同意する"]])
def test_consent_is_the_one_answer_that_means_yes(consent: str) -> None:
    assert one(response(consent=consent)).reason is None


@pytest.mark.parametrize("consent", [None, "", "同意しない", "同意", "同意する。", [], ["同意する", "同意しない"]])
def test_anything_else_is_no_consent(consent: Any) -> None:
    assert one(response(consent=consent)).reason is Reason.NO_CONSENT


@pytest.mark.parametrize("answers", [{}, None])
def test_no_answers_at_all_is_no_consent(answers: Any) -> None:
    assert one(response() | {"answers": answers}).reason is Reason.NO_CONSENT
    absent = {name: value for name, value in response().items() if name != "answers"}
    assert one(absent).reason is Reason.NO_CONSENT


def test_the_address_is_read_and_told_apart_from_how_mail_is_sent_to_it() -> None:
    found = one(response(email=" Da.Me.＠DOCOMO.ne.jp"))
    assert (found.person, found.deliver, found.doubtful) == ("da.me.@docomo.ne.jp", "Da.Me.@docomo.ne.jp", True)
    assert not one(response()).doubtful


@pytest.mark.parametrize("email", ["", "なし", ["a@example.jp", "b@example.jp"], [], "a" * 3000 + "@example.jp"])
def test_no_address_or_two_are_no_address(email: Any) -> None:
    assert one(response(email=email)).reason is Reason.BAD_ADDRESS


def test_an_address_is_taken_from_where_the_campaign_file_says() -> None:
    collecting = campaign(questions=TREE["questions"] | {"email": {"source": "respondent"}})
    ids = {name: id for name, id in IDS.items() if name != "email"}
    given = response(email=None) | {"respondentEmail": "taro@example.jp"}
    assert Judge(collecting, ids).judge(given).person == "taro@example.jp"
    assert Judge(collecting, ids).judge(response()).reason is Reason.BAD_ADDRESS
    assert one(given).reason is Reason.BAD_ADDRESS


def test_a_choice_is_the_text_of_the_option_and_unknown_ones_are_kept() -> None:
    told = sealed(response(age_group="20代", area="火星", wish="アクリルスタンド"))
    assert told["answers"] == {"age_group": ["20代"], "area": ["火星"], "wish": ["アクリルスタンド"]}


def test_several_choices_keep_their_order() -> None:
    chosen = ["中村彝アトリエ記念館", "新宿歴史博物館", "どこか"]
    assert sealed(response(museums=chosen))["answers"]["museums"] == chosen


def test_a_question_left_open_is_absent_and_a_stranger_question_is_not_looked_at() -> None:
    given = response(comments="楽しかった")
    given["answers"] |= {"ffffffff": {"questionId": "ffffffff", "textAnswers": {"answers": [{"value": "秘密"}]}}}
    assert sealed(given)["answers"] == {"comments": ["楽しかった"]}


def test_what_forms_leaves_out_because_it_is_empty_is_empty() -> None:
    given = response(comments="")
    given["answers"][IDS["comments"]]["textAnswers"]["answers"][0] = {}
    given["answers"][IDS["wish"]] = {"questionId": IDS["wish"], "textAnswers": {}}
    given["answers"][IDS["area"]] = {"questionId": IDS["area"], "fileUploadAnswers": {"answers": [{"fileId": "1"}]}}
    assert sealed(given)["answers"] == {"comments": [""], "wish": [], "area": []}


def test_only_the_day_in_japan_is_sealed_of_the_time_and_neither_address_nor_consent() -> None:
    told = sealed(response(created="2026-02-10T15:00:00.5Z"))
    assert told == {"day": "2026-02-11", "answers": {}}


def test_our_own_key_grades_and_not_the_form() -> None:
    wrong = response(**RIGHT, wish="ピンバッジ")
    right = response(**dict.fromkeys(RIGHT, "わかりません"), wish="ピンバッジ") | {"totalScore": 5}
    for row in right["answers"].values():
        row["grade"] = {"score": 1, "correct": True}
    assert {str(row["grade"]) for row in wrong["answers"].values()} == {"{}"}
    assert one(wrong).prizes == ("A", "C")
    assert one(right).prizes == ()


def test_where_no_question_was_made_anew_a_response_has_nothing_to_do_with_one() -> None:
    assert (one(FULL).anew, one(FULL).unasked) == (False, False)


@pytest.mark.parametrize(
    ("question", "anew", "unasked"),
    [(IDS["wish"], False, False), ("0aaaaaaa", True, False), (IDS["area"], False, True)],
)
def test_where_one_was_made_anew_a_response_is_marked_by_which_of_the_two_it_answers(
    question: str, anew: bool, unasked: bool
) -> None:
    given = response()
    given["answers"][question] = answer("wish", "ピンバッジ") | {"questionId": question}
    found = Judge(CAMPAIGN, IDS, {"wish": ("0aaaaaaa",)}).judge(given)
    assert (found.reason, found.anew, found.unasked) == (None, anew, unasked)


@pytest.mark.parametrize(("consent", "unasked"), [("同意する", False), (None, True)])
def test_who_cannot_be_read_was_asked_all_the_same_if_consent_and_address_are_answered(
    consent: str | None, unasked: bool
) -> None:
    """What makes it unreadable is another answer; that to a question that the form has no longer tells nothing."""
    given = with_wish_unreadable(consent=consent)
    given["answers"]["ffffffff"] = answer("wish", "x") | {"questionId": "ffffffff"}
    found = Judge(CAMPAIGN, IDS, stand=frozenset(IDS.values())).judge(given)
    assert (found.reason, found.unasked) == (Reason.UNREADABLE, unasked)


def test_nothing_is_shown_of_a_person() -> None:
    shown = repr(one(FULL))
    assert "hanako" not in shown
    assert "age_group" not in shown
    assert "r1" not in shown


# Hostile text.


@pytest.mark.parametrize(
    "text",
    [
        "NUL \x00 BEL \x07",
        "\u202e右から左\u2066",
        "العربية",
        "👨‍👩‍👧𠮷野家🎁",
        '=HYPERLINK("https://example.com")',
        "＝1+1",
        "+81",
        "-1",
        "@SUM(A1)",
        '"},{"answers":',
        "</script><script>alert(1)</script>",
        "\r\nBcc: a@example.com",
        "\u2028\u2029\ufeff\u200b",
        "\\u0000 \\x00",
    ],
    ids=ascii,
)
def test_text_of_any_kind_is_sealed_as_it_is(text: str) -> None:
    assert sealed(response(comments=text))["answers"] == {"comments": [text]}


def test_a_lone_surrogate_is_replaced() -> None:
    assert sealed(response(comments="a\ud800b"))["answers"] == {"comments": ["a?b"]}


def test_one_that_is_replaced_leaves_the_rest_as_it_is() -> None:
    told = sealed(response(comments="a\ud800𠮷b", museums=["新宿歴史博物館", "\udfff"]))["answers"]
    assert told == {"comments": ["a?𠮷b"], "museums": ["新宿歴史博物館", "?"]}


def test_what_is_sealed_is_dense_json_in_utf_8() -> None:
    answers = {"comments": ["".join(map(chr, range(0x250))) + "終🎁"]}
    dense = json.dumps({"day": "2026-02-04", "answers": answers}, ensure_ascii=False, separators=(",", ":"))
    assert one(response(comments=answers["comments"][0])).answers == dense.encode()


def test_an_endless_answer_is_cut() -> None:
    assert sealed(response(comments="あ" * 1_000_000))["answers"]["comments"] == ["あ" * MOST_TEXT]


def test_endless_choices_are_cut() -> None:
    assert len(sealed(response(museums=["あ"] * 100_000))["answers"]["museums"]) == 50


@pytest.mark.parametrize(("length", "kept"), [(500, 500), (580, 580), (600, 500), (2000, 500)])
def test_many_long_answers_are_cut_further_so_that_batches_fit(length: int, kept: int) -> None:
    long = dict.fromkeys([*RIGHT, "comments", "source", "wish", "satisfaction"], "あ" * length)
    told = sealed(response(**long))["answers"]
    assert {len(values[0]) for values in told.values()} == {kept}


@pytest.mark.parametrize("text", ["あ", "\x00", "𠮷", "a"])
def test_whatever_is_answered_the_sealed_answers_have_a_limit(text: str) -> None:
    everything: dict[str, Any] = {name: [text * 5000] * 100 for name in IDS if name not in ("email", "consent")}
    found = one(response(**everything))
    assert found.reason is None
    assert len(found.answers) <= MOST_SEALED_BYTES
    assert json.loads(found.answers)["answers"] == {}


# Shapes that are none.


@pytest.mark.parametrize(
    "given",
    [
        None,
        True,
        7,
        1.5,
        "response",
        [],
        [FULL],
        {},
        {"responseId": "r1"},
        {"responseId": "r1", "createTime": "2026-02-10T00:00:00Z"},
        {"responseId": "r1", "lastSubmittedTime": "2026-02-10T00:00:00Z"},
        changed("2026-02-10", "createTime"),
        changed("2026-02-10T00:00:00+09:00", "createTime"),
        changed("2026-02-10T00:00:00.1234567890Z", "createTime"),
        changed("2026-02-10 00:00:00Z", "createTime"),
        changed("２０２６-02-10T00:00:00Z", "createTime"),
        changed("2026-13-10T00:00:00Z", "createTime"),
        changed("2026-02-10T24:00:01Z", "createTime"),
        changed("0000-02-10T00:00:00Z", "lastSubmittedTime"),
        changed("", "lastSubmittedTime"),
        changed(None, "lastSubmittedTime"),
        changed(1770000000, "lastSubmittedTime"),
        changed([], "answers"),
        changed("", "answers"),
        changed(0, "answers"),
        changed(False, "answers"),
        changed([1], "answers"),
        changed("text", "answers", IDS["wish"]),
        changed([], "answers", IDS["wish"]),
        changed(7, "answers", IDS["wish"]),
        changed("text", "answers", IDS["wish"], "textAnswers"),
        changed([], "answers", IDS["wish"], "textAnswers"),
        changed("text", "answers", IDS["wish"], "textAnswers", "answers"),
        changed({}, "answers", IDS["wish"], "textAnswers", "answers"),
        changed("", "answers", IDS["wish"], "textAnswers", "answers"),
        changed(False, "answers", IDS["wish"], "textAnswers", "answers"),
        changed(["text"], "answers", IDS["wish"], "textAnswers", "answers"),
        changed([None], "answers", IDS["wish"], "textAnswers", "answers"),
        changed([[]], "answers", IDS["wish"], "textAnswers", "answers"),
        changed(None, "answers", IDS["wish"], "textAnswers", "answers", 0, "value"),
        changed(7, "answers", IDS["wish"], "textAnswers", "answers", 0, "value"),
        changed(["text"], "answers", IDS["wish"], "textAnswers", "answers", 0, "value"),
        changed(["text"], "answers", IDS["area"], "textAnswers", "answers", 0, "value"),
        changed({"value": "text"}, "answers", IDS["email"], "textAnswers", "answers", 0, "value"),
    ],
    ids=lambda given: ascii(given)[:40],
)
def test_what_is_no_response_is_unreadable(given: Any) -> None:
    assert one(given).reason is Reason.UNREADABLE


def test_times_that_can_be_read_are_kept_when_the_others_cannot() -> None:
    assert one(changed("?", "createTime")).version == one(FULL).version
    assert one(changed("?", "lastSubmittedTime")).created == one(FULL).created
    assert (one(None).created, one(None).version) == ("", "")


def test_a_response_nested_without_end_is_unreadable() -> None:
    nested: Any = "x"
    for _ in range(100_000):
        nested = [nested]
    assert one(changed(nested, "answers", IDS["wish"])).reason is Reason.UNREADABLE
    found = one({"createTime": nested})
    assert found.reason is Reason.UNREADABLE
    assert found.response


PLACES = [
    ("responseId",),
    ("createTime",),
    ("lastSubmittedTime",),
    ("answers",),
    ("answers", IDS["consent"]),
    ("answers", IDS["email"]),
    ("answers", IDS["email"], "textAnswers"),
    ("answers", IDS["email"], "textAnswers", "answers"),
    ("answers", IDS["email"], "textAnswers", "answers", 0),
    ("answers", IDS["email"], "textAnswers", "answers", 0, "value"),
    ("answers", IDS["history"], "textAnswers", "answers", 0, "value"),
    ("answers", IDS["wish"], "textAnswers", "answers", 0),
    ("answers", IDS["comments"]),
    ("answers", IDS["comments"], "textAnswers"),
]


@given(st.sampled_from(PLACES), JSON)
@example(("responseId",), "\ud800")
@example(("answers", IDS["wish"], "textAnswers", "answers", 0), {"value": "\ud800"})
@example(("createTime",), {"seconds": 1})
def test_whatever_stands_anywhere_in_a_response_it_is_judged(path: tuple[str | int, ...], value: Any) -> None:
    given = changed(answer("comments", "とても"), "answers", IDS["comments"])
    inner = given
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    found = one(given)
    assert found.response
    assert (found.reason is None) == bool(found.person)
    assert (found.reason is None) == bool(found.answers)


@given(JSON)
def test_whatever_comes_instead_of_a_response_it_is_unreadable(value: Any) -> None:
    assert one(value).reason is Reason.UNREADABLE


# Who it is.


def test_a_response_is_known_by_its_id() -> None:
    assert identity(FULL) == one(FULL).response == "r1"


@pytest.mark.parametrize("id", [None, "", 7, [], {}])
def test_a_row_without_an_id_is_still_counted_once(id: Any) -> None:
    given, other = changed(id, "responseId"), changed(id, "responseId")
    other["answers"][IDS["area"]] = answer("area", "海外")
    assert identity(given) == identity(json.loads(json.dumps(given))) != identity(other)
    assert identity(given) == identity(dict(reversed(given.items())))
    assert identity(given).startswith("?")
    assert "hanako" not in identity(given)
    assert one(given).reason is Reason.UNREADABLE


@given(st.text(min_size=1))
@example("\ud800")
@example("\ud801")
def test_ids_of_any_text_are_told_apart(id: str) -> None:
    sealing = builders.sealing()
    assert sealing.row_id(identity(changed(id, "responseId"))) != sealing.row_id(id + "?")
    assert (sealing.row_id(id) == sealing.row_id("\ud802")) == (id == "\ud802")
    assert identity(changed(id, "responseId")) == id


def test_the_questions_that_prepare_resolved_are_those_of_the_campaign() -> None:
    assert set(IDS) == {asked.name for asked in CAMPAIGN.asked()}


@pytest.mark.parametrize(
    ("typed", "detail"),
    [("なし", "no_at"), ("", "empty"), (None, "empty"), ("a@b@example.jp", "several"), ("鈴木@example.jp", "letters")],
)
def test_a_bad_address_is_told_by_its_kind(typed: str | None, detail: str) -> None:
    found = one(response(email=typed))
    assert (found.reason, found.detail) == (Reason.BAD_ADDRESS, detail)


@pytest.mark.parametrize("typed", ["ha\u200bnako@example.jp", "hanako@example。jp", '"hanako"@example.jp'])
def test_an_address_read_as_it_was_meant_is_in_the_queue_of_its_person_with_a_doubt(typed: str) -> None:
    found, plain = one(response(email=typed)), one(response(email="hanako@example.jp"))
    assert (found.person, found.deliver) == (plain.person, plain.deliver)
    assert (found.doubtful, plain.doubtful) == (True, False)
