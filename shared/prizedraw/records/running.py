"""What every run leaves: its lease, the key of the confirm codes, the journal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from prizedraw.ports import Document
from prizedraw.records.flat import Instant, Stamp, flat, from_flat


@dataclass(frozen=True, slots=True)
class Lease:
    """
    The right of one run to write. *commits* changes with each batch: an old run's next batch meets a newer version.

    *until* is an instant; a lease past it may be taken over.
    """

    COLLECTION: ClassVar[str] = "leases"
    to_doc = flat
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    holder: str
    until: Instant
    commits: int


ONLY = "current"
"""The id of a record of which a campaign has one."""


@dataclass(frozen=True, slots=True)
class ConfirmKey:
    """The key of this campaign's confirm codes; made at first use."""

    COLLECTION: ClassVar[str] = "confirm"
    to_doc = flat
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class JournalRow:
    """
    Who did what when, for ever: create-only, free of personal data but the operator's account.

    *action* is a fixed word of the *step*; `ACT_WORDS` has its reading. Where two people acted, the row is of who
    let it happen, and `asked` among its *hashes* is the id of the row of who asked. *times* are of what it was done by,
    RFC 3339 UTC: by when a file was dropped, the audit log tells who dropped it.
    """

    COLLECTION: ClassVar[str] = "journal"
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    at: Stamp
    step: str
    principal: str
    action: str
    counts: dict[str, int]
    hashes: dict[str, str]
    times: dict[str, Stamp] = field(default_factory=dict)

    def to_doc(self) -> Document:
        """Translate; a row without *times* has no such field, so that older rows are what they were when hashed."""
        document = flat(self)
        if not self.times:
            del document["times"]
        return document


ERASED_UNREAD = "erased unread"
"""The act of `claim` once everything is being erased: what was dropped all the same went without being looked into."""

ACT_WORDS: Mapping[tuple[str, str], str] = {
    ("prepare", "prepared"): "準備（規則の公開）",
    ("freeze", "frozen"): "応募の確定",
    ("draw", "drawn"): "抽選",
    ("notify", "sent"): "メールの送信",
    ("notify", "tested"): "メールの見本の送信（担当者自身あて）",
    ("notify", "sent again"): "メールの再送（担当者の求め）",
    ("notify", "looked up"): "当選コードの照会",
    ("notify", "disowned"): "このシステムが書いていない、メールの送信の記録の除去",
    ("claim", "imported"): "お届け先の取り込み",
    ("claim", ERASED_UNREAD): "消去の開始の後に置かれたファイルの消去（取り込まず）",
    ("forfeit", "asked many"): "多数の失効の求め（別の担当者の確認が要る）",
    ("forfeit", "forfeited"): "当選の失効",
    ("forfeit", "restored"): "失効した当選を戻した",
    ("ship", "listed"): "発送リストの作成",
    ("ship", "shipped"): "発送の記録",
    ("analyse", "begun"): "集計の作成",
    ("analyse", "analysed"): "集計",
    ("status", "saved"): "状況報告の保存",
    ("status", "published"): "掲載・提出（担当者の申告）",
    ("status", "took back"): "掲載・提出の申告の取り消し",
    ("erase", "begun"): "個人情報の消去の開始",
    ("erase", "asked early"): "時期の前の消去の求め（別の担当者の確認が要る）",
    ("erase", "begun early"): "個人情報の消去の開始（時期の前）",
    ("erase", "erased"): "個人情報の消去",
    ("erase", "attested"): "消去の確認（担当者）",
    ("erase", "reported"): "消去報告書の作成",
    ("erase", "looked up"): "応募者一人の照会",
    ("erase", "person"): "本人の請求による消去",
}
"""How operators and the ward read a row of the journal, by step and action."""
