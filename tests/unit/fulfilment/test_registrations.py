"""Whose registration a row is, and whether it counts: rule by rule, on rows alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from prizedraw.fulfilment import claim_csv, holders, resaved
from prizedraw.fulfilment.holders import Standing
from prizedraw.fulfilment.registrations import JudgedRow, Register, keyed
from prizedraw.records.fulfilment import Claim
from prizedraw.records.verdicts import Doubt, Verdict
from prizedraw.typed import postal_codes
from support.builders import keys
from support.claims import AWARDS, CAMPAIGN, ClaimsDesk, code, label, row, written

V = Verdict
LATER = {"receipt": "R-2", "sent_at": "2026/03/05 13:00", "address": "東京都新宿区 後"}
PRF = keys().prf("claim")


@dataclass
class Records:
    """What the records say when a file is read; a file that counts changes them."""

    standing: Standing = field(default_factory=lambda: holders.read_mirrors(CAMPAIGN, ClaimsDesk().state))
    claims: dict[str, Claim] = field(default_factory=dict)
    forfeited: frozenset[str] = frozenset()
    torn: frozenset[str] = frozenset()

    def judge(self, *rows: Sequence[str], file: str = "file") -> list[JudgedRow]:
        """Judge rows as those of one file, in the order of their numbers."""
        with postal_codes.opened() as codes:
            self.register = Register(
                standing=self.standing,
                awards=AWARDS,
                forfeited=self.forfeited,
                claims=self.claims,
                torn=self.torn,
                prf=PRF,
                codes=codes,
                import_id=file,
                imported_at="2026-03-06T01:00:00Z",
            )
            judged = self.register.judge(claim_csv.parse(written(*rows), CAMPAIGN.claim.columns))
        return sorted(judged, key=lambda one: one.number)

    def take(self, *rows: Sequence[str], file: str = "file") -> list[Verdict]:
        """Judge rows, and keep what counts."""
        judged = self.judge(*rows, file=file)
        self.claims |= {one.registration.claim.id: one.registration.claim for one in judged if one.registration}
        return verdicts(judged)

    def with_holder(self, name: str, **changes: Any) -> "Records":
        """Return the same, but for one holder."""
        changed = tuple(replace(h, **changes) if h.label == label(name) else h for h in self.standing.holders)
        return replace(self, standing=replace(self.standing, holders=changed))


def verdicts(judged: Iterable[JudgedRow]) -> list[Verdict]:
    return [one.verdict for one in judged]


def written_of(judged: Iterable[JudgedRow]) -> Mapping[str, str]:
    """Return the addresses that are to be written, by label."""
    return {one.registration.claim.id: one.registration.destination.address for one in judged if one.registration}


class TestARowThatStandsAlone:
    def test_counts_and_is_written_under_its_winner(self) -> None:
        (judged,) = Records().judge(row("a1"))
        assert judged.registration is not None
        assert (judged.verdict, judged.doubts) == (V.IMPORTED, ())
        assert judged.registration.claim.id == label("a1")
        assert judged.registration.destination.code == code("a1")

    @pytest.mark.parametrize(
        ("changes", "verdict"),
        [
            ({"code": ""}, V.HALF_FILLED),
            ({"code": "K7QM-4T9X-2HVD-9"}, V.BAD_CODE),
            ({"code": "0000-0000-0001-Y"}, V.UNKNOWN_CODE),
            ({"receipt": ""}, V.HALF_FILLED),
            ({"sent_at": " "}, V.HALF_FILLED),
            ({"sent_at": "昨日"}, V.BAD_TIME),
            ({"sent_at": "2026/03/12 00:00"}, V.LATE),
            ({"name": ""}, V.HALF_FILLED),
        ],
    )
    def test_passes_each_rule_or_is_named_by_the_first_that_it_fails(
        self, changes: dict[str, str], verdict: Verdict
    ) -> None:
        assert verdicts(Records().judge(row("a1", **changes))) == [verdict]

    def test_of_a_reserve_or_of_who_lost_the_place_is_not_imported(self) -> None:
        assert verdicts(Records().judge(row("ra1"))) == [V.RESERVE]
        assert verdicts(Records(forfeited=frozenset({label("ra1")})).judge(row("ra1"))) == [V.FORFEITED]

    @pytest.mark.parametrize(("sent_at", "whose"), [("2026/03/05 12:34", "a1"), ("2026/03/12 00:00", "")])
    def test_in_time_that_must_be_looked_at_names_whose_place_must_not_lapse(self, sent_at: str, whose: str) -> None:
        (judged,) = Records().judge(row("a1", phone="", sent_at=sent_at))
        assert judged.verdict.needs_review
        assert judged.label == (label(whose) if whose else "")

    @pytest.mark.parametrize(
        ("place", "sent_at", "whose"),
        [("a1", "2026/03/11 23:59", "a1"), ("a1", "2026/03/12 00:00", ""), ("ra1", "2026/03/05 12:34", "")],
        ids=["in the last minute", "at the deadline", "of a reserve"],
    )
    def test_without_a_receipt_names_whose_place_must_not_lapse(self, place: str, sent_at: str, whose: str) -> None:
        (judged,) = Records().judge(row(place, receipt="", sent_at=sent_at))
        assert (judged.verdict, judged.label) == (V.HALF_FILLED, label(whose) if whose else "")

    def test_in_disorder_names_the_winner_whose_code_stands_in_any_of_its_cells(self) -> None:
        (judged,) = Records().judge([*row("a1")[:4], "新宿区", "1-1", *row("a1")[5:]])
        assert (judged.verdict, judged.label) == (V.UNEVEN, label("a1"))


class TestRowsOfOneWinner:
    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    def test_the_one_that_was_sent_last_counts_in_whatever_order(self, order: tuple[int, int]) -> None:
        rows = (row("a1"), row("a1", **LATER))
        judged = Records().judge(*(rows[n] for n in order))
        assert written_of(judged) == {label("a1"): "東京都新宿区 後"}
        assert sorted(verdicts(judged)) == [V.DUPLICATE, V.IMPORTED]

    def test_that_go_elsewhere_are_marked_as_changed(self) -> None:
        judged = Records().judge(row("a1"), row("a1", **LATER))
        (counts,) = [one for one in judged if one.registration]
        assert counts.registration is not None
        assert (counts.doubts, counts.registration.claim.changed) == ((Doubt.DESTINATION_CHANGED,), True)

    @pytest.mark.parametrize("other", [{"name": "田中 花子"}, {"postal_code": "160-0023"}, {"phone": "090-8765-4321"}])
    def test_that_go_to_another_person_or_are_called_elsewhere_too(self, other: dict[str, str]) -> None:
        later = {"receipt": "R-2", "sent_at": "2026/03/05 13:00"}
        for more, changed in (({}, False), (other, True)):
            judged = Records().judge(row("a1"), row("a1", **later, **more))
            (counts,) = [one for one in judged if one.registration]
            assert counts.registration is not None
            assert counts.registration.claim.changed is changed

    def test_that_contradict_each_other_in_one_minute_do_not_count(self) -> None:
        judged = Records().judge(row("a1"), row("a1", address="東京都新宿区 別"))
        assert (verdicts(judged), written_of(judged)) == ([V.CONFLICT, V.CONFLICT], {})

    def test_that_say_the_same_are_one_row_twice(self) -> None:
        judged = Records().judge(row("a1"), row("a1"))
        assert sorted(verdicts(judged)) == [V.IMPORTED, V.UNCHANGED]
        assert len({one.id for one in judged}) == 2

    def test_with_a_receipt_of_another_winner_do_not_count(self) -> None:
        judged = Records().judge(row("a1", receipt="R-x"), row("a2", receipt="R-x"))
        assert (verdicts(judged), written_of(judged)) == ([V.RECEIPT_REUSED] * 2, {})


class TestWhatWasImportedBefore:
    def test_is_known_again_whatever_else_stands_in_the_file(self) -> None:
        records = Records()
        assert records.take(row("a1")) == [V.IMPORTED]
        assert records.take(row("a2"), row("a1"), file="next") == [V.IMPORTED, V.UNCHANGED]

    def test_by_this_very_file_counts_as_imported_by_it(self) -> None:
        """A run that was cut off begins again, and the outcome is the same."""
        records = Records()
        assert records.take(row("a1")) == records.take(row("a1")) == [V.IMPORTED]

    def test_counts_on_though_its_deadline_has_passed_and_its_holder_is_gone(self) -> None:
        records = Records()
        records.take(row("a1"))
        records.standing = replace(records.standing, holders=())
        assert records.take(row("a1"), file="next") == [V.UNCHANGED]

    def test_is_replaced_only_by_what_was_sent_later(self) -> None:
        records = Records()
        records.take(row("a1", receipt="R-1", sent_at="2026/03/05 12:00"))
        earlier = row("a1", receipt="R-0", sent_at="2026/03/05 11:00")
        assert records.take(earlier, file="2") == [V.DUPLICATE]
        assert records.take(row("a1", receipt="R-2", sent_at="2026/03/05 13:00"), file="3") == [V.IMPORTED]

    def test_at_another_time_in_the_same_words_is_another_registration(self) -> None:
        records = Records()
        records.take(row("a1"))
        assert records.take(row("a1", sent_at="2026/03/05 13:00"), file="next") == [V.IMPORTED]

    def test_that_is_replaced_is_marked_as_changed_once_it_goes_elsewhere_and_for_good(self) -> None:
        records = Records()
        records.take(row("a1"))
        marks = []
        for hour, address in ((13, "東京都新宿区 前"), (14, "東京都新宿区 後"), (15, "東京都新宿区 後")):
            again = row("a1", receipt=f"R-{hour}", sent_at=f"2026/03/05 {hour}:00", address=address)
            records.take(again, file=f"{hour}")
            marks.append(records.claims[label("a1")].changed)
        assert marks == [True, True, True]

    def test_in_the_same_minute_under_the_same_receipt_otherwise_is_for_people_to_decide(self) -> None:
        records = Records()
        records.take(row("a1"))
        assert records.take(row("a1", address="東京都新宿区 別"), file="next") == [V.CONFLICT]

    def test_keeps_its_receipt_from_any_other_winner(self) -> None:
        records = Records()
        records.take(row("a1", receipt="R-x"))
        assert records.take(row("a2", receipt="R-x"), file="next") == [V.RECEIPT_REUSED]

    def test_whose_delivery_is_torn_is_written_anew(self) -> None:
        records = Records()
        records.take(row("a1"))
        records.torn = frozenset({label("a1")})
        judged = records.judge(row("a1"), file="next")
        assert (verdicts(judged), set(written_of(judged))) == ([V.UNCHANGED], {label("a1")})

    def test_with_doubts_is_only_renumbered(self) -> None:
        records = Records()
        records.take(row("a1", phone="03-0000-0000"))
        (_, known) = records.judge(row("b1", code=""), row("a1", phone="03-0000-0000"), file="next")
        assert known.registration is None
        assert known.renumbered is not None
        assert known.renumbered.number == 3


@pytest.mark.parametrize("how", ["listed", "shipped"])
def test_once_on_a_shipping_list_nothing_changes_any_more(how: str) -> None:
    records = Records().with_holder("a1", **{how: True})
    assert records.take(row("a1")) == [V.LISTED]


def test_what_a_file_holds_is_known_of_each_row_that_can_be_read_whatever_becomes_of_it() -> None:
    records = Records()
    records.judge(row("a1"), row("a2", phone=""), row("ra1"), row("b1", receipt=""), row("b2", code=""))
    receipts = {name: keyed(PRF, "receipt", resaved.number(f"R-{name}")) for name in ("a1", "a2", "ra1")}
    assert records.register.holds == {(label(name), receipt) for name, receipt in receipts.items()}


def test_an_id_of_a_row_is_keyed_and_tells_nothing_of_it() -> None:
    (judged,) = Records().judge(row("a1"))
    (again,) = Records().judge(row("a1"), file="another")
    assert judged.id == again.id
    assert len(judged.id) == 64
    assert keyed(PRF, "row", "x") != keyed(PRF, "receipt", "x")
