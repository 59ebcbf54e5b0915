"""
Compose the mails: one recipient, UTF-8, `text/plain` and `text/html` saying the same, both in base64.

The wording stands in `messages/<name>/{subject.txt,body.txt,body.html}` (Jinja); `messages/layout/` holds what several
letters share. Every value is one line of text, ready to be read: times as `times.japanese` shows them, counts as
digits. `VALUES` says which a message needs; others may be given and are not used.

To entrants (the first five) go

- `ward` (新宿区), `section` (文化観光産業部 文化観光課), `phone`, `hours` (平日 8:30〜17:00): whom to ask,
- `campaign`: its title; `contractor`: the company's name,
- `winner`, `reminder`, `promoted` (a reserve moved up): `prize`, `code` (claim code), `url` (the form, https),
  `deadline` (the last minute that counts, `3月11日（水）23:59`), `by` (the same for the subject, `3/11`),
  `deadline_english`, `ship_by` (until when parcels go), `holder_number` (管理番号),
- `changed` (where the prize goes was changed after it had been registered): `prize`, `holder_number`,
- `receipt`: `draw_at`.

To the ward go `ward`, `section`, `campaign`, `contractor`, `contractor_phone` and

- `rules`: `rules_hash`, `evidence_key` (hex), `opens_at`, `closes_at`, `draw_at`, `randomness` (as below, or `private`:
  a drand chain that is not the specification's); attach rules.json, its .sig and evidence.pem,
- `commitment`: `commitment_hash` (hex), `received`, `pool_size`, `frozen_at`, `draw_at`, `randomness` (`drand`,
  `private`, `ward` or `hsm`); attach commitment.json, its .sig and evidence.pem,
- `record`: `record_hash`, `commitment_hash` (hex), `drawn_at`, `winners`, `reserves`, `unawarded` (prizes without a
  taker), `mail_hours` (`hours.SPAN`); attach record.json, its .sig and evidence.pem.

`IF_GIVEN` says which values a message shows if it is given them: `page` (https), where the ward says how our mail
looks; where the ward gives the number, `posts` that may give it, and then `number` with `given_by` and `given_at`, for
the ward to read what was used in its name.

The templates are also given `sender_address`, `reference`, `subject`, `host` (of `url`) and `test` (a mark, or empty).
A subject says news and deadline in its first 20 characters, which is what a phone shows of it.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.headerregistry import Address, HeaderRegistry, UniqueAddressHeader, UniqueUnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from prizedraw.errors import Broken, Final, Problem
from prizedraw.mail.references import REFERENCE
from prizedraw.times import JST

UNKNOWN = Problem("E-690", "メールの文面（{name}）がありません。保守担当に連絡してください。")
INCOMPLETE = Problem("E-691", "メールの文面（{name}）に必要な値が足りません（{names}）。保守担当に連絡してください。")
UNFIT = Problem(
    "E-692", "メールに使えない値があります（{field}）。改行や制御文字がないか、キャンペーンファイルを確かめてください。"
)
UNADDRESSED = Problem("E-693", "メールの宛先が、メールアドレスの形をしていません。このメールは送れません。")

TEST = "【テスト】"
"""How the subject of a sample begins."""

_OFFICE = frozenset({"ward", "section", "campaign", "contractor"})
_ENTRANT = _OFFICE | {"phone", "hours"}
_AWARD = _ENTRANT | {"prize", "code", "url", "deadline", "by", "deadline_english", "ship_by", "holder_number"}
_WARD = _OFFICE | {"contractor_phone"}
VALUES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "winner": _AWARD,
        "reminder": _AWARD,
        "promoted": _AWARD,
        "changed": _ENTRANT | {"prize", "holder_number"},
        "receipt": _ENTRANT | {"draw_at"},
        "rules": _WARD | {"rules_hash", "evidence_key", "opens_at", "closes_at", "draw_at", "randomness"},
        "commitment": _WARD | {"commitment_hash", "received", "pool_size", "frozen_at", "draw_at", "randomness"},
        "record": _WARD
        | {"record_hash", "commitment_hash", "drawn_at", "winners", "reserves", "unawarded", "mail_hours"},
    }
)
"""The keys that each message needs."""
IF_GIVEN: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        **dict.fromkeys(("winner", "reminder", "promoted"), frozenset({"page"})),
        "commitment": frozenset({"posts"}),
        "record": frozenset({"number", "given_by", "given_at"}),
    }
)
"""The keys that a message uses where they are there."""

_COLUMNS = 70
_NOT_FIRST = "、。，．・：；？！）］｝」』】〕〉》々ーぁぃぅぇぉっゃゅょァィゥェォッャュョ"
_NOT_LAST = "（［｛「『【〔〈《\u200d"
# Controls, line and paragraph separators, lone surrogates, what turns the direction of writing, and encoded words,
# which the library would decode.
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]|=\?[^?]*\?[bBqQ]\?")
_URL = re.compile(r"https://[A-Za-z0-9.-]+(?::\d{1,5})?(?:[/?#][!#-;=?-\[\]-~]*)?", re.ASCII)
_REFERENCE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_ADDRESS = re.compile(r"([A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64})@((?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63})")


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a letter, byte for byte; *name* in ASCII."""

    name: str
    data: bytes = field(repr=False)


