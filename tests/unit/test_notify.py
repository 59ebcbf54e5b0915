"""Notices: each due mail once, to the address that was typed, by day; the ward's at once. No fault stops the others."""

import copy
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from prizedraw import notify
from prizedraw.errors import Again, Broken, Refused
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.fulfilment import claim_code, withdrawals
from prizedraw.lottery.files import DrawRecord
from prizedraw.mail.outbox import Stop
from prizedraw.ports import Create, Delete, Replace
from prizedraw.records.campaign import Prepared
from prizedraw.records.entries import Candidate, Entry
from prizedraw.records.fulfilment import Forfeit, Withdrawal
from prizedraw.records.lottery import AwardedPlace, Drawn, Frozen
from prizedraw.records.mail import SENT, MailRow, MailState
from prizedraw.runtime.orders import Reply, Result
from prizedraw.sealing import ContactOpener, ContactSealer, Purpose
from prizedraw.times import instant_of, stamp, unstamp
from prizedraw.words import notify as words
from support import builders
from support.campaigns import WARD as GIVEN
from support.clock import DAY, HOUR, LEASE, MINUTE, SECOND, TIMES
from support.fakes.keys import MemoryKeys
from support.faults import NONE, Faults, Killed, beside, cut_off, interposed
from support.stages import drawn, frozen, notified, prepared, reconciled, taken_in
from support.world import OPERATOR, SCHEDULER, World, confirmed, labels, sentences

WARD = builders.CAMPAIGN.ward.email


@pytest.fixture
def world() -> World:
    return drawn()


def act(world: World, faults: Faults = NONE) -> Reply:
    """Notify as the schedule does."""
    return world.notify(faults=faults)


def expected(world: World) -> list[str]:
    """Return the references of all mails that a drawn world owes."""
    return sorted(["commitment-ward", "record-ward", *(f"winner-{label}" for label in labels(world))])


def at(world: World, time: str, day: str = "2026-03-03") -> None:
    """Set the clock to a time of day in Japan."""
    world.clock.now = datetime.fromisoformat(f"{day}T{time}+09:00")


def states(world: World) -> dict[str, str]:
    """Return how far the mails after the rules' have come."""
    return {row.id: row.state for row in world.state.scan(MailRow) if row.kind != "rules"}


def entry_of(world: World, label: str) -> Entry:
    [found] = world.sealed.find(Entry, "label", label)
    return found


class TestWhatIsDue:
    @pytest.mark.parametrize("stage", [prepared, reconciled])
    def test_nothing_between_the_rules_and_the_freeze(self, stage: Any) -> None:
        world = stage()
        assert (act(world).result, world.letters()) == (Result.UNCHANGED, [])

    def test_the_commitment_after_the_freeze(self) -> None:
        world = frozen()
        assert act(world).result == Result.DONE
        assert world.kinds_sent() == ["commitment-ward"]

    def test_the_record_and_the_winners_after_the_draw_the_ward_first(self, world: World) -> None:
        reply = act(world)
        assert reply.result == Result.DONE
        assert reply.counts == {"送信": 7, "残り": 0}
        assert world.kinds_sent()[:2] == ["commitment-ward", "record-ward"]
        assert sorted(world.kinds_sent()) == expected(world)

    def test_the_ward_reads_how_many_were_drawn_and_how_many_prizes_nobody_got(self) -> None:
        world = drawn("drand", 4)
        act(world)
        record = world.letters()[1].get_body(("plain",))
        assert record is not None
        offered = sum(prize.quantity for prize in world.campaign.prizes)
        winners = len(labels(world))
        assert 0 < winners < offered
        assert f"当選：{winners}件" in record.get_content()
        assert f"当選者が決まらなかった賞品：{offered - winners}個" in record.get_content()

    def test_winners_in_the_rules_order(self, world: World) -> None:
        act(world)
        record = DrawRecord.from_bytes(world.published.files["record.json"])
        order = [f"winner-{label}" for award in record.awards for label in award.winners]
        assert world.kinds_sent()[2:] == order

    def test_reserves_get_none(self, world: World) -> None:
        act(world)
        reserves = labels(world, ["reserve"])
        assert len(reserves) == 3
        assert not [kind for kind in world.kinds_sent() if kind.partition("-")[2] in reserves]

    def test_again_nothing_is_sent(self, world: World) -> None:
        act(world)
        rows = states(world)
        for _ in range(3):
            world.clock.wait(HOUR)
            reply = act(world)
            assert (reply.result, reply.counts) == (Result.UNCHANGED, {"送信": 0, "残り": 0})
        assert (sorted(world.kinds_sent()), states(world)) == (expected(world), rows)

    def test_the_journal_counts_what_was_sent(self, world: World) -> None:
        act(world)
        act(world)
        assert world.journal()[-1] == ("notify", "sent", SCHEDULER.principal)
        assert [row[0] for row in world.journal()].count("notify") == 2  # the rules before opening, and now


