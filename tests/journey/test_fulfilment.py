"""From the winners' registrations to the parcels: what is shipped is what current holders typed, and nothing leaks."""

import csv
import io
import json
import re
import unicodedata
from collections import Counter
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import msoffcrypto
import openpyxl
import pytest
from msoffcrypto.exceptions import InvalidKeyError

from support import personal_data
from support.quick import in_turn
from support.rehearsing import played, played_with, read

CODE = re.compile(r"^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]$", re.M)
COLUMNS = ("氏名", "郵便番号", "住所", "電話番号")


@pytest.fixture(scope="module")
def out(together: Path) -> Path:
    return played(together)


def exported(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def plain(code: str) -> str:
    return re.sub(r"[^0-9A-Z]", "", unicodedata.normalize("NFKC", code).upper())


def mails(out: Path, kind: str) -> dict[str, str]:
    """Return the code in each mail of a kind, by the label in its reference."""
    found = {}
    for path in sorted((out / "mail").glob(f"*-{kind}.eml")):
        message = message_from_bytes(path.read_bytes(), policy=default)
        body = message.get_body(("plain",))
        assert body is not None
        [code] = CODE.findall(body.get_content().replace("\r", ""))
        found[str(message["X-Prizedraw-Reference"]).split("-")[1]] = code
    return found


def shipped(out: Path, password: str | None = None) -> list[list[object]]:
    """Decrypt the shipping list; return its rows without the heading."""
    key = (out / "operator/shipping-password.txt").read_text(encoding="ascii").strip()
    clear = io.BytesIO()
    with (out / "operator/shipping.xlsx").open("rb") as file:
        office = msoffcrypto.OfficeFile(file)
        office.load_key(password=password or key)
        office.decrypt(clear)
    rows = openpyxl.load_workbook(clear).active.iter_rows(values_only=True)
    heading, *rest = [list(row) for row in rows]
    assert heading[:4] == ["済", "管理番号", "当選コード", "賞品"]
    return [row for row in rest if row[0] is not None]


def compared(column: str, typed: str) -> str:
    """Return what must be the same in the export and on the list, where codes and telephones are written in one way."""
    if column not in ("郵便番号", "電話番号"):
        return typed
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", typed))
    return re.sub(r"^81(?=\d{9,10}$)", "0", digits)


def test_what_is_shipped_is_what_the_current_holders_typed(out: Path) -> None:
    record = read(out / "published/record.json")
    gone = {path.stem for path in (out / "published/forfeits").glob("*.json")}
    codes = mails(out, "winner") | mails(out, "promoted")
    winners = {label for award in record["awards"] for label in award["winners"]}
    promoted = set(mails(out, "promoted"))
    holders = (winners | promoted) - gone
    assert len(gone) == 2
    assert len(promoted) == 2
    typed = {plain(row["当選コード"]): row for row in exported(out / "claims/3.csv")}
    rows = [typed[plain(codes[label])] for label in holders]
    expected = Counter(tuple(compared(name, row[name]) for name in COLUMNS) for row in rows)
    found = shipped(out)
    listed = [zip(COLUMNS, row[4:8], strict=True) for row in found]
    assert Counter(tuple(compared(name, str(cell)) for name, cell in row) for row in listed) == expected
    assert {plain(str(row[2])) for row in found} == {plain(codes[label]) for label in holders}


def test_every_cell_is_text(out: Path) -> None:
    assert {type(cell) for row in shipped(out) for cell in row} == {str}


def test_a_wrong_password_opens_nothing(out: Path) -> None:
    with pytest.raises(InvalidKeyError):
        shipped(out, "wrong")


def test_the_reminder_says_the_code_of_the_first_mail(out: Path) -> None:
    first, again = mails(out, "winner") | mails(out, "promoted"), mails(out, "reminder")
    assert again
    assert {label: first[label] for label in again} == again


def test_who_declined_and_who_let_it_lapse_are_published_with_their_reason(out: Path) -> None:
    forfeits = [read(path) for path in sorted((out / "published/forfeits").glob("*.json"))]
    assert sorted(forfeit["why"] for forfeit in forfeits) == ["declined", "lapsed"]


@pytest.fixture(scope="module")
def typed(out: Path) -> set[str]:
    """Return all that winners typed and that is long enough to be told from chance."""
    rows = [row for path in (out / "claims").glob("*.csv") for row in exported(path)]
    found = {row[name] for row in rows for name in COLUMNS}
    return {text for text in found if len(personal_data.folded(text)) > 6}


def texts(out: Path) -> list[str]:
    return [text for text in personal_data.texts_of(out) if text != "shipping.xlsx"]


def test_nothing_typed_stands_in_the_clear(out: Path, typed: set[str]) -> None:
    assert len(typed) > 50
    assert personal_data.found(typed, texts(out)) == set()


def test_a_leak_that_is_planted_is_found(out: Path, typed: set[str]) -> None:
    secret = max(typed, key=len)
    assert personal_data.found(typed, [json.dumps({"x": secret.encode().hex()})]) >= {secret}


@in_turn("randomness: hsm")
def test_a_csv_that_somebody_else_wrote(together: Path) -> None:
    """Only who registered in time is shipped to; see `rehearsing.SOMEBODY_ELSES`."""
    assert [row[4] for row in shipped(played_with("hsm", together))] == ["高橋 一"]
