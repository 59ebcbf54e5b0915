"""What `erase` can reach."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from prizedraw.campaign.definition import Campaign
from prizedraw.erasure.legible import Illegible
from prizedraw.ports import (
    Clock,
    Eraser,
    FormFile,
    History,
    Inventory,
    ListedStore,
    Mailbox,
    Prf,
    PublishedFiles,
    Reports,
    Sheets,
    Signer,
)
from prizedraw.runtime.lease import RunTimes

if TYPE_CHECKING:
    from prizedraw.erasure.report import Report

Render = Callable[["Report", str], bytes]
"""Lay a report out as PDF, given the SHA-256 of its JSON."""


def as_pdf(report: "Report", json_hash: str) -> bytes:
    """Lay a report out as PDF."""
    from prizedraw.erasure import report_pdf  # noqa: PLC0415  loads the typesetter, which only a new report needs

    return report_pdf.render(report, json_hash)


@dataclass(frozen=True, kw_only=True)
class Powers:
    """
    The powers of the step; *erasers* are by the machine name of their store, *histories* by the database.

    *inventories* are by the first part of the machine names of what they list (`bucket/published`, `secret`).
    *illegible* are the documents that the databases have shown and that are no records.
    """

    campaign: Campaign
    manifest: Path
    sealed: ListedStore
    state: ListedStore
    published: PublishedFiles
    reports: Reports
    signer: Signer
    index: Prf = field(repr=False)
    claim: Prf = field(repr=False)
    form: FormFile
    sheets: Sheets
    mailbox: Mailbox
    histories: Mapping[str, History]
    erasers: Mapping[str, Eraser]
    inventories: Mapping[str, Inventory]
    render: Render
    times: RunTimes
    clock: Clock
    illegible: Illegible = field(default_factory=Illegible)

    def now(self) -> datetime:
        """Return the present moment, cut to whole seconds as reports write it."""
        return self.clock().replace(microsecond=0)
