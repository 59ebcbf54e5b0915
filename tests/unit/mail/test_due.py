"""Which letters are due and when: reminders, promoted reserves, receipts; and which of ours came back."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

import pytest

from prizedraw.errors import Again, Broken
from prizedraw.fulfilment import claim_code
from prizedraw.fulfilment.holder_number import number_of
from prizedraw.mail import references
from prizedraw.mail.receipts import person_of
from prizedraw.ports import Bounce, Create, Delete, Document, MailRejected
from prizedraw.records.entries import Entry
from prizedraw.records.fulfilment import Claim, Shipped
from prizedraw.records.lottery import AwardedPlace
from prizedraw.records.mail import MailRow, MailState, ReturnsRead
from prizedraw.records.running import ONLY
from prizedraw.times import instant, instant_of, stamp
from support import builders
from support.clock import LEASE, MINUTE, Clock
from support.fakes.mail import FakeBounces
from support.faults import Killed, interposed
from support.letters import drop
from support.parcels import standing
from support.stages import drawn, notified, prepared, taken_in
from support.world import World, confirmed, labels, sentences

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def world() -> World:
    return notified()


def kinds(world: World, kind: str) -> list[str]:
    """Return to which labels a kind of letter went."""
    return [id.partition("-")[2] for id in world.kinds_sent() if id.startswith(f"{kind}-")]


def letter(world: World, kind: str, label: str) -> EmailMessage:
    [found] = [one for one, id in zip(world.letters(), world.kinds_sent(), strict=True) if id == f"{kind}-{label}"]
    return found


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def noon_before(world: World, days: int) -> None:
    """Go to noon, *days* whole days before the first deadline."""
    world.clock.now = world.campaign.claim_deadline_at - days * DAY + 12 * HOUR


def prize_of(world: World, label: str) -> str:
    stored = world.state.get(AwardedPlace, label)
    assert stored is not None
    return stored.record.prize


def register(world: World, label: str, *, changed: bool = False) -> None:
    at = stamp(world.clock())
    world.state.commit([Create(Claim(label, prize_of(world, label), instant(at), "0" * 64, at, changed=changed))])


def give_up(world: World, label: str, why: str = "declined") -> None:
    confirmed(world.forfeit, label=label, why=why)


def at_the_first_draft(world: World, act: Callable[[World, str], None]) -> str:
    """Let the last holder, whose label is returned, do something while the first letter is being written."""
    last = standing(world).holders[-1].label
    began: list[str] = []

    def acting(message: bytes) -> None:
        if not began:
            began.append(last)
            act(world, last)

    world.mail = interposed(world.mail, create_draft=acting)
    return last


@pytest.mark.parametrize("number", [0, 2])
def test_a_letter_whose_label_is_not_that_of_exactly_one_entry_is_written_to_nobody(number: int) -> None:
    """Of two entries with one label the first may be anybody's: who writes `sealed` would choose who gets the code."""
    world = drawn()
    label, *_ = labels(world)
    (entry,) = world.sealed.find(Entry, "label", label)
    other = replace(entry, id="0" * len(entry.id))
    world.sealed.commit([Create(other)] if number else [Delete(Entry, entry.id)])
    with pytest.raises(Broken) as caught:
        world.notify()
    assert caught.value.problem.code == "E-604"
    assert label not in kinds(world, "winner")
    assert len(kinds(world, "winner")) == len(labels(world)) - 1
    row = world.state.get(MailRow, f"winner-{label}")
    assert row is not None
    assert (row.record.state, row.record.problem) == (MailState.PLANNED, "E-601")


@pytest.mark.parametrize("change", ["another that we signed", "nobody signed it"])
def test_a_file_that_changes_while_letters_are_sent_goes_to_nobody(change: str) -> None:
    """The ward is a witness of what was judged, and has its signature: nothing else may lie in its inbox."""
    world = drawn()
    record = world.published.files["record.json"]

    def happens(message: bytes) -> None:
        if change == "nobody signed it":
            world.published.plant("record.json", record)
        else:
            world.plant("record.json", record + b" ")

    mail = world.mail
    world.mail = interposed(mail, create_draft=happens)
    with pytest.raises(Broken):
        world.notify()
    assert "commitment-ward" in world.kinds_sent()
    assert "record-ward" not in world.kinds_sent()
    row = world.state.get(MailRow, "record-ward")
    assert row is not None
    assert (row.record.state, row.record.problem) == (MailState.PLANNED, "E-511")


