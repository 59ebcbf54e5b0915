"""Preparation: it says what is missing, makes only that, and leaves the same files wherever it is cut off."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from prizedraw import prepare
from prizedraw.adapters.keys.keysets import generate_pair
from prizedraw.errors import Again, Broken, Problem, Refused
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.evidence.key import EvidenceKey
from prizedraw.evidence.signed_files import UNSIGNED
from prizedraw.lottery.files import Rules, quiz_hash
from prizedraw.ports import Document
from prizedraw.records.campaign import Prepared
from prizedraw.records.running import ONLY, ConfirmKey
from prizedraw.runtime.lease import BUSY
from prizedraw.runtime.orders import Reply, Result
from support import builders
from support.campaigns import PRIZES, campaign_with
from support.clock import LEASE, MINUTE
from support.fakes.keys import MemorySigner
from support.faults import NONE, Faults, Killed, Way, at_first, beside, cut_off, interposed
from support.planted import Forged, foreign
from support.stages import prepared
from support.world import OPERATOR, World, confirmed, sentences

FILES = ["evidence.pem", "rules.json", "rules.json.sig"]
KEYSETS = ("contact", "survey", "delivery", "index", "claim")


@pytest.fixture
def world() -> World:
    return World()


def act(world: World, faults: Faults = NONE) -> Reply:
    """Press twice, whatever is there already."""
    reply = world.prepare(faults=faults)
    return world.prepare(reply.confirm, faults=faults) if reply.confirm else reply


def is_whole(world: World) -> bool:
    """Hold everything that preparation leaves against each other."""
    kept, rules = world.one(Prepared), Rules.from_bytes(world.published.files["rules.json"])
    assert sorted(world.published.files) == FILES
    assert world.published.files["evidence.pem"] == world.keys.signer.public_pem()
    assert are_signed(world)
    assert kept.rules_hash == sha256_hex(world.published.files["rules.json"])
    assert kept.form_hash == rules.form_hash
    assert rules.quiz_hash == quiz_hash(bytes.fromhex(kept.quiz_salt), world.campaign.answer_key())
    assert kept.questions == builders.IDS
    assert world.keys.maker.missing() == []
    assert [len(world.keys.stored(f"{name}-public")) for name in KEYSETS[:3]] == [1, 1, 1]
    assert [len(world.keys.stored(name)) for name in KEYSETS[3:]] == [1, 1]
    assert [row[:2] for row in world.journal()] == [("prepare", "prepared")]
    return kept.prepared_at != ""


def are_signed(world: World) -> bool:
    """Tell whether key and rules bear the key's signature, and the copy beside the rules is of it."""
    files, signatures = world.published.files, world.published.signatures
    assert files["rules.json.sig"] == signatures["rules.json"]
    key = EvidenceKey(files["evidence.pem"])
    return all(key.verifies(files[name], signatures[name]) for name in ("evidence.pem", "rules.json"))


class TestAsking:
    def test_says_in_japanese_what_is_missing_and_gives_a_code(self, world: World) -> None:
        reply = world.prepare()
        assert reply.result == Result.ASK
        assert "まだ作られていない鍵：contact、survey、delivery、index、claim" in reply.summary
        assert "規則（rules.json）はまだ公開されていません。" in reply.summary
        assert "受付：2月3日（火）10:00から3月1日（日）23:59まで、抽選：3月2日（月）13:00" in reply.summary
        assert reply.confirm is not None
        assert f'{{"confirm": "{reply.confirm}"}}' in reply.next

    def test_makes_nothing(self, world: World) -> None:
        for _ in range(2):
            world.prepare()
        assert world.written() == {}
        assert world.published.files == {}
        assert world.keys.maker.missing() == list(KEYSETS)

    @pytest.mark.parametrize("code", ["", "0000-0000", "XXXX-XXXX", "確認コード"])
    def test_a_wrong_code_is_refused_and_nothing_is_made(self, world: World, code: str) -> None:
        with pytest.raises(Refused) as caught:
            world.prepare(code)
        assert caught.value.problem.code == "E-140"
        assert world.written() == {}

    def test_a_code_dies_after_fifteen_minutes(self, world: World) -> None:
        code = world.prepare().confirm
        world.clock.wait(16 * MINUTE)
        with pytest.raises(Refused):
            world.prepare(code)
        assert world.written() == {}

    @pytest.mark.parametrize(
        "change",
        [
            {"prizes": [PRIZES[0] | {"quantity": 3}, PRIZES[1]]},
            {"draw_at": "2026-03-02T14:00+09:00"},
            {"randomness": {"kind": "hsm"}},
        ],
    )
    def test_a_code_is_for_the_rules_that_were_shown(self, world: World, change: dict[str, Any]) -> None:
        code = world.prepare().confirm
        world.campaign = campaign_with("drand", **change)
        with pytest.raises(Refused):
            world.prepare(code)
        assert world.published.files == {}


