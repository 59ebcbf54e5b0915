"""
Serve plain Python methods over gRPC, record who called what, and fail or corrupt on demand.

The messages on the wire are those of Google's own libraries. A method takes the request and returns the reply, or
raises `Refusal` with the status that the real service answers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

import grpc

Method = Callable[[Any], Any]
Handlers = tuple["grpc.GenericRpcHandler[Any, Any]", ...]


class Refusal(Exception):
    """An answer with a gRPC status other than OK."""

    def __init__(self, status: grpc.StatusCode, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


@dataclass(frozen=True)
class Call:
    """One call: the method's name, the resource that it names, the caller's metadata."""

    method: str
    resource: str
    metadata: Mapping[str, str] = field(repr=False)


@dataclass
class _Fault:
    method: str
    status: grpc.StatusCode
    times: int
    after: bool
    skip: int


@dataclass
class _Corruption:
    method: str
    path: str
    in_request: bool


class Wire:
    """
    What stands between the gRPC server and the methods of one local service, one call at a time.

    *calls* lists all that arrived, refused ones too; *refusals* lists what was answered to those. *on_call* are told
    of each.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.refusals: list[Refusal] = []
        self.on_call: list[Callable[[Call], object]] = []
        self._faults: list[_Fault] = []
        self._corruptions: list[_Corruption] = []
        self._lock = RLock()

    def fail_next(
        self, method: str, status: grpc.StatusCode, times: int = 1, after: bool = False, skip: int = 0
    ) -> None:
        """
        Answer the next calls of *method* with *status*, *times* of them once *skip* have passed.

        With *after*, what was asked is done first, and only the reply is lost.
        """
        self._faults.append(_Fault(method, status, times, after, skip))

    def corrupt_next(self, method: str, path: str, in_request: bool = False) -> None:
        """Flip a bit in one field (`payload.data`) of the next reply of *method*, or of its request on the way here."""
        self._corruptions.append(_Corruption(method, path, in_request))

    def handlers(self, service: str, methods: Mapping[str, tuple[Method, Any, Any]]) -> Handlers:
        """Return what serves a *service*: by method name the function, its request class and its reply class."""
        served = {
            name: grpc.unary_unary_rpc_method_handler(
                self._served(name, method),
                request_deserializer=request_class.deserialize,
                response_serializer=reply_class.serialize,
            )
            for name, (method, request_class, reply_class) in methods.items()
        }
        return (grpc.method_handlers_generic_handler(service, served),)

    def _served(self, name: str, method: Method) -> Callable[[Any, grpc.ServicerContext], Any]:
        def serve(request: Any, context: grpc.ServicerContext) -> Any:
            metadata = {key: value for key, value in context.invocation_metadata() if isinstance(value, str)}
            try:
                with self._lock:
                    call = Call(name, _resource(request), metadata)
                    self.calls.append(call)
                    for told in self.on_call:
                        told(call)
                    return self._answer(name, method, request)
            except Refusal as refusal:
                self.refusals.append(refusal)
                context.abort(refusal.status, refusal.text)

        return serve

    def _answer(self, name: str, method: Method, request: Any) -> Any:
        fault = next((fault for fault in self._faults if fault.method == name and fault.times), None)
        if fault is not None and fault.skip:
            fault.skip -= 1
        elif fault is not None:
            fault.times -= 1
            if fault.after:
                method(request)
            raise Refusal(fault.status, "a fault that was asked for")
        self._corrupt(name, request, in_request=True)
        reply = method(request)
        self._corrupt(name, reply, in_request=False)
        return reply

    def _corrupt(self, name: str, message: Any, in_request: bool) -> None:
        for corruption in list(self._corruptions):
            if corruption.method == name and corruption.in_request == in_request:
                self._corruptions.remove(corruption)
                *parents, last = corruption.path.split(".")
                for parent in parents:
                    message = getattr(message, parent)
                setattr(message, last, _flipped(getattr(message, last)))


def _resource(request: Any) -> str:
    named = type(request).pb(request)
    for name in ("name", "parent", "location"):
        if name in named.DESCRIPTOR.fields_by_name:
            return str(getattr(named, name))
    return str(named.crypto_key_version.name)


def _flipped(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value ^ 1
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:]
    return chr(ord(value[0]) ^ 1) + value[1:]
