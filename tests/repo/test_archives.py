"""
What is deployed: archives that come out the same wherever they are built, and hold what a function reaches, no more.

The builder follows imports in the syntax tree; here they are followed by `modulefinder` in the byte code, and by
importing each archive where nothing else of the project can be found.
"""

import ast
import hashlib
import io
import json
import os
import re
import shutil
import sys
import zipfile
from functools import cache
from importlib.metadata import distributions
from modulefinder import ModuleFinder
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from support.archives import ROOT, STEPS, build, run_apart, unpack
from support.quick import some_of

SOURCES = ("scripts", "functions", "shared", "infra/terraform/campaigns")
NOT_IMPORTED = {
    "functions-framework": "the server that calls main",
    "tzdata": "zoneinfo reads it where the system has no time zones",
}
"""What a function may need without importing it, and why."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("built")
    build(out)
    return out


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy what the archives are made of to another place; tests may change it if they put it back."""
    root = tmp_path_factory.mktemp("elsewhere") / "a clone"
    for source in SOURCES:
        shutil.copytree(ROOT / source, root / source, ignore=shutil.ignore_patterns("__pycache__"))
    return root


def names(archive: Path) -> list[str]:
    with zipfile.ZipFile(archive) as opened:
        return opened.namelist()


def modules(archive: Path) -> set[str]:
    """Return the dotted names of our modules in an archive."""
    files = [name for name in names(archive) if name.startswith("prizedraw/") and name.endswith(".py")]
    return {name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in files}


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


# The same bytes, wherever and whenever.


def test_there_is_one_archive_per_function_the_manifest_and_what_operators_press_with(built: Path) -> None:
    assert set(contents(built)) == {f"{step}.zip" for step in STEPS} | {"manifest.json", "press.py"}


def test_a_rebuild_is_byte_identical(built: Path, tmp_path: Path) -> None:
    build(tmp_path, environ={"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C"})
    assert contents(tmp_path) == contents(built)


def test_another_clone_with_other_times_modes_and_stray_files_gives_the_same_bytes(
    built: Path, copy: Path, tmp_path: Path
) -> None:
    for at, file in enumerate(sorted(path for path in copy.rglob("*") if path.is_file())):
        file.chmod(0o755 if at % 2 else 0o600)
        os.utime(file, (at * 86_400, at * 86_400))
    strays = ["functions/draw/.DS_Store", "functions/draw/notes.py", "infra/terraform/campaigns/draft.yaml~"]
    strays += ["shared/prizedraw/mail/messages/.DS_Store", "shared/prizedraw/mail/messages/winner/body.txt~"]
    strays += [
        "shared/prizedraw/__pycache__/edge.cpython-311.pyc",
        "shared/prizedraw/rendering/templates/.status.html.swp",
    ]
    for stray in strays:
        (copy / stray).parent.mkdir(exist_ok=True)
        (copy / stray).write_bytes(b"stray")
    build(tmp_path, root=copy)
    for stray in strays:
        (copy / stray).unlink()
    assert contents(tmp_path) == contents(built)


@pytest.mark.parametrize(
    ("changed", "differ"),
    [
        (
            "shared/prizedraw/lottery/awards.py",
            {"analyse", "claim", "draw", "erase", "forfeit", "freeze", "notify", "prepare", "ship", "status"},
        ),
        ("shared/prizedraw/adapters/drand/bls.py", {"draw"}),
        ("shared/prizedraw/mail/messages/winner/body.txt", {"notify"}),
        ("functions/status/requirements.txt", {"status"}),
        ("infra/terraform/campaigns/shinjuku-rally-2026.yaml", set(STEPS)),
        ("shared/prizedraw/adapters/memory.py", set()),
        ("shared/prizedraw/rehearsal/google/kms.py", set()),
    ],
)
def test_the_code_hash_tells_whether_deployed_code_changed(
    changed: str, differ: set[str], built: Path, copy: Path, tmp_path: Path
) -> None:
    file = copy / changed
    before = file.read_bytes()
    file.write_bytes(before + b"\n# another line\n")
    try:
        build(tmp_path, root=copy)
    finally:
        file.write_bytes(before)
    old, new = (json.loads((folder / "manifest.json").read_bytes())["archives"] for folder in (built, tmp_path))
    assert {step for step in STEPS if old[f"{step}.zip"] != new[f"{step}.zip"]} == differ


