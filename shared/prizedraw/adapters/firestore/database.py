"""
Keep records in Firestore, one database an instance; documents lie at `campaigns/{campaign}/{collection}/{id}`.

Requests are the official client's protobuf messages, filled straight from plain values and read straight into them:
https://cloud.google.com/firestore/docs/reference/rpc/google.firestore.v1
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import grpc
from google.api_core.exceptions import GoogleAPIError, InvalidArgument
from google.cloud.firestore_v1 import types

from prizedraw.adapters.firestore.connection import DatabaseConnection, meaning, resumed, status_of
from prizedraw.adapters.firestore.documents import (
    UNSTORABLE,
    chunks,
    collection_of,
    collections,
    decode,
    encode,
    is_id,
    paths,
    plain,
    put,
    record_of,
)
from prizedraw.adapters.firestore.snapshot import Snapshot
from prizedraw.errors import Final
from prizedraw.ports import Conflict, Create, Delete, Document, Listed, R, Record, Replace, Stored, Write
from prizedraw.records.flat import NoRecord
from prizedraw.runtime.settings import Settings

_BY_NAME = {"field": {"field_path": "__name__"}, "direction": types.StructuredQuery.Direction.ASCENDING}
_CONFLICTS = (grpc.StatusCode.ALREADY_EXISTS, grpc.StatusCode.FAILED_PRECONDITION)
_FieldOperator = types.StructuredQuery.FieldFilter.Operator
_Operator = types.StructuredQuery.CompositeFilter.Operator


class Database:
    """
    One campaign's records in one database (`sealed` or `state`).

    The ports Reader, Writer, Store, Snapshots and Inventory. A version is a map from document name to update time:
    within one commit they may differ, since a write that changes nothing keeps the time of the one before.
    """

    def __init__(self, settings: Settings, database_id: str) -> None:
        self._connection = DatabaseConnection(f"projects/{settings.project}/databases/{database_id}")
        self._campaign = settings.campaign
        self._parent = f"{self._connection.database}/documents/campaigns/{settings.campaign}"

    def get(self, kind: type[R], id: str) -> Stored[R] | None:
        """Return one record with its version, or None."""
        for document in self._read(kind, [id] if is_id(id) else []):
            return Stored(_record(kind, document), {self._name(kind, id): document.update_time})
        return None

    def get_many(self, kind: type[R], ids: Sequence[str]) -> dict[str, R]:
        """Return those of *ids* that exist, by id."""
        found = (_record(kind, document) for chunk in chunks(ids) for document in self._read(kind, chunk))
        return {record.id: record for record in found}

    def find(self, kind: type[R], field: str, value: str | bool) -> list[R]:
        """Return the records whose *field* equals *value*, in the order of their ids. The field must be indexed."""
        return [_record(kind, document) for document in self._documents(kind, equals={field: value})]

    def scan(self, kind: type[R]) -> Iterator[R]:
        """Yield every record, in the order of ids. What is written meanwhile may or may not be seen."""
        return (_record(kind, document) for document in self._documents(kind))

    def project(self, kind: type[Record], fields: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """Yield the named *fields* of every record, None for an absent one; the field `id` is the document's id."""
        mask = [name for name in fields if name != "id"] or ["__name__"]
        for document in self._documents(kind, mask=mask):
            values = document.fields
            try:
                row = tuple([_id(document) if name == "id" else plain(values.get(name)) for name in fields])
            except ValueError:
                raise NoRecord(kind) from None
            yield row

    def count(self, kind: type[Record], **equals: str | bool) -> int:
        """Count the records whose fields equal the given values; one billed read per 1,000 index entries."""
        aggregation = {"structured_query": _query(kind, equals), "aggregations": [{"alias": "n", "count": {}}]}
        request = types.RunAggregationQueryRequest(parent=self._parent, structured_aggregation_query=aggregation)
        answers = self._connection.aggregates(request)
        return sum(int(answer.result.aggregate_fields["n"].integer_value) for answer in answers)

    def listed(self) -> list[Listed]:
        """
        List every collection of the whole database by its documents' names, wherever they lie; one read a document.

        A query without a collection's id gives all documents below its parent
        (https://cloud.google.com/firestore/docs/reference/rpc/google.firestore.v1#collectionselector). To list the ids
        of collections would show those of the parents that are asked for, and not what lies below a document.
        """
        root = f"{self._connection.database}/documents"
        query = {"from_": [{"all_descendants": True}], "select": {"fields": [{"field_path": "__name__"}]}}
        found = Counter(
            collection_of(document.name.removeprefix(f"{root}/"), self._campaign)
            for document in self._streamed(root, query | {"order_by": [_BY_NAME]})
        )
        return [Listed(name, count) for name, count in sorted(found.items())]

    def snapshot(self) -> Snapshot:
        """Read every record of the campaign by one query without a collection's id, as `listed` does; one read each."""
        found: dict[str, dict[str, Document | None]] = {}
        for document in self._streamed(self._parent, {"from_": [{"all_descendants": True}], "order_by": [_BY_NAME]}):
            collection, *below = document.name.removeprefix(f"{self._parent}/").split("/")
            if len(below) == 1:  # what lies below a document is no record
                found.setdefault(collection, {})[below[0]] = _readable(document)
        return Snapshot(found)

    def commit(self, writes: Sequence[Write]) -> object:
        """
        Make all *writes* or none, in one `Commit` that is sent once; return their version.

        Raises:
            Conflict: a `Create` met an existing document, or a `Replace` another version.
            Again: the outcome is not known; reading tells.
            Final: a value that Firestore does not hold, or a document of more than 1 MiB; nothing was written.
            Broken: refused.
        """
        names = [f"{self._parent}/{path}" for path in paths(writes)]
        if not names:
            return {}
        request = commit_request(self._connection.database, names, writes)
        try:
            response = self._connection.commit(types.CommitRequest.wrap(request))
        except InvalidArgument:
            raise Final(UNSTORABLE, collections=collections(writes)) from None
        except GoogleAPIError as error:
            if _is_conflict(error, writes):
                raise Conflict from None
            raise meaning(error) from None
        results = types.CommitResponse.pb(response).write_results
        return {name: result.update_time for name, result in zip(names, results, strict=True)}

    def _name(self, kind: type[Record], id: str) -> str:
        return f"{self._parent}/{kind.COLLECTION}/{id}"

    def _read(self, kind: type[Record], ids: Sequence[str]) -> Iterator[Any]:
        """Yield the protobuf documents of those of *ids* that exist."""
        if not ids:
            return
        names = [self._name(kind, wanted) for wanted in ids]
        request = types.BatchGetDocumentsRequest(database=self._connection.database, documents=names)
        for answer in self._connection.found(request):
            document = types.BatchGetDocumentsResponse.pb(answer).found
            if document.name:
                yield document

    def _documents(
        self, kind: type[Record], equals: Mapping[str, str | bool] | None = None, mask: Sequence[str] = ()
    ) -> Iterator[Any]:
        """Yield the protobuf documents of a collection in the order of their ids."""
        query = _query(kind, equals or {}) | {"order_by": [_BY_NAME]}
        if mask:
            query["select"] = {"fields": [{"field_path": name} for name in mask]}
        return self._streamed(self._parent, query)

    def _streamed(self, parent: str, query: dict[str, Any]) -> Iterator[Any]:
        """Yield the protobuf documents that a query by name gives below *parent*."""

        def open_after(last: str) -> Iterator[Any]:
            start = {"start_at": {"values": [{"reference_value": last}], "before": False}} if last else {}
            request = types.RunQueryRequest(parent=parent, structured_query=query | start)
            for answer in self._connection.documents(request):
                document = types.RunQueryResponse.pb(answer).document
                if document.name:
                    yield document

        return resumed(open_after)


