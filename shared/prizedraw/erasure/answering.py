"""Keep a person's word; take it on something that nobody declared: what it is, and that it holds nothing personal."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from prizedraw.erasure import inventory, unlisted
from prizedraw.erasure.attested import ATTESTED, STEP
from prizedraw.erasure.believed import Believed
from prizedraw.erasure.outcome import AnswerTaken, ToAnswer
from prizedraw.erasure.powers import Powers
from prizedraw.erasure.report import TEXT
from prizedraw.erasure.unlisted import Unknown
from prizedraw.errors import Again, Problem, Refused
from prizedraw.ports import Conflict, Create, Replace, Stored, Write
from prizedraw.records.erasure import Attestation, Unlisted
from prizedraw.runtime import confirm, journal
from prizedraw.runtime.orders import Caller
from prizedraw.times import stamp

NO_NAME = Problem("E-547", '消去を確かめた方の氏名を、"by": "山田 太郎" のように入力してください（100字まで）。')
NOT_KNOWN = Problem(
    "E-554", "{place} という番号のものはありません。個人情報の消去（erase）を {{}} で実行すると、番号が分かります。"
)
NO_WHAT = Problem(
    "E-555",
    "それが何で、個人情報がないこと（または削除したこと）を、"
    '"what": "動作確認用の空のコレクション。個人情報なし" のように入力してください。'
    "個人情報を書かずに、短く入力してください（300字まで）。",
)
MEANWHILE = Problem(
    "E-557",
    "同じものについての確認が、同時に別の操作で記録されました。もう一度実行すると、記録された内容が表示されます。",
)


def answer(
    powers: Powers, caller: Caller, believed: Believed, id: str, *, what: str, name: str, confirm_code: str | None
) -> ToAnswer | AnswerTaken:
    """
    Take a person's word on the unknown thing of that id, for as much of it as there is now.

    Raises:
        Refused: there never was such a thing, or *what* or *name* is missing.
        Again: what it lies in could not be listed, so that nobody can say how much there is; or another run has kept
            somebody's word on it meanwhile.
    """
    known = unlisted.remembered(powers.state).get(id)
    # To list a database is to read all its documents: what was seen before is sought where it was.
    source = unlisted.source_of(known.name) if known is not None else ""
    found = next((one for one in inventory.undeclared(powers, believed, source) if one.id == id), None)
    if found is None:
        if known is None:
            raise Refused(NOT_KNOWN, place=id)
        found = Unknown(known.name, 0)
    stored = powers.state.get(Attestation, id)
    said = believed.words.attested.get(id)
    if said is not None and found.count <= said.count:
        return AnswerTaken(name=found.name, mark=said, is_new=False)
    if not TEXT.fullmatch(what):
        raise Refused(NO_WHAT)
    if not TEXT.fullmatch(name):
        raise Refused(NO_NAME)
    decision = {
        "attest": id,
        "count": str(found.count),
        "what": hashlib.sha256(what.encode()).hexdigest(),
        "by": hashlib.sha256(name.encode()).hexdigest(),
    }
    code = confirm.consent(
        confirm_code, caller=caller, step=STEP, decision=decision, state=powers.state, clock=powers.clock
    )
    if code is not None:
        return ToAnswer(unknown=found, what=what, by=name, code=code)
    now = powers.clock()  # one moment for the mark and the row by which it is believed
    mark = Attestation(id, name, stamp(now), caller.principal, what, found.count)
    keep(mark, stored, powers, caller, now, [] if known else [Replace(Unlisted(id, found.name, stamp(now)))])
    return AnswerTaken(name=found.name, mark=mark, is_new=True)


def keep(
    mark: Attestation,
    stored: Stored[Attestation] | None,
    powers: Powers,
    caller: Caller,
    now: datetime,
    more: Sequence[Write] = (),
) -> None:
    """
    Write a *mark* of *now* with the row of the journal by which it is believed, in the place of what is *stored*.

    Raises:
        Again: another run has written one meanwhile.
    """
    write: Write = Create(mark) if stored is None else Replace(mark, stored.version)
    entry = journal.entry(lambda: now, caller, STEP, ATTESTED, counts={mark.id: 1})
    try:
        powers.state.commit([write, *more, entry])
    except Conflict:
        raise Again(MEANWHILE) from None