@pytest.mark.parametrize("step", STEPS)
def test_an_archive_has_sorted_names_fixed_times_and_no_compression(step: str, built: Path) -> None:
    with zipfile.ZipFile(built / f"{step}.zip") as archive:
        entries = archive.infolist()
    assert [entry.filename for entry in entries] == sorted({entry.filename for entry in entries})
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}
    assert {entry.external_attr >> 16 for entry in entries} == {0o644}


# The manifest.


def test_the_code_hash_is_the_sha_256_of_the_manifest(built: Path, tmp_path: Path) -> None:
    *_, last = build(tmp_path).splitlines()
    code_hash, _, name = last.split(maxsplit=2)
    assert name == "manifest.json (code_hash)"
    assert code_hash == hashlib.sha256((built / "manifest.json").read_bytes()).hexdigest()


@pytest.mark.parametrize("step", STEPS)
def test_every_archive_carries_the_manifest_where_the_function_looks_for_it(
    step: str, built: Path, tmp_path: Path
) -> None:
    folder = unpack(built / f"{step}.zip", tmp_path)
    code = """
sys.path.append(folder)
from prizedraw.runtime.settings import Settings
settings = Settings.from_env(dict.fromkeys(given, "shinjuku-rally-2026"))
answer = [str(settings.manifest), str(settings.campaign_file)]
"""
    needed = ["CAMPAIGN", "GOOGLE_CLOUD_PROJECT", "LOCATION", "SCHEDULER_ACCOUNT"]
    (manifest, campaign), _, _ = run_apart(code, folder, {}, needed)
    assert Path(manifest).read_bytes() == (built / "manifest.json").read_bytes()
    assert Path(campaign).read_bytes() == (ROOT / SOURCES[-1] / "shinjuku-rally-2026.yaml").read_bytes()


def test_a_stranger_recomputes_the_manifest_from_the_archives(built: Path) -> None:
    recomputed = {}
    for archive in sorted(built.glob("*.zip")):
        buffer = io.BytesIO()
        with zipfile.ZipFile(archive) as whole, zipfile.ZipFile(buffer, "w") as without:
            for entry in whole.infolist():
                if entry.filename != "manifest.json":
                    without.writestr(entry, whole.read(entry))
        recomputed[archive.name] = hashlib.sha256(buffer.getvalue()).hexdigest()
    assert (built / "manifest.json").read_text(encoding="ascii") == (
        '{"archives":{' + ",".join(f'"{name}":"{digest}"' for name, digest in recomputed.items()) + "}}"
    )


# Only what is reached, and all of it.


@pytest.mark.parametrize("step", STEPS)
def test_an_archive_holds_the_modules_that_main_reaches_and_no_other(step: str, built: Path) -> None:
    finder = ModuleFinder(path=[str(ROOT / "shared")])
    finder.run_script(str(ROOT / "functions" / step / "main.py"))
    reached = {name for name in finder.modules if name.partition(".")[0] == "prizedraw"}
    assert modules(built / f"{step}.zip") == reached
    assert f"prizedraw.{step}" in reached


@pytest.mark.parametrize("step", some_of(STEPS, 6))
def test_nothing_is_missing_when_an_archive_is_imported_alone(step: str, built: Path, tmp_path: Path) -> None:
    folder = unpack(built / f"{step}.zip", tmp_path)
    code = """
sys.path.append(folder)
import main
answer = {name: m.__file__ for name, m in sys.modules.items() if name.partition(".")[0] == "prizedraw"}
answer["main"] = main.__file__
"""
    loaded, out, err = run_apart(code, folder, {})
    assert (out, err) == ("", "")
    assert {f"prizedraw.{step}", "main"} <= loaded.keys() <= modules(built / f"{step}.zip") | {"main"}
    assert all(Path(file).is_relative_to(folder) for file in loaded.values())