@pytest.mark.parametrize(("after", "told"), [(-5 * HOUR, True), (10 * HOUR, False)])
def test_nobody_is_told_of_a_prize_once_the_last_day_to_claim_one_is_over(after: timedelta, told: bool) -> None:
    """The mail would name a deadline that has passed."""
    world = drawn()
    world.clock.now = world.campaign.claim_last_at + after
    world.notify()
    assert bool(kinds(world, "winner")) is told


@pytest.mark.parametrize(("left", "waiting"), [(timedelta(seconds=1), True), (timedelta(0), False)])
def test_no_letter_of_a_prize_waits_any_more_from_the_end_of_that_day_on(left: timedelta, waiting: bool) -> None:
    world = drawn()
    world.clock.now = world.campaign.claim_last_at - left
    assert bool(world.notify().counts["残り"]) is waiting


class TestChanged:
    """Finding 14: a later row with a known code replaces the address, and who leaked the code steals a parcel."""

    def test_a_winner_whose_address_was_changed_is_told_once_at_the_address_of_their_entry(self, world: World) -> None:
        noon_before(world, 5)
        first, second, *_ = labels(world)
        register(world, first, changed=True)
        register(world, second)
        for _ in range(2):
            world.notify()
        assert kinds(world, "changed") == [first]
        assert letter(world, "changed", first)["To"] == letter(world, "winner", first)["To"]
        said = text_of(letter(world, "changed", first))
        assert "変更した覚えのない方" in said
        assert claim_code.code_for(world.keys.prf("claim"), first, prize_of(world, first)) not in said

    def test_status_asks_to_look_before_it_is_shipped(self, world: World) -> None:
        first, *_ = labels(world)
        register(world, first, changed=True)
        assert f"お届け先が後から変更された登録が1件あります（管理番号：{number_of(first)}）" in sentences(
            world.status()
        )
        world.state.commit([Create(Shipped(first, prize_of(world, first), stamp(world.clock())))])
        assert "後から変更された" not in sentences(world.status())


def morning_before(world: World) -> None:
    """Go to 10:00 of the day before the first reminders."""
    world.clock.now = world.campaign.claim_deadline_at - 4 * DAY + 10 * HOUR


