"""Hold what an examination knows: what is demanded, how to look, and when it is."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cached_property
from typing import Any

from examination.expressions import Unknown
from examination.gcloud import Look, Unseen
from examination.hcl import NotUnderstood
from examination.rows import Row, unseen, wrong
from examination.terraform_root import Resource, Root

JST = timezone(timedelta(hours=9), "JST")
_SHORT = 90
APPLY = "scripts/deploy"
"""What brings a project back to what the pages say; it shows what it would change before it asks."""


@dataclass(frozen=True)
class Case:
    """One project under examination; *org* is the policies' root, *grants* and *by_hand* lines of the two tables."""

    look: Look
    root: Root
    org: Root
    org_is_given: bool
    grants: tuple[str, ...]
    by_hand: tuple[str, ...]
    now: datetime

    @property
    def project(self) -> str:
        """Return the project's id."""
        return self.look.project

    @cached_property
    def number(self) -> str:
        """Return the project's number, as the variables have it."""
        return str(self.root.variable("project_number"))

    @cached_property
    def campaign_id(self) -> str:
        """Return the id of the campaign that is served."""
        return str(self.root.variable("campaign"))

    @cached_property
    def campaign(self) -> dict[str, Any]:
        """Return what the campaign file says."""
        found: dict[str, Any] = self.root.local("campaign")
        return found

    @cached_property
    def tokyo(self) -> str:
        """Return where everything is made."""
        return str(self.root.local("tokyo"))

    @cached_property
    def places(self) -> tuple[str, str]:
        """Return where anything may lie."""
        return (self.tokyo, str(self.root.local("osaka")))

    def moment(self, name: str) -> datetime:
        """Return one of the campaign's times: `opens_at`, `erase_from`, `ends` and so on."""
        days = self.root.local("day")
        return datetime.fromisoformat(days[name] if name in days else self.root.local("moment")[name])

    def before(self, name: str) -> bool:
        """Tell whether one of the campaign's times is still to come."""
        return self.now < self.moment(name)


Check = Callable[[Case], Iterable[Row]]
Field = tuple[str, str] | tuple[str, str, Callable[[Any], Any]]
"""Where the pages say something, where the reply does, and how to read both alike."""


def japanese(moment: str | None) -> str:
    """Return a time of Google's as people in Japan read it."""
    if not moment:
        return "—"
    return datetime.fromisoformat(moment.replace("Z", "+00:00")).astimezone(JST).strftime("%m/%d %H:%M")


def dig(whole: Any, path: str) -> Any:
    """Look into a reply by a dotted path; None where nothing is."""
    for part in path.split("."):
        if isinstance(whole, list):
            whole = whole[0] if whole else None
        whole = whole.get(part) if isinstance(whole, Mapping) else None
    return whole


def last(name: Any) -> str:
    """Return the last part of a resource's name."""
    return str(name or "").rpartition("/")[2]


def seconds(value: Any) -> str:
    """Return a duration, `86400s` or 86400, as its seconds."""
    return str(value).removesuffix("s").split(".")[0]


def one_line(value: Any) -> str:
    """Return a text without its layout."""
    return " ".join(str(value).split())


def lowered(value: Any) -> str:
    """Return a text without capitals."""
    return str(value).lower()


def flag(value: Any) -> bool:
    """Return whether something is switched on; what is off is left out of replies."""
    return value is True or value == "true"


def by_name(rows: Iterable[Mapping[str, Any]], name: str = "name") -> dict[str, Mapping[str, Any]]:
    """Return the rows of a reply by the last part of their names."""
    return {last(row.get(name)): row for row in rows}


def compared(
    check: str, name: str, wanted: Resource, found: Mapping[str, Any], fields: Iterable[Field], command: str = APPLY
) -> Iterator[Row]:
    """Yield what of one thing is not as the pages say; what these leave to Google is not asked."""
    for written, seen, *read in fields:
        try:
            value = wanted.get(written)
        except Unknown:
            continue
        if value is None:
            continue
        there = dig(found, seen)
        alike = read[0] if read else str
        if alike(value) != (alike(there) if there is not None or read == [flag] else None):
            yield wrong(
                check,
                f"{name} の {seen} が「{_short(there)}」です。定義は「{_short(value)}」です。",
                f"{name}: {seen} is {_short(there)!r}, not {_short(value)!r} as defined.",
                command,
            )


def absent(check: str, what: str, name: str, command: str = APPLY) -> Row:
    """Say that something is not there."""
    return wrong(check, f"{what} {name} がありません。", f"{what} {name} is not there.", command)


def _short(value: Any) -> str:
    text = one_line(value)
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"


def not_seen(check: str, what: Unseen) -> Row:
    """Say that a reply could not be had."""
    command = " ".join(what.call.command)
    return unseen(check, f"{what.ja}（gcloud {command}）", f"{what.en} (gcloud {command})", what.needs)


def guarded(check: str, rows: Callable[..., Iterable[Row]], *given: Any) -> Iterator[Row]:
    """Yield rows as they come; a reply that cannot be had, or is of another shape, becomes a row too."""
    try:
        yield from rows(*given)
    except Unseen as what:
        yield not_seen(check, what)
    except (NotUnderstood, Unknown) as error:
        yield unseen(
            check,
            f"定義を読めませんでした（{error}）。",
            f"The pages could not be read ({error}).",
            "scripts/deploy --plan-only, which reads them with Terraform",
        )
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        yield unseen(
            check,
            f"返事が知らない形でした（{type(error).__name__}）。",
            f"A reply was of another shape than is known ({type(error).__name__}).",
            "gcloud components update, then scripts/doctor again",
        )
