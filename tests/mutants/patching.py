"""Put a mutant where the function stands that it is a mutant of, without importing anything again."""

import functools
import gc
from collections.abc import Iterator, Sequence
from types import CodeType, FunctionType
from typing import Any


def changed_functions(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType] | None]:
    """Yield the outermost functions that differ, old and new; None if what the import itself runs does."""
    inner_old = [const for const in old.co_consts if isinstance(const, CodeType)]
    inner_new = [const for const in new.co_consts if isinstance(const, CodeType)]
    if not _alike(old, new, deep=False) or len(inner_old) != len(inner_new):
        yield None
        return
    for one, other in zip(inner_old, inner_new, strict=True):
        if _alike(one, other, deep=True):
            continue
        if one.co_flags & 0x2:  # CO_NEWLOCALS: a function's, not a class body's
            yield (one, other) if one.co_freevars == other.co_freevars else None
        else:
            yield from changed_functions(one, other)


def _alike(old: CodeType, new: CodeType, *, deep: bool) -> bool:
    names = ("co_code", "co_names", "co_varnames", "co_freevars", "co_cellvars", "co_exceptiontable", "co_name")
    if any(getattr(old, name) != getattr(new, name) for name in names) or len(old.co_consts) != len(new.co_consts):
        return False
    for one, other in zip(old.co_consts, new.co_consts, strict=True):
        if isinstance(one, CodeType) and isinstance(other, CodeType):
            if deep and not _alike(one, other, deep=True):
                return False
        elif (type(one), one) != (type(other), other):
            return False
    return True


class Functions:
    """The functions of some files as they are in memory, and what remembers its answers."""

    def __init__(self, files: Sequence[str]) -> None:
        self._by_place: dict[tuple[str, str, int], list[FunctionType]] = {}
        self._remembering: dict[str, list[Any]] = {}
        wanted = set(files)
        gc.unfreeze()  # what the tests have frozen is not among the objects
        for one in gc.get_objects():
            if isinstance(one, FunctionType) and one.__code__.co_filename in wanted:
                self._by_place.setdefault(_place(one.__code__), []).append(one)
            elif isinstance(one, functools._lru_cache_wrapper):
                code = getattr(one.__wrapped__, "__code__", None)
                self._remembering.setdefault(code.co_filename if code else "", []).append(one)
        # Forks share what nobody looks through.
        gc.freeze()

    def become(self, changed: list[tuple[CodeType, CodeType]]) -> None:
        """Give functions that are there other code, and let those of the same file forget what they remember."""
        for old, new in changed:
            for function in self._by_place.get(_place(old), ()):
                function.__code__ = new
            for remembering in self._remembering.get(old.co_filename, ()):
                remembering.cache_clear()


def _place(code: CodeType) -> tuple[str, str, int]:
    return code.co_filename, code.co_qualname, code.co_firstlineno