class TestTheKey:
    """Finding 13: addresses that were sealed to a planted key were found out only after the draw."""

    @pytest.fixture
    def planted(self) -> World:
        """Return a frozen world whose entries were sealed to a stranger's public half."""
        world = frozen()
        stranger = ContactSealer(world.campaign.id, MemoryKeys(world.campaign.id).sealer(Purpose.CONTACT))
        for entry in list(world.sealed.scan(Entry)):
            sealed = stranger.seal(entry.candidate.label, "person@example.jp")
            world.sealed.commit([Replace(replace(entry, candidate=replace(entry.candidate, contact=sealed)))])
        return world

    def test_a_planted_key_is_found_out_before_the_draw_and_the_ward_gets_its_commitment(self, planted: World) -> None:
        for _ in range(2):
            with pytest.raises(Broken) as caught:
                act(planted)
            assert caught.value.problem.code == "E-159"
        assert planted.kinds_sent() == ["commitment-ward"]

    @pytest.mark.parametrize(("stage", "tried"), [(reconciled, 0), (frozen, 1), (notified, 0)])
    def test_the_pair_that_fits_is_tried_on_one_entry_between_freeze_and_draw(
        self, stage: Callable[[], World], tried: int
    ) -> None:
        world = stage()
        opened: list[object] = []
        world.keys = copy.copy(world.keys)
        opener = world.keys.opener(Purpose.CONTACT)
        counting = interposed(opener, open=lambda *_: opened.append(1))
        world.keys.opener = lambda purpose: counting  # type: ignore[method-assign]
        act(world)
        assert len(opened) == tried


class TestLetters:
    def test_a_winner_s_goes_to_the_address_typed_with_prize_code_and_deadline(self, world: World) -> None:
        act(world)
        contact = ContactOpener(world.campaign.id, world.keys.opener(Purpose.CONTACT))
        for letter in world.letters()[2:]:
            label = str(letter["X-Prizedraw-Reference"]).split("-")[1]
            stored = world.state.get(AwardedPlace, label)
            assert stored is not None
            body = letter.get_body(("plain",))
            assert body is not None
            text = body.get_content()
            assert letter["To"] == contact.open(label, entry_of(world, label).candidate.contact)
            assert re.fullmatch(r"person\d+@example\.jp", str(letter["To"]))
            assert claim_code.code_for(world.keys.prf("claim"), label, stored.record.prize) in text
            assert world.campaign.prize(stored.record.prize).name in text
            assert "3月11日（水）23:59" in text
            assert world.campaign.claim.url in text
        assert len({str(letter["To"]) for letter in world.letters()}) == 6

    def test_the_ward_s_carry_the_published_files_and_the_key(self, world: World) -> None:
        act(world)
        for letter, name in zip(world.letters()[:2], ["commitment.json", "record.json"], strict=True):
            assert letter["To"] == WARD
            files = {part.get_filename(): part.get_payload(decode=True) for part in letter.iter_attachments()}
            assert files == {file: world.published.files[file] for file in (name, f"{name}.sig", "evidence.pem")}
            body = letter.get_body(("plain",))
            assert body is not None
            assert sha256_hex(world.published.files[name]) in body.get_content().replace("\n", "")

    def test_the_ward_reads_the_number_that_was_used_in_its_name(self) -> None:
        """Whoever types it could type another one: the ward sees it, who gave it, and when."""
        world = drawn("ward")
        act(world)
        commitment, record = (letter.get_body(("plain",)) for letter in world.letters()[:2])
        assert commitment is not None
        assert record is not None
        assert "（文化観光課、文化資源係長 のどれか）" in commitment.get_content()
        text = record.get_content().replace("\r\n", "\n")
        assert f"\n{GIVEN['ward_value']}\n" in text
        assert (
            f"お知らせいただいた方の役職：{GIVEN['given_by']}\n数を決めた日時：2026年3月2日（月）13:05（日本時間）"
            in text
        )

    def test_the_commitment_says_of_a_private_chain_that_its_owner_knows_the_value(self) -> None:
        """Only the rules said so; the commitment called the test's own chain one that nobody can know beforehand."""
        world = frozen()
        world.notify()
        [letter] = world.letters()
        body = letter.get_body(("plain",))
        assert body is not None
        assert "この系列の持ち主は、値を前もって知ることができます。" in body.get_content()
        assert "その値を知ることはできません" not in body.get_content()

    @pytest.mark.parametrize("name", ["commitment.json", "record.json"])
    @pytest.mark.parametrize("change", ["gone", "another draw's"])
    def test_the_ward_gets_no_other_file_than_the_one_that_was_fixed(
        self, world: World, name: str, change: str
    ) -> None:
        honest = world.published.files.pop(name)
        if change == "another draw's":
            world.published.files[name] = drawn("drand", 5).published.files[name]
        with pytest.raises(Broken) as caught:
            act(world)
        assert name in caught.value.sentence
        assert world.kinds_sent() == ([] if name == "commitment.json" else ["commitment-ward"])
        world.published.files[name] = honest
        assert act(world).result == Result.DONE
        assert sorted(world.kinds_sent()) == expected(world)

    def test_an_operator_who_presses_is_told_of_a_file_that_is_not_ours(self, world: World) -> None:
        act(world)
        world.published.plant("forfeits/x.json", b"{}")
        with pytest.raises(Broken) as caught:
            world.notify(caller=OPERATOR)
        assert "forfeits/x.json" in caught.value.sentence

    def test_the_signature_that_goes_is_the_one_that_the_file_bears(self, world: World) -> None:
        """A killed draw leaves no copy of it, and somebody else may have put another one there."""
        world.published.plant("record.json.sig", b"another")
        act(world)
        [letter] = [one for one, id in zip(world.letters(), world.kinds_sent(), strict=True) if id == "record-ward"]
        files = {part.get_filename(): part.get_payload(decode=True) for part in letter.iter_attachments()}
        assert files["record.json.sig"] == world.published.signatures["record.json"]

    def test_no_address_and_no_code_is_kept_or_said(self, world: World) -> None:
        said = sentences(act(world)) + str(world.state.dump())
        assert "person" not in said
        assert not re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]", said)


