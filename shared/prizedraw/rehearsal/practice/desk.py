"""
Take what the page asks for, one thing at a time: by paths below `/do/`, with JSON in and out.

What cannot be done is said in a Japanese sentence.
"""

import base64
import binascii
from collections.abc import Callable
from dataclasses import replace
from threading import RLock
from typing import Any, TypeVar

from prizedraw.ports import Document
from prizedraw.rehearsal.hosting import Answered
from prizedraw.rehearsal.practice import showing
from prizedraw.rehearsal.practice.mishaps import Mishap
from prizedraw.rehearsal.practice.registering import FIELDS
from prizedraw.rehearsal.practice.timetable import DAY
from prizedraw.rehearsal.practice.world import OPERATORS, PracticeWorld, Setting, parse_moment
from prizedraw.times import JST

MOST_ENTRANTS = 2_000
LATEST = 180 * DAY
MOST_NAME = 1024
"""Bytes of an object's name: https://docs.cloud.google.com/storage/docs/objects#naming"""
MOST_TYPED = 200
"""Characters of one field of the LoGo form."""
T = TypeVar("T")


class CannotDo(Exception):
    """Something that was asked and cannot be done; the text says why, in Japanese."""


class PracticeDesk:
    """
    The campaign that is practised, and which operator sits before it; a context manager.

    *page* is the last page that a function gave, empty at first.

    Requests come from several threads and are taken one at a time.
    """

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._operator = OPERATORS[0]
        self._lock = RLock()
        self.page = ""
        self._world = PracticeWorld(setting)
        self._does: dict[str, Callable[[Document], Document]] = {
            "start": self._start,
            "operator": self._choose,
            "clock": self._move,
            "claims": self._drop,
            "export": self._export,
            "register": self._register,
            "enter": self._enter,
            "delete-registration": self._delete_registration,
            "clear-logo": self._clear_logo,
            "mend-mailboxes": self._mend_mailboxes,
            "form": self._change_form,
            "mishap": self._happen,
        }

    def __enter__(self) -> "PracticeDesk":
        """Start the campaign."""
        self._world.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self._world.__exit__()

    def see(self, look: Callable[[PracticeWorld], T]) -> T:
        """Return what somebody wants to see, between two things that are done."""
        with self._lock:
            return look(self._world)

    def state(self) -> Document:
        """Return everything that the page shows at all times."""
        return self.see(lambda world: showing.state(world, self._operator))

    def press(self, step: str, body: bytes) -> Answered:
        """Call a function as the operator who sits here; a page that comes back is kept, to be looked at."""
        answered = self.see(lambda world: world.press(step, body, self._operator))
        if answered.content_type.startswith("text/html"):
            self.page = answered.text
        return answered

    def does(self, what: str) -> bool:
        """Tell whether there is such a thing to do."""
        return what in self._does

    def do(self, what: str, order: Any) -> Document:
        """
        Do what the page asks for, and return what came of it.

        Raises:
            CannotDo: it cannot be done.
        """
        if not isinstance(order, dict):
            raise CannotDo("求められた内容を読み取れません。")
        with self._lock:
            return self._does[what](order)

    def _start(self, order: Document) -> Document:
        """Begin anew; what was practised is gone."""
        seed, applicants = order.get("seed", self._setting.seed), order.get("applicants", self._setting.applicants)
        if type(seed) is not int or type(applicants) is not int or not 0 <= applicants <= MOST_ENTRANTS:
            raise CannotDo(f"応募者の数は0から{MOST_ENTRANTS}まで、番号は整数で入れてください。")
        self._setting = replace(self._setting, seed=seed, applicants=applicants)
        self._world.__exit__()
        self._operator = OPERATORS[0]
        self._world = PracticeWorld(self._setting)
        self._world.__enter__()
        return {}

    def _choose(self, order: Document) -> Document:
        if order.get("operator") not in OPERATORS:
            raise CannotDo("その担当者はいません。")
        self._operator = str(order["operator"])
        return {}

    def _move(self, order: Document) -> Document:
        world, to = self._world, order.get("to")
        if to == "next":
            return showing.moved(world.next())
        moment = world.clock() + DAY if to == "day" else parse_moment(str(to))
        if moment is None:
            raise CannotDo("日時を入れてください。")
        if moment <= world.clock():
            raise CannotDo("時計は戻せません。先の日時を入れてください。")
        if moment > world.campaign.handling_ends_at + LATEST:
            raise CannotDo("取扱期間が終わって半年より先には進められません。")
        return showing.moved(world.move_to(moment))

    def _drop(self, order: Document) -> Document:
        name, data = order.get("name"), order.get("data")
        if not isinstance(name, str) or not 0 < len(name.encode()) <= MOST_NAME or not isinstance(data, str):
            raise CannotDo("ファイルを選んでください。")
        try:
            self._world.drop(name, base64.b64decode(data, validate=True))
        except binascii.Error:
            raise CannotDo("ファイルを読み取れません。") from None
        return {"said": f"{name} を置きました。"}

    def _export(self, _: Document) -> Document:
        """Put the whole export of the LoGo form into the claims folder."""
        world = self._world
        name = f"export-{world.clock().astimezone(JST):%m%d-%H%M}.csv"
        world.drop(name, world.registrations.export())
        return {"said": f"LoGoフォームの全件（{len(world.registrations.sent)}件）を {name} として置きました。"}

    def _register(self, _: Document) -> Document:
        registered = self._world.registrations.everybody(self._world.clock())
        if not registered:
            raise CannotDo("まだ登録していない当選者はいません。")
        return {"said": f"{registered}人がLoGoフォームで登録しました。"}

    def _enter(self, order: Document) -> Document:
        """Send the LoGo form as a winner does, or a clerk for them."""
        typed = {name: order.get(name) for name in FIELDS}
        if not all(isinstance(text, str) and 0 < len(text) <= MOST_TYPED for text in typed.values()):
            raise CannotDo("すべての欄に入力してください。")
        self._world.registrations.enter(self._world.clock(), {name: str(text) for name, text in typed.items()})
        return {"said": "登録が送信されました。当選コードが正しいかは、CSVを取り込むときに分かります。"}

    def _delete_registration(self, order: Document) -> Document:
        if not self._world.registrations.delete(str(order.get("receipt"))):
            raise CannotDo("その登録はもうありません。")
        return {"said": "登録を1件削除しました。"}

    def _mend_mailboxes(self, _: Document) -> Document:
        number = self._world.google.gmail.stop_bouncing()
        if not number:
            raise CannotDo("メールが戻ってきた方はいません。")
        return {"said": f"メールが戻っていた{number}人が、受け取れるようになりました。再送すると届きます。"}

    def _clear_logo(self, _: Document) -> Document:
        self._world.registrations.clear()
        return {"said": "LoGoフォームの登録をすべて削除しました。"}

    def _change_form(self, order: Document) -> Document:
        """Do what the form's owner does: delete a response, all of them, or the form for good."""
        google, form = self._world.google, self._world.campaign.form.id
        match order:
            case {"delete": str(response)}:
                google.forms.remove(response)
                return {"said": "回答を1件削除しました。"}
            case {"delete_all": True} if form in google.forms.stored():
                google.forms.remove_all(form)
                return {"said": "すべての回答を削除しました。"}
            case {"delete_form": True}:
                google.drive.delete(form)
                return {"said": "フォームをごみ箱からも削除しました。"}
        raise CannotDo("フォームはもうありません。")

    def _happen(self, order: Document) -> Document:
        try:
            mishap = Mishap(str(order.get("kind")))
        except ValueError:
            raise CannotDo("それは起こせません。") from None
        if not self._world.happen(mishap):
            raise CannotDo("まだ起こせません（送ったメール、または回答がありません）。")
        return {"said": _HAPPENED[mishap]}


_HAPPENED = {
    Mishap.RETURNED: "当選のお知らせが1通、届かずに戻ってきました。",
    Mishap.HALF_FILLED: "LoGoフォームに、空欄のある登録と、当選コードの違う登録が届きました。",
    Mishap.DELETED: "だれかが、フォームの回答を1件削除しました。",
}
