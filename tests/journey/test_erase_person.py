"""
Erase one person on request, with the real functions on a local Google, before the freeze and after the draw.

Their response stays in the form, where only its owner can delete it: whatever reads the form afterwards must not bring
them back, and the count must balance all the same.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from prizedraw.entries import ids
from prizedraw.fulfilment import claim_code
from prizedraw.ports import Document
from prizedraw.records.entries import Entry, LedgerRow, Outcome, Reconciliation, Totals
from prizedraw.records.fulfilment import Withdrawal
from prizedraw.records.lottery import AwardedPlace
from prizedraw.records.mail import MailRow
from prizedraw.records.running import ONLY, JournalRow
from prizedraw.rehearsal.hosting import OPERATOR, SECOND_OPERATOR, Answered
from prizedraw.typed import email_addresses
from support import personal_data
from support.local_campaign import Staged, Stager


@dataclass
class Asked:
    """Hold a campaign to its draw, in which *early* was erased while entry was open, and *winner* after the draw."""

    staged: Staged
    early: Document
    receipts: list[Answered]
    label: str
    full_reads: int = 0
    winner: str = ""
    winner_address: str = ""
    mails_before: int = 0
    said: list[Answered] = field(default_factory=list)

    @property
    def early_address(self) -> str:
        return address_of(self.staged, self.early)

    def row(self) -> LedgerRow:
        """Return what is left of the response of the first."""
        found = self.staged.stage.open("sealed").get(
            LedgerRow, self.staged.stage.sealing().row_id(self.early["responseId"])
        )
        assert found is not None
        return found.record


def address_of(staged: Staged, response: Document) -> str:
    """Return what was typed into the field of the address."""
    title = staged.play.campaign.questions.email.title
    items = [item for item in staged.play.form["items"] if item.get("title") == title]
    question = items[0]["questionItem"]["question"]["questionId"]
    typed: str = response["answers"][question]["textAnswers"]["answers"][0]["value"]
    return typed


def erase(staged: Staged, **who: str) -> list[Answered]:
    """Ask for a person's erasure, and confirm it."""
    asked = staged.stage.functions.press("erase", who)
    done = staged.stage.functions.press("erase", {**who, "confirm": asked.reply["confirm"]})
    return [asked, done]


def somebody(staged: Staged) -> tuple[Document, str]:
    """Return a response that holds an entry, alone of its address, and the entry's label."""
    sealed, sealing = staged.stage.open("sealed"), staged.stage.sealing()
    entries = {entry.response: entry for entry in sealed.scan(Entry)}
    rows = list(sealed.scan(LedgerRow))
    for press in staged.play.submissions:
        entry = entries.get(sealing.row_id(press.response["responseId"]))
        if entry is not None and sum(row.address == entry.id for row in rows) == 1:
            return press.response, entry.candidate.label
    raise AssertionError("nobody was taken in")


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory, staged: Stager) -> Iterator[Asked]:
    with staged(tmp_path_factory.mktemp("person"), applicants=100, seed=4) as made:
        asked: list[Asked] = []
        reads_before: list[int] = []

        def watch(name: str, done: int, total: int) -> None:
            if name == "応募の受付" and done * 2 > total and not asked:
                early, label = somebody(made)
                receipts = erase(made, email=address_of(made, early))
                asked.append(Asked(made, early, receipts, label))
                reads_before.append(_full_reads(made))

        made.play.progress = watch
        made.play.run()
        (found,) = asked
        found.full_reads = _full_reads(made) - reads_before[0]
        yield found


@pytest.fixture(scope="module")
def won(asked: Asked) -> Asked:
    """Erase a winner by the code that stood in their mail; the schedule passes the prize on."""
    stage = asked.staged.stage
    state = stage.open("state")
    award = next(a for a in state.scan(AwardedPlace) if state.get(MailRow, f"winner-{a.id}") is not None)
    mail = state.get(MailRow, f"winner-{award.id}")
    assert mail is not None
    sent = next(sent for sent in stage.google.gmail.sent if sent.id == mail.record.message)
    stage.google.gmail.receive(b"Subject: Re\r\n\r\nthanks", sent.thread)
    asked.winner, asked.winner_address = award.id, sent.recipients[0]
    asked.mails_before = len(stage.google.gmail.mailbox)
    asked.said = erase(asked.staged, code=stage.codes()(award.id, award.prize))
    asked.staged.play.demand("forfeit", stage.functions.schedule("forfeit"))
    return asked


def _full_reads(staged: Staged) -> int:
    """Count the first pages of readings of everything."""
    calls = [call.query for call in staged.google.forms.calls if call.path.endswith("/responses")]
    return sum("filter" not in query and "pageToken" not in query for query in calls)