class TestAddressesThatNobodyVerified:
    """Finding 11: who knows a victim's address enters it first, and the victim's own entry is a duplicate."""

    def test_are_warned_of_with_what_they_allow_and_receipts_are_recommended(self, world: World) -> None:
        for reply in (world.prepare(), act(world), world.prepare()):
            said = [line for line in reply.summary if line.startswith("【注意】")]
            assert len(said) == 2
            assert "他人のアドレスで先に（わざと誤答で）応募されると、本人の応募は重複となり" in said[0]
            assert "receipts: true をお勧めします。" in said[1]

    @pytest.mark.parametrize(("collected", "warned"), [("VERIFIED", False), ("RESPONDER_INPUT", True)])
    def test_typed_into_what_the_form_collects_are_no_better(self, collected: str, warned: bool) -> None:
        questions = copy.deepcopy(builders.TREE["questions"]) | {"email": {"source": "respondent"}}
        mail = builders.TREE["mail"] | {"receipts": True}
        world = World(campaign_with("drand", questions=questions, mail=mail))
        form = world.form.form()
        form["settings"]["emailCollectionType"] = collected
        world.form.put_form(form)
        said = [line for line in world.prepare().summary if line.startswith("【注意】")]
        assert bool(said) == warned


class TestActing:
    def test_makes_keysets_and_publishes_signed_rules(self, world: World) -> None:
        reply = confirmed(world.prepare)
        assert reply.result == Result.DONE
        assert is_whole(world)
        assert world.keys.signer.signed == [world.published.files[name] for name in ("evidence.pem", "rules.json")]
        assert f"規則のSHA-256：{sha256_hex(world.published.files['rules.json'])}" in reply.summary
        assert "区のホームページに掲載してください" in reply.next

    def test_the_journal_names_who_pressed_and_the_rules(self, world: World) -> None:
        confirmed(world.prepare)
        assert world.journal() == [("prepare", "prepared", OPERATOR.principal)]

    def test_the_rules_say_what_the_campaign_file_says(self, world: World) -> None:
        confirmed(world.prepare)
        rules = Rules.from_bytes(world.published.files["rules.json"])
        campaign = world.campaign
        assert (rules.opens_at, rules.closes_at, rules.draw_at) == (
            campaign.opens_at,
            campaign.closes_at,
            campaign.draw_at,
        )
        assert [(p.id, p.name, p.quantity, p.reserves) for p in rules.prizes] == [
            ("A", "A賞 複製原画", 2, 1),
            ("B", "B賞 ピンバッジ", 3, 2),
        ]
        assert rules.eligibility == {"sentences": campaign.eligibility_text()}

    def test_the_salt_comes_before_the_keys_the_keys_before_the_rules_and_the_rules_signature_is_copied_last(
        self, world: World
    ) -> None:
        faults = Faults()
        act(world, faults)
        named = [call for call in faults.calls if not call.startswith("state")]
        published = ["signer.sign", "published.create"] * 2 + ["published.create"]
        assert named == ["keysets.make"] * 5 + published
        assert world.published.created == ["evidence.pem", "rules.json", "rules.json.sig"]
        assert faults.calls[faults.calls.index("keysets.make") - 1] == "state.commit"

    def test_again_it_changes_nothing(self, world: World) -> None:
        confirmed(world.prepare)
        before, files = world.written(), dict(world.published.files)
        world.clock.wait(MINUTE)
        for code in (None, "0000-0000"):
            reply = world.prepare(code)
            assert (reply.result, reply.confirm) == (Result.UNCHANGED, None)
            assert "準備は整っています。" in reply.summary
        assert (world.written(), world.published.files) == (before, files)

    def test_only_what_is_missing_is_made(self, world: World) -> None:
        with pytest.raises(Killed):
            act(world, at_make(world, 2))
        world.clock.wait(LEASE)
        assert "まだ作られていない鍵：delivery、index、claim" in world.prepare().summary
        faults = Faults()
        act(world, faults)
        assert faults.calls.count("keysets.make") == 3
        assert is_whole(world)

    def test_two_campaigns_have_two_salts(self) -> None:
        worlds = [World(), World()]
        for one in worlds:
            confirmed(one.prepare)
        assert len({one.one(Prepared).quiz_salt for one in worlds}) == 2