@pytest.mark.parametrize("step", STEPS)
def test_fakes_and_rehearsal_are_deployed_nowhere(step: str, built: Path) -> None:
    assert not [name for name in names(built / f"{step}.zip") if "memory" in name or "rehearsal" in name]


def test_what_modules_read_beside_themselves_is_there(built: Path) -> None:
    read = {
        "prizedraw.mail.compose": "mail/messages",
        "prizedraw.rendering.html": "rendering/templates",
        "prizedraw.rendering.pdf": "rendering/papers",
        "prizedraw.runtime.settings": "",  # the root of the archive
    }
    package = ROOT / "shared" / "prizedraw"
    looking = [
        file
        for file in package.rglob("*.py")
        if "rehearsal" not in file.parts and re.search(r"__file__|__path__|resources", file.read_text(encoding="utf-8"))
    ]
    found = {".".join(file.relative_to(package.parent).with_suffix("").parts) for file in looking}
    assert found == read.keys()
    for archive in built.glob("*.zip"):
        held = {name for name in names(archive) if name.startswith("prizedraw/") and not name.endswith(".py")}
        folders = [read[module] for module in read.keys() & modules(archive) if read[module]]
        wanted = {
            f"prizedraw/{file.relative_to(package).as_posix()}"
            for folder in folders
            for file in (package / folder).rglob("*")
            if file.suffix in (".txt", ".html", ".typ")
        }
        assert held == wanted


@pytest.mark.parametrize("step", STEPS)
def test_the_rest_is_main_requirements_manifest_and_campaigns(step: str, built: Path) -> None:
    rest = {name for name in names(built / f"{step}.zip") if not name.startswith("prizedraw/")}
    campaigns = {f"campaigns/{file.name}" for file in (ROOT / SOURCES[-1]).glob("*.yaml")}
    assert rest == {"main.py", "requirements.txt", "manifest.json"} | campaigns


# What is imported is required, and what is required is pinned.


@pytest.fixture(scope="module")
def owners() -> dict[str, str]:
    """Return the distribution that installed each module, by its dotted name."""
    found: dict[str, str] = {}
    for distribution in distributions():
        for file in distribution.files or ():
            if file.suffix in (".py", ".so", ".pyd"):
                parts = [*file.parts[:-1], file.name.partition(".")[0]]
                name = ".".join(parts).removesuffix(".__init__")
                found[name] = canonicalize_name(distribution.metadata["Name"])
    return found


def foreign(archive: Path, owners: dict[str, str]) -> set[str]:
    """Return the distributions that an archive's code imports; a name that none has installed stands for itself."""
    found = set()
    with zipfile.ZipFile(archive) as opened:
        for name in opened.namelist():
            if name.endswith(".py"):
                found |= {_owner(wanted, owners) for wanted in _wanted(opened.read(name))}
    return found


@cache
def _wanted(source: bytes) -> list[str]:
    """Return what a source imports that is not ours; the archives hold mostly the same sources."""
    wanted = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            wanted += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            wanted += [f"{node.module}.{alias.name}" for alias in node.names]
    ours = {"prizedraw", *sys.stdlib_module_names}
    return [name for name in wanted if name.partition(".")[0] not in ours]


def _owner(name: str, owners: dict[str, str]) -> str:
    prefix = name
    while prefix:
        if prefix in owners:
            return owners[prefix]
        prefix = prefix.rpartition(".")[0]
    return name


