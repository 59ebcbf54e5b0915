"""The freeze: who stands in the pool, the balance that is committed to, and the same pool wherever it is cut off."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from prizedraw import freeze
from prizedraw.entries import reconciled as demands
from prizedraw.errors import Again, Broken, Problem, Refused
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.evidence.key import EvidenceKey
from prizedraw.evidence.manifest import NO_MANIFEST
from prizedraw.evidence.signed_files import UNSIGNED
from prizedraw.lottery.draw_time import postpone
from prizedraw.lottery.files import Commitment, Rules
from prizedraw.lottery.opening import MIRROR_DIFFERS
from prizedraw.lottery.published import FILES_DIFFER
from prizedraw.ports import Create, Delete, Replace
from prizedraw.records.entries import Candidate, Entry, LedgerRow, Outcome, Reconciliation, Totals
from prizedraw.records.erasure import Erasing, PersonRequest
from prizedraw.records.lottery import Freezing, Frozen
from prizedraw.records.running import ONLY, Lease
from prizedraw.runtime.lease import BUSY, INTAKE
from prizedraw.runtime.orders import Reply, Result
from prizedraw.times import instant_of, stamp
from support import builders
from support.campaigns import PRIZES, campaign_with
from support.clock import DAY, HOUR, LEASE, MINUTE, SECOND
from support.faults import NONE, Faults, Killed, Way, at_first, beside, cut_off, interposed
from support.planted import Forged, foreign
from support.stages import frozen, good, person, prepared, reconciled, taken_in
from support.world import OPERATOR, SCHEDULER, World, confirmed, sentences

FILES = ["commitment.json", "commitment.json.sig", "evidence.pem", "pool.txt", "rules.json", "rules.json.sig"]


@pytest.fixture
def world() -> World:
    return reconciled()


def act(world: World, faults: Faults = NONE) -> Reply:
    """Freeze as the schedule does."""
    return world.freeze(caller=SCHEDULER, faults=faults)


def commitment(world: World) -> Commitment:
    return Commitment.from_bytes(world.published.files["commitment.json"])


def after(point: str) -> Faults:
    """Let the process die once it has passed a point."""
    faults = Faults()
    faults.arm(f"{point}.{Way.AFTER}")
    return faults


def are_signed(world: World) -> bool:
    """Tell whether pool and commitment bear our signature, and the copy beside the commitment is of it."""
    files, signatures = world.published.files, world.published.signatures
    assert files["commitment.json.sig"] == signatures["commitment.json"]
    key = EvidenceKey(files["evidence.pem"])
    return all(key.verifies(files[name], signatures[name]) for name in ("pool.txt", "commitment.json"))


def refused(world: World, **given: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        world.freeze(**given)
    return caught.value


def changed(world: World, **changes: Any) -> None:
    """Write another reconciliation."""
    world.state.commit([Replace(replace(world.one(Reconciliation), **changes))])


def totals_changed(world: World, **changes: Any) -> None:
    """Let ledger and reconciliation count something else, alike."""
    totals = replace(world.one(Totals), **changes)
    form_count = totals.received - totals.gone
    found = replace(world.one(Reconciliation), totals=totals.to_doc(), form_count=form_count)
    world.state.commit([Replace(totals), Replace(found)])


def intake_runs(world: World, until: datetime) -> None:
    """Let a run of `intake` hold the lease."""
    held = world.sealed.get(Lease, INTAKE)
    assert held is not None
    world.sealed.commit([Replace(replace(held.record, holder="other", until=instant_of(until)))])


class TestAsking:
    def test_shows_the_balance_and_gives_a_code(self, world: World) -> None:
        reply = world.freeze()
        assert reply.result == Result.ASK
        assert reply.counts == {
            "フォームの件数": 15,
            "受け付けた応募": 13,
            "重複": 1,
            "対象外（理由あり）": 1,
            "取り下げ": 0,
        }
        assert "照合（3月2日（月）01:00 開始）は、フォームと台帳で一致しています。" in reply.summary
        assert f'{{"confirm": "{reply.confirm}"}}' in reply.next

    @pytest.mark.parametrize(
        ("kind", "says"),
        [
            ("drand", "操作は要りません。抽選（draw）は3月2日（月）13:00以降に定期実行されます。"),
            (
                "ward",
                "区に、3月2日（月）13:00以降に数を決めるよう依頼し、その数を抽選（draw）に入力して実行してください。",
            ),
        ],
    )
    def test_it_says_what_this_campaign_does_next_and_of_no_other(self, kind: Any, says: str) -> None:
        world = reconciled(kind)
        assert world.freeze(world.freeze().confirm).next == says

    def test_nothing_is_written(self, world: World) -> None:
        before, files = world.written(), dict(world.published.files)
        world.freeze()
        assert (world.written(), world.published.files) == (before, files)

    @pytest.mark.parametrize("code", ["", "0000-0000"])
    def test_a_wrong_code_is_refused(self, world: World, code: str) -> None:
        assert refused(world, confirm=code).problem.code == "E-140"
        assert world.state.get(Freezing, ONLY) is None

    def test_an_old_code_is_refused(self, world: World) -> None:
        code = world.freeze().confirm
        world.clock.wait(16 * MINUTE)
        assert refused(world, confirm=code).problem.code == "E-140"

    @pytest.mark.parametrize("change", [{"began_at": "2026-03-01T17:00:00.000000000Z"}, {"form_count": 14}])
    def test_a_code_is_for_the_reconciliation_that_was_shown(self, world: World, change: dict[str, Any]) -> None:
        code = world.freeze().confirm
        if "form_count" in change:
            totals_changed(world, gone=1)
        changed(world, **change)
        assert refused(world, confirm=code).problem.code == "E-140"

    def test_an_operator_acts_with_the_code(self, world: World) -> None:
        assert confirmed(world.freeze).result == Result.DONE
        assert world.journal()[-1] == ("freeze", "frozen", OPERATOR.principal)

    def test_the_schedule_acts_without_one(self, world: World) -> None:
        assert act(world).result == Result.DONE
        assert world.journal()[-1] == ("freeze", "frozen", SCHEDULER.principal)


class TestOrderOfSteps:
    def test_not_before_closing(self) -> None:
        world = taken_in()
        world.clock.now = world.campaign.closes_at - timedelta(seconds=1)
        problem = refused(world)
        assert problem.problem == freeze.STILL_OPEN
        assert "締切：3月1日（日）23:59" in problem.sentence
        assert act(world).result == Result.NOT_DUE
        assert world.state.get(Freezing, ONLY) is None

    def test_from_the_closing_on_it_waits_for_the_reconciliation_alone(self) -> None:
        world = taken_in()
        world.clock.now = world.campaign.closes_at
        assert refused(world).problem == demands.NOT_RECONCILED

    def test_not_before_the_rules_are_published(self, world: World) -> None:
        del world.published.files["rules.json"]
        assert refused(world).problem == freeze.NOT_PREPARED

    def test_not_before_the_reconciliation(self) -> None:
        world = taken_in()
        world.clock.now = world.campaign.closes_at + MINUTE
        assert refused(world).problem == demands.NOT_RECONCILED
        assert act(world).result == Result.NOT_DUE

    def test_not_on_a_reconciliation_that_began_before_the_last_responses_could_be_seen(self, world: World) -> None:
        settled = world.campaign.settled_at
        for early in (world.campaign.closes_at - MINUTE, settled - timedelta(microseconds=1)):
            changed(world, began_at=instant_of(early))
            assert refused(world).problem == demands.NOT_RECONCILED
            assert act(world).result == Result.NOT_DUE
        changed(world, began_at=instant_of(settled))
        assert world.freeze().result == Result.ASK

    def test_not_when_more_has_come_since(self, world: World) -> None:
        world.state.commit([Replace(replace(world.one(Totals), received=16, duplicates=2))])
        assert refused(world).problem == demands.NOT_RECONCILED
        assert act(world).result == Result.NOT_DUE

    def test_not_when_form_and_ledger_do_not_balance(self, world: World) -> None:
        changed(world, form_count=16)
        problem = refused(world)
        assert problem.problem == demands.DOES_NOT_BALANCE
        assert "フォームの件数（16件）と台帳の件数（15件）" in problem.sentence
        with pytest.raises(Refused):
            act(world)

    def test_not_when_the_ledger_does_not_balance_in_itself(self, world: World) -> None:
        changed(world, totals=world.one(Reconciliation).totals | {"duplicates": 2})
        assert refused(world).problem == demands.DOES_NOT_BALANCE

    @pytest.mark.parametrize(
        ("found", "problem"),
        [
            ({"differing": 2}, demands.ROWS_DIFFER),
            ({"questions_differ": True}, demands.QUESTIONS_DIFFER),
            ({"prepared_hash": "0" * 64}, demands.QUESTIONS_DIFFER),
        ],
    )
    def test_not_when_what_is_stored_is_not_what_was_judged(
        self, world: World, found: dict[str, Any], problem: Problem
    ) -> None:
        changed(world, **found)
        assert refused(world).problem == problem

    def test_not_while_something_is_doubtful_until_an_operator_has_looked_into_all_of_it(self, world: World) -> None:
        changed(world, form_hash="0" * 64)
        for accepted in (0, 2):
            assert refused(world, accept_doubts=accepted).problem == freeze.DOUBTFUL
        assert world.freeze(accept_doubts=1).result == Result.ASK

    def test_not_for_doubts_of_which_there_are_none(self, world: World) -> None:
        assert refused(world, accept_doubts=1).problem == freeze.NONE_DOUBTFUL

    def test_not_once_the_erasure_has_begun_but_what_was_frozen_is_told_as_ever(self, world: World) -> None:
        done = frozen()
        for one in (world, done):
            one.state.commit([Create(Erasing(ONLY, stamp(one.clock()), SCHEDULER.principal))])
        reply = act(world)
        assert (reply.result, "pool.txt" in world.published.files) == (Result.UNCHANGED, False)
        assert "消去が始まっている" in reply.summary[0]
        assert "消去が始まっている" not in sentences(act(done))

    @pytest.mark.parametrize(
        "change",
        [
            {"closes_at": "2026-03-01T23:00+09:00"},
            {"draw_at": "2026-03-02T14:00+09:00"},
            {"prizes": [PRIZES[0] | {"quantity": 3}, PRIZES[1]]},
            {"prizes": [PRIZES[0], PRIZES[1] | {"requires": {"min_correct": 4}}]},
            {"claim": builders.TREE["claim"] | {"last": "2026-03-19"}},
        ],
    )
    def test_not_when_the_campaign_file_no_longer_says_what_was_announced(
        self, world: World, change: dict[str, Any]
    ) -> None:
        world.campaign = campaign_with("drand", **change)
        with pytest.raises(Broken) as caught:
            world.freeze()
        assert caught.value.problem == freeze.RULES_DIFFER
        assert world.state.get(Freezing, ONLY) is None

    def test_but_when_they_were_announced_before_rules_said_until_when_claims_are_possible(self, world: World) -> None:
        older = replace(Rules.from_bytes(world.published.files["rules.json"]), claims_until=None).to_bytes()
        world.published.plant("rules.json", older, world.keys.signer.sign(older))
        act(world)
        assert commitment(world).rules_hash == sha256_hex(older)

    def test_not_without_the_manifest_of_the_programs(self, world: World, tmp_path: Path) -> None:
        world.manifest = tmp_path / "manifest.json"
        with pytest.raises(Broken) as caught:
            act(world)
        assert caught.value.problem == NO_MANIFEST
        assert (world.state.get(Freezing, ONLY), "pool.txt" in world.published.files) == (None, False)


class TestVanishedResponses:
    @pytest.fixture
    def world(self) -> World:
        world = reconciled()
        totals_changed(world, gone=2, gone_open=2)
        return world

    @pytest.mark.parametrize("accepted", [0, 1, 3, -2])
    def test_need_the_exact_number(self, world: World, accepted: int) -> None:
        problem = refused(world, accept_gone=accepted)
        assert problem.problem == demands.GONE
        assert "2件" in problem.sentence
        assert '{"accept_gone": 2}' in problem.sentence

    def test_are_accepted_with_it_and_the_reply_shows_the_whole_body(self, world: World) -> None:
        asked = world.freeze(accept_gone=2)
        assert f'{{"accept_gone": 2, "confirm": "{asked.confirm}"}}' in asked.next
        assert world.freeze(asked.confirm, accept_gone=2).result == Result.DONE
        assert commitment(world).received == 15

    def test_the_code_alone_is_not_enough(self, world: World) -> None:
        code = world.freeze(accept_gone=2).confirm
        assert refused(world, confirm=code).problem == demands.GONE

    def test_who_says_nothing_accepts_nothing(self) -> None:
        assert freeze.FreezeOrder().accepted() == {}

    def test_stop_the_schedule(self, world: World) -> None:
        with pytest.raises(Refused):
            act(world)

    def test_that_were_withdrawn_need_nothing(self, world: World) -> None:
        totals_changed(world, gone=2, gone_open=0)
        assert act(world).result == Result.DONE

    def test_a_number_where_none_is_gone_is_refused(self) -> None:
        problem = refused(reconciled(), accept_gone=1)
        assert problem.problem == demands.NONE_GONE
        assert "0件" not in problem.sentence


class TestWhatIsCommittedTo:
    def test_pool_holds_the_eligible_and_nobody_else(self, world: World) -> None:
        entries = {entry.candidate.label: entry.candidate.prizes for entry in world.sealed.scan(Entry)}
        act(world)
        assert len(entries) == 13
        assert world.published.files["pool.txt"].decode() == "".join(
            sorted(f"{label}\t{','.join(prizes)}\n" for label, prizes in entries.items() if prizes)
        )
        assert world.published.files["pool.txt"].count(b"\n") == 12

    def test_counts_balance(self, world: World) -> None:
        act(world)
        c = commitment(world)
        assert (c.received, c.duplicates, dict(c.rejected), c.ineligible, c.withdrawn, c.pool_size) == (
            15,
            1,
            {"no_consent": 1},
            1,
            0,
            12,
        )

    def test_hashes_name_rules_pool_and_programs(self, world: World) -> None:
        act(world)
        c, files = commitment(world), world.published.files
        assert c.rules_hash == sha256_hex(files["rules.json"])
        assert c.pool_hash == sha256_hex(files["pool.txt"])
        assert c.code_hash == sha256_hex(world.manifest.read_bytes())

    def test_is_mirrored_for_the_steps_that_read_no_files(self, world: World) -> None:
        reply = act(world)
        c, mirror = commitment(world), world.one(Frozen)
        assert mirror == Frozen(
            ONLY,
            commitment_hash=sha256_hex(world.published.files["commitment.json"]),
            pool_size=12,
            ineligible=1,
            frozen_at=stamp(c.frozen_at),
            draw_at=stamp(c.draw_at),
        )
        assert f"確定記録のSHA-256：{mirror.commitment_hash}" in reply.summary
        assert reply.counts == {"抽選対象": 12, "どの賞品の条件も満たさない応募": 1}

    def test_nobody_at_all_makes_an_empty_pool(self) -> None:
        world = prepared()
        world.clock.now = world.campaign.closes_at + HOUR
        world.intake()
        act(world)
        assert world.published.files["pool.txt"] == b""
        assert (commitment(world).pool_size, commitment(world).received) == (0, 0)

    @pytest.mark.parametrize(
        ("frozen_at", "days"),
        [
            ("2026-03-02T12:00:00", 0),
            ("2026-03-02T12:00:01", 1),
            ("2026-03-03T12:00:00", 1),
            ("2026-03-05T09:00:00", 3),
        ],
    )
    def test_a_late_freeze_moves_the_draw_by_whole_days(self, world: World, frozen_at: str, days: int) -> None:
        world.clock.now = datetime.fromisoformat(f"{frozen_at}+09:00")
        reply = act(world)
        assert commitment(world).draw_at == world.campaign.draw_at + days * DAY
        assert commitment(world).draw_at == postpone(world.campaign.draw_at, commitment(world).frozen_at)
        assert f"抽選は3月{2 + days}日" in "\n".join(reply.summary)

    def test_the_balance_is_checked_before_anything_is_published(self, world: World) -> None:
        """Somebody stands in the entries whom nobody has counted."""
        world.sealed.commit([Create(Entry("f" * 64, "r", Candidate("0" * 26, ("A",), False, b"", b"")))])
        with pytest.raises(Again) as caught:
            act(world)
        assert caught.value.problem == freeze.COUNTS_DIFFER
        assert "（13件）と応募（14件）" in caught.value.sentence
        assert sorted(world.published.files) == ["evidence.pem", "rules.json", "rules.json.sig"]

    def test_an_entry_that_was_changed_since_is_never_fixed_however_well_the_numbers_agree(self, world: World) -> None:
        """Somebody who can write the database takes a prize from an entrant."""
        entry = next(one for one in world.sealed.scan(Entry) if one.candidate.prizes == ("A", "B"))
        world.sealed.commit([Replace(replace(entry, candidate=replace(entry.candidate, prizes=("B",))))])
        with pytest.raises(Again) as caught:
            act(world)
        assert caught.value.problem == freeze.POOL_UNEXPECTED
        assert "commitment.json" not in world.published.files
        assert world.state.get(Freezing, ONLY) is None


class TestTheGate:
    def test_stays_closed_and_intake_takes_nothing_more(self, world: World) -> None:
        act(world)
        world.submit(good(99))
        world.clock.wait(HOUR)
        before = world.written()
        assert world.intake().result == Result.UNCHANGED
        assert world.written() == before

    @pytest.mark.parametrize(("left", "runs"), [(timedelta(microseconds=1), True), (timedelta(0), False)])
    def test_a_run_of_intake_is_waited_for(self, world: World, left: timedelta, runs: bool) -> None:
        intake_runs(world, world.clock.now + left)
        if not runs:
            assert act(world).result == Result.DONE
            return
        with pytest.raises(Again) as caught:
            act(world)
        assert caught.value.problem == freeze.INTAKE_RUNS
        assert world.state.get(Freezing, ONLY) is not None
        assert "pool.txt" not in world.published.files
        world.clock.wait(MINUTE)
        assert act(world).result == Result.DONE

    def test_a_run_of_intake_that_writes_while_the_pool_is_read_is_noticed(self, world: World) -> None:
        """A batch of `intake` arrives, lease and all, when the pool is read."""
        sealed = world.sealed
        world.sealed = interposed(sealed, project=lambda *_: intake_runs(world, world.clock.now - SECOND))
        with pytest.raises(Again) as caught:
            act(world)
        assert caught.value.problem == freeze.INTAKE_RUNS
        world.sealed = sealed
        assert act(world).result == Result.DONE

    def test_totals_that_vanish_while_the_pool_is_read_are_those_of_nobody(self, world: World) -> None:
        sealed = world.sealed
        gone = at_first(Entry, lambda: world.state.commit([Delete(Totals, ONLY)]))
        world.sealed = interposed(sealed, project=gone)
        with pytest.raises(Again) as caught:
            act(world)
        assert caught.value.problem == freeze.COUNTS_DIFFER
        assert "集計（0件）と応募（13件）" in caught.value.sentence
        assert "commitment.json" not in world.published.files

    def test_what_a_killed_intake_left_uncounted_opens_it_until_everything_is_read_again(self, world: World) -> None:
        """Its entries stand, its totals do not; behind a closed gate nobody would ever count them."""
        late = builders.response("late", "late@example.jp", world.campaign.closes_at - MINUTE, **builders.RIGHT)
        world.submit(late)
        counted, found = world.one(Totals), world.one(Reconciliation)
        world.clock.wait(10 * MINUTE)
        world.intake()
        world.state.commit([Replace(counted), Replace(found)])
        with pytest.raises(Again):
            act(world)
        assert world.state.get(Freezing, ONLY) is None
        assert act(world).result == Result.NOT_DUE
        world.clock.wait(MINUTE)
        world.intake()
        assert act(world).result == Result.DONE
        assert commitment(world).received == 16


class TestWhatIsPublishedStands:
    def test_a_second_call_returns_the_first(self, world: World) -> None:
        first = act(world)
        files, before = dict(world.published.files), world.written()
        world.clock.wait(DAY)
        for again in (act(world), world.freeze(), world.freeze("0000-0000")):
            assert again.result == Result.UNCHANGED
            assert (again.summary, again.counts, again.next) == (first.summary, first.counts, first.next)
        assert (world.published.files, world.written()) == (files, before)

    def test_another_pool_is_an_alarm(self, world: World) -> None:
        world.plant("pool.txt", b"0" * 26 + b"\tA\n")
        with pytest.raises(Broken) as caught:
            act(world)
        assert caught.value.problem == freeze.POOL_DIFFERS
        assert "commitment.json" not in world.published.files

    @pytest.mark.parametrize(
        "change",
        [
            lambda c: replace(c, received=16, duplicates=2),
            lambda c: replace(c, pool_hash="0" * 64),
            lambda c: replace(c, rules_hash="0" * 64),
            lambda c: replace(c, draw_at=c.draw_at + DAY),
            lambda c: replace(c, campaign="another-rally"),
        ],
    )
    def test_another_commitment_is_an_alarm_and_is_not_signed(
        self, world: World, change: Callable[[Commitment], Commitment]
    ) -> None:
        honest = reconciled()
        act(honest)
        world.plant("commitment.json", change(commitment(honest)).to_bytes())
        with pytest.raises(Broken) as caught:
            act(world)
        assert caught.value.problem == freeze.COMMITMENT_DIFFERS
        assert world.state.get(Frozen, ONLY) is None
        assert "commitment.json.sig" not in world.published.files

    def test_uncounted_entries_behind_a_published_pool_are_an_alarm(self, world: World) -> None:
        with pytest.raises(Killed):
            act(world, after("published.create#1"))
        assert sorted(world.published.files) == ["evidence.pem", "pool.txt", "rules.json", "rules.json.sig"]
        world.clock.wait(LEASE)
        world.sealed.commit([Create(Entry("f" * 64, "r", Candidate("0" * 26, ("A",), False, b"", b"")))])
        with pytest.raises(Broken) as caught:
            act(world)
        assert caught.value.problem == freeze.POOL_DIFFERS
        assert world.state.get(Freezing, ONLY) is not None

    def test_a_commitment_of_a_run_that_died_keeps_its_own_time(self, world: World) -> None:
        with pytest.raises(Killed):
            act(world, after("published.create#2"))
        standing = world.published.files["commitment.json"]
        world.clock.wait(2 * DAY)
        assert act(world).result == Result.DONE
        assert world.published.files["commitment.json"] == standing
        assert world.one(Frozen).commitment_hash == sha256_hex(standing)

    def test_a_commitment_of_other_programs_waits_until_they_are_back(self, world: World, tmp_path: Path) -> None:
        """Between the two runs the programs were replaced: which ones fixed the pool must not be told wrongly."""
        with pytest.raises(Killed):
            act(world, after("published.create#2"))
        first, world.manifest = world.manifest, tmp_path / "manifest.json"
        world.manifest.write_bytes(b"{}")
        world.clock.wait(LEASE)
        with pytest.raises(Broken) as caught:
            act(world)
        assert caught.value.problem == freeze.CODE_DIFFERS
        assert "commitment.json.sig" not in world.published.files
        world.manifest = first
        world.clock.wait(LEASE)
        assert act(world).result == Result.DONE

    @pytest.mark.parametrize(
        "at",
        [
            pytest.param(lambda world: world.clock.now + 5 * DAY, id="five days on, so that the draw moves"),
            pytest.param(lambda world: world.clock.now + SECOND, id="a second from now"),
            pytest.param(lambda world: world.campaign.closes_at - HOUR, id="before closing"),
            pytest.param(lambda world: world.campaign.closes_at, id="at closing, when not all could be read"),
            pytest.param(lambda world: world.campaign.settled_at - SECOND, id="a second before all could be read"),
            pytest.param(lambda world: world.clock.now - SECOND, id="before the gate was closed"),
        ],
    )
    def test_freeze_adopts_no_commitment_of_a_time_at_which_it_would_not_have_written_it(
        self, world: World, at: Callable[[World], datetime]
    ) -> None:
        honest = reconciled()
        act(honest)
        frozen_at = at(world)
        draw_at = postpone(world.campaign.draw_at, frozen_at)
        world.plant("commitment.json", replace(commitment(honest), frozen_at=frozen_at, draw_at=draw_at).to_bytes())
        with pytest.raises(Broken) as caught:
            act(world)
        assert caught.value.problem == freeze.COMMITMENT_DIFFERS
        assert world.state.get(Frozen, ONLY) is None
        assert "commitment.json.sig" not in world.published.files

    def test_freeze_adopts_no_commitment_of_other_programs(self, world: World) -> None:
        honest = reconciled()
        act(honest)
        world.plant("commitment.json", replace(commitment(honest), code_hash="0" * 64).to_bytes())
        with pytest.raises(Broken) as caught:
            act(world)
        assert caught.value.problem == freeze.CODE_DIFFERS
        assert world.state.get(Frozen, ONLY) is None
        assert "commitment.json.sig" not in world.published.files

    @foreign
    @pytest.mark.parametrize("name", ["commitment.json", "pool.txt"])
    def test_freeze_adopts_nothing_that_bears_no_signature_of_ours_be_it_right_to_the_byte(
        self, world: World, name: str, forged: Forged
    ) -> None:
        honest = world.copy()
        act(honest)
        data = honest.published.files[name]
        world.published.plant(name, data, forged(world, data))
        files, signed = dict(world.published.files), list(world.keys.signer.signed)
        with pytest.raises(Broken) as caught:
            act(world)
        assert caught.value.problem == UNSIGNED
        assert f" {name} " in caught.value.sentence
        assert (world.published.files, world.keys.signer.signed) == (files, signed)
        assert world.state.get(Frozen, ONLY) is None

    @foreign
    def test_freeze_goes_by_no_rules_that_bear_no_signature_of_ours(self, world: World, forged: Forged) -> None:
        rules = world.published.files["rules.json"]
        world.published.plant("rules.json", rules, forged(world, rules))
        with pytest.raises(Broken) as caught:
            act(world)
        assert caught.value.problem == UNSIGNED
        assert "pool.txt" not in world.published.files

    def test_a_copy_of_another_signature_that_lies_there_is_an_alarm(self, world: World) -> None:
        world.published.plant("commitment.json.sig", b"another")
        with pytest.raises(Broken) as caught:
            act(world)
        assert "commitment.json.sig" in caught.value.sentence
        assert world.state.get(Frozen, ONLY) is None


class TestMirrorThatSaysThatTheFreezeIsDone:
    """Who writes `state` can stop the freeze; that it is done is said by its file alone."""

    def test_without_a_commitment_is_an_alarm(self, world: World) -> None:
        honest = world.copy()
        act(honest)
        world.state.commit([Create(honest.one(Frozen))])
        for call in (act, World.freeze):
            with pytest.raises(Broken) as caught:
                call(world)
            assert caught.value.problem == FILES_DIFFER
            assert "commitment.json" in caught.value.sentence

    @pytest.mark.parametrize(
        "change",
        [
            {"commitment_hash": "0" * 64},
            {"draw_at": "2026-03-02T04:00:01Z"},
            {"frozen_at": "2026-03-01T15:00:00Z"},
            {"pool_size": 11},
            {"ineligible": 0},
        ],
    )
    def test_of_another_commitment_is_an_alarm(self, world: World, change: dict[str, Any]) -> None:
        act(world)
        world.state.commit([Replace(replace(world.one(Frozen), **change))])
        with pytest.raises(Broken) as caught:
            act(world)
        assert caught.value.problem == MIRROR_DIFFERS
        assert "commitment.json" in caught.value.sentence

    @foreign
    def test_behind_which_stands_what_we_did_not_sign_is_an_alarm(self, world: World, forged: Forged) -> None:
        act(world)
        data = world.published.files["commitment.json"]
        world.published.plant("commitment.json", data, forged(world, data))
        with pytest.raises(Broken) as caught:
            act(world)
        assert caught.value.problem == UNSIGNED

    def test_without_any_rules_is_an_alarm(self, world: World) -> None:
        act(world)
        world.published.files.clear()
        with pytest.raises(Broken):
            act(world)


class TestCutOff:
    def test_wherever_it_was_cut_off_the_next_run_ends_with_the_same_pool(self) -> None:
        whole = reconciled()
        act(whole)
        for where, world in cut_off(reconciled, act):
            standing = dict(world.published.files)
            world.clock.wait(LEASE)
            assert act(world).result in (Result.DONE, Result.UNCHANGED), where
            assert sorted(world.published.files) == FILES, where
            assert are_signed(world), where
            assert standing.items() <= world.published.files.items(), where
            assert world.published.files["pool.txt"] == whole.published.files["pool.txt"], where
            assert commitment(world) == replace(commitment(whole), frozen_at=commitment(world).frozen_at), where
            assert world.one(Frozen).commitment_hash == sha256_hex(world.published.files["commitment.json"]), where
            assert [row[:2] for row in world.journal() if row[0] == "freeze"] == [("freeze", "frozen")], where
            assert act(world).result == Result.UNCHANGED, where

    def test_two_at_once_end_as_one(self) -> None:
        def other(world: World) -> None:
            try:
                act(world)
            except Again as error:
                assert error.problem == BUSY  # noqa: PT017

        for where, world in beside(reconciled, act, other):
            assert act(world).result == Result.UNCHANGED, where
            assert sorted(world.published.files) == FILES, where
            assert [row[:2] for row in world.journal() if row[0] == "freeze"] == [("freeze", "frozen")], where

    def test_a_run_that_ended_just_before_this_one_took_its_turn_is_the_first(self, world: World) -> None:
        def other() -> None:
            world.state = state
            act(world)

        state = world.state
        world.state = interposed(state, get=at_first(Reconciliation, other))
        assert act(world).result == Result.UNCHANGED
        assert sorted(world.published.files) == FILES

    def test_a_run_that_stood_still_longer_than_its_lease_changes_nothing(self) -> None:
        def other(world: World) -> None:
            world.clock.wait(LEASE)
            act(world)

        for where, world in beside(reconciled, act, other):
            files = dict(world.published.files)
            assert act(world).result == Result.UNCHANGED, where
            assert world.published.files == files, where
            assert world.one(Frozen).commitment_hash == sha256_hex(files["commitment.json"]), where

    def test_the_code_of_a_run_that_was_cut_off_still_serves(self) -> None:
        for way in (Way.BEFORE, Way.AFTER):
            for at in range(9):
                world = reconciled()
                code = world.freeze().confirm
                with pytest.raises(Killed):
                    world.freeze(code, faults=Faults(at, way))
                world.clock.wait(LEASE)
                assert world.freeze(code).result in (Result.DONE, Result.UNCHANGED)

    def test_busy_says_when_to_come_back(self, world: World) -> None:
        with pytest.raises(Killed):
            act(world, Faults(at=1))
        with pytest.raises(Again) as caught:
            act(world)
        assert caught.value.problem == BUSY


def test_the_rules_are_those_that_were_published() -> None:
    world = reconciled()
    act(world)
    assert commitment(world).campaign == Rules.from_bytes(world.published.files["rules.json"]).campaign


def test_nothing_personal_is_said_or_kept(world: World) -> None:
    said = sentences(world.freeze()) + sentences(act(world))
    said += str(world.published.files) + str(world.state.dump())
    assert {number for number in range(12) if person(number) in said} == set()


def test_withdrawn_entries_are_counted_as_such(world: World) -> None:
    """A response that was withdrawn on request stands in the ledger and nowhere else."""
    waited_for = {row.address for row in world.sealed.scan(LedgerRow) if row.outcome is Outcome.DUPLICATE}
    [gone, *_] = [e for e in world.sealed.scan(Entry) if e.candidate.prizes and e.id not in waited_for]
    stored = world.sealed.get(LedgerRow, gone.response)
    assert stored is not None
    row = LedgerRow(stored.record.id, stored.record.created, stored.record.version, Outcome.WITHDRAWN)
    world.sealed.commit([Replace(row), Delete(Entry, gone.id)])
    world.state.commit([Create(PersonRequest("R-1", stamp(world.clock()), "", (row.id,), {}))])
    world.clock.wait(DAY)
    world.intake()
    act(world)
    assert (commitment(world).withdrawn, commitment(world).pool_size) == (1, 11)
    assert gone.candidate.label.encode() not in world.published.files["pool.txt"]
    assert builders.CAMPAIGN.id == commitment(world).campaign
