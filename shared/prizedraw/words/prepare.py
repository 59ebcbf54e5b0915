"""Say to operators in Japanese what is ready before opening, what is missing, and what to mend."""

from collections.abc import Iterator
from dataclasses import dataclass

from prizedraw.campaign.advice import advice
from prizedraw.campaign.definition import Campaign
from prizedraw.entries.form_schema import Misfit, Mismatch
from prizedraw.runtime import confirm
from prizedraw.runtime.orders import Reply, Result
from prizedraw.times import japanese


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """
    How far a campaign is prepared, as a run found it.

    *mismatches*: where the form does not fit the campaign file. *code* is given if what is missing may be made;
    *is_new*: this run has made it. *verified*: the form takes no address but that of the entrant's own account.
    """

    campaign: Campaign
    mismatches: tuple[Mismatch, ...]
    missing_keysets: tuple[str, ...]
    rules_published: bool
    rules_hash: str
    code: str | None
    is_new: bool
    verified: bool


def reply(preparation: Preparation) -> Reply:
    """Say what must be mended, else what would be made, else that all is ready."""
    if preparation.mismatches:
        return _not_ready(preparation)
    if preparation.code is not None:
        return _ask(preparation.code, preparation)
    return _ready(preparation)


def mismatch(one: Mismatch) -> str:
    """Say what is wrong with the form, and what to do."""
    match one.what:
        case Misfit.ABSENT:
            return f"設問「{one.title}」がフォームに見つかりません。フォームの題と定義ファイルをそろえてください。"
        case Misfit.AMBIGUOUS:
            return (
                f"設問「{one.title}」がフォームに二つ以上あり、どれか決められません。"
                "フォームの題と定義ファイルをそろえてください。"
            )
        case Misfit.OPTIONS_ABSENT:
            return f"設問「{one.title}」の選択肢に「{'」「'.join(one.options)}」がありません。"
        case Misfit.ADDRESSES_NOT_COLLECTED:
            return "フォームの「メールアドレスを収集する」が有効になっていません。フォームの設定を確かめてください。"
        case Misfit.CHANGED:
            return "フォームの設問が、準備したときから変わっています。フォームを元に戻してください。"


def _missing(preparation: Preparation) -> Iterator[str]:
    if preparation.missing_keysets:
        yield f"まだ作られていない鍵：{'、'.join(preparation.missing_keysets)}"
    if not preparation.rules_published:
        yield "規則（rules.json）はまだ公開されていません。"


def _advice(preparation: Preparation) -> Iterator[str]:
    """Say what may be so and would be better otherwise; once the rules are published it is too late for most."""
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
        next=f"{japanese(preparation.campaign.opens_at)} の受付開始まで、フォームの設問を変えないでください。"
        "rules.json・rules.json.sig・evidence.pem を区のホームページに掲載してください。",
    )
