"""Spoil the filters of alerts: forget an act, forget who may act, ring for all; take one alarm for another."""

import copy
import re
from collections.abc import Iterator

from infra.alarm_lines import ALARMS
from infra.planned import Resource, first
from infra.spoilt import Document, Mutation, changed

_METHODS = re.compile(r'methodName=~"([^"]+)"')
_CODES = re.compile(r"jsonPayload\.code=\(([^)]*)\)")
_LEAST = 3
"""So many letters has a word that is an act's."""


def of_a_filter(document: Document, policy: Resource) -> Iterator[Mutation]:
    """Yield the plan with the filter of one alert spoilt, if it looks at audit logs or tells alarms apart."""
    text = first(policy.values["conditions"][0].get("condition_matched_log")).get("filter") or ""
    tried = (_of_acts(text) if "cloudaudit" in text else {}) | _of_alarms(text)
    for what, spoilt in tried.items():
        if spoilt != text:
            conditions = copy.deepcopy(policy.values["conditions"])
            conditions[0]["condition_matched_log"][0]["filter"] = spoilt
            yield f"{policy.address} rings {what}", changed(document, policy.address, conditions=conditions)


def _of_acts(text: str) -> dict[str, str]:
    tried = {
        "for nothing": f'({text}) AND resource.type="nothing"',
        "for reads too": text.replace('AND NOT protoPayload.methodName=~"[.](get|list)$"\n', ""),
        "for every step's name": re.sub(r"\^fn-\([a-z|]+\)@", "^fn-[a-z]+@", text),
        "not for one step": text.replace("|draw", ""),
        "not for another project's steps": re.sub(r"(\^fn-\([a-z|]+\)@)[a-z0-9-]+", r"\1[a-z0-9-]+", text),
        "not for whoever is called service-": re.sub(r"(\^service-\d+@)[^\"]+", r"\1", text),
        "not for other projects' agents": re.sub(r"\^service-\d+@", "^service-[0-9]+@", text),
        "for the steps too": re.sub(r"AND NOT \([^()]*\^fn-.*\)$", "", text, flags=re.MULTILINE),
        "in another log": text.replace("data_access", "system_event").replace("activity", "policy"),
        "for who applies": re.sub(r"AND NOT protoPayload[.\w]+=\([^()]*\)\n", "", text),
        "for nobody with an address": f'({text})\nAND NOT protoPayload.authenticationInfo.principalEmail=~"@"',
        "for case only": text.replace("(?i)", ""),
        "with words out of place": f'{text}\nOR "anything"',
    }
    for number, methods in enumerate(_METHODS.findall(text)):
        for word in sorted({word for word in re.findall(r"[A-Za-z]+", methods) if len(word) >= _LEAST}):
            forgets = re.sub(rf"\b{word}\b", "Nothing", methods, count=1)
            tried[f"without {word} ({number})"] = text.replace(methods, forgets, 1)
    return tried


def _of_alarms(text: str) -> dict[str, str]:
    told = {code for found in _CODES.findall(text) for code in re.findall(r'"(\w+)"', found)}
    known = told & {code for _, code in ALARMS}
    tried = {f"without {code}": text.replace(f'"{code}"', '"nothing"') for code in sorted(known)}
    return tried | ({"whatever the code": re.sub(rf"AND (NOT )?{_CODES.pattern}", "", text)} if known else {})
