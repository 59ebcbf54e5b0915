"""
Advise on what a campaign file may say, and what it lets others do: an address that nobody has verified is a claim.

Whoever knows an address that is merely typed can enter it first, with wrong answers: of one address the earliest
response counts, so that its owner's own entry is a duplicate and stands for nothing. Nobody tells the owner, unless
receipts are sent (docs/draw.md, section 6).
"""

from collections.abc import Iterator

from prizedraw.campaign.definition import Campaign

TYPED = (
    "メールアドレスは、打ち込まれたままで、本人のものかを確かめていません。他人のアドレスで先に（わざと誤答で）応募されると、"
    "本人の応募は重複となり、抽選の対象になりません。フォームの「メールアドレスを収集する」を「確認済み」にし、"
    '定義ファイルを source: "respondent" にすることをお勧めします。'
)
NO_RECEIPTS = (
    "受付メールを送らない設定です。送ると、応募した覚えのない人が、自分のアドレスを使われたことに気づけます。"
    "receipts: true をお勧めします。"
)
RECEIPTS_TOO_MANY = (
    "受付メールを送らない設定です。今の送信の上限（per_day）では、見込みの応募者全員には送れません。"
    "応募した覚えのない人が気づけるよう、上限を上げて receipts: true にできないか検討してください。"
)


def advice(campaign: Campaign, *, verified: bool = False) -> Iterator[str]:
    """Say what else would be better. *verified*: the form is known to let people enter by their own account only."""
    if campaign.questions.email.source == "question" or not verified:
        yield TYPED
    if not campaign.mail.receipts:
        days = (campaign.closes_at - campaign.opens_at).days
        yield NO_RECEIPTS if days * campaign.mail.per_day >= campaign.expected_entrants else RECEIPTS_TOO_MANY