def half_prepared() -> World:
    """Return a world whose keysets are made, with the salt and the evidence key of `prepared`, and no file yet."""
    world = prepared()
    world.published.files.clear()
    world.published.signatures.clear()
    return world


def at_make(world: World, number: int) -> Faults:
    """Return faults that kill the preparation of such a world before it makes the keyset of that *number*, from 0."""
    twin, seen = World(), Faults()
    act(twin, seen)
    makes = [at for at, call in enumerate(seen.calls) if call == "keysets.make"]
    return Faults(at=makes[number])


class TestAPlantedKeyset:
    """Finding 13: who may add versions plants a half, and everything is sealed to a stranger."""

    @staticmethod
    def stranger() -> tuple[bytes, bytes]:
        return generate_pair()

    @pytest.mark.parametrize("secret", ["contact-public", "survey-public", "delivery-public", "index", "claim"])
    def test_a_keyset_planted_before_prepare_is_not_adopted(self, world: World, secret: str) -> None:
        world.keys.secrets.versions[secret].append(self.stranger()[1])
        with pytest.raises(Broken) as caught:
            world.prepare()
        assert caught.value.problem == prepare.STRANGE_KEYS
        assert secret.removesuffix("-public") in caught.value.sentence
        assert (world.published.files, world.written()) == ({}, {})

    def test_both_halves_planted_are_not_adopted_either(self, world: World) -> None:
        private, public = self.stranger()
        world.keys.secrets.versions["contact-private"].append(private)
        world.keys.secrets.versions["contact-public"].append(public)
        with pytest.raises(Broken):
            world.prepare()

    def test_a_private_half_planted_before_prepare_stops_it_now_and_the_next_time(self, world: World) -> None:
        """It cannot be listed; the number of the version that is added tells."""
        world.keys.secrets.versions["survey-private"].append(self.stranger()[0])
        code = world.prepare().confirm
        for _ in range(2):
            with pytest.raises(Broken) as caught:
                world.prepare(code)
            assert caught.value.problem == prepare.STRANGE_KEYS
            assert world.published.files == {}
        assert world.one(Prepared).keysets == ("contact",)

    @pytest.mark.parametrize("secret", ["contact-public", "claim"])
    def test_a_keyset_planted_between_asking_and_making_is_noticed(self, world: World, secret: str) -> None:
        code = world.prepare().confirm
        maker = world.keys.maker
        planted: list[str] = []

        def plant(name: str) -> None:
            if not planted and secret.startswith(name):
                planted.append(name)
                world.keys.secrets.versions[secret].append(self.stranger()[1])

        world.keys = copy.copy(world.keys)
        world.keys.maker = interposed(maker, make=plant)
        with pytest.raises(Broken) as caught:
            world.prepare(code)
        assert caught.value.problem == prepare.STRANGE_KEYS
        assert world.published.files == {}

    def test_what_an_earlier_run_made_is_known_again(self, world: World) -> None:
        act(world)
        assert world.one(Prepared).keysets == KEYSETS
        assert world.prepare().result == Result.UNCHANGED


def without(title: str) -> Callable[[Document], object]:
    def change(form: Document) -> None:
        form["items"] = [item for item in form["items"] if item.get("title") != title]

    return change


def twice(title: str) -> Callable[[Document], object]:
    def change(form: Document) -> None:
        [item] = [item for item in form["items"] if item.get("title") == title]
        form["items"].append(copy.deepcopy(item))

    return change