class TestRowsThatAreNotOurs:
    """Finding 5: what `state` says decides neither who wins nor who is written to."""

    def friend(self, world: World) -> str:
        """Return a label that is in the pool and was not drawn."""
        drawn_labels = {award.id for award in world.state.scan(AwardedPlace)}
        pool = world.published.files["pool.txt"].decode().splitlines()
        return next(line.split("\t")[0] for line in pool if line.split("\t")[0] not in drawn_labels)

    def test_finding_5a_a_swapped_award_row_gets_no_mail_and_the_winner_gets_it(self, world: World) -> None:
        owed, (winner, *_) = expected(world), labels(world)
        friend = self.friend(world)
        stored = world.state.get(AwardedPlace, winner)
        assert stored is not None
        world.state.commit([Delete(AwardedPlace, winner), Create(replace(stored.record, id=friend))])
        act(world)
        assert sorted(world.kinds_sent()) == owed
        assert friend not in {kind.partition("-")[2] for kind in world.kinds_sent()}

    def test_finding_5a_nor_does_an_award_row_that_was_added(self, world: World) -> None:
        owed = expected(world)
        world.state.commit([Create(AwardedPlace(self.friend(world), "A", "winner", 9))])
        act(world)
        assert sorted(world.kinds_sent()) == owed

    def test_finding_5_a_planted_forfeit_row_promotes_nobody(self, world: World) -> None:
        winner = labels(world)[0]
        world.state.commit([Create(Forfeit(winner, "A", "declined", stamp(world.clock())))])
        act(world)
        assert sorted(world.kinds_sent()) == expected(world)

    @pytest.mark.parametrize("kind", [Frozen, Drawn])
    def test_finding_5_a_mirror_that_is_planted_before_its_file_is_an_alarm(self, kind: Any) -> None:
        world = prepared()
        later = drawn().state.get(kind, "current")
        assert later is not None
        world.state.commit([Create(later.record)])
        with pytest.raises(Broken) as caught:
            act(world)
        assert (caught.value.problem.code, world.letters()) == ("E-517", [])

    @pytest.mark.parametrize("state", MailState)
    @pytest.mark.parametrize("draft", ["", "draft-99"])
    def test_finding_5b_a_planted_row_keeps_no_winner_from_being_told(
        self, state: MailState, draft: str, world: World
    ) -> None:
        owed, winner = expected(world), labels(world)[0]
        row = MailRow(f"winner-{winner}", "winner", winner, state.value, draft, "", instant_of(world.clock()))
        world.state.commit([Create(row)])
        with pytest.raises(Broken) as caught:
            act(world)
        assert caught.value.problem.code == "E-606"
        assert sorted(world.kinds_sent()) == owed
        assert ("notify", "disowned", SCHEDULER.principal) in world.journal()
        assert act(world).result == Result.UNCHANGED
        assert sorted(world.kinds_sent()) == owed

    def test_finding_5b_a_row_of_ours_that_was_changed_is_not_believed(self, world: World) -> None:
        with pytest.raises(Killed):
            act(world, Faults(at=20))
        begun = next(row for row in world.state.scan(MailRow) if row.state not in SENT or row.kind == "winner")
        world.state.commit([Replace(replace(begun, state="sent", message="message-99"))])
        world.clock.wait(LEASE)
        with pytest.raises(Broken) as caught:
            act(world)
        assert caught.value.problem.code == "E-606"
        assert set(world.kinds_sent()) >= set(expected(world))

    def test_finding_5b_a_row_of_another_letter_of_ours_is_not_believed(self, world: World) -> None:
        act(world)
        one = next(row for row in world.state.scan(MailRow) if row.kind == "winner")
        forged = replace(one, id=one.id.replace("winner", "reminder"), kind="reminder")
        world.state.commit([Create(forged)])
        with pytest.raises(Broken):
            act(world)
        assert world.state.get(MailRow, forged.id) is None

    @pytest.mark.parametrize("signed", [False, True])
    def test_finding_5b_a_withdrawal_stops_a_mail_only_if_it_is_signed(self, signed: bool, world: World) -> None:
        winner, at = labels(world)[0], stamp(world.clock())
        ours = withdrawals.signed(world.keys.signer, world.campaign.id, winner, at)
        world.state.commit([Create(ours if signed else Withdrawal(winner, at))])
        act(world)
        assert (f"winner-{winner}" in world.kinds_sent()) is not signed


