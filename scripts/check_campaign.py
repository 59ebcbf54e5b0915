"""
Check a campaign file and say in Japanese what is wrong with it, or what it says.

Run it through `scripts/check_campaign FILE`. Exit status: 0 without faults, 1 with faults, 2 if there is no such file.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from prizedraw.campaign.advice import advice
from prizedraw.campaign.definition import Campaign, check
from prizedraw.campaign.parts import Requirements
from prizedraw.erasure import foreseen
from prizedraw.lottery.randomness import is_public
from prizedraw.lottery.terms import randomness_of
from prizedraw.mail.reminders import csv_days, first_begins
from prizedraw.mail.written import SEEN, is_deadline_seen
from prizedraw.rehearsal.foretelling import Foretold, foretell
from prizedraw.times import japanese, japanese_date, japanese_day

USAGE = "使い方：scripts/check_campaign 定義ファイル（例：infra/terraform/campaigns/shinjuku-rally-2026.yaml）"
UNREADABLE = "ファイルを開けません。名前と場所を確かめてください："

RANDOMNESS = {
    "drand": "公開の乱数 drand（誰でも後から確かめられます）",
    "private": "公開でない drand の系列（持ち主は、値を前もって知ることができます）",
    "ward": "区が決めて知らせる数",
    "hsm": "Cloud KMS の乱数（一度きりであることは監査ログで示します）",
}
ENOUGH_SEEN = 0.6
"""Of a crossing's people, the share that a ward can make use of."""
STYLES = {"plain": "一覧", "yamato_b2": "ヤマト B2クラウド"}


def row(label: str, text: str) -> str:
    """Set one line of the summary; the label takes nine full-width characters."""
    return f"  {label:　<9}{text}"


def summary(campaign: Campaign) -> Iterator[str]:
    """Say on one screen what a campaign file says."""
    handling, questions, mail = campaign.handling, campaign.questions, campaign.mail
    yield f"誤りはありません：{campaign.title}（{campaign.id}）"
    yield "日程（日本時間）"
    yield row("取扱期間", f"{japanese_date(handling.begins)}から{japanese_date(handling.ends)}まで")
    yield row("応募の受付", f"{campaign.entry_period_text}（見込み {campaign.expected_entrants}名）")
    yield row("抽選", f"{campaign.draw_text}、{RANDOMNESS[_source(campaign)]}")
    yield row("お届け先の登録", f"{campaign.claim_deadline_text}まで、繰り上げは{campaign.claim_last_text}まで")
    yield row("期限のお知らせ", f"{japanese(first_begins(campaign))}から、登録がまだの方にだけ")
    yield row("ＣＳＶを置く日", "、".join(f"{japanese_day(day)}{why}" for day, why in csv_days(campaign)))
    yield row("発送", f"{japanese_date(campaign.ship_by)}まで（リストの形：{STYLES[campaign.shipping.style]}）")
    yield row("消去の開始", japanese_date(campaign.erase_from))
    yield from completion(campaign)
    yield "賞品（抽選の順）"
    for number, prize in enumerate(campaign.prizes, 1):
        places = f"当選{prize.quantity}名、補欠{prize.reserves}名"
        yield f"  {number}. [{prize.id}] {prize.name}：{places}（{_needs(campaign, prize.requires)}）"
    yield "設問"
    yield row("メールアドレス", questions.email.title or "フォームの「メールアドレスを収集する」機能")
    yield row("同意", f"{questions.consent.title}（「{questions.consent.answer}」）")
    yield row("年代・居住地域", f"{questions.age_group.title}、{questions.area.title}")
    for number, quiz in enumerate(questions.quiz, 1):
        yield row("クイズ" if number == 1 else "", f"{number}. {quiz.title} → {'／'.join(quiz.answers)}")
    yield row("アンケート", "、".join(question.title for question in questions.survey) or "なし")
    yield "メール・集計・連絡先"
    receipts = "全員に送る" if mail.receipts else "送らない"
    yield row(
        "差出人", f"{mail.sender_name}（1日{mail.per_day}通・1分{mail.per_minute}通まで、受付メールは{receipts}）"
    )
    tables = list(foretell(campaign))
    both, *single = seen(campaign, tables)
    hides = f"{campaign.analysis.threshold}人に満たない欄を伏せます。"
    yield row("集計", f"{hides}掛け合わせた表で見える人の割合の試算は、{both}")
    if single:
        yield row("", "　".join(single))
    yield row(
        "区の担当", f"{campaign.ward.name} {campaign.ward.section} {campaign.ward.phone}（{campaign.ward.hours}）"
    )
    yield row("委託事業者", f"{campaign.contractor.name} {campaign.contractor.responsible}")
    if blanks := list(left_blank(campaign)):
        yield row("消去報告書", f"手書きの欄になる項目：{'、'.join(blanks)}")
    if campaign.posts:
        yield row("数を知らせる職", "、".join(campaign.posts))
    advised = advice(campaign, verified=campaign.questions.email.source == "respondent")
    for reminder in (*reminders(campaign), *coarser(campaign, tables), *advised):
        yield f"注意：{reminder}"


