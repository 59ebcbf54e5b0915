"""
Connect to Firestore at the generated layer of its official client: one channel, the meaning of errors, cut streams.

That layer (`google.cloud.firestore_v1.services`) is what `firestore.Client` wraps. There a channel may be given an
option that halves the cost of streams, messages need no object per value, and a commit is sent once: the wrapper sends
it again after a lost reply, meets its own documents and reports them as somebody else's.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import grpc
from google.api_core.exceptions import GoogleAPICallError, GoogleAPIError, RetryError
from google.api_core.retry import Retry
from google.auth.exceptions import GoogleAuthError
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport

from prizedraw.adapters.firestore.documents import AWAY, REFUSED
from prizedraw.adapters.google import arrival
from prizedraw.adapters.google.arrival import Arrival
from prizedraw.adapters.google.statuses import PASSING
from prizedraw.errors import Again, Broken, PrizedrawError

CALL_SECONDS = 60.0
STREAM_SECONDS = 300.0
MAX_CUTS = 5
"""How often in a row a stream may be cut without having brought a document."""

_CHANNEL_OPTIONS = [
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
]
_Metadata = tuple[tuple[str, str], ...]


def streaming_options(library: Any = grpc) -> list[tuple[str, int]]:
    """
    Return the option that reads a stream on the caller's thread, several times faster; none where it is not known.

    It is experimental: `grpc.experimental.ChannelOptions` of https://grpc.github.io/grpc/python/grpc.html.
    """
    options = getattr(getattr(library, "experimental", None), "ChannelOptions", None)
    name = getattr(options, "SingleThreadedUnaryStream", None)
    return [] if name is None else [(name, 1)]


@lru_cache
def _client(emulator: str, network: Arrival) -> FirestoreClient:
    """Open the channel that both databases share; *network* is waited for."""
    options = _CHANNEL_OPTIONS + streaming_options()
    if emulator:
        channel = grpc.insecure_channel(emulator, options=[*options, ("grpc.enable_http_proxy", 0)])
    else:
        channel = FirestoreGrpcTransport.create_channel(FirestoreClient.DEFAULT_ENDPOINT, options=options)
    client = FirestoreClient(transport=FirestoreGrpcTransport(channel=channel))
    network.wait_for(arrival.address_of(emulator or FirestoreClient.DEFAULT_ENDPOINT))
    return client


@dataclass(frozen=True)
class DatabaseConnection:
    """
    The calls to one database (`projects/{project}/databases/{id}`); it is connected to at the first of them, once
    *network* lets itself be reached.

    A channel would not survive the fork of the web server. `FIRESTORE_EMULATOR_HOST` is honoured as by the official
    client. Which database is meant is decided by the metadata, not by the names of the documents.
    """

    database: str
    network: Arrival = arrival.GOOGLE

    def _call(self, seconds: float) -> tuple[FirestoreClient, dict[str, Any]]:
        emulator = os.environ.get("FIRESTORE_EMULATOR_HOST", "")
        metadata: _Metadata = (("google-cloud-resource-prefix", self.database),)
        if emulator:
            metadata += (("authorization", "Bearer owner"),)
        try:
            return _client(emulator, self.network), {"retry": None, "timeout": seconds, "metadata": metadata}
        except GoogleAuthError:
            raise Again(AWAY) from None

    def commit(self, request: Any) -> Any:
        """Send a commit once; errors are the client's."""
        client, options = self._call(CALL_SECONDS)
        return client.commit(request, **options)

    def documents(self, request: Any) -> Iterator[Any]:
        """Yield the answers of `RunQuery` as they come; errors are the client's."""
        client, options = self._call(STREAM_SECONDS)
        return iter(client.run_query(request, **options))

    def found(self, request: Any) -> list[Any]:
        """Return the answers of `BatchGetDocuments`; where they are cut, ask again from the start."""
        client, options = self._call(CALL_SECONDS)
        return _patiently(lambda: client.batch_get_documents(request, **options))

    def aggregates(self, request: Any) -> list[Any]:
        """Return the answers of `RunAggregationQuery`; where they are cut, ask again from the start."""
        client, options = self._call(CALL_SECONDS)
        return _patiently(lambda: client.run_aggregation_query(request, **options))


def status_of(error: GoogleAPIError) -> grpc.StatusCode | None:
    """Return the gRPC status of an error, None for the one that says that trying again did not help."""
    return error.grpc_status_code if isinstance(error, GoogleAPICallError) else None


def _is_passing(error: BaseException) -> bool:
    return isinstance(error, GoogleAPIError) and (isinstance(error, RetryError) or status_of(error) in PASSING)


def meaning(error: GoogleAPIError) -> PrizedrawError:
    """Say by its type what the error of a call means; its text, which may hold values, stays behind."""
    if _is_passing(error):
        return Again(AWAY)
    status = status_of(error)
    return Broken(REFUSED, status=status.name if status else "UNKNOWN")


_RETRY = Retry(predicate=_is_passing, initial=0.1, maximum=2.0, multiplier=2.0, timeout=20.0)


def _patiently(call: Callable[[], Iterable[Any]]) -> list[Any]:
    try:
        answers: list[Any] = _RETRY(lambda: list(call()))()
    except GoogleAPIError as error:
        raise meaning(error) from None
    return answers


def resumed(open_after: Callable[[str], Iterable[Any]], sleep: Callable[[float], None] = time.sleep) -> Iterator[Any]:
    """
    Yield protobuf documents in the order of their names; where the stream is cut, open it again after the last one.

    *open_after* is called with the name after which to begin, empty at first.

    Raises:
        Again: cut too often in a row without a document between.
        Broken: refused.
    """
    last, cuts = "", 0
    while True:
        try:
            for document in open_after(last):
                yield document
                last, cuts = document.name, 0
            return
        except GoogleAPIError as error:
            cuts += 1
            if not _is_passing(error) or cuts > MAX_CUTS:
                raise meaning(error) from None
        sleep(0.1 * 2**cuts)