class TestTheAnchor:
    """The ward gets the rules with both hashes once they are published: whatever is shown later is held against it."""

    @pytest.fixture
    def ready(self) -> World:
        """Return a world whose `prepare` has just finished, at night."""
        world = World()
        at(world, "22:30:00", "2026-01-31")
        confirmed(world.prepare)
        return world

    def test_goes_as_soon_as_the_rules_are_published_at_night_too(self, ready: World) -> None:
        assert act(ready).result == Result.DONE
        assert ready.kinds_sent() == ["rules-ward"]

    def test_goes_once(self, ready: World) -> None:
        for _ in range(3):
            act(ready)
            ready.clock.wait(HOUR)
        assert ready.kinds_sent() == ["rules-ward"]

    def test_carries_both_hashes_in_their_order_the_rules_and_the_key(self, ready: World) -> None:
        act(ready)
        [letter] = ready.letters()
        files = {part.get_filename(): part.get_payload(decode=True) for part in letter.iter_attachments()}
        names = ("rules.json", "rules.json.sig", "evidence.pem")
        assert files == {name: ready.published.files[name] for name in names}
        body = letter.get_body(("plain",))
        assert body is not None
        der = load_pem_public_key(files["evidence.pem"]).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert re.findall("[0-9a-f]{64}", body.get_content()) == [sha256_hex(files["rules.json"]), sha256_hex(der)]
        assert letter["To"] == WARD

    def test_does_not_go_while_prepare_has_not_finished(self) -> None:
        world = World()
        code = world.prepare().confirm
        with pytest.raises(Killed):
            world.prepare(code, faults=Faults(at=9))
        assert (act(world).result, world.letters()) == (Result.UNCHANGED, [])

    def test_goes_late_if_it_was_missed(self) -> None:
        world = World()
        confirmed(world.prepare)
        world.clock.now = world.campaign.opens_at + HOUR
        act(world)
        assert world.kinds_sent() == ["rules-ward"]

    @pytest.mark.parametrize("name", ["rules.json", "evidence.pem"])
    @pytest.mark.parametrize("change", ["gone", "another's", "spoilt"])
    def test_vouches_for_no_other_rules_and_no_other_key(self, ready: World, name: str, change: str) -> None:
        honest = ready.published.files.pop(name)
        if change != "gone":
            other = World()
            other.keys = MemoryKeys(other.campaign.id, made=False)
            confirmed(other.prepare)
            ready.published.files[name] = other.published.files[name] if change == "another's" else b"-\n@\n-\n"
        ready.clock.wait(HOUR)
        with pytest.raises(Broken):
            act(ready)
        assert (ready.letters(), states_of(ready)) == ([], {})
        ready.published.files[name] = honest
        act(ready)
        assert ready.kinds_sent() == ["rules-ward"]

    def test_rules_that_are_not_there_are_missed_after_ten_minutes(self, ready: World) -> None:
        """Until then whoever looks has perhaps looked before they were there."""
        ready.published.files.clear()
        published = unstamp(ready.one(Prepared).prepared_at)
        ready.clock.now = published + 10 * MINUTE - SECOND
        assert act(ready).result == Result.UNCHANGED
        ready.clock.now = published + 10 * MINUTE
        with pytest.raises(Broken):
            act(ready)


def states_of(world: World) -> dict[str, str]:
    return {row.id: row.state for row in world.state.scan(MailRow)}


