"""
Say who may create which files: one author a name, as the grants have it (`authors` in infra/terraform/storage.tf).

The names are the code's own. The author of a file is the author of its signature, where it has one beside it.
"""

from collections.abc import Mapping

from prizedraw.analysis import file, page, workbook
from prizedraw.erasure import filed
from prizedraw.evidence import status_pages
from prizedraw.evidence.signed_files import EVIDENCE, SIGNATURE
from prizedraw.lottery import forfeit_file
from prizedraw.lottery.names import COMMITMENT, POOL, RECORD, RULES
from prizedraw.lottery.randomness_file import NAME as RANDOMNESS

ANY = ""

Names = tuple[str, ...]
"""Names of files, folders (which end in a slash), or `ANY`."""


def _signed(*names: str) -> Names:
    return tuple(one for name in names for one in (name, name + SIGNATURE))


AUTHORS: Mapping[str, Mapping[str, Names]] = {
    "published": {
        "prepare": (EVIDENCE, *_signed(RULES)),
        "freeze": (POOL, *_signed(COMMITMENT)),
        "draw": _signed(RANDOMNESS, RECORD),
        "forfeit": (forfeit_file.FOLDER,),
    },
    "reports": {
        "analyse": (file.NAME, page.NAME, workbook.NAME),
        "erase": (filed.FOLDER,),
        "status": (status_pages.FOLDER,),
    },
    "exports": {"ship": (ANY,)},
    "claims": {},
}
"""By the last word of a bucket's name, the steps that may create files in it. What people drop is no step's."""


def may_create(step: str, bucket: str, name: str) -> bool:
    """Tell whether a step may create the file *name* in a bucket; in a bucket that is no campaign's, everybody may."""
    authors = AUTHORS.get(bucket.rpartition("-")[2])
    return authors is None or any(covers(one, name) for one in authors.get(step, ()))


def covers(one: str, name: str) -> bool:
    """Tell whether a name of the table stands for a file's *name*: it is the same, its folder, or any."""
    return name.startswith(one) if one == ANY or one.endswith("/") else name == one