class _WholeSubject(UniqueUnstructuredHeader):
    """A subject that is encoded as a whole: the library's own folding loses spaces between encoded words (gh-92081)."""

    def fold(self, *, policy: Policy) -> str:
        return f"Subject: {_encoded('Subject', str(self), policy)}{policy.linesep}"


class _WholeSender(UniqueAddressHeader):
    """A sender whose name is encoded as a whole, for the same reason."""

    def fold(self, *, policy: Policy) -> str:
        sender = self.addresses[0]
        name = _encoded("From", sender.display_name, policy)
        return f"From: {name}{policy.linesep} <{sender.addr_spec}>{policy.linesep}"


def _encoded(header: str, text: str, policy: Policy) -> str:
    """Write *text* in encoded words of at most 75 characters, a line each (RFC 2047)."""
    return Header(text, "utf-8", header_name=header).encode(linesep=policy.linesep)


_HEADERS = HeaderRegistry()
# The registry mixes BaseHeader in, which the types do not know.
_HEADERS.map_to_type("subject", _WholeSubject)  # type: ignore[arg-type]
_HEADERS.map_to_type("from", _WholeSender)  # type: ignore[arg-type]
_POLICY = SMTP.clone(header_factory=_HEADERS)
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "messages"),
    autoescape=select_autoescape(enabled_extensions=("html",), default=False),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    auto_reload=False,
)


def compose(
    name: str,
    *,
    sender_name: str,
    sender_address: str,
    to: str,
    values: Mapping[str, str],
    reference: str,
    date: datetime,
    attachments: Sequence[Attachment] = (),
    is_test: bool = False,
) -> bytes:
    """
    Compose the message *name* as RFC 5322 bytes, in ASCII with CRLF; no header line above 78 but a long address's.

    *to* is a bare address; one that carriers gave out until 2009 (`a..b@`, `a.@`) is quoted for the header. *reference*
    (1 to 64 of `A-Za-z0-9._-`, no personal data) goes into `X-Prizedraw-Reference` and the foot of the letter. *date*
    is aware. Automatic replies are discouraged by `Auto-Submitted` (RFC 3834). *is_test* marks a sample as one: its
    subject and a band at its top say so.

    Raises:
        Broken: there is no such message, or a value that it needs is missing.
        Final: a value is not one line of text, or an address is not one; nothing of it is repeated.
    """
    context = _checked(name, values, sender_name, sender_address, reference)
    context["test"] = TEST if is_test else ""
    context["subject"] = context["test"] + subject(name, context)
    message = EmailMessage(policy=_POLICY)
    message["Subject"] = context["subject"]
    message["From"] = Address(sender_name, addr_spec=sender_address)
    message["To"] = _recipient(to)
    message["Date"] = date.astimezone(JST)
    message[REFERENCE] = reference
    message["Auto-Submitted"] = "auto-generated"
    bodies = (["layout/test.txt"] if is_test else []) + [f"{name}/body.txt"]
    plain = "".join(_TEMPLATES.get_template(body).render(context) for body in bodies)
    text = "\n".join(map(_wrapped, plain.split("\n")))
    message.set_content(re.sub(r"\n{3,}", "\n\n", text.strip("\n")) + "\n", charset="utf-8", cte="base64")
    html = _TEMPLATES.get_template(f"{name}/body.html").render(context)
    message.add_alternative(html, subtype="html", charset="utf-8", cte="base64")
    for attachment in attachments:
        kind = "json" if attachment.name.endswith(".json") else "octet-stream"
        message.add_attachment(attachment.data, maintype="application", subtype=kind, filename=attachment.name)
    return message.as_bytes()


