"""
Stand in for Cloud Storage on loopback: the JSON API's methods that prizedraw uses, with their faults.

Uploads (multipart, resumable, media), downloads, metadata, lists in pages and deletions, with generations, versions,
soft deletion, preconditions and checksums as the service has them: what does not match the checksum that came with it
is not stored. A step creates only files of which it is the author.
Reference: https://docs.cloud.google.com/storage/docs/json_api/v1
"""

import itertools
import json
import re
import socket
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import RLock
from typing import Any

from flask import Blueprint, Response, jsonify, request

from prizedraw.ports import Clock
from prizedraw.rehearsal.calls import Calls
from prizedraw.rehearsal.google.authors import may_create
from prizedraw.rehearsal.google.buckets import NOTHING, Bucket, StoredObject
from prizedraw.rehearsal.google.field_masks import parse_fields, partial
from prizedraw.rehearsal.google.json_wire import ApiError
from prizedraw.rehearsal.google.multipart import parts
from prizedraw.rehearsal.google.object_notifications import Hook, ObjectNotifications

CUT = 0
"""As the status of a fault: the connection is closed without a reply."""

UPLOADING = ("insert", "start", "chunk")
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


@dataclass
class Upload:
    """One upload under way; when it is finished, its resource is given again to whoever asks."""

    bucket: str
    metadata: dict[str, Any]
    match: str | None
    data: bytearray = field(default_factory=bytearray, repr=False)
    finished: dict[str, Any] | None = None