def option_gone(title: str, option: str) -> Callable[[Document], object]:
    def change(form: Document) -> None:
        [item] = [item for item in form["items"] if item.get("title") == title]
        choices = item["questionItem"]["question"]["choiceQuestion"]
        choices["options"] = [one for one in choices["options"] if one["value"] != option]

    return change


def changed_form(world: World, *changes: Callable[[Document], object]) -> None:
    form = copy.deepcopy(builders.FORM)
    for change in changes:
        change(form)
    world.form.put_form(form)


class TestAFormThatDoesNotFit:
    def test_every_fault_is_said_at_once_in_japanese(self, world: World) -> None:
        changed_form(world, without("年代"), twice("希望する賞品"), option_gone("お住まいの地域", "海外"))
        reply = world.prepare()
        assert (reply.result, reply.confirm) == (Result.REFUSED, None)
        assert reply.counts == {"直すところ": 3}
        said = "\n".join(reply.summary)
        assert "設問「年代」がフォームに見つかりません" in said
        assert "設問「希望する賞品」がフォームに二つ以上あり" in said
        assert "設問「お住まいの地域」の選択肢に「海外」がありません。" in said
        assert "まだ作られていない鍵" in said
        assert "もう一度 {} で実行" in reply.next

    def test_nothing_is_made_even_with_a_code(self, world: World) -> None:
        code = world.prepare().confirm
        changed_form(world, without("年代"))
        assert world.prepare(code).result == Result.REFUSED
        assert world.written() == {}
        assert world.published.files == {}

    def test_a_form_that_is_not_shared_is_refused(self, world: World) -> None:
        world.form.unshare()
        with pytest.raises(Refused):
            world.prepare()

    def test_a_form_changed_after_the_rules_are_published_must_be_put_back(self) -> None:
        world = prepared()
        changed_form(world, option_gone("この企画を何で知りましたか", "その他"), twice("年代"))
        said = sentences(world.prepare())
        assert "フォームの設問が、準備したときから変わっています。フォームを元に戻してください。" in said
        changed_form(world)
        assert world.prepare().result == Result.UNCHANGED

    def test_an_addition_that_breaks_nothing_is_a_change_too(self) -> None:
        world = prepared()
        extra = {
            "itemId": "x",
            "title": "電話番号",
            "questionItem": {"question": {"questionId": "x", "textQuestion": {}}},
        }
        changed_form(world, lambda form: form["items"].append(extra))
        assert world.prepare().result == Result.REFUSED

    def test_wording_around_the_questions_may_change(self) -> None:
        world = prepared()
        changed_form(world, lambda form: form["info"].update(description="さいごの日です！"))
        assert world.prepare().result == Result.UNCHANGED


def settings(**state: bool) -> Callable[[Document], object]:
    return lambda form: form.update(publishSettings={"publishState": state})


def asked_as(title: str, **kind: Document) -> Callable[[Document], object]:
    def change(form: Document) -> None:
        [item] = [item for item in form["items"] if item.get("title") == title]
        old = item["questionItem"]["question"]
        item["questionItem"]["question"] = {"questionId": old["questionId"], "required": True, **kind}

    return change


def box(*options: str) -> Document:
    return {"type": "CHECKBOX", "options": [{"value": option} for option in options]}