def _query(kind: type[Record], equals: Mapping[str, str | bool]) -> dict[str, Any]:
    """Select the documents of a collection whose fields equal the given values."""
    query: dict[str, Any] = {"from_": [{"collection_id": kind.COLLECTION}]}
    if equals:
        filters = [_filter(kind, name, value) for name, value in equals.items()]
        query["where"] = {"composite_filter": {"op": _Operator.AND, "filters": filters}}
    return query


def _filter(kind: type[Record], field: str, value: str | bool) -> dict[str, Any]:
    wanted = types.Value.pb()()
    try:
        put(value, wanted)
    except (TypeError, ValueError):
        raise Final(UNSTORABLE, collections=kind.COLLECTION) from None
    return {
        "field_filter": {"field": {"field_path": field}, "op": _FieldOperator.EQUAL, "value": types.Value.wrap(wanted)}
    }


def commit_request(database: str, names: Sequence[str], writes: Sequence[Write]) -> Any:
    """
    Build the protobuf `CommitRequest` of *writes*, each to the document of the full name at its place in *names*.

    Raises:
        Conflict: a version that this store did not give for the document.
        Final: a value that Firestore does not hold.
    """
    request = types.CommitRequest.pb()(database=database)
    for write, name in zip(writes, names, strict=True):
        _fill(request.writes.add(), write, name)
    return request


def _fill(message: Any, write: Write, name: str) -> None:
    """Put a write into a protobuf `Write`."""
    if isinstance(write, Delete):
        message.delete = name
        return
    document, update = write.record.to_doc(), message.update
    update.name = name
    try:
        encode(document, update.fields)
    except (TypeError, ValueError):
        raise Final(UNSTORABLE, collections=write.record.COLLECTION) from None
    if isinstance(write, Create):
        message.current_document.exists = False
    elif write.version is not None:
        if not isinstance(write.version, Mapping) or name not in write.version:
            raise Conflict
        message.current_document.update_time.CopyFrom(write.version[name])


def _is_conflict(error: GoogleAPIError, writes: Sequence[Write]) -> bool:
    """Tell whether a precondition did not hold; NOT_FOUND means so only where one named a version."""
    status = status_of(error)
    versioned = any(isinstance(write, Replace) and write.version is not None for write in writes)
    return status in _CONFLICTS or (status is grpc.StatusCode.NOT_FOUND and versioned)


def _id(document: Any) -> str:
    name: str = document.name
    return name.rpartition("/")[2]


def _readable(document: Any) -> Document | None:
    """Return the plain values of a protobuf document; None if it holds others."""
    try:
        return decode(document.fields)
    except ValueError:
        return None


def _record(kind: type[R], document: Any) -> R:
    """Make the record of a protobuf document."""
    try:
        plain_document = decode(document.fields)
    except ValueError:
        raise NoRecord(kind) from None
    return record_of(kind, _id(document), plain_document)