def named(file: Path) -> set[str]:
    """Return the names of a requirements.in."""
    lines = [line.partition("#")[0].strip() for line in file.read_text(encoding="utf-8").splitlines()]
    return {canonicalize_name(Requirement(line).name) for line in lines if line}


def pinned(file: Path) -> dict[str, list[tuple[str, list[str]]]]:
    """Return what a requirements.txt pins: by name, each version (with its marker) and its hashes."""
    found: dict[str, list[tuple[str, list[str]]]] = {}
    text = re.sub(r"\\\n", " ", file.read_text(encoding="utf-8"))
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            wanted, *hashes = re.split(r"\s+--hash=", line.strip())
            requirement = Requirement(wanted)
            assert re.fullmatch(r"==[^,*]+", str(requirement.specifier)), f"{file}: {wanted} is not one version"
            version = f"{requirement.specifier} ; {requirement.marker}"
            found.setdefault(canonicalize_name(requirement.name), []).append((version, hashes))
    return found


DEVELOPMENT = ROOT / "requirements-dev.txt"
REQUIREMENTS = [DEVELOPMENT, *(ROOT / "functions" / step / "requirements.txt" for step in STEPS)]


@pytest.mark.parametrize("step", STEPS)
def test_a_function_requires_what_its_archive_imports_and_nothing_idle(
    step: str, built: Path, owners: dict[str, str]
) -> None:
    imported = foreign(built / f"{step}.zip", owners)
    required = named(ROOT / "functions" / step / "requirements.in")
    assert imported <= required
    assert required - imported <= NOT_IMPORTED.keys()


@pytest.mark.parametrize("file", REQUIREMENTS, ids=lambda file: file.parent.name)
def test_every_requirement_is_pinned_to_one_version_with_hashes(file: Path) -> None:
    pins = pinned(file)
    assert named(file.with_suffix(".in")) <= pins.keys()
    for versions in pins.values():
        assert len({version for version, _ in versions}) == len(versions)
        for _, hashes in versions:
            assert hashes
            assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in hashes)


@pytest.mark.parametrize("step", STEPS)
def test_a_function_ships_the_versions_that_were_tested(step: str) -> None:
    tested = {name: {version for version, _ in versions} for name, versions in pinned(DEVELOPMENT).items()}
    for name, versions in pinned(ROOT / "functions" / step / "requirements.txt").items():
        assert {_number(version) for version, _ in versions} <= {_number(version) for version in tested[name]}


def _number(version: str) -> str:
    return version.partition(" ")[0]


# The rules can fail.


def test_an_import_that_nobody_installed_stands_for_itself(owners: dict[str, str]) -> None:
    source = b"import json, yaml\nimport google.cloud.kms_v1.types\nfrom prizedraw import edge\nfrom nobody import x\n"
    assert {_owner(name, owners) for name in _wanted(source)} == {"pyyaml", "google-cloud-kms", "nobody.x"}


@pytest.mark.parametrize("line", ["requests>=2", "requests", "requests==2.*"])
def test_a_loose_requirement_is_seen(line: str, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(f"{line} \\\n    --hash=sha256:{'0' * 64}\n", encoding="utf-8")
    with pytest.raises(AssertionError, match="not one version"):
        pinned(tmp_path / "requirements.txt")


def test_a_requirement_without_hashes_is_seen(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("# pins\nrequests==2.34.2 ; sys_platform == 'linux'\n", encoding="utf-8")
    assert pinned(tmp_path / "requirements.txt") == {"requests": [('==2.34.2 ; sys_platform == "linux"', [])]}


def test_an_archive_without_a_module_that_it_reaches_does_not_import(built: Path, tmp_path: Path) -> None:
    folder = unpack(built / "status.zip", tmp_path)
    (folder / "prizedraw" / "runtime" / "logs.py").unlink()
    with pytest.raises(AssertionError, match=r"cannot import name 'logs'|No module named 'prizedraw\.logs'"):
        run_apart("sys.path.append(folder)\nimport main\nanswer = 1\n", folder, {})
