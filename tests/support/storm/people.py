"""
What people do who are no operators: they enter, edit, take others' addresses, register, answer; mail comes back.

Everything that could name one of them bears `kojin` or 個人, so that it is found wherever it lies.
"""

import email
import random
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from prizedraw.rehearsal.winners import SentForm, export
from prizedraw.times import JST
from support import oracle
from support.storm.world import StormWorld

PEOPLE = 16
MICRO = timedelta(microseconds=1)
MARKS = ("kojin", "個人町", "個人太郎", "個人の感想", "090-7707", "0907707")
"""What stands in everything that could name a person."""
CODE = re.compile(r"\b([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z])\b")


def address_of(person: int, chance: random.Random | None = None) -> str:
    """Return the address of a person, as they may type it."""
    plain = f"kojin..{person}@docomo.ne.jp" if person == PEOPLE - 1 else f"kojin{person}@mail.example.jp"
    if chance is None or chance.random() < 0.7:
        return plain
    return chance.choice([plain.upper(), f" {plain} ", plain.replace("@", "＠"), plain.title()])


class People:
    """All who take part in a world; *logo* are the forms that winners sent, *exports* the CSVs made of them."""

    def __init__(self, world: StormWorld) -> None:
        self.world = world
        self.ids = {
            oracle.folded(item["title"]): item["questionItem"]["question"]["questionId"]
            for item in world.questions["items"]
            if "questionItem" in item
        }
        self.number = 0
        self.logo: list[SentForm] = []
        self.exports: list[bytes] = []
        self.dropped: dict[str, tuple[bytes, datetime]] = {}
        self.notices: list[tuple[str, dict[str, str]]] = []
        self.filled_at = 0
        """The number of the last event at which a person put something personal into a place."""

    # The form.

    def submit(self, chance: random.Random) -> str:
        """Send a response."""
        world, person = self.world, chance.randrange(PEOPLE)
        now = world.clock.now
        at = now - timedelta(seconds=chance.choice([0, 0, 1, 60, 240]))
        edges = [world.campaign.opens_at, world.campaign.closes_at, world.campaign.closes_at - MICRO]
        near = [edge for edge in edges if edge <= now < edge + timedelta(minutes=9)]
        if near and chance.random() < 0.7:
            at = chance.choice(near)
        self.number += 1
        id = f"r{self.number}"
        if world.form.is_deleted:
            return "nobody can answer: the form is gone"
        self._put(id, person, at, at, chance)
        return f"person {person} sends {id} at {at:%m-%d %H:%M:%S.%f}"

    def rush(self, chance: random.Random, edge: datetime) -> str:
        """Send a response at the very instant of a boundary, and one right before or after it."""
        for at in (edge, edge + chance.choice([-MICRO, MICRO])):
            self.number += 1
            self._put(f"r{self.number}", chance.randrange(PEOPLE), at, at, chance)
        return f"r{self.number - 1} and r{self.number} are sent at {edge:%m-%d %H:%M:%S}"

    def hand_over(self, chance: random.Random) -> str:
        """Let somebody change their response to be of another person, and enter anew."""
        row = self._pick(chance)
        owner = re.search(r"kojin\.*(\d+)", self._typed(row), re.IGNORECASE) if row is not None else None
        if row is None or owner is None:
            return "nobody hands over"
        self.world.wait(timedelta(seconds=5))
        now, other = self.world.clock.now, chance.randrange(PEOPLE)
        self._put(row["responseId"], other, oracle.nanos(row["createTime"]) or 0, now, chance)
        self.number += 1
        self._put(f"r{self.number}", int(owner[1]), now, now, chance)
        return f"{row['responseId']} is edited to be of person {other}, and person {owner[1]} sends r{self.number}"

    def edit(self, chance: random.Random) -> str:
        """Change a response."""
        row = self._pick(chance)
        if row is None:
            return "nobody edits"
        self.world.wait(timedelta(seconds=chance.choice([1, 5])))  # a version has a later time than the one before
        now = self.world.clock.now
        person = chance.randrange(PEOPLE)
        if chance.random() < 0.5:
            kept = re.search(r"kojin\.*(\d+)", self._typed(row), re.IGNORECASE)
            person = int(kept[1]) if kept else person
        self._put(row["responseId"], person, oracle.nanos(row["createTime"]) or 0, now, chance)
        return f"{row['responseId']} is edited to be of person {person}"

    def delete(self, chance: random.Random) -> str:
        """Let the form's owner delete a response."""
        row = self._pick(chance)
        if row is None:
            return "nothing to delete in the form"
        self.world.form.remove(row["responseId"])
        self.world.count("deleted")
        return f"{row['responseId']} is deleted in the form"

    def _pick(self, chance: random.Random) -> dict[str, Any] | None:
        rows = self.world.form.rows
        return rows[chance.choice(sorted(rows))] if rows and not self.world.form.is_deleted else None

    def _typed(self, row: dict[str, Any]) -> str:
        return str(row.get("respondentEmail", row))

    def _put(self, id: str, person: int, created: Any, edited: datetime, chance: random.Random) -> None:
        world, asks = self.world, self.world.tree["questions"]
        created = created if isinstance(created, int) else _nanos(created)
        typed = address_of(person, chance) if chance.random() < 0.94 else "kojin.at.nowhere"
        given = {asks["consent"]["title"]: asks["consent"]["answer"] if chance.random() < 0.95 else "同意しない"}
        for question in asks["quiz"]:
            given[question["title"]] = question["answers"][0] if chance.random() < 0.8 else "わかりません"
        for name in ("age_group", "area"):
            given[asks[name]["title"]] = chance.choice([*asks[name]["options"], ""])
        for question in asks["survey"]:
            wishes = [*question.get("options", ()), ""]
            given[question["title"]] = chance.choice(wishes) if len(wishes) > 1 else f"個人の感想{person}"
        row: dict[str, Any] = {"responseId": id, "createTime": _zulu(created)}
        row["lastSubmittedTime"] = _zulu(max(_nanos(edited), created))
        if asks["email"]["source"] == "question":
            given[asks["email"]["title"]] = typed
        else:
            row["respondentEmail"] = typed
        ids = {self.ids[oracle.folded(title)]: text for title, text in given.items() if text}
        row["answers"] = {
            one: {"questionId": one, "textAnswers": {"answers": [{"value": text}]}} for one, text in ids.items()
        }
        world.form.submit(row)
        self.filled_at = world.events
        self.notices.append(("intake", {"eventType": "RESPONSES", "formId": world.campaign.form.id}))

    # The claim form and its exports.

    def codes(self) -> dict[str, str]:
        """Return the claim codes that mails said, by label."""
        return dict(self.world.promises.codes)

    def register(self, chance: random.Random) -> str:
        """Let somebody who got a mail send the claim form, rightly or not."""
        codes = self.codes()
        label = chance.choice(sorted(codes)) if codes else ""
        kind = chance.choice(["right"] * 8 + ["typed", "mistyped", "empty"])
        self.send(label, kind)
        return f"{label[:8] or 'nobody'} sends the claim form ({kind})"

    def send(self, label: str, kind: str = "right") -> SentForm:
        """Let the winner of a label send the claim form now."""
        number = len(self.logo)
        now = f"{self.world.clock.now.astimezone(JST):%Y/%m/%d %H:%M:%S}"
        code = self.codes().get(label, "0000-0000-0000-0")
        if kind == "typed":
            code = code.lower().replace("-", " ")
        if kind == "mistyped":
            code = code[:-1] + ("0" if code[-1] != "0" else "1")
        form = SentForm(
            receipt=f"{10_000 + number}",
            code=code,
            name=f"個人太郎{number}",
            postal_code="160-0022",
            address=f"東京都新宿区新宿個人町{number}-1",
            phone=f"090-7707-{number:04d}",
            sent_at=now,
        )
        form = replace(form, phone="", address="") if kind == "empty" else form
        self.logo.append(form)
        return form

    def export(self, encoding: str = "utf-8-sig", *, lacking: SentForm | None = None) -> bytes:
        """Return all that was registered, as LoGo exports it; or what is left of it after somebody cut a row out."""
        data = export(self.world.campaign, [form for form in self.logo if form is not lacking], encoding=encoding)
        self.exports.append(data)
        return data

    def drop(self, chance: random.Random) -> str:
        """Let an operator drop a CSV in the claims bucket: whole, old, cut, from Excel, or none at all."""
        kind = chance.choice(["whole"] * 6 + ["cp932", "excel", "few", "none", "old", "cut", "twice", "rubbish"])
        data = self.export("cp932" if kind in ("cp932", "excel") else chance.choice(["utf-8-sig", "utf-8"]))
        lines = data.splitlines(keepends=True)
        match kind:
            case "few":
                data = b"".join([lines[0], *(line for line in lines[1:] if chance.random() < 0.6)])
            case "none":
                data = lines[0]
            case "old":
                data = chance.choice(self.exports)
            case "cut":
                data = data[: chance.randrange(1, len(data))]
            case "excel":
                data = re.sub(rb"(\d\d:\d\d):\d\d", rb"\1", data).replace(b",090-", b",90-")
            case "rubbish":
                data = b"\x00\xffkojin" * 9
        name = f"登録{len(self.dropped)}.csv" if kind != "twice" else "登録.csv"
        return f"a CSV is dropped ({kind}): {self.put(name, data)}"

    def put(self, name: str, data: bytes) -> str:
        """Put a file into the claims bucket, and let Storage announce it."""
        world = self.world
        generation = world.claims.drop(name, data, world.clock.now)
        self.dropped[f"{name}#{generation}"] = (data, world.clock.now)
        self.filled_at = world.events
        self.notices.append(
            ("claim", {"eventType": "OBJECT_FINALIZE", "objectId": name, "objectGeneration": generation})
        )
        return name

    # Mail.

    def bounce(self, chance: random.Random) -> str:
        """Let a mail come back."""
        sent = sorted(self.world.mail.sent)
        if not sent:
            return "no mail comes back"
        id = chance.choice(sent)
        reference = str(email.message_from_bytes(self.world.mail.sent[id])["X-Prizedraw-Reference"])
        if chance.random() < 0.2:
            reference = chance.choice(["", reference[:-1] + "0", "winner-unknown-0000000000"])
        self.world.mail.bounce(id, reference, chance.choice(["5.1.1", "5.0.0", "4.4.7"]))
        self.world.count("bounced")
        self.filled_at = self.world.events
        return f"{id} comes back"

    def answer(self, chance: random.Random) -> str:
        """Let somebody answer a mail."""
        sent = sorted(self.world.mail.sent)
        if not sent:
            return "nobody answers"
        id = chance.choice(sent)
        self.world.mail.answer(id)
        self.filled_at = self.world.events
        return f"somebody answers {id}"

    def owner(self, chance: random.Random) -> str:
        """Let the form's owner do something that cannot be taken back."""
        kind = chance.choice(["empty", "empty", "sheet", "form"])
        if kind == "empty":
            self.world.form.empty()
        elif kind == "sheet":
            self.world.sheets.there.clear()
        else:
            self.world.form.empty()
            self.world.form.delete_file()
        self.world.count(f"owner: {kind}")
        return {"empty": "the owner deletes all responses", "sheet": "the owner deletes the spreadsheet"}.get(
            kind, "the owner deletes the form"
        )


def _nanos(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000_000 + moment.microsecond * 1000


def _zulu(nanos: int) -> str:
    whole, rest = divmod(nanos, 1_000_000_000)
    text = f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}"
    return f"{text}.{rest:09d}Z" if rest else f"{text}Z"
