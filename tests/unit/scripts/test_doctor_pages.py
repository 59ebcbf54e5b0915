"""What the doctor reads of Terraform's language and of a campaign file, and what it refuses to guess."""

from pathlib import Path
from typing import Any

import pytest

from examination import campaign_file
from examination.expressions import value_of
from examination.hcl import NotUnderstood, read
from examination.terraform_root import Root

NAMES = {"var": {"a": "x", "b": True, "c": None}, "local": {"l": ["p", "q"], "m": {"k": 1, "j": 2}}}
GOOD: list[tuple[str, Any]] = [
    ('"${var.a}-y"', "x-y"),
    ('"$${var.a}"', "${var.a}"),
    ('"a\\n\\"b\\""', 'a\n"b"'),
    ('"${var.b}"', True),
    ('"is ${var.b}"', "is true"),
    ("var.c == null ? 1 : 2", 1),
    ('var.b && var.a == "x" ? "yes" : "no"', "yes"),
    ("!var.b || 1 > 2", False),
    ("1 + 2 * 3", 7),
    ("(1 + 2) * -3", -9),
    ("[for n in range(1, 4) : n * 2 if n != 2]", [2, 6]),
    ("{ for k, v in local.m : upper(k) => v }", {"J": 2, "K": 1}),
    ("[for k, v in local.m : k]", ["j", "k"]),
    ("local.l[1]", "q"),
    ("local.l[*]", ["p", "q"]),
    ('local.m["k"]', 1),
    ('merge({ a = 1 }, { b = 2 }, { "a" = 3 })', {"a": 3, "b": 2}),
    ("setunion(toset([2, 1]), [3, 1])", [1, 2, 3]),
    ('setproduct(["a"], ["x", "y"])', [["a", "x"], ["a", "y"]]),
    ("concat(local.l, [])", ["p", "q"]),
    ('timeadd("2026-02-03T10:00:00+09:00", "-24h")', "2026-02-02T10:00:00+09:00"),
    ('timeadd("2026-02-03T10:00:00Z", "1h30m")', "2026-02-03T11:30:00Z"),
    ('timecmp("2026-02-03T10:00:00Z", "2026-02-03T19:00:00+09:00")', 0),
    ('formatdate("YYYYMMDD M D m", "2026-02-03T10:05:00+09:00")', "20260203 2 3 5"),
    ('regex("^https://([^/]+)", "https://a.example/b")[0]', "a.example"),
    ('can(regex("^[[:space:]]$", "x"))', False),
    ('try(local.m["none"], "else")', "else"),
    ('jsonencode({ b = [1], a = "é" })', '{"a":"é","b":[1]}'),
    ('replace("a+b", "+", ":")', "a:b"),
    ('join(",", distinct(["a", "b", "a"]))', "a,b"),
    ("<<-END\n    one\n      two ${var.a}\n  END", "one\n  two x\n"),
]
BAD = [
    ('a = "x', "without end"),
    ("a = [1", "expected"),
    ("a = {", "expected"),
    ("a = 1 +", "expected"),
    ('a = "%{ if x }y%{ endif }"', "directive"),
    ("a = <<END\nx\n", "its end"),
    ("a = @", "cannot read"),
    ("resource {", "name expected"),
    ("a = {for k, v in x : k => v...}", "not read"),
    ('a = "\\q"', "escape"),
]


def names(name: str) -> Any:
    return NAMES[name]


@pytest.mark.parametrize(("text", "value"), GOOD, ids=[text for text, _ in GOOD])
def test_expressions_come_to_what_terraform_makes_of_them(text: str, value: Any, tmp_path: Path) -> None:
    page = tmp_path / "page.tf"
    page.write_text(f"a = {text}\n", encoding="utf-8")
    assert value_of(read(page).attributes["a"], names) == value


@pytest.mark.parametrize(("text", "why"), BAD, ids=[text for text, _ in BAD])
def test_what_is_not_known_is_refused_with_its_line(text: str, why: str, tmp_path: Path) -> None:
    page = tmp_path / "page.tf"
    page.write_text(f"# a comment\n{text}\n", encoding="utf-8")
    with pytest.raises(NotUnderstood, match=rf"page\.tf:\d+: .*{why}"):
        read(page)


@pytest.mark.parametrize("text", ["sha1(var.a)", "var.none", "local.l[7]", 'formatdate("EEE", "2026-02-03T10:05:00Z")'])
def test_what_cannot_be_worked_out_is_refused(text: str, tmp_path: Path) -> None:
    page = tmp_path / "page.tf"
    page.write_text(f"a = {text}\n", encoding="utf-8")
    with pytest.raises(NotUnderstood):
        value_of(read(page).attributes["a"], names)


ROOT_PAGE = """
variable "project_id" { type = string }
variable "project_number" { default = "123456" }
variable "on" { default = true }
locals { names = { one = "1", two = "2" } }

resource "google_service_account" "a" {
  account_id = "fn-a"
}
resource "google_pubsub_topic" "t" {
  for_each = local.names
  name     = "t-${each.key}${each.value}"
}
resource "google_kms_key_ring" "r" {
  count    = var.on ? 1 : 0
  name     = "ring"
  location = "asia-northeast1"
}
resource "google_storage_bucket_iam_member" "m" {
  member = google_service_account.a.member
  role   = google_pubsub_topic.t["two"].id
  bucket = google_kms_key_ring.r[0].id
  condition {
    title = "x"
  }
  dynamic "spec" {
    for_each = var.on ? ["y"] : []
    content { value = spec.value }
  }
}
"""


def test_resources_are_told_with_the_addresses_that_google_gives_them(tmp_path: Path) -> None:
    (tmp_path / "page.tf").write_text(ROOT_PAGE, encoding="utf-8")
    root = Root.of(tmp_path, also={"project_id": "p-1"})
    assert [one.address for one in root.resources()] == [
        "google_service_account.a",
        'google_pubsub_topic.t["one"]',
        'google_pubsub_topic.t["two"]',
        "google_kms_key_ring.r[0]",
        "google_storage_bucket_iam_member.m",
    ]
    member = root.of_type("storage_bucket_iam_member")[0]
    assert member.get("member") == "serviceAccount:fn-a@p-1.iam.gserviceaccount.com"
    assert member.get("role") == "projects/p-1/topics/t-two2"
    assert member.get("bucket") == "projects/p-1/locations/asia-northeast1/keyRings/ring"
    assert (member.get("condition.title"), member.get("spec.value"), member.get("none")) == ("x", "y", None)
    assert Root.of(tmp_path, also={"project_id": "p-1", "on": False}).of_type("kms_key_ring") == []


def test_a_variable_that_is_not_given_is_told(tmp_path: Path) -> None:
    (tmp_path / "page.tf").write_text(ROOT_PAGE, encoding="utf-8")
    member = Root.of(tmp_path).of_type("storage_bucket_iam_member")[0]
    with pytest.raises(NotUnderstood, match="project_id"):
        member.get("member")


def test_a_campaign_file_is_read_over_lines(tmp_path: Path) -> None:
    text = """
# a comment
id: "x-2026"   # and another
n: 5
yes: true
list:
  - "a # b"
  - 'it''s'
maps:
- id: "A"
  long: a text that goes
    on below
  deep:
    k: "v"
"""
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    assert campaign_file.read(path) == {
        "id": "x-2026",
        "n": 5,
        "yes": True,
        "list": ["a # b", "it's"],
        "maps": [{"id": "A", "long": "a text that goes on below", "deep": {"k": "v"}}],
    }