class TestQuietHours:
    @pytest.mark.parametrize(
        ("time", "quiet"),
        [
            ("00:00:00", True),
            ("08:59:59", True),
            ("08:59:59.999999", True),
            ("09:00:00", False),
            ("12:00:00", False),
            ("19:59:59", False),
            ("19:59:59.999999", False),
            ("20:00:00", True),
            ("23:59:59", True),
        ],
    )
    def test_hold_back_people_s_mails(self, world: World, time: str, quiet: bool) -> None:
        at(world, "22:00:00", "2026-03-02")
        act(world)
        assert world.kinds_sent() == ["commitment-ward", "record-ward"]
        at(world, time)
        act(world)
        assert (len(world.kinds_sent()) == 2) == quiet

    def test_a_run_that_reaches_the_evening_stops_there(self, world: World) -> None:
        at(world, "19:59:56")
        reply = act(world)
        assert reply.result == Result.CONTINUES
        assert len(world.kinds_sent()) == 2
        at(world, "09:00:00", "2026-03-04")
        assert act(world).result == Result.DONE
        assert sorted(world.kinds_sent()) == expected(world)

    def test_the_commitment_goes_at_once_in_the_night_of_the_freeze(self) -> None:
        world = reconciled()
        at(world, "01:10:00", "2026-03-02")
        world.freeze(caller=SCHEDULER)
        assert act(world).result == Result.DONE
        assert world.kinds_sent() == ["commitment-ward"]

    def test_are_told_only_when_something_waits(self, world: World) -> None:
        at(world, "21:00:00")
        act(world)
        waiting = act(world)
        assert (waiting.result, waiting.counts) == (Result.NOT_DUE, {"送信": 0, "残り": 5})
        assert "個人あてのメールは9時から20時の間に送ります。" in "\n".join(waiting.summary)
        at(world, "09:00:00", "2026-03-04")
        act(world)
        at(world, "21:00:00", "2026-03-04")
        assert "9時から20時" not in "\n".join(act(world).summary)


class TestPace:
    def test_there_is_a_pause_after_each_mail(self, world: World) -> None:
        began = world.clock.now
        act(world)
        assert world.clock.now - began == 7 * timedelta(seconds=60 / world.campaign.mail.per_minute)

    def limited(self, world: World, **limits: int) -> None:
        mail = world.campaign.mail.model_copy(update=limits)
        world.campaign = world.campaign.model_copy(update={"mail": mail})

    def test_a_day_s_number_is_kept_over_any_24_hours(self, world: World) -> None:
        self.limited(world, per_day=3)
        at(world, "15:00:00")
        reply = act(world)
        assert (reply.result, reply.counts) == (Result.CONTINUES, {"送信": 3, "残り": 4})
        assert "一日の送信数の上限に達した" in "\n".join(reply.summary)
        at(world, "09:00:00", "2026-03-04")
        assert act(world).counts == {"送信": 0, "残り": 4}
        at(world, "15:00:01", "2026-03-04")
        assert act(world).counts == {"送信": 1, "残り": 3}
        at(world, "15:00:10", "2026-03-04")
        assert act(world).counts == {"送信": 2, "残り": 1}
        at(world, "16:00:00", "2026-03-05")
        act(world)
        assert sorted(world.kinds_sent()) == expected(world)

    def test_the_ward_s_do_not_wait_for_what_entrants_used_up(self) -> None:
        """The ward's inbox is the witness of the time, and the draw does not wait for a day."""
        world = taken_in()
        mail = world.campaign.mail.model_copy(update={"receipts": True, "per_day": 3})
        world.campaign = world.campaign.model_copy(update={"mail": mail})
        world.clock.now = world.campaign.closes_at - 6 * HOUR
        act(world)
        assert [kind.partition("-")[0] for kind in world.kinds_sent()] == ["receipt"] * 3
        world.clock.now = world.campaign.closes_at + HOUR
        world.intake()
        world.freeze(caller=SCHEDULER)
        reply = act(world)
        assert (reply.counts["送信"], world.kinds_sent()[3:]) == (1, ["commitment-ward"])

    def test_what_does_not_fit_into_a_run_goes_with_the_next(self) -> None:
        world = drawn()
        self.limited(world, per_minute=1)

        mail = world.mail
        world.mail = interposed(mail, create_draft=lambda _: world.clock.wait(MINUTE))
        reply = act(world)
        assert (reply.result, reply.counts) == (Result.CONTINUES, {"送信": 4, "残り": 3})
        assert "時間内に送り切れなかった" in "\n".join(reply.summary)
        assert act(world).result == Result.DONE
        world.mail = mail
        assert sorted(world.kinds_sent()) == expected(world)


