"""Say to operators in Japanese what is ready before opening, what is missing, and what to mend."""

from collections.abc import Iterator
from dataclasses import dataclass

from prizedraw.campaign.advice import advice
from prizedraw.campaign.definition import Campaign
from prizedraw.entries.form_questions import Mismatch
from prizedraw.runtime import confirm
from prizedraw.runtime.orders import Reply, Result
from prizedraw.times import japanese
from prizedraw.words.form import mismatch


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """
    How far a campaign is prepared, as a run found it.

    *mismatches*: where the form does not fit the campaign file. *code* is given if what is missing may be made;
    *is_new*: this run has made it. *verified*: the form takes no address but that of the entrant's own account.
    *passed_by*: the titles of questions that a prize needs, and that not everybody is asked. *tells_reach*: the form
    says whether people can reach it.
    """

    campaign: Campaign
    mismatches: tuple[Mismatch, ...]
    missing_keysets: tuple[str, ...]
    rules_published: bool
    rules_hash: str
    code: str | None
    is_new: bool
    verified: bool
    passed_by: tuple[str, ...] = ()
    tells_reach: bool = True


def reply(preparation: Preparation) -> Reply:
    """Say what must be mended, else what would be made, else that all is ready."""
    if preparation.mismatches:
        return _not_ready(preparation)
    if preparation.code is not None:
        return _ask(preparation.code, preparation)
    return _ready(preparation)


def _missing(preparation: Preparation) -> Iterator[str]:
    if preparation.missing_keysets:
        yield f"まだ作られていない鍵：{'、'.join(preparation.missing_keysets)}"
    if not preparation.rules_published:
        yield "規則（rules.json）はまだ公開されていません。"


def _advice(preparation: Preparation) -> Iterator[str]:
    """Say what may be so and would be better otherwise; once the rules are published it is too late for most."""
    if not preparation.tells_reach:
        yield (
            "【注意】このフォームは古い形式で、回答を受け付けているかを、この仕組みから読み取れません。"
            "「回答」タブの「回答を受付中」がオンか、ログアウトした画面で送信まで進めるかを、人が確かめてください。"
        )
    if preparation.passed_by:
        yield (
            f"【注意】設問「{'」「'.join(preparation.passed_by)}」は、選ぶ答えによっては表示されません。"
            "表示されなかった方は、その設問が条件の賞品の対象になりません。そのつもりか、区と確かめてください。"
        )
    for sentence in advice(preparation.campaign, verified=preparation.verified):
        yield f"【注意】{sentence}"


def _not_ready(preparation: Preparation) -> Reply:
    mismatches = [mismatch(one) for one in preparation.mismatches]
    return Reply(
        Result.REFUSED,
        ("次の点がそろっていないため、準備を進められません。", *mismatches, *_missing(preparation)),
        {"直すところ": len(mismatches)},
        next="上の点を直してから、もう一度 {} で実行してください。",
    )


def _ask(code: str, preparation: Preparation) -> Reply:
    campaign = preparation.campaign
    return Reply(
        Result.ASK,
        (
            "フォームと定義ファイルは一致しています。",
            *_missing(preparation),
            "実行すると、鍵を作り、規則を公開します。公開した規則は変更できません。",
            f"受付：{campaign.entry_period_text}、抽選：{campaign.draw_text}",
            *_advice(preparation),
        ),
        {prize.name: prize.quantity for prize in campaign.prizes},
        next=confirm.press(code),
        confirm=code,
    )


def _ready(preparation: Preparation) -> Reply:
    return Reply(
        Result.DONE if preparation.is_new else Result.UNCHANGED,
        (
            "準備は整っています。",
            "フォームと定義ファイルは一致しています。鍵はすべてあります。規則は公開用フォルダにあります。",
            f"規則のSHA-256：{preparation.rules_hash}",
            *_advice(preparation),
        ),
        next=f"{japanese(preparation.campaign.opens_at)}の受付開始まで、フォームの設問を変えないでください。"
        "rules.json・rules.json.sig・evidence.pem を区のホームページに掲載してください。",
    )