class TestReminder:
    """With a CSV that came after the reminders, everybody who had registered was reminded."""

    def test_goes_to_everybody_who_is_missing_in_a_csv_of_the_last_three_days(self, world: World) -> None:
        noon_before(world, 4)
        drop(world)
        world.notify()
        assert kinds(world, "reminder") == []
        noon_before(world, 3)
        world.notify()
        assert sorted(kinds(world, "reminder")) == sorted(labels(world))

    def test_waits_for_a_csv_and_goes_with_it(self, world: World) -> None:
        noon_before(world, 3)
        world.notify()
        assert kinds(world, "reminder") == []
        drop(world)
        world.notify()
        assert sorted(kinds(world, "reminder")) == sorted(labels(world))

    @pytest.mark.parametrize(
        ("back", "serves"),
        [(0 * HOUR, True), (12 * HOUR, True), (36 * HOUR, True), (37 * HOUR, False), (3 * DAY, False)],
    )
    def test_the_csv_is_of_that_day_or_the_day_before(self, back: timedelta, serves: bool, world: World) -> None:
        noon_before(world, 2)
        drop(world, back=back)
        world.notify()
        assert bool(kinds(world, "reminder")) is serves

    def test_a_part_of_the_list_reminds_nobody(self, world: World) -> None:
        noon_before(world, 2)
        drop(world, missing=1)
        world.notify()
        assert kinds(world, "reminder") == []

    def test_nor_does_one_while_a_newer_is_not_imported(self, world: World) -> None:
        noon_before(world, 2)
        drop(world, back=HOUR)
        drop(world, complete=False)
        world.notify()
        assert kinds(world, "reminder") == []

    def test_a_csv_from_before_the_first_letter_tells_nothing_of_whoever_got_it_later(self) -> None:
        world = drawn()
        world.clock.now = world.campaign.claim_last_at - 2 * DAY + 12 * HOUR
        drop(world, back=HOUR)
        world.notify()
        world.clock.now += DAY
        world.notify()
        assert kinds(world, "reminder") == []

    def test_goes_once(self, world: World) -> None:
        for days in (3, 2, 1):
            noon_before(world, days)
            drop(world)
            world.notify()
        assert len(kinds(world, "reminder")) == len(labels(world))

    def test_has_the_code_and_the_deadline_of_the_first_mail(self, world: World) -> None:
        noon_before(world, 2)
        drop(world)
        world.notify()
        for label in labels(world):
            first, reminder = (text_of(letter(world, kind, label)) for kind in ("winner", "reminder"))
            code = claim_code.code_for(world.keys.prf("claim"), label, prize_of(world, label))
            assert code in first
            assert code in reminder
            assert world.campaign.claim_deadline_text in reminder

    def test_does_not_go_to_who_has_registered(self, world: World) -> None:
        done, *others = labels(world)
        register(world, done)
        noon_before(world, 2)
        drop(world)
        world.notify()
        assert sorted(kinds(world, "reminder")) == sorted(others)

    def test_whoever_registers_while_the_others_are_sent_gets_none(self, world: World) -> None:
        noon_before(world, 2)
        drop(world)
        last = at_the_first_draft(world, register)
        reply = world.notify()
        assert last not in kinds(world, "reminder")
        assert reply.counts["残り"] == 0
        assert len(kinds(world, "reminder")) == len(labels(world)) - 1

    def test_a_draft_of_who_has_registered_meanwhile_is_taken_back(self, world: World) -> None:
        noon_before(world, 2)
        drop(world)
        world.mail.fail("send_draft", "lost_before", 9)
        with pytest.raises(Again):
            world.notify()
        assert len(world.mail.drafts) == 2
        world.mail.recover()
        begun = [row.label for row in world.state.scan(MailRow) if row.state == MailState.DRAFTED]
        for label in begun:
            register(world, label)
        world.notify()
        assert world.mail.drafts == {}
        assert not set(begun) & set(kinds(world, "reminder"))
        assert not [row for row in world.state.scan(MailRow) if row.state == MailState.DRAFTED]

    def test_a_draft_whose_time_is_over_is_taken_back_and_one_that_went_stays_sent(self, world: World) -> None:
        noon_before(world, 2)
        drop(world)
        world.mail.fail("send_draft", "lost_after", 1)
        world.mail.fail("has_draft", "lost_before", 2)
        world.mail.fail("send_draft", "lost_before", 1)
        with pytest.raises(Again):
            world.notify()
        went = kinds(world, "reminder")
        assert len(went) == len(world.mail.drafts) == 1
        noon_before(world, 0)
        world.notify()
        assert world.mail.drafts == {}
        states = {row.label: row.state for row in world.state.scan(MailRow) if row.kind == "reminder"}
        assert states == {went[0]: MailState.PRESUMED_SENT}

    def test_does_not_go_after_the_deadline(self, world: World) -> None:
        noon_before(world, 0)
        drop(world)
        world.notify()
        assert kinds(world, "reminder") == []

    def test_does_not_go_to_who_has_given_up(self, world: World) -> None:
        gone = labels(world)[0]
        give_up(world, gone)
        noon_before(world, 2)
        drop(world)
        world.notify()
        assert gone not in kinds(world, "reminder")

    def test_nor_to_who_gives_up_while_the_others_are_sent(self, world: World) -> None:
        noon_before(world, 2)
        drop(world)
        last = at_the_first_draft(world, give_up)
        world.notify()
        assert len(kinds(world, "reminder")) == len(labels(world)) - 1
        assert last not in kinds(world, "reminder")

    def test_does_not_go_on_the_day_of_the_first_mail(self) -> None:
        world = drawn()
        world.clock.now = world.campaign.claim_last_at - 2 * DAY + 12 * HOUR
        world.notify()
        world.clock.now += HOUR
        drop(world)
        world.notify()
        assert kinds(world, "reminder") == []
        world.clock.now += DAY
        world.notify()
        assert sorted(kinds(world, "reminder")) == sorted(labels(world))


