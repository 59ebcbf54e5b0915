"""
Lay out what an analysis publishes of the entrants: chapters of tables, each cell known by what its people have said.

Also what else readers know, and may subtract with: which prizes how many entries stand for stands in the published
pool, a score is the number of right answers, and who answered a question with several options chose one at least.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from itertools import product
from typing import Literal

from prizedraw.analysis.folding import Fold, folds
from prizedraw.analysis.tables import (
    EVERYBODY,
    Condition,
    Item,
    Key,
    Layout,
    Relation,
    Side,
    Variable,
    answered,
    determined,
    scored,
)
from prizedraw.analysis.tally import AGE, AREA, DAY, NO, RIGHT, SCORE, YES, Tally, chosen
from prizedraw.analysis.worth import stands_aside
from prizedraw.campaign.checks import OTHER, TOTAL, UNANSWERED
from prizedraw.campaign.definition import Campaign
from prizedraw.campaign.parts import PrizeOffer, SurveyQuestion
from prizedraw.times import japanese_day

TOGETHER = "prizes/together"
"""The variable whose kinds are the prizes that an entry stands for, all of them: what the pool tells of each label."""
PEOPLE = "人数"
GRADED = "フォームの採点ではなく、定義ファイルの正解で採点しました。"
FREE_TEXT = "自由記述です。内容は集計にも報告にも用いず、記入の有無だけを数えました。"
SEVERAL = "いくつでも選べる設問のため、人数の合計は応募者数と一致しません。"


@dataclass(frozen=True)
class Plan:
    """
    One table as readers will see it: `Sheet` with the layouts that hold its numbers, and a key a cell.

    *form* holds what else a `Sheet` is made with; *sorts*: what may be sorted by size, having no order of its own.
    """

    layouts: tuple[Layout, ...]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    keys: tuple[tuple[Key, ...], ...]
    form: Mapping[str, object] = field(default_factory=dict)
    sorts: Literal["nothing", "rows", "columns"] = "nothing"


@dataclass(frozen=True)
class Chapter:
    """One chapter: what is said first, then its tables."""

    title: str
    lead: tuple[str, ...]
    plans: tuple[Plan, ...]


def chapters(campaign: Campaign, tally: Tally) -> tuple[Chapter, ...]:
    """Plan the chapters on the entrants, in the order of the page."""
    asks, known = campaign.questions, tally.variables()
    age, area = known[AGE], known[AREA]
    folded = folds(campaign, known)
    ages, areas = (_across(name, known, folded) for name in (AGE, AREA))
    quiz = [known[question.id] for question in asks.quiz]
    days = Chapter("日別の応募", ("受け付けた応募を、送信された日（日本時間）で分けました。",), (_days(known[DAY]),))
    people = Chapter(
        "年代とお住まいの地域",
        (),
        (
            _one_way("age", asks.age_group.title, age),
            _one_way("area", asks.area.title, area),
            _crossed("area-age", f"{asks.area.title}と{asks.age_group.title}", (asks.area.title, areas), _kinds(ages)),
        ),
    )
    found = [days, people]
    if quiz:
        scores = _one_way(
            "score", "正解数の分布", known[SCORE], tuple(f"{points}問正解" for points in known[SCORE].kinds)
        )
        found.append(Chapter("クイズ", (GRADED,), (scores, _rights([question.title for question in asks.quiz], quiz))))
    groups = ((AGE, asks.age_group.title, ages), (AREA, asks.area.title, areas))
    for question in asks.survey:
        lead = (FREE_TEXT,) if question.kind == "text" else ()
        shown = known | ({question.id: folded[question.id].coarse} if question.id in folded else {})
        found.append(Chapter(f"アンケート：{question.title}", lead, tuple(_survey(question, shown, groups))))
    return tuple(found)


def _across(name: str, variables: Mapping[str, Variable], folded: Mapping[str, Fold]) -> Variable:
    """Return by which kinds of a question others are crossed: its groups, or its options where there are none."""
    return folded[name].coarse if name in folded else variables[name]


def _days(day: Variable) -> Plan:
    """Plan the table by day."""
    labels = tuple(japanese_day(date.fromisoformat(kind)) for kind in day.kinds)
    return _one_way("day", "日別の応募者数", day, labels, corner="日")


def _one_way(id: str, title: str, variable: Variable, labels: tuple[str, ...] = (), *, corner: str = "回答") -> Plan:
    """Plan a table of one column, its total in the last row."""
    keys = [(frozenset({(variable.name, kind)}),) for kind in variable.kinds]
    form = {"id": id, "title": title, "corner": corner, "share": "population", "totals": "row", "chart": "bars"}
    rows = (*(labels or variable.kinds), TOTAL)
    return Plan((Layout(id, title, Side.of(corner, variable)),), rows, (PEOPLE,), (*keys, (EVERYBODY,)), form)


def _kinds(variable: Variable) -> list[Item]:
    return [Item(kind, variable, kind) for kind in variable.kinds]


def _crossed(
    id: str, title: str, group: tuple[str, Variable], items: Sequence[Item], *, total: str = TOTAL, share: str = "none"
) -> Plan:
    """Plan a table of a group's kinds, down, by *items*, across; totals last in each row, their row last."""
    corner, rows = group
    layout = Layout(id, title, Side.of(corner, rows), Side(title, tuple(items)))
    places = [*range(len(items)), None]
    keys = tuple(tuple(layout.key(row, column) for column in places) for row in (*range(len(rows.kinds)), None))
    form = {"id": id, "title": title, "corner": corner, "share": share, "totals": "both", "chart": "shades"}
    return Plan((layout,), (*rows.kinds, TOTAL), (*(item.label for item in items), total), keys, form)


