"""
State what Google Cloud does that no plan shows, as data, each entry with the public source that says so.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Agent:
    """
    An identity of Google's in the project, and the role that it must hold there.

    *domain* is what follows `service-NUMBER@`. Asked for by Terraform an agent is made, and comes without its role.
    """

    api: str
    domain: str
    role: str | None
    source: str

    @property
    def member(self) -> str:
        """Return the agent as IAM names it, with the project's number in braces."""
        return f"serviceAccount:service-{{number}}@{self.domain}.iam.gserviceaccount.com"


_AGENTS = "https://docs.cloud.google.com/iam/docs/service-agents"

AGENTS: dict[str, Agent] = {
    agent.api: agent
    for agent in (
        Agent(
            "artifactregistry.googleapis.com", "gcp-sa-artifactregistry", "roles/artifactregistry.serviceAgent", _AGENTS
        ),
        Agent("cloudfunctions.googleapis.com", "gcf-admin-robot", "roles/cloudfunctions.serviceAgent", _AGENTS),
        Agent("cloudscheduler.googleapis.com", "gcp-sa-cloudscheduler", "roles/cloudscheduler.serviceAgent", _AGENTS),
        Agent("firestore.googleapis.com", "gcp-sa-firestore", "roles/firestore.serviceAgent", _AGENTS),
        Agent("pubsub.googleapis.com", "gcp-sa-pubsub", "roles/pubsub.serviceAgent", _AGENTS),
        Agent("run.googleapis.com", "serverless-robot-prod", "roles/run.serviceAgent", _AGENTS),
        Agent("secretmanager.googleapis.com", "gcp-sa-secretmanager", None, _AGENTS),
        Agent("storage.googleapis.com", "gs-project-accounts", None, _AGENTS),
    )
}
"""By the API whose agent it is."""