class TestStatusAsksForTheCsv:
    ASKED = "LoGoフォームから全件を出力したCSVを、登録用フォルダ（claims）に置いてください。"

    def test_from_the_day_before_on_with_what_and_by_when(self, world: World) -> None:
        morning_before(world)
        world.clock.now -= 11 * HOUR
        assert "期限のお知らせ" not in sentences(world.status())
        world.clock.now += HOUR
        said = sentences(world.status())
        assert "期限のお知らせを、3月9日（月）09:00から、登録がまだの方にだけ送ります。" in said
        assert f"3/8（日）から、3月9日（月）09:00までに、{self.ASKED}" in said

    def test_not_any_more_once_it_was_dropped(self, world: World) -> None:
        morning_before(world)
        drop(world)
        assert "期限のお知らせを" not in sentences(world.status())
        noon_before(world, 3)
        world.notify()
        assert "期限のお知らせ" not in sentences(world.status())

    def test_as_an_alarm_while_reminders_wait(self, world: World) -> None:
        noon_before(world, 3)
        alarm = f"期限のお知らせが、新しいCSVを待っています（登録を確認できていない方：{len(labels(world))}名）。"
        assert alarm in sentences(world.status())
        assert "登録期限（3月11日（水）23:59）を過ぎると、送りません。" in sentences(world.status())
        noon_before(world, 1)
        world.clock.now += 9 * HOUR
        assert "期限のお知らせ" not in sentences(world.status()), "no hour of mail is left"

    def test_not_for_who_has_registered(self, world: World) -> None:
        for label in labels(world):
            register(world, label)
        morning_before(world)
        assert "期限のお知らせ" not in sentences(world.status())
        noon_before(world, 2)
        assert "期限のお知らせ" not in sentences(world.status())


class TestPromoted:
    def test_the_next_reserve_of_the_prize_is_told_with_their_own_code_and_deadline(self, world: World) -> None:
        gone = labels(world)[0]
        prize = prize_of(world, gone)
        reserves = [a for a in world.state.find(AwardedPlace, "prize", prize) if a.place == "reserve"]
        first = min(reserves, key=lambda award: award.order).id
        world.clock.now += DAY
        give_up(world, gone)
        world.notify()
        assert kinds(world, "promoted") == [first]
        said = text_of(letter(world, "promoted", first))
        assert claim_code.code_for(world.keys.prf("claim"), first, prize) in said
        assert "3月12日（木）23:59" in said

    def test_is_reminded_too_before_their_own_deadline(self, world: World) -> None:
        noon_before(world, 1)
        give_up(world, labels(world)[0])
        world.notify()
        [moved_up] = kinds(world, "promoted")
        noon_before(world, 0)
        world.notify()
        assert moved_up not in kinds(world, "reminder")
        for _ in range(9):
            world.clock.now += DAY
            drop(world)
            world.notify()
        assert kinds(world, "reminder").count(moved_up) == 1
        code = claim_code.code_for(world.keys.prf("claim"), moved_up, prize_of(world, moved_up))
        assert code in text_of(letter(world, "reminder", moved_up))

    def test_too_late_nobody_is_promoted(self, world: World) -> None:
        world.clock.now = world.campaign.claim_last_at + 12 * HOUR
        give_up(world, labels(world)[0])
        world.notify()
        assert kinds(world, "promoted") == []


def receipts(world: World) -> list[str]:
    """Return to which addresses receipts went."""
    sent = zip(world.letters(), world.kinds_sent(), strict=True)
    return sorted(str(one["To"]) for one, id in sent if id.startswith("receipt-"))


def sending_receipts(world: World) -> World:
    """Return a world whose campaign sends receipts."""
    mail = builders.TREE["mail"] | {"receipts": True, "per_day": 2000}
    world.campaign = world.campaign.model_copy(update={"mail": type(world.campaign.mail).model_validate(mail)})
    return world


def answered(id: str, email: str, hours: int, edited: int | None = None) -> Document:
    """Return a response made so many *hours* after opening, and edited after so many."""
    opens = builders.OPENS
    moment = None if edited is None else opens + edited * HOUR
    return builders.response(id, email, created=opens + hours * HOUR, edited=moment, **builders.RIGHT)


