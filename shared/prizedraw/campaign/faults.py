"""Tell a reader of Japanese what is wrong in a campaign file, where, and in which line."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from prizedraw.campaign.yaml_text import Finding, Path, Source

NAMES = {
    "id": "記号",
    "title": "題",
    "expected_entrants": "応募者数の見込み",
    "handling": "個人情報の取扱期間",
    "begins": "始まり",
    "ends": "終わり",
    "opens_at": "受付の開始",
    "closes_at": "受付の締切",
    "draw_at": "抽選の時刻",
    "claim": "お届け先の登録",
    "url": "URL",
    "deadline": "登録期限",
    "last": "最終期限",
    "columns": "CSVの見出し",
    "receipt": "受付番号",
    "code": "当選コード",
    "columns.name": "氏名",
    "postal_code": "郵便番号",
    "address": "住所",
    "phone": "電話番号",
    "sent_at": "送信日時",
    "ship_by": "発送の期限",
    "erase_from": "消去の開始",
    "form": "応募フォーム",
    "form.id": "フォームのID",
    "questions": "設問",
    "email": "メールアドレス",
    "source": "尋ね方",
    "consent": "同意",
    "answer": "同意とみなす答え",
    "age_group": "年代",
    "area": "居住地域",
    "options": "選択肢",
    "groups": "まとめる組",
    "ordered": "順序のある選択肢",
    "unanswered_with": "無回答と合わせる選択肢",
    "quiz": "クイズ",
    "answers": "答え",
    "survey": "アンケート",
    "survey.kind": "種類",
    "prizes": "賞品",
    "name": "名前",
    "quantity": "当選者数",
    "reserves": "補欠の数",
    "requires": "抽選の条件",
    "min_correct": "最低正解数",
    "choice": "答えの条件",
    "question": "設問の記号",
    "randomness": "乱数",
    "kind": "種類",
    "chain": "チェーンのハッシュ",
    "public_key": "公開鍵",
    "period": "周期",
    "genesis": "開始時刻",
    "given_by": "数を知らせる職",
    "mail": "メール",
    "sender_name": "差出人の名前",
    "sender_address": "差出人のアドレス",
    "per_day": "1日の上限",
    "per_minute": "1分の上限",
    "receipts": "受付メール",
    "ward": "区の担当",
    "section": "部署",
    "hours": "受付時間",
    "page": "お知らせのページ",
    "contractor": "委託事業者",
    "responsible": "取扱責任者",
    "head": "報告の宛先",
    "contractor.address": "所在地",
    "representative": "代表者",
    "officer": "取扱責任者の氏名",
    "contract": "契約",
    "contract.name": "契約件名",
    "number": "契約番号",
    "work": "登録業務の名称",
    "subcontractors": "再委託先",
    "does": "再委託する業務",
    "analysis": "集計",
    "threshold": "伏せる人数",
    "shipping": "発送リスト",
    "style": "形",
}
"""What an item is called in Japanese, by its key, or by its key after that of the item around it."""

_SENTENCES = {
    "missing": "必要な項目がありません。",
    "string_type": '文字を引用符（"）で囲んで書いてください。',
    "int_type": "整数を半角の数字で書いてください（引用符は付けません）。",
    "bool_type": "true か false と書いてください（引用符は付けません）。",
    "tuple_type": "行の先頭に「- 」を付けた一覧で書いてください。",
    "model_type": "一段下げて、項目を並べてください。",
    "model_attributes_type": "一段下げて、項目を並べてください。",
    "greater_than_equal": "{ge}以上にしてください。",
    "less_than_equal": "{le}以下にしてください。",
    "too_short": "{min_length}つ以上書いてください。",
    "literal_error": "{expected} のどれかを書いてください。",
    "union_tag_invalid": "{expected_tags} のどれかを書いてください。",
    "union_tag_not_found": "種類（kind）が要ります。",
    "value_error": "{error}",
}


@dataclass(frozen=True, kw_only=True)
class FileFault:
    """
    One fault: its *line* (from 1; 0 if it has none), its *place* with its Japanese name, and what to do.

    Values of the file are never repeated, only the keys.
    """

    line: int
    place: str
    sentence: str

    def __str__(self) -> str:
        return f"{f'{self.line}行目' if self.line else 'ファイル'} {self.place or '全体'}：{self.sentence}"


def place_of(path: Path) -> str:
    """Show a path with the Japanese names: `prizes[1].quantity（賞品2番目・当選者数）`."""
    dotted, around = "", ""
    spoken: list[str] = []
    for part in path:
        if isinstance(part, int):
            dotted += f"[{part}]"
            spoken[-1:] = [f"{''.join(spoken[-1:])}{part + 1}番目"]
            continue
        shown = part if part.isprintable() else "?"
        dotted += f".{shown}" if dotted else shown
        spoken.append(NAMES.get(f"{around}.{part}", NAMES.get(part, "")))
        around = part
    names = "・".join(filter(None, spoken))
    return f"{dotted}（{names}）" if names else dotted


def findings_of(error: ValidationError, tree: Any) -> Iterator[Finding]:
    """Translate what pydantic found wrong in *tree*."""
    for fault in error.errors(include_input=False, include_url=False):
        path = _written(fault["loc"], tree)
        if fault["type"] == "extra_forbidden":
            yield Finding(path, _unknown(str(path[-1])))
            continue
        if fault["type"] == "union_tag_invalid":
            path = (*path, "kind")
        facts = {key: str(fact).replace(" or ", ", ").replace("'", '"') for key, fact in fault.get("ctx", {}).items()}
        yield Finding(path, _SENTENCES.get(fault["type"], "正しくありません。").format(**facts))


def _written(loc: Path, tree: Any) -> Path:
    """Turn pydantic's location into a path of the file: the chosen kind of a union is not written there."""
    path: Path = ()
    for number, part in enumerate(loc, 1):
        if isinstance(tree, dict) and part not in tree and number < len(loc):
            continue
        path = (*path, part)
        tree = tree.get(part) if isinstance(tree, dict) else tree[part] if isinstance(part, int) else None
    return path


def _unknown(key: str) -> str:
    """Say that a key is not known, and which one may have been meant."""
    near = get_close_matches(key, [name.rpartition(".")[2] for name in NAMES], n=1)
    meant = f"「{near[0]}」の誤りではありませんか。" if near and near[0] != key else ""
    return f"この場所では使わない項目です。{meant}"


def faults_of(source: Source, findings: list[Finding]) -> list[FileFault]:
    """Put lines and names to the findings, in the order of the file."""
    placed = {
        FileFault(
            line=finding.line or source.line(finding.path), place=place_of(finding.path), sentence=finding.sentence
        ): None
        for finding in findings
    }
    return sorted(placed, key=lambda fault: fault.line)