class TestAFormThatNobodyCanAnswer:
    """`prepare` said 準備は整っています three times of a form that nobody could send."""

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (settings(), "フォームが公開されていないため、だれも応募できません。"),
            (
                settings(isPublished=False, isAcceptingResponses=False),
                "「リンクを知っている全員」にして、「公開」を押して",
            ),
            (settings(isPublished=True), "「回答を受付中」をオンにしてください"),
            (asked_as("メールアドレス", dateQuestion={}), "「日付」になっていて"),
            (asked_as("メールアドレス", fileUploadQuestion={}), "ファイルのアップロードになっています"),
            (
                asked_as("個人情報の取扱いについて", choiceQuestion=box("同意する", "規約を読みました")),
                "二つ以上選ばれた回答",
            ),
            (asked_as("希望する賞品", choiceQuestion=box("ピンバッジ")), "「チェックボックス」になっていて"),
        ],
    )
    def test_is_not_ready_and_the_reply_says_what_to_click(
        self, world: World, change: Callable[[Document], object], said: str
    ) -> None:
        changed_form(world, change)
        reply = world.prepare()
        assert (reply.result, reply.confirm) == (Result.REFUSED, None)
        assert said in sentences(reply)
        assert (world.published.files, world.written()) == ({}, {})

    def test_is_not_published_for_by_a_code_that_was_given_before(self, world: World) -> None:
        code = world.prepare().confirm
        changed_form(world, settings(isPublished=True))
        assert world.prepare(code).result == Result.REFUSED
        assert world.published.files == {}

    def test_is_found_again_after_the_rules_are_published(self) -> None:
        world = prepared()
        changed_form(world, settings())
        assert "フォームが公開されていない" in sentences(world.prepare())
        changed_form(world)
        assert world.prepare().result == Result.UNCHANGED

    def test_all_faults_are_told_at_once(self, world: World) -> None:
        changed_form(
            world,
            settings(),
            asked_as("メールアドレス", dateQuestion={}),
            asked_as("希望する賞品", choiceQuestion=box("ピンバッジ")),
            without("年代"),
        )
        assert world.prepare().counts == {"直すところ": 4}

    def test_that_does_not_tell_whether_it_is_open_is_for_a_person_to_try(self, world: World) -> None:
        changed_form(world, lambda form: form.pop("publishSettings"))
        reply = world.prepare()
        assert reply.result == Result.ASK
        assert any("古い形式" in line and "ログアウトした画面" in line for line in reply.summary)

    def test_passes_somebody_by_is_a_word_of_caution(self, world: World) -> None:
        def abroad_is_through(form: Document) -> None:
            [area] = [item for item in form["items"] if item.get("title") == "お住まいの地域"]
            area["questionItem"]["question"]["choiceQuestion"]["options"][-1]["goToAction"] = "SUBMIT_FORM"

        changed_form(world, abroad_is_through)
        reply = world.prepare()
        assert reply.result == Result.ASK
        assert any("は、選ぶ答えによっては表示されません" in line for line in reply.summary)


class TestAfterOpening:
    def test_it_is_refused_from_the_moment_of_opening_on(self, world: World) -> None:
        world.clock.now = world.campaign.opens_at
        with pytest.raises(Refused) as caught:
            world.prepare()
        assert caught.value.problem == prepare.TOO_LATE
        assert "2月3日（火）10:00" in caught.value.sentence
        assert "status" in caught.value.sentence

    def test_nothing_is_touched_since_the_grants_have_ended(self) -> None:
        world = prepared()
        world.form.calls.clear()
        world.keys.secrets.calls.clear()
        world.published.away = 1
        world.clock.now = world.campaign.opens_at
        for code in (None, "0000-0000"):
            with pytest.raises(Refused):
                world.prepare(code)
        assert (world.form.calls, world.keys.secrets.calls, world.published.away) == ([], [], 1)

    def test_a_minute_before_it_still_works(self, world: World) -> None:
        world.clock.now = world.campaign.opens_at - MINUTE
        assert confirmed(world.prepare).result == Result.DONE