def _rights(titles: Sequence[str], quiz: Sequence[Variable]) -> Plan:
    """Plan one table of all quiz questions, a row each: who was right, who was not, who did not answer."""
    rows = tuple(f"問{number} {title}" for number, title in enumerate(titles, 1))
    layouts = tuple(Layout(f"quiz-{one.name}", row, Side.of(row, one)) for row, one in zip(rows, quiz, strict=True))
    keys = tuple((*(frozenset({(one.name, kind)}) for kind in one.kinds), EVERYBODY) for one in quiz)
    form = {"id": "quiz", "title": "設問ごとの正解者数", "corner": "設問", "share": "row", "totals": "column"}
    return Plan(layouts, rows, (*quiz[0].kinds, TOTAL), keys, form | {"chart": "bars"})


def _survey(
    question: SurveyQuestion, variables: Mapping[str, Variable], groups: Sequence[tuple[str, str, Variable]]
) -> Iterator[Plan]:
    """Plan the tables of a survey question: alone, and by each of the groups unless it is answered in free text."""
    id = f"survey-{question.id}"
    if question.kind == "text":
        labels = ("記入あり", "記入なし")
        yield _one_way(id, question.title, variables[question.id], labels)
        return
    alone, items, several = _alone(id, question, variables)
    yield alone
    for name, title, group in groups:
        crossed = f"{question.title}（{title}別）"
        total, notes = (PEOPLE, (SEVERAL,)) if several else (TOTAL, ())
        plan = _crossed(f"{id}-{name}", crossed, (title, group), items, total=total, share="row")
        form = {**plan.form, "notes": notes, "chart": "scale" if question.ordered else "shades"}
        yield replace(plan, form=form, sorts="nothing" if question.ordered else "columns")


def _alone(id: str, question: SurveyQuestion, variables: Mapping[str, Variable]) -> tuple[Plan, Sequence[Item], bool]:
    """Plan the table of a question with options alone; return what heads its options, and whether it takes several."""
    if question.kind == "choice":
        plan = _one_way(id, question.title, variables[question.id])
        sorts: Literal["nothing", "rows"] = "nothing" if question.ordered else "rows"
        return replace(plan, sorts=sorts), _kinds(variables[question.id]), False
    side = Side.among("回答", _options(question, variables), YES)
    keys = tuple((frozenset({(item.variable.name, YES)}),) for item in side.items)
    form = {"id": id, "title": question.title, "corner": side.title, "share": "population", "chart": "bars"}
    layout, rows = Layout(id, question.title, side), tuple(item.label for item in side.items)
    return Plan((layout,), rows, (PEOPLE,), keys, form | {"notes": (SEVERAL,)}, "rows"), side.items, True


def _options(question: SurveyQuestion, variables: Mapping[str, Variable]) -> list[tuple[str, Variable]]:
    """Return the options of a question that takes several, labelled; other answers if there were any, none the last."""
    names = [*question.options, OTHER, UNANSWERED]
    found = [(label, variables.get(chosen(question.id, number))) for number, label in enumerate(names)]
    return [(label, variable) for label, variable in found if variable is not None]


def layouts_of(chapters: Iterable[Chapter]) -> list[Layout]:
    """Return the layouts that hold the numbers of all chapters, each once."""
    return list(
        {layout.id: layout for chapter in chapters for plan in chapter.plans for layout in plan.layouts}.values()
    )