def seen(campaign: Campaign, tables: Sequence[Foretold]) -> Iterator[str]:
    """Say how much of each crossing the ward will see: both groups crossed first, then the questions by each."""
    both, *questions = tables
    yield f"{both.title}：{both.seen:.0%}"
    for by, title in (("age_group", campaign.questions.age_group.title), ("area", campaign.questions.area.title)):
        found = [table for table in questions if table.by == by]
        if found:
            listed = "、".join(f"{table.title.removesuffix(f'（{title}別）')} {table.seen:.0%}" for table in found)
            yield f"アンケート（{title}別）：{listed}"


def coarser(campaign: Campaign, tables: Sequence[Foretold]) -> Iterator[str]:
    """Advise to count in fewer groups, where too little would be seen."""
    worst = min(tables, key=lambda table: table.seen)
    if worst.seen >= ENOUGH_SEEN:
        return
    asks = campaign.questions
    how = "の数を減らすか、人数の少ない選択肢を同じ組にする" if asks.age_group.groups and asks.area.groups else "を書く"
    yield (
        f"見込みの応募者数では、「{worst.title}」の表で見える人は{worst.seen:.0%}ほどで、残りは伏せた欄に入ります。"
        f"年代と居住地域の組（groups）{how}と、見える人が増えます。"
        "無回答だけが少ない設問では、無回答と合わせる選択肢（unanswered_with）を書く方法もあります。"
    )


def completion(campaign: Campaign) -> Iterator[str]:
    """Foretell the first day of 完了, and say why it lies after the period of handling, if it does."""
    first, later = foreseen.first_day(campaign), foreseen.first_day(campaign, answered=True)
    yield row(
        "消去の完了", f"早ければ{japanese_date(first)}（返信がメールボックスに残っていれば{japanese_date(later)}）"
    )
    if first > campaign.handling.ends:
        yield row("", "取扱期間の後です。消去と鍵の破棄は期間内に終え、Googleが復元できる期間が過ぎるのを待ちます")


def left_blank(campaign: Campaign) -> Iterator[str]:
    """Name what the report of the erasure leaves to be filled in by hand, since the file does not say it."""
    contract, contractor = campaign.contract, campaign.contractor
    for name, value in (
        ("宛先", campaign.ward.head),
        ("契約件名", contract.name),
        ("契約番号", contract.number),
        ("登録業務の名称", contract.work),
        ("所在地", contractor.address),
        ("代表者", contractor.representative),
        ("取扱責任者の氏名", contractor.officer),
    ):
        if value is None:
            yield name


def _source(campaign: Campaign) -> str:
    """Tell where the randomness comes from; a drand chain that is not the specification's is `private`."""
    return campaign.randomness.kind if is_public(randomness_of(campaign)) else "private"


def _needs(campaign: Campaign, requires: Requirements) -> str:
    """Say shortly what a prize requires."""
    said = [f"クイズ{requires.min_correct}問以上正解"] if requires.min_correct else []
    if requires.choice:
        titles = {question.name: question.title for question in campaign.asked()}
        said.append(f"「{titles[requires.choice.question]}」が{'か'.join(requires.choice.answers)}")
    return "、".join(said) or "条件なし"


def reminders(campaign: Campaign) -> Iterator[str]:
    """Point at what is allowed but proves nothing, or looks like an example that was left standing."""
    addresses = (campaign.mail.sender_address, campaign.ward.email, campaign.contractor.email)
    if any(address.rpartition("@")[2].startswith("example.") for address in addresses):
        yield "メールアドレスが例示用（example）のままです。"
    if _source(campaign) == "private":
        yield (
            "乱数の drand が、仕様で定めた系列（quicknet）ではありません。検証では「未確認」となり、証明になりません。"
            "randomness を記入例のとおりに戻してください。"
        )
    if ".example." in f"{campaign.ward.page}":
        yield "区のホームページのページ（ward の page）が例示用のままです。"
    if campaign.ward.page is None:
        yield (
            "当選メールの見分け方を載せる、区のホームページのページ（ward の page）がありません。"
            '載せる中身は、prepare を {"format": "html"} で押すと出ます。'
        )
    if not is_deadline_seen(campaign):
        yield f"区の名前（ward の name）が長く、メールの件名の先頭{SEEN}字に、期限が入りません。"
    if "Example" in campaign.form.id:
        yield "フォームの ID が例示用のままです。"
    if "/example/" in campaign.claim.url:
        yield "LoGoフォームの URL が例示用のままです。"
    if "-0000-" in campaign.ward.phone or "-0000-" in campaign.contractor.phone:
        yield "電話番号が例示用のままです。"


def main(arguments: list[str]) -> int:
    """Check the file that the one argument names."""
    if len(arguments) != 1:
        print(USAGE, file=sys.stderr)
        return 2
    try:
        data = Path(arguments[0]).read_bytes()
    except OSError:
        print(UNREADABLE, arguments[0], file=sys.stderr)
        return 2
    checked = check(data)
    if isinstance(checked, Campaign):
        print(*summary(checked), sep="\n")
        return 0
    print(f"{len(checked)}件の誤りがあります。", *checked, sep="\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
