"""A function's own account on this machine, and a way to Google that leads nowhere and notes who was asked."""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask

from support.serving import served

ACCOUNT = "notify@project.iam.gserviceaccount.com"


@dataclass
class WayOut:
    """What went out: the hosts that were asked for (*hosts*), and how often the account asked for a token."""

    environ: dict[str, str]
    hosts: list[str] = field(default_factory=list)
    tokens: int = 0


@contextmanager
def own_account(folder: Path) -> Iterator[WayOut]:
    """
    Lay a key of an account into *folder*, and yield what the environment must say for Google's clients to use it.

    Tokens are given on loopback. Whatever goes to Google goes through a proxy on loopback that lets nothing through.
    """
    app = Flask("tokens")
    out = WayOut({})

    @app.post("/token")
    def token() -> dict[str, Any]:
        out.tokens += 1
        return {"access_token": "own", "expires_in": 3600}

    class Proxy(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            _, target, *_ = self.rfile.readline().decode().split(" ")
            out.hosts.append(target.partition(":")[0])
            self.wfile.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")

    with served(app) as url, socketserver.ThreadingTCPServer(("127.0.0.1", 0), Proxy) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        file = folder / "account.json"
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        account = {"type": "service_account", "client_email": ACCOUNT, "private_key": pem, "token_uri": f"{url}/token"}
        file.write_text(json.dumps({**account, "project_id": "project", "private_key_id": "1"}), encoding="utf-8")
        away = f"http://127.0.0.1:{proxy.server_address[1]}"
        out.environ = {"GOOGLE_APPLICATION_CREDENTIALS": str(file), "https_proxy": away, "HTTPS_PROXY": away}
        try:
            yield out
        finally:
            proxy.shutdown()