def subject(name: str, values: Mapping[str, str]) -> str:
    """Return the subject of the message *name*."""
    return _TEMPLATES.get_template(f"{name}/subject.txt").render(values).strip()


def _checked(
    name: str, values: Mapping[str, str], sender_name: str, sender_address: str, reference: str
) -> dict[str, str]:
    """Return what the templates are context, or raise as `compose` says."""
    if name not in VALUES:
        raise Broken(UNKNOWN, name=name)
    missing = VALUES[name] - values.keys()
    if missing:
        raise Broken(INCOMPLETE, name=name, names="、".join(sorted(missing)))
    context = {key: values[key] for key in VALUES[name] | (IF_GIVEN.get(name, frozenset()) & values.keys())}
    lines = context | {"sender_name": sender_name}
    unfit = {key for key, value in lines.items() if _UNFIT.search(value) or not value.strip()}
    unfit |= {key for key in ("url", "page") if key in context and not _URL.fullmatch(context[key])}
    if not _ADDRESS.fullmatch(sender_address) or not _DOT_ATOM.fullmatch(sender_address.partition("@")[0]):
        unfit.add("sender_address")
    if not _REFERENCE.fullmatch(reference):
        unfit.add("reference")
    if unfit:
        raise Final(UNFIT, field="、".join(sorted(unfit)))
    context |= {"sender_address": sender_address, "reference": reference}
    if "url" in context:
        context["host"] = urlsplit(context["url"]).netloc
    return context


def _recipient(address: str) -> str:
    """Return the address as a header holds it: the local part quoted if it is no dot-atom (RFC 5321, section 4.1.2)."""
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise Final(UNADDRESSED)
    local, domain = match.groups()
    return address if _DOT_ATOM.fullmatch(local) else f'"{local}"@{domain}'


def _wrapped(line: str) -> str:
    """Break a line of text after at most 35 full-width characters; a line without spaces in ASCII stays whole."""
    rows = []
    while not (line.isascii() and " " not in line) and (cut := _fitting(line)) < len(line):
        cut = next((at for at in range(cut, cut // 2, -1) if _may_break(line, at)), cut)
        rows.append(line[:cut].rstrip(" "))
        line = line[cut:].lstrip(" ")
    return "\n".join([*rows, line])


def _fitting(line: str) -> int:
    """Count the characters that fit into a row."""
    used = 0
    for at, character in enumerate(line):
        used += _columns(character)
        if used > _COLUMNS:
            return at
    return len(line)


def _columns(character: str) -> int:
    """Return the columns that a character takes: 2 full-width (ambiguous ones too), 1 half-width, 0 combining."""
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "FWA" else 1


def _may_break(line: str, at: int) -> bool:
    """Tell whether a row may end before *at*: within no word, no cluster, and by the simple rules of 禁則処理."""
    before, after = line[at - 1], line[at]
    in_word = before.isascii() and after.isascii() and before != " " and after != " "
    return not in_word and after not in _NOT_FIRST and before not in _NOT_LAST and _columns(after) > 0
