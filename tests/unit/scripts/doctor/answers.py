"""A `gcloud` that answers from what was recorded; a test spoils a reply, or has one refused."""

import json
import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from examination.calls import CALLS
from examination.case import last
from examination.gcloud import Answer, arguments_of


@dataclass
class Project:
    """Replies by their calls; what is not among them was not expected to be asked."""

    replies: dict[tuple[str, ...], Any] = field(default_factory=dict)
    refusals: dict[tuple[str, ...], Answer] = field(default_factory=dict)
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def __call__(self, arguments: Sequence[str]) -> Answer:
        key = tuple(arguments)
        self.asked.append(key)
        if key in self.refusals:
            return self.refusals[key]
        return Answer(0, json.dumps(self.replies[key]))

    def key(self, name: str, **parts: str) -> tuple[str, ...]:
        """Return the arguments of a call; of several of its name the one with *parts*, or the first."""
        fixed = {"project": "shinjuku-rally", "seed": "seed-project"}
        if parts or not set(re.findall(r"{(\w+)}", CALLS[name].words)) - fixed.keys():
            return tuple(arguments_of(CALLS[name], **{**fixed, **parts}))
        return next(key for key in self.replies if is_of(name, key))

    def reply(self, name: str, **parts: str) -> Any:
        """Return a reply, to be spoilt in place."""
        return self.replies[self.key(name, **parts)]

    def row(self, name: str, what: str, **parts: str) -> Any:
        """Return one row of a list, by (the last part of) its name."""
        names = ("name", "email", "displayName")
        return next(row for row in self.reply(name, **parts) if what in {last(row.get(word)) for word in names})

    def refuse(self, name: str, answer: Answer) -> None:
        """Have every call of one name refused."""
        self.refusals |= {key: answer for key in self.replies if is_of(name, key)}


def is_of(name: str, key: tuple[str, ...]) -> bool:
    """Tell whether arguments are of the call of that name."""
    words = CALLS[name].words.split()
    return len(words) + 2 == len(key) and all(
        "{" in word or word == said for word, said in zip(words, key[:-2], strict=True)
    )


def copy_of(project: Project) -> Project:
    """Return a project like this one, to be spoilt."""
    return Project(deepcopy(project.replies))
