"""
Connect to a Google API over gRPC, or to a Google on loopback, and turn its errors into ours.

The clients are Google's own. A local one speaks gRPC without TLS: `api_endpoint` alone does not reach it, so it is
given a transport on an insecure channel; that transport asks for no credentials.
"""

from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

import grpc
from google.api_core.exceptions import GoogleAPICallError, NotFound, RetryError, ServiceUnavailable
from google.api_core.retry import Retry, if_exception_type
from google.auth.exceptions import GoogleAuthError

from prizedraw.adapters.google import arrival
from prizedraw.adapters.google.arrival import Arrival
from prizedraw.adapters.google.once import Once
from prizedraw.adapters.google.statuses import PASSING
from prizedraw.errors import Again, Broken, Problem
from prizedraw.runtime.settings import Settings

PATIENCE_SECONDS = 20.0
C_co = TypeVar("C_co", covariant=True)
T = TypeVar("T")


class ClientClass(Protocol[C_co]):
    """One of Google's generated client classes."""

    def __call__(self, *, transport: Any = None) -> C_co:
        """Build the client; without a transport, for the function's own account."""
        ...

    def get_transport_class(self, label: str) -> Any:
        """Return the class of the transport of that name."""
        ...


class NoSuchResource(Exception):
    """An answer that there is no resource of that name; the adapter knows what that means."""


class Connection(Generic[C_co]):
    """
    The calls to one Google API; it is connected to at the first of them, with the class that *client* returns then.

    *away* and *refused* are the problems told of a service that does not answer and of one that says no; *refused*
    is completed with the fact `status`, the name of the gRPC status. *patience*: seconds given to one call, its
    retries included. *network* is waited for before the first call.
    """

    def __init__(
        self,
        client: Callable[[], ClientClass[C_co]],
        settings: Settings,
        *,
        away: Problem,
        refused: Problem,
        patience: float = PATIENCE_SECONDS,
        network: Arrival = arrival.GOOGLE,
    ) -> None:
        self._client = Once(lambda: _build(client(), settings, network))
        self._away = away
        self._refused = refused
        self._patience = patience
        self._retry = Retry(
            predicate=if_exception_type(ServiceUnavailable), initial=0.1, maximum=2.0, multiplier=2.0, timeout=patience
        )

    def call(self, method: Callable[..., T], request: object, repeat: bool = True) -> T:
        """
        Call a *method* of the client class; `UNAVAILABLE` is met by trying again, unless *repeat* is false.

        Raises:
            NoSuchResource: NOT_FOUND.
            Again: the service is away or overloaded; nothing is known of the outcome.
            Broken: any other refusal, such as PERMISSION_DENIED or FAILED_PRECONDITION.
        """
        try:
            client = self._client()
            return method(client, request=request, retry=self._retry if repeat else None, timeout=self._patience)
        except NotFound:
            raise NoSuchResource from None
        except (RetryError, GoogleAuthError):
            raise Again(self._away) from None
        except GoogleAPICallError as error:
            status = error.grpc_status_code
            if status in PASSING:
                raise Again(self._away) from None
            raise Broken(self._refused, status=status.name if status else "UNKNOWN") from None

    def call_existing(self, method: Callable[..., T], request: object) -> T:
        """
        Call as `call` does, for a resource that must be there: NOT_FOUND is a refusal like any other.

        Raises:
            Again: the service is away or overloaded; nothing is known of the outcome.
            Broken: any refusal.
        """
        try:
            return self.call(method, request)
        except NoSuchResource:
            raise Broken(self._refused, status=grpc.StatusCode.NOT_FOUND.name) from None


def _build(client: ClientClass[C_co], settings: Settings, network: Arrival) -> C_co:
    transport = client.get_transport_class("grpc")
    if settings.local_grpc:
        channel = grpc.insecure_channel(settings.local_grpc, options=[("grpc.enable_http_proxy", 0)])
        built = client(transport=transport(channel=channel))
    else:
        built = client()
    network.wait_for(arrival.address_of(settings.local_grpc or transport.DEFAULT_HOST))
    return built
