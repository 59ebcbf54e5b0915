"""
Stand on loopback where a client expects Firestore, pass everything on, and count the bill.

The meter reads what goes over the wire, not what the product says of itself, and counts as Firestore bills
(https://cloud.google.com/firestore/native/docs/pricing): one write or delete each of a commit that was made; one read
each document that a query returned, and at least one a query; one read each document asked for by name, there or not;
for a count one read per 1,000 index entries that match, and at least one.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import grpc
from google.cloud.firestore_v1 import types

LOOPBACK = "127.0.0.1"
_UNLIMITED = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
_STREAMS = ("RunQuery", "BatchGetDocuments", "RunAggregationQuery")
_PASSED_ON = ("authorization", "google-cloud-resource-prefix")
_INDEX_ENTRIES_A_READ = 1000

Answer = Callable[[str, bytes, dict[str, str]], Iterator[bytes]]


if TYPE_CHECKING:
    _Handler = grpc.GenericRpcHandler[bytes, bytes]
else:
    _Handler = grpc.GenericRpcHandler  # takes its types in the stubs only


class _Everything(_Handler):
    """Let one function answer every method; messages stay bytes."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def service(self, details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[bytes, bytes]":
        name = details.method.rpartition("/")[2]

        def stream(request: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
            metadata = {key: str(value) for key, value in context.invocation_metadata()}
            try:
                yield from self._answer(name, request, metadata)
            except grpc.RpcError as error:
                context.abort(error.code(), error.details() or "")

        def single(request: bytes, context: grpc.ServicerContext) -> bytes:
            return next(stream(request, context))

        if name in _STREAMS:
            return grpc.unary_stream_rpc_method_handler(stream)
        return grpc.unary_unary_rpc_method_handler(single)


@contextmanager
def _serving(answer: Answer) -> Iterator[str]:
    """Serve until the block ends; the address is what `FIRESTORE_EMULATOR_HOST` must be."""
    server = grpc.server(ThreadPoolExecutor(8), options=_UNLIMITED)
    server.add_generic_rpc_handlers((_Everything(answer),))
    port = server.add_insecure_port(f"{LOOPBACK}:0")
    server.start()
    try:
        yield f"{LOOPBACK}:{port}"
    finally:
        server.stop(grace=None).wait()


class Meter:
    """
    Pass everything on to the emulator at *host* and keep the bill.

    *bill* counts by operation: `read`, `write` or `delete`.
    """

    def __init__(self, host: str) -> None:
        self.bill: Counter[str] = Counter()
        self._channel = grpc.insecure_channel(host, options=[*_UNLIMITED, ("grpc.enable_http_proxy", 0)])

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Stand before the emulator until the block ends."""
        with _serving(self._pass_on) as host, self._channel:
            yield host

    def _pass_on(self, name: str, request: bytes, metadata: dict[str, str]) -> Iterator[bytes]:
        passed = tuple((key, value) for key, value in metadata.items() if key in _PASSED_ON)
        method = f"/google.firestore.v1.Firestore/{name}"
        if name not in _STREAMS:
            reply = self._channel.unary_unary(method, None, None)(request, metadata=passed)
            self._count_unary(name, request)
            yield reply
            return
        replies = []
        for reply in self._channel.unary_stream(method, None, None)(request, metadata=passed):
            replies.append(reply)
            yield reply
        self._count_stream(name, request, replies)

    def _count_unary(self, name: str, request: bytes) -> None:
        if name != "Commit":
            raise ValueError(f"no price is known for {name}")
        for write in types.CommitRequest.pb(types.CommitRequest.deserialize(request)).writes:
            self.bill["delete" if write.delete else "write"] += 1

    def _count_stream(self, name: str, request: bytes, replies: list[bytes]) -> None:
        if name == "BatchGetDocuments":
            self.bill["read"] += len(types.BatchGetDocumentsRequest.deserialize(request).documents)
        elif name == "RunQuery":
            answers = (types.RunQueryResponse.pb(types.RunQueryResponse.deserialize(reply)) for reply in replies)
            self.bill["read"] += max(sum(bool(answer.document.name) for answer in answers), 1)
        else:
            counted = sum(map(_counted, replies))
            self.bill["read"] += max(-(-counted // _INDEX_ENTRIES_A_READ), 1)


def _counted(reply: bytes) -> int:
    answer: Any = types.RunAggregationQueryResponse.pb(types.RunAggregationQueryResponse.deserialize(reply))
    return sum(int(value.integer_value) for value in answer.result.aggregate_fields.values())