class TestRefusals:
    def test_of_one_letter_lets_the_others_go(self, world: World) -> None:
        world.mail.fail("create_draft", "message")
        reply = act(world)
        assert (reply.result, reply.counts) == (Result.DONE, {"送信": 6, "残り": 0})
        assert states(world)["commitment-ward"] == MailState.REFUSED
        assert sorted(world.kinds_sent()) == expected(world)[1:]

    def test_are_repeated_by_the_schedule_once_a_day(self, world: World) -> None:
        """Nobody else can call it: its function is reached from inside only."""
        world.mail.fail("create_draft", "message", 14)
        act(world)
        for hours in (1, 21):
            world.clock.wait(hours * HOUR)
            assert act(world).counts == {"送信": 0, "残り": 0}
        world.clock.wait(HOUR)
        for _ in range(2):
            assert act(world).counts == {"送信": 0, "残り": 0}
            assert set(states(world).values()) == {MailState.REFUSED}
        world.clock.wait(DAY)
        assert act(world).counts == {"送信": 7, "残り": 0}
        assert sorted(world.kinds_sent()) == expected(world)

    def test_of_a_draft_that_has_long_waited_are_repeated_a_day_after_they_came(self, world: World) -> None:
        world.mail.fail("send_draft", "lost_before", 2)
        world.mail.fail("has_draft", "lost_before", 2)
        with pytest.raises(Again):
            act(world)
        world.clock.wait(DAY)
        world.mail.fail("send_draft", "message")
        act(world)
        assert states(world)["commitment-ward"] == MailState.REFUSED
        assert act(world).counts == {"送信": 0, "残り": 0}
        world.clock.wait(DAY)
        assert act(world).counts == {"送信": 1, "残り": 0}

    def test_are_repeated_at_once_by_an_operator(self, world: World) -> None:
        """Who repeats has mended the cause, such as a sender that was not allowed."""
        world.mail.fail("create_draft", "message", 7)
        act(world)
        assert set(states(world).values()) == {MailState.REFUSED}
        for _ in range(2):
            assert act(world).counts == {"送信": 0, "残り": 0}
        asked = world.notify(caller=OPERATOR)
        assert "送信を拒否されたメール7通も、もう一度送ります。" in asked.summary
        assert world.notify(asked.confirm, caller=OPERATOR).result == Result.DONE
        assert sorted(world.kinds_sent()) == expected(world)

    @pytest.mark.parametrize("method", ["create_draft", "send_draft"])
    def test_of_the_quota_stop_the_run_and_a_later_one_goes_on(self, world: World, method: str) -> None:
        world.mail.fail(method, "quota")
        reply = act(world)
        assert reply.result == Result.CONTINUES
        assert "Gmailの送信上限に達した" in "\n".join(reply.summary)
        assert world.letters() == []
        assert act(world).result == Result.DONE
        assert sorted(world.kinds_sent()) == expected(world)

    @pytest.mark.parametrize("method", ["create_draft", "send_draft"])
    def test_of_the_credentials_are_an_alarm_and_a_later_run_goes_on(self, world: World, method: str) -> None:
        world.mail.fail(method, "credentials")
        with pytest.raises(Broken) as caught:
            act(world)
        assert caught.value.problem == notify.REFUSED_ALL
        assert act(world).result == Result.DONE
        assert sorted(world.kinds_sent()) == expected(world)


