"""How any Google client is called: over gRPC and HTTP, once where it may not be repeated."""