class TestWhatIsPublishedStands:
    @pytest.mark.parametrize(
        "change",
        [
            {"prizes": [PRIZES[0] | {"quantity": 3}, PRIZES[1]]},
            {"prizes": [PRIZES[1], PRIZES[0]]},
            {"closes_at": "2026-03-01T23:00+09:00"},
            {"randomness": {"kind": "hsm"}},
        ],
    )
    def test_other_rules_are_an_alarm(self, change: dict[str, Any]) -> None:
        world = prepared()
        files = dict(world.published.files)
        world.campaign = campaign_with("drand", **change)
        with pytest.raises(Broken) as caught:
            world.prepare()
        assert caught.value.problem == prepare.RULES_DIFFER
        assert world.published.files == files

    def test_another_answer_key_is_an_alarm(self) -> None:
        world = prepared()
        questions = copy.deepcopy(builders.TREE["questions"])
        questions["quiz"][0]["answers"].append("ないとう新宿")
        world.campaign = campaign_with("drand", questions=questions)
        with pytest.raises(Broken):
            world.prepare()

    def test_rules_that_somebody_else_put_there_are_an_alarm_and_are_not_signed(self, world: World) -> None:
        world.plant("rules.json", prepared().published.files["rules.json"])
        world.keys.signer.signed.clear()
        with pytest.raises(Broken) as caught:
            world.prepare()
        assert caught.value.problem == prepare.RULES_DIFFER
        assert (sorted(world.published.files), world.keys.signer.signed) == (["rules.json"], [])

    @foreign
    @pytest.mark.parametrize("name", ["evidence.pem", "rules.json"])
    def test_a_file_right_to_the_byte_that_we_did_not_sign_is_an_alarm_and_is_not_signed(
        self, name: str, forged: Forged
    ) -> None:
        world = half_prepared()
        data = prepared().published.files[name]
        world.published.plant(name, data, forged(world, data))
        before, signed = world.written(), list(world.keys.signer.signed)
        with pytest.raises(Broken) as caught:
            world.prepare()
        assert caught.value.problem == UNSIGNED
        assert f" {name} " in caught.value.sentence
        assert (sorted(world.published.files), world.keys.signer.signed) == ([name], signed)
        assert world.written() == before

    @foreign
    def test_rules_that_lose_their_signature_are_an_alarm_even_when_all_is_done(self, forged: Forged) -> None:
        world = prepared()
        rules = world.published.files["rules.json"]
        world.published.plant("rules.json", rules, forged(world, rules))
        with pytest.raises(Broken) as caught:
            world.prepare()
        assert caught.value.problem == UNSIGNED

    def test_a_copy_of_another_signature_that_lies_there_is_an_alarm(self, world: World) -> None:
        world.published.plant("rules.json.sig", MemorySigner().sign(b"{}"))
        with pytest.raises(Broken) as caught:
            confirmed(world.prepare)
        assert "rules.json.sig" in caught.value.sentence
        assert world.one(Prepared).prepared_at == ""

    def test_another_evidence_key_is_an_alarm(self) -> None:
        world = prepared()
        world.keys = copy.copy(world.keys)
        world.keys.signer = MemorySigner()
        with pytest.raises(Broken) as caught:
            world.prepare()
        assert caught.value.problem == prepare.KEY_DIFFERS

    def test_a_key_file_that_somebody_else_put_there_is_an_alarm(self, world: World) -> None:
        world.published.files["evidence.pem"] = MemorySigner().public_pem()
        with pytest.raises(Broken) as caught:
            world.prepare()
        assert caught.value.problem == prepare.KEY_DIFFERS
        assert world.written() == {}

    def test_a_survey_question_renamed_in_the_file_alone_is_resolved_anew(self) -> None:
        """Its id is in no rules, but intake stores answers by it."""
        world = prepared()
        rules = world.published.files["rules.json"]
        questions = copy.deepcopy(builders.TREE["questions"])
        questions["survey"][-1]["id"] = "remarks"
        world.campaign = campaign_with("drand", questions=questions)
        assert confirmed(world.prepare).result == Result.DONE
        assert "remarks" in world.one(Prepared).questions
        assert "comments" not in world.one(Prepared).questions
        assert world.published.files["rules.json"] == rules