class LocalStorage:
    """
    The buckets, in memory.

    *calls* records `(method, object name)`, method being insert, start, chunk, get, media, list, delete or
    `list buckets`. Faults are planned by `fail` (and *faults* cleared), by `corrupt_downloads` and `corrupt_uploads`
    (how many to come) and by `omit_hashes`; *page_size* is the most that one page of a list holds. *callers* says which
    step is being served, and records its uploads with the object's name.
    """

    def __init__(self, clock: Clock, callers: Calls | None = None) -> None:
        self.calls: list[tuple[str, str]] = []
        self.page_size = 1000
        self.corrupt_downloads = 0
        self.corrupt_uploads = 0
        self.omit_hashes = False
        self._clock = clock
        self._callers = callers or Calls()
        self._lock = RLock()
        self._buckets: dict[str, Bucket] = {}
        self._uploads: dict[str, Upload] = {}
        self._generations = itertools.count(1_700_000_000_000_001)
        self._notifications = ObjectNotifications()
        self.faults: dict[str, deque[tuple[int, bool]]] = {}

    def create_bucket(
        self, name: str, *, versioning: bool = False, soft_delete: timedelta = NOTHING, retention: timedelta = NOTHING
    ) -> None:
        """Make an empty bucket, as Terraform would; one that is there stays as it is."""
        made = Bucket(name=name, versioning=versioning, soft_delete=soft_delete, retention=retention)
        self._buckets.setdefault(name, made)

    def objects(self, bucket: str) -> dict[str, StoredObject]:
        """Return what the bucket holds, by name."""
        with self._lock:
            return dict(self._buckets[bucket].live)

    def everything(self, bucket: str) -> list[StoredObject]:
        """Return all that rests in the bucket: live, noncurrent, and what can still be restored."""
        with self._lock:
            found = self._buckets[bucket]
            return [*found.versions(), *(gone.stored for gone in found.softly_deleted if gone.hard > self._clock())]

    def bucket_names(self) -> list[str]:
        """Name the buckets."""
        return sorted(self._buckets)

    def hold(self, bucket: str, name: str) -> None:
        """Put an object under a temporary hold, as a person at the console may."""
        with self._lock:
            live = self._buckets[bucket].live
            live[name] = replace(live[name], held=True)

    def expire(self, bucket: str, before: datetime) -> None:
        """Delete what was stored before a moment, as a lifecycle rule does."""
        with self._lock:
            self._buckets[bucket].expire(before, self._clock())

    def put(
        self,
        bucket: str,
        name: str,
        data: bytes,
        content_type: str = "application/octet-stream",
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """Store an object past the API, as if someone else had written it."""
        with self._lock:
            now, generation = self._clock(), next(self._generations)
            made = StoredObject(name, data, content_type, generation, now, metadata=metadata or {})
            self._hold(bucket, made)
        self._notifications.deliver()

    def on_object(self, hook: Hook) -> None:
        """Hand *hook* the attributes of a notification for every object that is stored from now on, in any bucket."""
        self._notifications.hooks.append(hook)

    def fail(self, method: str, status: int, *, applied: bool = False, times: int = 1) -> None:
        """Answer the next calls of *method* with *status*, or cut (`CUT`); *applied*: only the reply is lost."""
        self.faults.setdefault(method, deque()).extend([(status, applied)] * times)

    def blueprint(self) -> Blueprint:
        """Return the routes, under the service's own paths."""
        objects, one = "/b/<bucket>/o", "/b/<bucket>/o/<path:name>"
        rules: list[tuple[str, str, Callable[..., Response]]] = [
            ("GET", "/storage/v1/b", self._list_buckets),
            ("GET", f"/storage/v1{objects}", self._list),
            ("GET", f"/storage/v1{one}", self._get),
            ("GET", f"/download/storage/v1{one}", self._get),
            ("DELETE", f"/storage/v1{one}", self._delete),
            ("POST", f"/upload/storage/v1{objects}", self._insert),
            ("PUT", f"/upload/storage/v1{objects}", self._chunk),
        ]
        blueprint = Blueprint("storage", __name__)
        for verb, rule, view in rules:
            blueprint.add_url_rule(rule, f"{verb} {rule}".replace(".", ""), self._guarded(view), methods=[verb])
        return blueprint

    def _guarded(self, view: Callable[..., Response]) -> Callable[..., Response]:
        """Read the whole request first, answer one at a time, and give errors the API's form."""

        def guarded(**values: str) -> Response:
            request.get_data()
            try:
                with self._lock:
                    return view(**values)
            except ApiError as error:
                body = error.document()
                del body["error"]["status"]  # this service gives none
                reply = jsonify(body)
                reply.status_code = error.code
                return reply
            finally:
                self._notifications.deliver()

        return guarded

    def _faulty(self, method: str, name: str, work: Callable[[], Response]) -> Response:
        """Record the call and do the *work*, unless a fault is planned."""
        self.calls.append((method, name))
        if method in UPLOADING:
            rule = request.url_rule.rule if request.url_rule else "?"
            self._callers.record("storage", f"{request.method} {rule}", f"{(request.view_args or {})['bucket']}/{name}")
        planned = self.faults.get(method)
        if not planned:
            return work()
        status, applied = planned.popleft()
        if applied:
            work()
        if status == CUT:
            request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        raise ApiError(status or 503, "planned fault", reason="backendError")

    def _opened(self, bucket: str) -> Bucket:
        if bucket not in self._buckets:
            raise ApiError(404, "The specified bucket does not exist.", reason="notFound")
        return self._buckets[bucket]

    def _object(self, bucket: str, name: str) -> StoredObject:
        found = self._opened(bucket).find(name, request.args.get("generation"))
        if found is None:
            raise ApiError(404, f"No such object: {bucket}/{name}", reason="notFound")
        _demand_generation(found, request.args.get("ifGenerationMatch"))
        return found

    def _get(self, bucket: str, name: str) -> Response:
        if request.args.get("alt") == "media":
            return self._faulty("media", name, lambda: self._media(bucket, name))
        return self._faulty("get", name, lambda: jsonify(self._object(bucket, name).resource(bucket)))

    def _media(self, bucket: str, name: str) -> Response:
        found = self._object(bucket, name)
        data = found.data
        if self.corrupt_downloads > 0:
            self.corrupt_downloads -= 1
            data = _corrupted(data)
        reply = Response(data, content_type=found.content_type)
        if not self.omit_hashes:
            reply.headers["X-Goog-Hash"] = f"crc32c={found.crc32c},md5={found.md5}"
        if found.content_encoding:
            reply.headers["Content-Encoding"] = found.content_encoding
        reply.headers["X-Goog-Generation"] = str(found.generation)
        reply.headers["X-Goog-Metageneration"] = "1"
        reply.headers["X-Goog-Stored-Content-Length"] = str(len(found.data))
        return reply

    def _list_buckets(self) -> Response:
        body = {"kind": "storage#buckets", "items": [{"name": name, "id": name} for name in self.bucket_names()]}
        return self._faulty("list buckets", "", lambda: jsonify(body))

    def _list(self, bucket: str) -> Response:
        return self._faulty("list", request.args.get("prefix", ""), lambda: self._page(bucket))

    def _page(self, bucket: str) -> Response:
        prefix, after = request.args.get("prefix", ""), request.args.get("pageToken", "")
        size = min(self.page_size, int(request.args.get("maxResults", self.page_size)))
        asked = [r for r in self._resources(self._opened(bucket)) if r["name"].startswith(prefix)]
        # A token names the last generation given, so that what is deleted meanwhile moves nothing.
        rest = [r for r in asked if _place(r) > after]
        body: dict[str, Any] = {"kind": "storage#objects"}
        if rest:
            body["items"] = rest[:size]
        if len(rest) > size:
            body["nextPageToken"] = _place(rest[size - 1])
        return jsonify(partial(body, parse_fields(request.args["fields"])) if "fields" in request.args else body)

    def _resources(self, bucket: Bucket) -> list[dict[str, Any]]:
        """Return what a list is asked for, in the order of names and generations."""
        soft, all_versions = (request.args.get(name, "").lower() == "true" for name in ("softDeleted", "versions"))
        if soft and all_versions:
            raise ApiError(400, "softDeleted and versions cannot both be true", reason="invalid")
        if soft:
            found = bucket.restorable(self._clock())
        else:
            wanted = bucket.versions() if all_versions else bucket.live.values()
            found = [stored.resource(bucket.name) for stored in wanted]
        return sorted(found, key=_place)

    def _delete(self, bucket: str, name: str) -> Response:
        def work() -> Response:
            self._object(bucket, name)
            self._opened(bucket).delete(name, request.args.get("generation"), self._clock())
            return Response(status=204)

        return self._faulty("delete", name, work)

    def _insert(self, bucket: str) -> Response:
        kind, match = request.args.get("uploadType"), request.args.get("ifGenerationMatch")
        if kind == "resumable":
            metadata = json.loads(request.get_data() or b"{}")
            metadata.setdefault("name", request.args.get("name"))
            metadata.setdefault("contentType", request.headers.get("X-Upload-Content-Type"))
            return self._faulty("start", metadata["name"], lambda: self._start(Upload(bucket, metadata, match)))
        if kind == "multipart":
            metadata, data = parts(request.headers["Content-Type"], request.get_data())
        elif kind == "media":
            metadata, data = {"name": request.args["name"], "contentType": request.content_type}, request.get_data()
        else:
            raise ApiError(400, "uploadType", reason="invalid")
        return self._faulty(
            "insert", metadata["name"], lambda: jsonify(self._store(Upload(bucket, metadata, match, bytearray(data))))
        )

    def _demand_author(self, bucket: str, name: str) -> None:
        """Refuse a step that is not the author of such a file, before anything is said of what stands there."""
        step = self._callers.serving
        if step and not may_create(step, bucket, name):
            message = f"fn-{step} does not have storage.objects.create access to the Google Cloud Storage object."
            raise ApiError(403, message, reason="forbidden")

    def _start(self, upload: Upload) -> Response:
        self._demand_author(upload.bucket, upload.metadata["name"])
        _demand_generation(self._opened(upload.bucket).live.get(upload.metadata["name"]), upload.match)
        upload_id = f"upload-{len(self._uploads) + 1}"
        self._uploads[upload_id] = upload
        reply = Response(status=200)
        reply.headers["Location"] = f"{request.base_url}?uploadType=resumable&upload_id={upload_id}"
        return reply

    def _chunk(self, bucket: str) -> Response:
        upload = self._uploads.get(request.args.get("upload_id", ""))
        if upload is None or upload.bucket != bucket:
            raise ApiError(404, "No such upload", reason="notFound")
        return self._faulty("chunk", upload.metadata["name"], lambda: self._take(upload))

    def _take(self, upload: Upload) -> Response:
        """Take a chunk, at the place where the last one ended, or say how far the upload is."""
        matched = _RANGE.fullmatch(request.headers.get("Content-Range", ""))
        if upload.finished is None and matched:
            if int(matched[1]) != len(upload.data):
                raise ApiError(503, "not where the upload stands", reason="backendError")
            upload.data += request.get_data()
            if matched[3] == str(len(upload.data)):
                upload.finished = self._store(upload)
        if upload.finished is not None:
            return jsonify(upload.finished)
        reply = Response(status=308)
        if upload.data:
            reply.headers["Range"] = f"bytes=0-{len(upload.data) - 1}"
        return reply

    def _store(self, upload: Upload) -> dict[str, Any]:
        """Store what arrived, if the precondition holds and the checksums are its own."""
        data, metadata, name = bytes(upload.data), upload.metadata, upload.metadata["name"]
        self._demand_author(upload.bucket, name)
        if self.corrupt_uploads > 0:
            self.corrupt_uploads -= 1
            data = _corrupted(data)
        _demand_generation(self._opened(upload.bucket).live.get(name), upload.match)
        content_type = metadata.get("contentType") or "application/octet-stream"
        coding = metadata.get("contentEncoding", "")
        borne, generation = metadata.get("metadata", {}), next(self._generations)
        made = StoredObject(name, data, content_type, generation, self._clock(), coding, metadata=borne)
        for key, title, actual in (("crc32c", "CRC32C", made.crc32c), ("md5Hash", "MD5 hash", made.md5)):
            given = metadata.get(key, actual)
            if given != actual:
                message = f'Provided {title} "{given}" doesn\'t match calculated {title} "{actual}".'
                raise ApiError(400, message, reason="invalid")
        self._hold(upload.bucket, made)
        return made.resource(upload.bucket)

    def _hold(self, bucket: str, made: StoredObject) -> None:
        """Put an object in its place."""
        self._opened(bucket).hold(made)
        self._notifications.stored(made.resource(bucket))


def _place(resource: dict[str, Any]) -> str:
    return f"{resource['name']}\n{resource['generation']}"


def _demand_generation(found: StoredObject | None, match: str | None) -> None:
    """Refuse unless `ifGenerationMatch` holds; 0 means that there is no such object."""
    if match is not None and match != str(found.generation if found else 0):
        raise ApiError(412, "At least one of the pre-conditions you specified did not hold.", reason="conditionNotMet")


def _corrupted(data: bytes) -> bytes:
    return bytes([data[0] ^ 1]) + data[1:] if data else b"\x00"