def aside(campaign: Campaign, layouts: Iterable[Layout]) -> set[Condition]:
    """Return the kinds that readers miss least: no answer, and what stands aside by its words."""
    found = {
        (one.name, kind) for layout in layouts for one in layout.variables for kind in one.kinds if stands_aside(kind)
    }
    for question in campaign.questions.survey:
        names = (*question.options, OTHER, UNANSWERED) if question.kind == "choices" else ()
        found |= {(chosen(question.id, number), YES) for number, name in enumerate(names) if stands_aside(name)}
    return found


def known(campaign: Campaign, tally: Tally) -> tuple[Layout, dict[Key, int]]:
    """Return what the published pool tells of everybody: which prizes are drawn together, and for how many."""
    together = _together(campaign, tally)
    layout = Layout("pool", "抽選対象", Side.of("賞品", together), known=True)
    counts = {frozenset({(TOGETHER, ",".join(prizes))}): number for prizes, number in tally.together.items()}
    return layout, counts | {EVERYBODY: tally.size}


def relations(campaign: Campaign, tally: Tally) -> list[Relation]:
    """Return what ties the tables to each other and to the pool."""
    variables = tally.variables()
    folded = folds(campaign, variables)
    groups = [_across(name, variables, folded) for name in (AGE, AREA)]
    quiz = [variables[question.id] for question in campaign.questions.quiz]
    found = [*scored(variables[SCORE], quiz, RIGHT), *(one for fold in folded.values() for one in fold.relations())]
    for question in campaign.questions.survey:
        if question.kind == "choices":
            *options, unanswered = _options(question, variables)
            found += answered([one for _, one in options], unanswered[1], YES, NO, groups)
    if tally.irregular:
        return found  # what was given besides one answer may decide of a prize, and is in no table
    for prize in campaign.prizes:
        found += _wanted(campaign, prize, variables)
    deciding = _deciding(campaign, variables)
    return found + determined(_together(campaign, tally), list(deciding.values()), partial(_drawn, campaign, deciding))


def _together(campaign: Campaign, tally: Tally) -> Variable:
    """Tell entries apart by all the prizes that they stand for: those that may be together, and those that are."""
    deciding = _deciding(campaign, tally.variables())
    may_be = {_drawn(campaign, deciding, kinds) for kinds in product(*(one.kinds for one in deciding.values()))}
    return Variable(TOGETHER, tuple(sorted({*may_be, *map(",".join, tally.together)})))


def _deciding(campaign: Campaign, variables: Mapping[str, Variable]) -> dict[str, Variable]:
    """Return by what the prizes are decided: the score, and the wish of each prize that demands one."""
    names = [SCORE, *(_wish_of(prize, variables) for prize in campaign.prizes if prize.requires.choice is not None)]
    return {name: variables.get(name, Variable(name, (YES, NO))) for name in names}


def _wish_of(prize: PrizeOffer, variables: Mapping[str, Variable]) -> str:
    """Name the variable of a prize's wish: the question's own; where several may be given, whether it is met."""
    question = prize.requires.choice.question if prize.requires.choice else ""
    return question if question in variables else f"wanted/{prize.id}"


def _drawn(campaign: Campaign, deciding: Mapping[str, Variable], kinds: tuple[str, ...]) -> str:
    """Return the prizes for which entries stand that are of one kind in each of the *deciding* variables."""
    case = dict(zip(deciding, kinds, strict=True))
    return ",".join(prize.id for prize in campaign.prizes if _meets(prize, case))


def _meets(prize: PrizeOffer, case: Mapping[str, str]) -> bool:
    needs = prize.requires
    if int(case[SCORE]) < needs.min_correct or needs.choice is None:
        return int(case[SCORE]) >= needs.min_correct
    wish = case.get(needs.choice.question)
    return needs.choice.met_by([wish]) if wish is not None else case[f"wanted/{prize.id}"] == YES


def _wanted(campaign: Campaign, prize: PrizeOffer, variables: Mapping[str, Variable]) -> list[Relation]:
    """State, where a wish is one of several that may be given, that it is met by any of those that count."""
    wish = prize.requires.choice
    if wish is None or wish.question in variables:
        return []
    question = campaign.survey_question(wish.question)
    options = [variables[chosen(question.id, n)] for n, text in enumerate(question.options) if wish.met_by([text])]
    met, involved = Variable(f"wanted/{prize.id}", (YES, NO)), frozenset(options)
    is_met: Key = frozenset({(met.name, YES)})
    given = [frozenset({(option.name, YES)}) for option in options]
    any_of_them = Relation(dict.fromkeys(given, 1) | {is_met: -1}, involved | {met}, at_least=True)
    return [any_of_them, *(Relation({is_met: 1, one: -1}, involved | {met}, at_least=True) for one in given)]
