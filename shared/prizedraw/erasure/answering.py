"""
Take a person's word, and keep it: that a place which only a person can empty is empty; or, on something that nobody
declared, what it is, and that it holds nothing personal.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from prizedraw.erasure import inventory, unlisted
from prizedraw.erasure.attested import ATTESTED, STEP, TEXT
from prizedraw.erasure.believed import Believed
from prizedraw.erasure.believing import believe_or_wait
from prizedraw.erasure.outcome import AnswerTaken, Taken, ToAnswer, ToAttest
from prizedraw.erasure.places import PLACES, Place, PlaceKind
from prizedraw.erasure.powers import Powers
from prizedraw.erasure.sweep import looked_at
from prizedraw.erasure.unlisted import Unknown
from prizedraw.errors import Again, Problem, Refused
from prizedraw.ports import Conflict, Create, Replace, Stored, Write
from prizedraw.records.erasure import Attestation, Unlisted
from prizedraw.runtime import confirm, journal
from prizedraw.runtime.orders import Caller
from prizedraw.times import stamp

UNKNOWN_PLACE = Problem("E-546", "attest には、次のどれかを入力してください：{places}")
NO_NAME = Problem("E-547", '消去を確かめた方の氏名を、"by": "山田 太郎" のように入力してください（100字まで）。')
NOT_YET = Problem("E-548", "「{place}」は、まだ消去する時期ではありません（{when}）。")
STILL_THERE = Problem("E-549", "「{place}」に、まだ{count}件残っています。削除してから、もう一度実行してください。")
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


def attest(
    powers: Powers, caller: Caller, place: Place, *, since: str, name: str, confirm_code: str | None
) -> ToAttest | Taken:
    """
    Take a person's word that a *place* is empty; *since* says when its time comes.

    Raises:
        Refused: its time has not come, something is left there, or *name* is missing.
        Again: a service is away; or another run has kept somebody's word on it meanwhile.
    """
    if not TEXT.fullmatch(name):
        raise Refused(NO_NAME)
    believed = believe_or_wait(powers)
    said = believed.words.attested.get(place.id)
    if said is not None:
        return Taken(place=place, mark=said, is_new=False)
    due_now = believed.due(powers)
    if not due_now.place(place):
        raise Refused(NOT_YET, place=place.name, when=since)
    seen = looked_at(powers, caller, believed, due_now, [place]).reports(powers.now())
    left = next(one.after for one in seen if one.id == place.id)
    if left:
        raise Refused(STILL_THERE, place=place.name, count=left)
    decision = {"attest": place.id, "by": hashlib.sha256(name.encode()).hexdigest()}
    code = confirm.consent(
        confirm_code, caller=caller, step=STEP, decision=decision, state=powers.state, clock=powers.clock
    )
    if code is not None:
        return ToAttest(place=place, name=name, code=code, left=left)
    now = powers.clock()  # one moment for the mark and the row by which it is believed
    mark, planted = Attestation(place.id, name, stamp(now), caller.principal), powers.state.get(Attestation, place.id)
    keep(mark, planted, powers, caller, now)
    return Taken(place=place, mark=mark, is_new=True)


def place_of(typed: str) -> Place:
    """Return the place that an operator names; Refused if a person cannot empty it."""
    persons = {place.id: place for place in PLACES if place.kind is PlaceKind.PERSON}
    place = persons.get(typed)
    if place is None:
        raise Refused(UNKNOWN_PLACE, places="、".join(f"{p.id}（{p.name}）" for p in persons.values()))
    return place


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