class TestABrokenWinner:
    @pytest.fixture
    def broken(self, world: World) -> str:
        """Lose the entry of the first winner of the first prize."""
        label = next(award.id for award in world.state.find(AwardedPlace, "place", "winner") if award.order == 1)
        world.sealed.commit([Delete(Entry, entry_of(world, label).id)])
        return label

    def test_is_an_alarm_after_the_others_have_got_theirs(
        self, world: World, broken: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(Broken) as caught:
            act(world)
        assert caught.value.problem == notify.UNWRITTEN
        assert caught.value.facts == {"count": 1, "sent": 6}
        assert sorted(world.kinds_sent()) == [kind for kind in expected(world) if kind != f"winner-{broken}"]
        assert '"code": "E-601"' in capsys.readouterr().out

    def test_stays_an_alarm_and_is_shown_by_status(self, world: World, broken: str) -> None:
        for _ in range(2):
            with pytest.raises(Broken):
                act(world)
        assert states(world)[f"winner-{broken}"] == MailState.PLANNED
        assert "作成できないメールが1通あります（エラー番号：E-601）" in "\n".join(world.status().summary)

    def test_gets_theirs_when_the_entry_is_back(self, world: World, broken: str) -> None:
        with pytest.raises(Broken):
            act(world)
        sealer = ContactSealer(world.campaign.id, world.keys.sealer(Purpose.CONTACT))
        candidate = Candidate(broken, ("A",), False, sealer.seal(broken, "back@example.jp"), b"")
        world.sealed.commit([Create(Entry("f" * 64, "r", candidate))])
        assert act(world).result == Result.DONE
        assert sorted(world.kinds_sent()) == expected(world)
        assert world.letters()[-1]["To"] == "back@example.jp"

    @pytest.mark.parametrize("fault", ["another's envelope", "no address"])
    def test_whose_envelope_or_address_is_no_good_is_one_too(self, world: World, fault: str) -> None:
        """An envelope opens as its own label's alone; an address that cannot stand in a header is not sent to."""
        one, other, *_ = labels(world)
        sealer = ContactSealer(world.campaign.id, world.keys.sealer(Purpose.CONTACT))
        entry = entry_of(world, one)
        sealed = (
            entry_of(world, other).candidate.contact
            if fault == "another's envelope"
            else sealer.seal(one, "no address\r\nBcc: all@example.jp")
        )
        c = entry.candidate
        world.sealed.commit(
            [Replace(Entry(entry.id, entry.response, Candidate(c.label, c.prizes, False, sealed, c.survey)))]
        )
        with pytest.raises(Broken) as caught:
            act(world)
        assert caught.value.problem == notify.UNWRITTEN
        assert len(world.kinds_sent()) == 6
        assert f"winner-{one}" not in world.kinds_sent()

    def test_two_entries_of_one_label_are_nobody_s(self, world: World) -> None:
        label, *_ = labels(world)
        world.sealed.commit([Create(Entry("f" * 64, "r", entry_of(world, label).candidate))])
        with pytest.raises(Broken):
            act(world)
        assert f"winner-{label}" not in world.kinds_sent()


class TestAServiceThatIsAway:
    def test_leaves_one_open_and_goes_on_with_the_others(self, world: World) -> None:
        world.mail.fail("send_draft", "lost_before")
        with pytest.raises(Again) as caught:
            act(world)
        assert caught.value.problem == notify.LOST
        assert caught.value.facts == {"sent": 6}
        assert states(world)["commitment-ward"] == MailState.DRAFTED
        assert act(world).counts == {"送信": 1, "残り": 0}
        assert sorted(world.kinds_sent()) == expected(world)

    @pytest.mark.parametrize("method", ["create_draft", "send_draft"])
    def test_is_not_asked_for_every_letter(self, world: World, method: str) -> None:
        world.mail.fail(method, "lost_before", 99)
        with pytest.raises(Again):
            act(world)
        assert world.mail.calls.count("create_draft") == 2
        assert world.letters() == []

    def test_now_and_then_does_not_stop_the_run(self, world: World) -> None:
        """Every other reply is lost; two in a row would mean that nobody is there."""

        mail, calls = world.mail, count(1)
        world.mail = interposed(mail, create_draft=lambda _: mail.fail("create_draft", "lost_before", next(calls) % 2))
        with pytest.raises(Again) as caught:
            act(world)
        assert caught.value.facts == {"sent": 3}
        world.mail = mail
        assert act(world).counts == {"送信": 4, "残り": 0}
        assert sorted(world.kinds_sent()) == expected(world)

    def test_frees_the_lease(self, world: World) -> None:
        world.mail.fail("create_draft", "lost_before", 2)
        with pytest.raises(Again):
            act(world)
        assert act(world).result == Result.DONE


class TestOperator:
    def test_asks_first_and_sends_nothing(self, world: World) -> None:
        before = world.written()
        reply = world.notify(caller=OPERATOR)
        assert reply.result == Result.ASK
        assert reply.counts == {"これから送るメール": 7, "送信済みのメール": 1}
        assert f'{{"confirm": "{reply.confirm}"}}' in reply.next
        assert (world.letters(), world.written()) == ([], before)

    def test_sends_with_the_code(self, world: World) -> None:
        assert confirmed(world.notify, caller=OPERATOR).result == Result.DONE
        assert sorted(world.kinds_sent()) == expected(world)
        assert world.journal()[-1] == ("notify", "sent", OPERATOR.principal)

    def test_keeps_the_quiet_hours_too(self, world: World) -> None:
        at(world, "21:00:00")
        assert confirmed(world.notify, caller=OPERATOR).result == Result.CONTINUES
        assert len(world.letters()) == 2

    @pytest.mark.parametrize("code", ["", "0000-0000"])
    def test_with_a_wrong_code_sends_nothing(self, world: World, code: str) -> None:
        with pytest.raises(Refused):
            world.notify(code, caller=OPERATOR)
        assert world.letters() == []

    def test_with_the_code_of_another_state_sends_nothing(self) -> None:
        world = frozen()
        code = world.notify(caller=OPERATOR).confirm
        confirmed(world.draw)
        with pytest.raises(Refused):
            world.notify(code, caller=OPERATOR)
        assert world.letters() == []

    def test_is_told_when_nothing_is_due(self, world: World) -> None:
        act(world)
        reply = world.notify(caller=OPERATOR)
        assert (reply.result, reply.confirm) == (Result.UNCHANGED, None)
        assert reply.summary == ("いま送るメールはありません。",)


def few() -> World:
    """Return a world with two winners."""
    return drawn("drand", 2)


class TestCutOff:
    def test_nobody_gets_a_mail_twice_or_none_wherever_it_was_cut_off(self) -> None:
        for where, world in cut_off(few, act):
            for _ in range(3):
                world.clock.wait(LEASE)
                try:
                    act(world)
                except Again:
                    continue
            assert sorted(world.kinds_sent()) == expected(world), where
            assert set(states(world)) == set(expected(world)), where
            assert set(states(world).values()) <= SENT, where

    def test_two_at_once_send_each_mail_once(self) -> None:
        def other(world: World) -> None:
            act(world)

        for where, world in beside(few, act, other):
            act(world)
            assert sorted(world.kinds_sent()) == expected(world), where

    def test_a_run_that_stood_still_longer_than_its_lease_sends_nothing_twice(self) -> None:
        def other(world: World) -> None:
            world.clock.wait(LEASE)
            act(world)

        for where, world in beside(few, act, other):
            world.clock.wait(LEASE)
            act(world)
            assert sorted(world.kinds_sent()) == expected(world), where

    def test_beside_another_run_an_operator_is_told_to_wait(self, world: World) -> None:
        with pytest.raises(Killed):
            act(world, Faults(3))
        reply = act(world)
        assert (reply.result, reply.summary) == (Result.REFUSED, ("別の送信が実行中です。",))
        assert "数分待って" in reply.next


def test_a_letter_that_went_out_costs_no_read_of_its_own_again(world: World) -> None:
    act(world)
    got: list[str] = []
    world.state = interposed(world.state, get=lambda kind, _: got.append(kind.COLLECTION))
    act(world)
    assert "mails" not in got


def test_the_lease_outlasts_the_run() -> None:
    """By as long as a mail or two may take."""
    assert TIMES.budget + 2 * MINUTE <= TIMES.lease


@pytest.mark.parametrize("why", sorted(set(Stop) - {Stop.CREDENTIALS}))
def test_whatever_lets_letters_wait_is_said_in_words(why: Stop) -> None:
    said = words.reply(words.SendRun(sent=0, left=1, returned=0, stopped=why)).summary
    assert len(said) == 2
    assert said[1].endswith("送ります。")


class TestGivenUpMeanwhile:
    """Somebody declines while their mail waits for its turn: the run may last for minutes, and it must see that."""

    @pytest.mark.parametrize("why", ["declined", "ineligible"])
    def test_no_mail_goes_to_who_gave_up_their_place_while_notify_was_running(self, why: str) -> None:
        given_up: list[tuple[World, str]] = []

        def other(world: World) -> None:
            told = world.kinds_sent()
            waiting = [label for label in labels(world) if f"winner-{label}" not in told]
            if waiting:
                given_up.append((world, waiting[0]))
                confirmed(world.forfeit, label=waiting[0], why=why)

        seen = 0
        for where, world in beside(few, act, other, share=1):
            if "send_draft" in where:  # from there on nobody can call it back
                continue
            out = next((label for one, label in given_up if one is world), None)
            assert f"winner-{out}" not in world.kinds_sent(), where
            seen += out is not None
            world.clock.wait(LEASE)
            act(world)
            assert sorted(world.kinds_sent()) == due_now(world), where
            assert f"winner-{out}" not in states(world), where
            assert world.mail.drafts == {}, where
        assert seen > 5

    def test_a_mail_that_an_earlier_run_had_drafted_is_taken_back(self) -> None:
        world = few()
        with pytest.raises(Killed):
            act(world, Faults(before_send_of(few, "winner")))
        (out,) = [row.label for row in world.state.scan(MailRow) if row.state == MailState.DRAFTED]
        confirmed(world.forfeit, label=out, why="declined")
        world.clock.wait(LEASE)
        act(world)
        assert f"winner-{out}" not in [*world.kinds_sent(), *states(world)]
        assert world.mail.drafts == {}

    def test_it_costs_one_read_of_a_file_a_mail(self) -> None:
        world, found = few(), list[str]()
        world.published = interposed(world.published, find=found.append)
        act(world)
        assert [name for name in found if name.startswith("forfeits/")] == [
            f"forfeits/{id.removeprefix('winner-')}.json" for id in world.kinds_sent() if id.startswith("winner-")
        ]


def due_now(world: World) -> list[str]:
    """Return the references of all mails that are owed to the ward and to those who hold a place now."""
    holding = [f"{holder.letter}-{holder.label}" for holder in world.standing().holders]
    return sorted(["commitment-ward", "record-ward", *holding])


def before_send_of(make: Callable[[], World], kind: str) -> int:
    """Return the number of the point at which the first mail of a kind is sent."""
    counted, world = Faults(), make()
    act(world, counted)
    sends = [at for at, call in enumerate(counted.calls) if call == "mail.send_draft"]
    return sends[[id.partition("-")[0] for id in world.kinds_sent()].index(kind)]