class TestReceipt:
    def test_is_off_by_default(self) -> None:
        world = taken_in()
        world.notify()
        assert world.letters() == []

    def test_goes_once_to_every_entry_where_the_campaign_sends_them(self) -> None:
        world = sending_receipts(taken_in())
        for _ in range(2):
            world.notify()
        entries = world.sealed.dump()
        everyone = [path for path in entries if "/entries/" in path]
        assert len(receipts(world)) == len(set(receipts(world))) == len(everyone) > 10

    def test_names_nothing_of_the_entry_that_it_is_for(self) -> None:
        world = sending_receipts(taken_in())
        world.notify()
        entries = world.sealed.dump()
        ids = {path.rpartition("/")[2] for path in entries if "/entries/" in path}
        ids |= {document["label"] for path, document in entries.items() if "/entries/" in path}
        assert not [id for id in ids if id in str([*world.state.dump(), *world.mail.sent.values()])]

    def test_an_address_that_somebody_else_edits_theirs_to_gets_no_second_one(self) -> None:
        """B's second answer takes the place of A's, being earlier: another label, and the same person to write to."""
        world = sending_receipts(prepared())
        a, b = "a@example.jp", "b@example.jp"
        world.submit(answered("b-1", b, 1), answered("b-2", b, 2), answered("a-1", a, 3))
        world.clock.now = world.campaign.opens_at + DAY
        world.intake()
        world.notify()
        assert receipts(world) == [a, b]
        world.clock.now = world.campaign.opens_at + 2 * DAY
        world.submit(answered("b-2", a, 2, edited=30))
        world.intake()
        world.notify()
        assert receipts(world) == [a, b]

    def test_who_mends_their_address_gets_one_where_they_can_read_it(self) -> None:
        world = sending_receipts(prepared())
        world.submit(answered("a-1", "wrong@example.jp", 1))
        world.clock.now = world.campaign.opens_at + DAY
        world.intake()
        world.notify()
        world.clock.now = world.campaign.opens_at + 2 * DAY
        world.submit(answered("a-1", "right@example.jp", 1, edited=30))
        world.intake()
        world.notify()
        assert receipts(world) == ["right@example.jp", "wrong@example.jp"]

    def test_is_not_sent_and_no_alarm_if_the_entry_went_while_others_were_written_to(self) -> None:
        world = sending_receipts(prepared())
        world.submit(answered("a-1", "a@example.jp", 1), answered("b-1", "b@example.jp", 2))
        world.clock.now = world.campaign.opens_at + DAY
        world.intake()

        left = list(world.sealed.scan(Entry))

        def others_are_gone(*_: object) -> None:
            (draft,) = real.drafts.values()
            gone = [entry for entry in left if f"receipt-{person_of(claim, entry.id)}" not in draft.decode()]
            world.sealed.commit([Delete(Entry, entry.id) for entry in gone])

        claim, real = world.keys.prf("claim"), world.mail
        world.mail = interposed(real, send_draft=others_are_gone)
        world.notify()
        world.mail = real
        assert len(receipts(world)) == 1


