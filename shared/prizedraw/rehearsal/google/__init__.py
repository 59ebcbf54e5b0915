"""
The local Google: a service a module, on loopback, with only the methods that the product calls, and their faults.

`local_google` serves them all: those of JSON over HTTP (`json_wire`; `forms`, `drive`, `gmail`, `storage`, `drand`)
and those of gRPC (`grpc_wire`; `kms`, `secret_manager`, `firestore_admin`). `emulators` and `pubsub` run Google's own.
Contract tests hold each against the client that calls the real service and, where there is one, its discovery document.
"""
