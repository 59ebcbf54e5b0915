"""Say what there is to see of a campaign under practice, as plain values for the page."""

from collections.abc import Iterable

from prizedraw.adapters.secrets.passwords import SECRET as PASSWORD
from prizedraw.ports import Document
from prizedraw.records.running import ACT_WORDS
from prizedraw.rehearsal.google.buckets import StoredObject
from prizedraw.rehearsal.practice import mail_reading
from prizedraw.rehearsal.practice.registering import FIELDS
from prizedraw.rehearsal.practice.world import OPERATORS, Move, PracticeWorld
from prizedraw.times import JST, instant, japanese, japanese_moment, moment_of

FOLDERS = {
    "published": "公開用フォルダ",
    "claims": "登録用フォルダ",
    "exports": "書き出し用フォルダ",
    "reports": "報告用フォルダ",
}
"""The buckets by the last word of their name, as replies and handbook call them."""
STEP_NAMES = {
    "prepare": ACT_WORDS["prepare", "prepared"],
    "intake": "応募の取り込み",
    "freeze": ACT_WORDS["freeze", "frozen"],
    "draw": ACT_WORDS["draw", "drawn"],
    "notify": ACT_WORDS["notify", "sent"],
    "claim": ACT_WORDS["claim", "imported"],
    "forfeit": ACT_WORDS["forfeit", "forfeited"],
    "ship": f"{ACT_WORDS['ship', 'listed']}、{ACT_WORDS['ship', 'shipped']}",
    "analyse": ACT_WORDS["analyse", "analysed"],
    "erase": ACT_WORDS["erase", "erased"],
    "status": "現在の状況",
}
"""The steps as the journal calls their acts."""

NOT_PRESSED = ("intake", "claim")
"""The steps to which no operator is let in (`docs/operators.ja.md`)."""


def state(world: PracticeWorld, operator: str) -> Document:
    """Return everything that the page shows at all times."""
    now = world.clock()
    return {
        "title": world.campaign.title,
        "now": japanese_moment(now),
        "local": f"{now.astimezone(JST):%Y-%m-%dT%H:%M}",
        "is_complete": world.is_complete,
        "seed": world.setting.seed,
        "applicants": world.setting.applicants,
        "operator": operator,
        "operators": list(OPERATORS),
        "steps": [{"step": s, "name": name, "is_pressed": s not in NOT_PRESSED} for s, name in STEP_NAMES.items()],
        "mails": _mails(world),
        "folders": [_folder(world, kind, name) for kind, name in FOLDERS.items()],
        "form": _form(world),
        "registrations": _registrations(world),
        "logo_fields": [{"name": name, "title": getattr(world.campaign.claim.columns, name)} for name in FIELDS],
        "hopeful": world.registrations.waiting,
        "passwords": [number for number, _ in passwords(world)],
    }


def moved(move: Move) -> Document:
    """Return what happened while the clock moved."""
    return {
        "did": [
            {
                "at": japanese(ran.at),
                "step": ran.answered.step,
                "name": STEP_NAMES[ran.answered.step],
                "status": ran.answered.status,
                "reply": ran.answered.reply,
            }
            for ran in move.did
        ],
        "idle": [{"step": step, "name": STEP_NAMES[step], "times": times} for step, times in move.idle.items()],
        "entrants": move.entrants,
        "edited": move.edited,
        "registered": move.registered,
        "reached": move.reached,
        "held": move.held,
        "is_over": move.is_over,
    }


def objects(world: PracticeWorld, kind: str) -> dict[str, StoredObject]:
    """Return what lies in a folder, by name."""
    return world.google.storage.objects(f"{world.google.project}-{world.campaign.id}-{kind}")


def passwords(world: PracticeWorld) -> list[tuple[int, str]]:
    """Return the passwords of shipping lists that are not destroyed, as Secret Manager shows their versions."""
    stored = world.google.secrets.stored(world.stage.settings.secret(PASSWORD))
    return [(number, data.decode()) for number, data in enumerate(stored, 1) if data]


def mail(world: PracticeWorld, id: str) -> bytes | None:
    """Return a mail that was sent, or came back, as it is, by its id."""
    return next((raw for one, raw in _all_mails(world) if one == id), None)


def read_mail(raw: bytes) -> Document:
    """Return what a mail program shows of a mail, beside its HTML."""
    found = mail_reading.read(raw)
    return {
        "from": found.sender,
        "to": found.to,
        "subject": found.subject,
        "text": found.text,
        "has_page": bool(found.page),
        "attachments": [one.name for one in found.attachments],
    }


def _all_mails(world: PracticeWorld) -> Iterable[tuple[str, bytes]]:
    """Yield what was sent, wherever its copy is now, and what came into the sender's mailbox."""
    sent = {mail.id: mail.raw for mail in world.google.gmail.sent}
    yield from sent.items()
    drafts = set(world.google.gmail.drafts.values())
    yield from ((id, raw) for id, raw in world.google.gmail.mailbox.items() if id not in sent and raw not in drafts)


def _mails(world: PracticeWorld) -> list[Document]:
    """Return the headings of all mails, the newest first."""
    sent = {mail.id: mail.at for mail in world.google.gmail.sent}
    rows = []
    for id, raw in _all_mails(world):
        mail = mail_reading.headings(raw)
        at = sent.get(id)
        rows.append(
            {
                "id": id,
                "at": japanese(at) if at else "",
                "is_received": at is None,
                "to": mail.to,
                "subject": mail.subject,
            }
        )
    return rows[::-1]


def _folder(world: PracticeWorld, kind: str, name: str) -> Document:
    files = sorted(objects(world, kind).values(), key=lambda one: one.name)
    return {
        "kind": kind,
        "name": name,
        "files": [{"name": one.name, "at": japanese(one.created), "size": len(one.data)} for one in files],
    }


def _registrations(world: PracticeWorld) -> list[Document]:
    """Return what was sent by the LoGo form, the newest first, as its own page lists it."""
    rows = sorted(world.registrations.sent, key=lambda row: row.sent_at, reverse=True)
    return [{"receipt": row.receipt, "at": row.sent_at, "code": row.code, "name": row.name} for row in rows]


def _form(world: PracticeWorld) -> Document:
    """Return the form's responses as its owner sees them: when each was sent, and the address that was typed."""
    form = world.campaign.form.id
    stored = world.google.forms.stored()
    question = _address_question(world)
    rows = [
        {
            "id": row["responseId"],
            "at": japanese(moment_of(instant(row["lastSubmittedTime"]))),
            "email": row.get("respondentEmail") or _answer(row, question),
        }
        for row in sorted(stored.get(form, []), key=lambda row: instant(row["lastSubmittedTime"]))
    ]
    return {"is_there": form in world.google.drive.ids(), "responses": rows[::-1]}


def _address_question(world: PracticeWorld) -> str:
    title = world.campaign.questions.email.title
    for item in world.form["items"]:
        if item.get("title") == title and "questionItem" in item:
            return str(item["questionItem"]["question"]["questionId"])
    return ""


def _answer(row: Document, question: str) -> str:
    answers = row.get("answers", {}).get(question, {}).get("textAnswers", {}).get("answers", [])
    return str(answers[0].get("value", "")) if answers else ""