class TestBeforeTheFreeze:
    def test_the_response_was_read_again_and_again(self, asked: Asked) -> None:
        assert asked.full_reads >= 2
        form = asked.staged.play.campaign.form.id
        assert asked.early["responseId"] in {row["responseId"] for row in asked.staged.google.forms.stored()[form]}

    def test_nothing_of_them_came_back(self, asked: Asked) -> None:
        sealed = asked.staged.stage.open("sealed")
        address = email_addresses.parse(asked.early_address)
        assert address is not None
        key = ids.entry_id(asked.staged.stage.sealing().index, address.person)
        assert sealed.get(Entry, key) is None
        assert sealed.find(LedgerRow, "address", key) == []
        assert sealed.find(Entry, "label", asked.label) == []
        assert asked.row().outcome is Outcome.WITHDRAWN

    def test_the_count_balances_with_them_withdrawn(self, asked: Asked) -> None:
        state = asked.staged.stage.open("state")
        reconciled, totals = state.get(Reconciliation, ONLY), state.get(Totals, ONLY)
        assert reconciled is not None
        assert reconciled.record.balances
        assert totals is not None
        commitment = json.loads(_published(asked, "commitment.json"))
        assert commitment["withdrawn"] == 1
        rows = list(asked.staged.stage.open("sealed").scan(LedgerRow))
        assert commitment["received"] == len(rows)

    def test_they_did_not_take_part_in_the_draw(self, asked: Asked) -> None:
        assert asked.label not in _published(asked, "pool.txt").decode()
        assert asked.label not in _published(asked, "record.json").decode()

    def test_pressing_again_gives_the_same_receipt(self, asked: Asked) -> None:
        again = erase(asked.staged, email=asked.early_address)[1]
        assert again.status == 200
        assert again.reply.get("confirm") is None
        number = next(word for word in asked.receipts[1].text.split("受付番号：")[1:])[:14]
        assert number in again.text

    def test_their_address_stands_nowhere(self, asked: Asked) -> None:
        google = asked.staged.google
        texts = [*personal_data.leaves(asked.staged.documents()), asked.staged.logs.read_text(encoding="utf-8")]
        texts += [text for raw in google.gmail.mailbox.values() for text in personal_data.unpacked(raw)]
        texts += [answered.text for answered in asked.staged.stage.replies]
        assert personal_data.found({asked.early_address}, texts) == set()

    def test_both_operators_are_told_apart_by_their_codes(self, asked: Asked) -> None:
        functions, who = asked.staged.stage.functions, {"email": asked.early_address}
        shown = functions.press("erase", who)
        other = functions.press("erase", {**who, "confirm": shown.reply["confirm"]}, SECOND_OPERATOR)
        assert (other.status, other.reply["code"]) == (409, "E-141")

    def test_every_look_is_in_the_journal(self, asked: Asked) -> None:
        rows = [row for row in asked.staged.stage.open("state").scan(JournalRow) if row.action == "looked up"]
        assert len(rows) >= 2
        assert {row.principal for row in rows} <= {OPERATOR, SECOND_OPERATOR}


class TestAfterTheDraw:
    def test_their_mail_went_with_its_answer_and_nobody_else_s(self, won: Asked) -> None:
        mailbox = won.staged.google.gmail.mailbox
        texts = [text for raw in mailbox.values() for text in personal_data.unpacked(raw)]
        assert personal_data.found({won.winner_address}, texts) == set()
        promoted = sum(row.kind == "promoted" for row in won.staged.stage.open("state").scan(MailRow))
        assert len(mailbox) == won.mails_before - 2 + promoted

    def test_the_label_stays_in_the_pool_and_the_person_is_gone(self, won: Asked) -> None:
        assert won.winner in _published(won, "pool.txt").decode()
        sealed, state = won.staged.stage.open("sealed"), won.staged.stage.open("state")
        assert sealed.find(Entry, "label", won.winner) == []
        assert state.get(MailRow, f"winner-{won.winner}") is None
        assert state.get(Withdrawal, won.winner) is not None

    def test_the_prize_went_to_a_reserve_in_public(self, won: Asked) -> None:
        forfeit = json.loads(_published(won, f"forfeits/{won.winner}.json"))
        assert forfeit["why"] == "withdrawn"

    def test_the_code_was_told_to_nobody(self, won: Asked) -> None:
        award = won.staged.stage.open("state").get(AwardedPlace, won.winner)
        assert award is not None
        code = won.staged.stage.codes()(won.winner, award.record.prize)
        assert claim_code.normalise(code)
        texts = [won.staged.logs.read_text(encoding="utf-8"), *(a.text for a in won.staged.stage.replies)]
        assert personal_data.found({code, won.winner_address}, texts) == set()


def _published(asked: Asked, name: str) -> bytes:
    stored = asked.staged.google.storage.objects(asked.staged.stage.settings.published_bucket)
    return stored[name].data


def test_the_receipt_is_for_the_person(asked: Asked, tmp_path: Path) -> None:
    page = erase(asked.staged, email=asked.early_address, format="html")[1]
    assert page.status == 200
    assert "<html" in page.text
    assert personal_data.found({asked.early_address}, [page.text]) == set()