class TestReturned:
    def bounce(self, world: World, id: str, reference: str | None = None) -> None:
        claim = world.keys.prf("claim")
        world.bounces.put(instant_of(world.clock()), reference or references.reference(claim, id), "5.1.1")

    def test_is_marked_and_shown(self, world: World) -> None:
        label = labels(world)[0]
        self.bounce(world, f"winner-{label}")
        reply = world.notify()
        assert reply.counts["不達"] == 1
        [alarm] = [said for said in sentences(world.status()).splitlines() if "届いていません" in said]
        assert number_of(label) in alarm

    def test_is_counted_once(self, world: World) -> None:
        self.bounce(world, f"winner-{labels(world)[0]}")
        assert world.notify().counts["不達"] == 1
        assert "不達" not in world.notify().counts

    @pytest.mark.parametrize(
        "forged", ["winner-{label}", "winner-{label}-0000000000", "winner-{label}-", "", "-", "x" * 500]
    )
    def test_a_forged_one_changes_nothing(self, world: World, forged: str) -> None:
        self.bounce(world, "", forged.format(label=labels(world)[0]) or " ")
        assert "不達" not in world.notify().counts
        assert not any(row.bounced for row in world.state.scan(MailRow))

    def test_one_that_nobody_can_match_is_a_number_once(self, world: World) -> None:
        for named in ("", "", "winner-forged-0000000000"):
            world.bounces.put(instant_of(world.clock()), named, "5.0.0")
        for _ in range(2):
            world.notify()
            said = world.status()
            assert said.counts["読み取れない不達通知"] == 3
            assert any("読み取れない不達通知 3通" in line for line in said.summary)
        assert not any(row.bounced for row in world.state.scan(MailRow))

    def test_of_one_that_names_our_letter_and_another_the_letter_is_marked_and_nothing_counted(
        self, world: World
    ) -> None:
        ours = references.reference(world.keys.prf("claim"), f"winner-{labels(world)[0]}")
        world.bounces.put(instant_of(world.clock()), ours, "5.0.0", also=("winner-of-another-campaign",))
        assert world.notify().counts["不達"] == 1
        assert "読み取れない不達通知" not in world.status().counts
        assert world.status().counts["戻ってきたメール"] == 1

    def test_what_was_read_before_the_mailbox_refused_counts(self, world: World) -> None:
        reference = references.reference(world.keys.prf("claim"), f"winner-{labels(world)[0]}")
        world.bounces = BreakingOff(Bounce(reference, "5.1.1", "1"))
        assert world.notify().counts["不達"] == 1
        world.bounces = FakeBounces()
        self.bounce(world, f"winner-{labels(world)[1]}")
        world.clock.wait(3 * DAY)
        assert world.notify().counts["不達"] == 1

    def test_reading_ends_with_the_time_of_the_run_and_the_next_one_reads_the_same_again(self, world: World) -> None:
        reference = references.reference(world.keys.prf("claim"), f"winner-{labels(world)[0]}")
        before = world.state.get(ReturnsRead, ONLY)
        world.bounces = slow = Slow(Bounce(reference, "5.1.1", "1"), world.clock, 1000)
        world.clock.wait(HOUR)
        assert world.notify().counts["不達"] == 1
        assert slow.read * MINUTE < LEASE, "or it is killed before it has written anything"
        after = world.state.get(ReturnsRead, ONLY)
        assert (after and after.record.until) == (before and before.record.until)
        world.bounces = Slow(Bounce(reference, "5.1.1", "1"), world.clock, 2)
        world.notify()
        after = world.state.get(ReturnsRead, ONLY)
        assert after is not None
        assert after.record.until == instant_of(world.clock() - 2 * MINUTE)

    def test_a_run_that_is_killed_while_it_reads_has_journaled_what_it_sent(self) -> None:
        world = drawn()
        world.bounces = Ending()
        with pytest.raises(Killed):
            world.notify()
        assert world.journal()[-1][:2] == ("notify", "sent")

    def test_of_a_letter_that_was_never_sent_changes_nothing(self, world: World) -> None:
        self.bounce(world, f"reminder-{labels(world)[0]}")
        assert "不達" not in world.notify().counts

    def test_trouble_with_reading_holds_no_letter_back(self) -> None:
        world = drawn()
        world.bounces = Refusing()
        world.notify()
        assert sorted(kinds(world, "winner")) == sorted(labels(world))


class BreakingOff(FakeBounces):
    """Be a mailbox that may be read no further after the first report."""

    def __init__(self, first: Bounce) -> None:
        super().__init__()
        self._first = first

    def since(self, moment: str, is_over: Callable[[], bool] = lambda: False) -> Iterator[Bounce]:
        yield self._first
        raise MailRejected("quota")


class Slow(FakeBounces):
    """Be a mailbox that holds one report, and then mails that are none: each takes a minute to be read."""

    def __init__(self, first: Bounce, clock: Clock, mails: int) -> None:
        super().__init__()
        self._first, self._clock, self._mails = first, clock, mails
        self.read = 0

    def since(self, moment: str, is_over: Callable[[], bool] = lambda: False) -> Iterator[Bounce]:
        yield self._first
        while self.read < self._mails and not is_over():
            self._clock.wait(timedelta(minutes=1))
            self.read += 1


class Ending(FakeBounces):
    """Be a mailbox at the first look into which the process ends."""

    def since(self, moment: str, is_over: Callable[[], bool] = lambda: False) -> Iterator[Bounce]:
        raise Killed


class Refusing(FakeBounces):
    """Be a mailbox that may not be read."""

    def since(self, moment: str, is_over: Callable[[], bool] = bool) -> Iterator[Bounce]:
        raise MailRejected("credentials")


def test_a_reference_fits_a_header_and_names_its_row() -> None:
    claim = builders.keys().prf("claim")
    id = "promoted-" + "z" * 26
    made = references.reference(claim, id)
    assert len(made) <= 64
    assert references.row_of(claim, made) == id