class TestCutOff:
    def test_wherever_it_was_cut_off_the_next_run_makes_the_rest_and_changes_nothing_that_stands(self) -> None:
        """It comes when the lease of the run that was killed has ended. Until all is there, no time is written."""
        for where, world in cut_off(World, act):
            standing = dict(world.published.files)
            kept = world.state.get(Prepared, ONLY)
            if kept is not None and kept.record.prepared_at:
                assert is_whole(world), where
            world.clock.wait(LEASE)
            assert act(world).result in (Result.DONE, Result.UNCHANGED), where
            assert is_whole(world), where
            assert standing.items() <= world.published.files.items(), where
            assert kept is None or kept.record.quiz_salt == world.one(Prepared).quiz_salt, where
            assert world.prepare().result == Result.UNCHANGED, where

    def test_the_code_of_a_run_that_was_cut_off_still_serves(self) -> None:
        """As the reply to a lost connection says: press the same once more."""
        for at in range(12):
            world, faults = World(), Faults(at)
            code = world.prepare().confirm
            with pytest.raises(Killed):
                world.prepare(code, faults=faults)
            world.clock.wait(LEASE)
            assert world.prepare(code).result == Result.DONE, faults.points
            assert is_whole(world), faults.points

    def test_while_the_lease_of_a_killed_run_lasts_it_says_when_to_come_back(self, world: World) -> None:
        code = world.prepare().confirm
        with pytest.raises(Killed):
            world.prepare(code, faults=Faults(at=3))
        with pytest.raises(Again) as caught:
            world.prepare(code)
        assert caught.value.problem == BUSY
        world.clock.wait(LEASE)
        assert world.prepare(code).result == Result.DONE

    def test_a_failure_that_is_told_frees_the_lease(self, world: World) -> None:
        code = world.prepare().confirm
        with pytest.raises(Again):
            world.prepare(code, faults=Faults(at=3, way=Way.AWAY))
        assert world.prepare(code).result == Result.DONE

    def test_until_the_rules_are_published_a_mended_form_or_file_is_taken_as_it_is_now(self) -> None:
        mended = campaign_with("drand", prizes=[PRIZES[0]])
        for where, world in cut_off(World, act, [Way.BEFORE]):
            published = "rules.json" in world.published.files
            world.clock.wait(LEASE)
            changed_form(world, lambda form: form["items"].reverse())
            if published:
                assert act(world).result == Result.REFUSED, where
                continue
            world.campaign = mended
            assert act(world).result == Result.DONE, where
            assert is_whole(world), where


class TestTwoAtOnce:
    def test_whoever_comes_beside_a_run_finds_it_busy_or_done(self) -> None:
        def other(world: World) -> None:
            try:
                act(world)
            except Again as error:
                assert error.problem == BUSY  # noqa: PT017

        for where, world in beside(World, act, other):
            assert act(world).result == Result.UNCHANGED, where
            assert is_whole(world), where

    def test_a_run_that_stood_still_longer_than_its_lease_writes_no_more_records(self) -> None:
        """The other run takes over and finishes; the rules are the same, since both took the salt that was kept."""

        def other(world: World) -> None:
            world.clock.wait(LEASE)
            act(world)

        for where, world in beside(World, act, other):
            assert act(world).result == Result.UNCHANGED, where
            assert world.one(Prepared).rules_hash == sha256_hex(world.published.files["rules.json"]), where
            assert world.keys.maker.missing() == [], where

    def test_the_form_that_was_judged_is_the_form_that_is_pinned(self, world: World) -> None:
        code = world.prepare().confirm
        world.form.calls.clear()
        world.prepare(code)
        assert [call.name for call in world.form.calls] == ["form"]

    def test_what_another_run_pinned_meanwhile_is_seen_under_the_lease(self, world: World) -> None:
        """The other read the form when it looked otherwise; it finished just before this run took its turn."""

        def other() -> None:
            world.state, world.published = state, files
            changed_form(world, lambda form: form["items"].reverse())
            act(world)

        code, state, files = world.prepare().confirm, world.state, world.published
        world.state = interposed(state, get=at_first(ConfirmKey, other))
        reply = world.prepare(code)
        assert "フォームの設問が、準備したときから変わっています。" in sentences(reply)
        assert is_whole(world)

    @pytest.mark.parametrize(
        ("name", "signed", "problem"),
        [
            ("evidence.pem", True, prepare.KEY_DIFFERS),
            ("evidence.pem", False, UNSIGNED),
            ("rules.json", True, prepare.RULES_DIFFER),
            ("rules.json", False, UNSIGNED),
        ],
    )
    def test_a_file_that_somebody_puts_there_under_way_is_an_alarm(
        self, world: World, name: str, signed: bool, problem: Problem
    ) -> None:
        def forge() -> None:
            data = prepared().published.files[name]
            files.plant(name, data, world.keys.signer.sign(data) if signed else b"")

        code, files = world.prepare().confirm, world.published
        world.published = interposed(files, create=at_first(name, forge))
        with pytest.raises(Broken) as caught:
            world.prepare(code)
        assert caught.value.problem == problem
        assert "rules.json.sig" not in files.files
        assert world.one(Prepared).prepared_at == ""
