"""
Name the gRPC statuses that pass: the service is away or overloaded, and nothing is known of the outcome.

https://grpc.github.io/grpc/core/md_doc_statuscodes.html
"""

import grpc

PASSING = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.CANCELLED,
    }
)
