"""A bucket of a test's own in the local Cloud Storage."""

from prizedraw.rehearsal.google.local_google import LocalGoogle
from prizedraw.runtime.settings import Settings


def own_bucket(google: LocalGoogle, test: str, role: str) -> Settings:
    """Make a bucket for one *test* (its node id) and a *role* such as `claims`; return settings that name it."""
    name = f"bucket-{abs(hash(test))}"
    google.storage.create_bucket(name)
    google.storage.calls.clear()
    google.storage.page_size = 1000
    return Settings.from_env(google.environ("test") | {f"{role.upper()}_BUCKET": name})
