"""
Serve the page on loopback, to nobody but a browser on this machine, and the functions at `/functions/<step>`.

A name that another site lets point at 127.0.0.1 is refused by `Host`, another site's page by `Origin` and
`Sec-Fetch-Site`, and a form's post, which needs no leave of the browser, by its content type.
https://fetch.spec.whatwg.org/#simple-header, https://www.w3.org/TR/fetch-metadata/
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import requests
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from prizedraw.rehearsal.google.local_google import LOOPBACK, QuietRequests
from prizedraw.rehearsal.practice import mail_reading, showing
from prizedraw.rehearsal.practice.desk import CannotDo, PracticeDesk
from prizedraw.rehearsal.stage import STEPS

PAGE = Path(__file__).parent / "page"
OURS = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; img-src data:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
SHOWN = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
"""For what the functions made: it is looked at, and may do nothing."""
MOST_BYTES = 30_000_000
_OPENED = {"text/html", "text/plain", "application/json", "application/pdf"}
_OK = requests.codes

_ROUTES = Map(
    [
        Rule("/", endpoint="page", methods=["GET"]),
        Rule("/practice.<any(css, js):kind>", endpoint="asset", methods=["GET"]),
        Rule("/state", endpoint="state", methods=["GET"]),
        Rule("/mails/<id>", endpoint="mail", methods=["GET"]),
        Rule("/mails/<id>/page", endpoint="mail_page", methods=["GET"]),
        Rule("/mails/<id>/attachments/<int:number>", endpoint="attachment", methods=["GET"]),
        Rule("/folders/<kind>/<path:name>", endpoint="file", methods=["GET"]),
        Rule("/secrets/shipping-password/<int:number>", endpoint="password", methods=["GET"]),
        Rule("/logo.csv", endpoint="logo", methods=["GET"]),
        Rule("/status", endpoint="status", methods=["GET"]),
        Rule("/page", endpoint="last_page", methods=["GET"]),
        Rule("/functions/<step>", endpoint="press", methods=["POST"]),
        Rule("/do/<what>", endpoint="do", methods=["POST"]),
    ]
)


class PortTaken(Exception):
    """The port on which the page is to be served is in use."""


class PracticeApp:
    """The page and what it asks for, as a WSGI application; *hosts* are the names by which it may be called."""

    def __init__(self, desk: PracticeDesk) -> None:
        self.desk = desk
        self.hosts: frozenset[str] = frozenset()

    def serve_at(self, port: int) -> None:
        """Say at which port it is served."""
        self.hosts = frozenset({f"{LOOPBACK}:{port}", f"localhost:{port}"})

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        request.max_content_length = MOST_BYTES
        response = self._answer(request)
        response.headers.setdefault("Content-Security-Policy", OURS)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["Cache-Control"] = "no-store"
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        request.get_data()
        if not self._is_ours(request):
            return _json({"said": "このページからの操作だけを受け付けます。"}, _OK.forbidden)
        if request.method == "POST" and request.mimetype != "application/json":
            return _json({"said": "JSONだけを受け付けます。"}, _OK.unsupported_media_type)
        try:
            endpoint, values = _ROUTES.bind_to_environ(request.environ).match()
            answer: Callable[..., Response] = getattr(self, f"_{endpoint}")
            return answer(request, **values)
        except CannotDo as fault:
            return _json({"said": str(fault)}, _OK.conflict)
        except HTTPException as error:
            return _json({"said": "見つかりません。"}, error.code or _OK.not_found)

    def _is_ours(self, request: Request) -> bool:
        """Tell whether a request is to us by our own name, and from our own page or from no page."""
        if request.headers.get("Host") not in self.hosts:
            return False
        origin = request.headers.get("Origin")
        if origin is not None and origin.removeprefix("http://") not in self.hosts:
            return False
        is_way_in = request.method == "GET" and request.path == "/"
        return is_way_in or request.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin")

    def _page(self, _: Request) -> Response:
        return Response((PAGE / "practice.html").read_bytes(), content_type="text/html; charset=utf-8")

    def _asset(self, _: Request, kind: str) -> Response:
        types = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
        return Response((PAGE / f"practice.{kind}").read_bytes(), content_type=types[kind])

    def _state(self, _: Request) -> Response:
        return _json(self.desk.state())

    def _press(self, request: Request, step: str) -> Response:
        """Answer as the function does, byte for byte."""
        if step not in STEPS:
            return _nothing()
        answered = self.desk.press(step, request.get_data())
        return Response(answered.text, answered.status, content_type=answered.content_type)

    def _do(self, request: Request, what: str) -> Response:
        if not self.desk.does(what):
            return _nothing()
        return _json(self.desk.do(what, request.get_json(silent=True)))

    def _mail(self, _: Request, id: str) -> Response:
        raw = self.desk.see(lambda world: showing.mail(world, id))
        return _json(showing.read_mail(raw)) if raw is not None else _nothing()

    def _mail_page(self, _: Request, id: str) -> Response:
        raw = self.desk.see(lambda world: showing.mail(world, id))
        return _shown(mail_reading.read(raw).page.encode(), "text/html") if raw is not None else _nothing()

    def _attachment(self, _: Request, id: str, number: int) -> Response:
        raw = self.desk.see(lambda world: showing.mail(world, id))
        found = mail_reading.read(raw).attachments if raw is not None else ()
        if number >= len(found):
            return _nothing()
        return _saved(found[number].data, found[number].content_type, found[number].name)

    def _file(self, _: Request, kind: str, name: str) -> Response:
        found = self.desk.see(lambda world: showing.objects(world, kind) if kind in showing.FOLDERS else {}).get(name)
        if found is None:
            return _nothing()
        content_type = found.content_type.partition(";")[0]
        if content_type in _OPENED:
            return _shown(found.data, content_type)
        return _saved(found.data, content_type, name.rpartition("/")[2])

    def _password(self, _: Request, number: int) -> Response:
        found = dict(self.desk.see(showing.passwords)).get(number)
        return _json({"password": found}) if found is not None else _nothing()

    def _logo(self, _: Request) -> Response:
        data = self.desk.see(lambda world: world.registrations.export())
        return _saved(data, "text/csv", "logo.csv")

    def _last_page(self, _: Request) -> Response:
        return _shown(self.desk.page.encode(), "text/html") if self.desk.page else _nothing()

    def _status(self, _: Request) -> Response:
        answered = self.desk.press("status", b'{"format": "html"}')
        return _shown(answered.text.encode(), answered.content_type.partition(";")[0], answered.status)


def _json(document: Any, status: int = _OK.ok) -> Response:
    return Response(json.dumps(document, ensure_ascii=False), status, content_type="application/json; charset=utf-8")


def _nothing() -> Response:
    return _json({"said": "見つかりません。"}, _OK.not_found)


def _shown(data: bytes, content_type: str, status: int = _OK.ok) -> Response:
    """Let something be looked at; the browser's own reader of PDF does not run in a sandbox."""
    charset = "" if content_type == "application/pdf" else "; charset=utf-8"
    response = Response(data, status, content_type=content_type + charset)
    response.headers["Content-Security-Policy"] = "frame-ancestors 'none'" if not charset else SHOWN
    return response


def _saved(data: bytes, content_type: str, name: str) -> Response:
    response = Response(data, content_type=content_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


@contextmanager
def serving(desk: PracticeDesk, port: int) -> Iterator[int]:
    """Serve a desk at a port of 127.0.0.1 (0: a free one) while the context is open, and return the port."""
    app = PracticeApp(desk)
    try:
        server = make_server(LOOPBACK, port, app, threaded=True, request_handler=QuietRequests)
    except (OSError, SystemExit):  # werkzeug leaves where the port is taken
        raise PortTaken from None
    app.serve_at(server.port)
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
