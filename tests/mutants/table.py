"""The table in docs/reliability.md, in which runs of parts come together, module by module."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mutants.core import CORE

BEGIN, END = "<!-- scripts/mutants writes from here -->", "<!-- to here -->"
HEAD = (
    "| part | module | drawn | day | mutants | killed | equivalent | survived | killed of what is not equivalent |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
)


def share(row: Sequence[int]) -> str:
    """Say how many of those that are not equivalent died."""
    _, killed, _, survived = row
    return f"{killed / (killed + survived):.1%}" if killed + survived else "–"


@dataclass(frozen=True)
class Row:
    """What the page says of a module: how many were *drawn* at most, on which *day*, and what became of them."""

    drawn: str
    day: str
    counts: tuple[int, ...]
    survivors: tuple[str, ...] = ()


def write(page: Path, run: Mapping[str, Row]) -> None:
    """Put rows of a run into the page, between its marks; modules of which none were run keep theirs."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    section, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page.name} has no place for it")
    text = "\n".join(_lines({**read(section), **run}))
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def read(section: str) -> dict[str, Row]:
    """Read the rows that stand in the page."""
    survivors: dict[str, list[str]] = {}
    for line in section.splitlines():
        if line.startswith("- `"):
            module, told = line.removeprefix("- `").split("`: ", 1)
            survivors.setdefault(module, []).append(told)
    standing = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) == len(HEAD[0].split("|")) - 2 and cells[1].startswith("`"):
            module, drawn, day = cells[1].strip("`"), *cells[2:4]
            counts = tuple(int(cell) for cell in cells[4:8])
            standing[module] = Row(drawn, day, counts, tuple(survivors.get(module, ())))
    return standing


def _lines(known: Mapping[str, Row]) -> Iterator[str]:
    """Yield the section: what it is of, the table, and who lives. What is of the core no more is left out."""
    parts = {name: part.spelt_out() for name, part in CORE.items()}
    core = [module for modules in parts.values() for module in modules]
    held = {module: known[module] for module in core if module in known}
    yield _days(held)
    if missing := [f"`{module}`" for module in core if module not in known]:
        yield f"Never run: {', '.join(missing)}."
    yield ""
    yield from HEAD
    for name, modules in parts.items():
        of_part = {module: held[module] for module in modules if module in held}
        if of_part:
            yield _whole(name, of_part.values())
        for module, row in of_part.items():
            yield _line("", f"`{module}`", row.drawn, row.day, row.counts)
    yield _whole("all", held.values())
    if living := [f"- `{module}`: {told}" for module, row in held.items() for told in row.survivors]:
        yield from ("", "These live:", "", *living)


def _days(held: Mapping[str, Row]) -> str:
    """Say on which days the rows were made."""
    *earlier, last = sorted({row.day for row in held.values()})
    of_last = sum(row.day == last for row in held.values())
    if not earlier:
        return f"{len(held)} modules, each run on {last}."
    were = "was" if of_last == 1 else "were"
    return f"{len(held)} modules: {of_last} {were} run on {last}, the others keep the row of the day that it names."


def _whole(name: str, some: Iterable[Row]) -> str:
    some = list(some)
    counts = tuple(sum(column) for column in zip(*(row.counts for row in some), strict=True))
    return _line(f"**{name}**", "", _span([row.drawn for row in some]), _span([row.day for row in some]), counts)


def _span(values: Iterable[str]) -> str:
    """Name each value once, numbers before words."""
    return ", ".join(sorted(set(values), key=lambda one: (not one.isdigit(), int(one) if one.isdigit() else 0, one)))


def _line(part: str, module: str, drawn: str, day: str, counts: Sequence[int]) -> str:
    return f"| {part} | {module} | {drawn} | {day} | {' | '.join(map(str, counts))} | {share(counts)} |"
