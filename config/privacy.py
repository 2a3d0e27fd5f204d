"""How long what is known of people is kept."""

from __future__ import annotations

from pathlib import Path

from config.hours import Span
from config.values import Real, Section, Yes, fixed, live


class CampaignPrivacy(Section):
    """How long a campaign's leads and calls are kept; what is not set here goes by `privacy` of the whole."""

    leads_days: Real | None = live(None, "As of all campaigns.", ge=1, le=36_500)
    calls_days: Real | None = live(None, "As of all campaigns.", ge=1, le=36_500)
    hold: Yes = live(False, "Legal hold: nothing of this campaign is deleted or made nameless.")


class Privacy(Section):
    """How long what is known of people is kept. Without days, for good; never shorter than the rules look back."""

    leads_days: Real | None = live(
        None, "Days a closed lead is kept after its last change; then it is deleted.", ge=1, le=36_500
    )
    calls_days: Real | None = live(
        None,
        "Days a call keeps its number and lead; then it stays as a nameless figure.",
        ge=1,
        le=36_500,
    )
    near_days: Real = live(
        90.0,
        "Days after which calls of closed leads are put away, by month on PostgreSQL.",
        ge=1,
        le=36_500,
    )
    figures_days: Real = live(
        1100.0,
        "Days nameless calls are kept for ledgers and reports, in whole months; 400 at least.",
        ge=400,
        le=36_500,
    )
    agents_days: Real | None = live(None, "Days the log of agents' states is kept.", ge=1, le=36_500)
    audit_days: Real | None = live(None, "Days the audit log is kept.", ge=30, le=36_500)
    rejects_days: Real | None = live(
        None, "Days files of rejected rows are kept in `folders`, by their last change.", ge=1, le=36_500
    )
    folders: tuple[Path, ...] = live(
        (), "Folders with lists, rejects and exports; from this file's. An erasure looks through them too."
    )
    sweep: Span = live(
        Span.read("02:00-05:00"), "When what is past keeping is deleted, by this call centre's clock."
    )
    key_file: Path | None = fixed(
        None, "Key of the hashes of erased people, the same on every daemon; none: erasure.key in data_dir."
    )

    def found_from(self, folder: Path) -> Privacy:
        """The same with paths from this folder."""
        return self.model_copy(
            update={
                "folders": tuple(folder / one for one in self.folders),
                "key_file": None if self.key_file is None else folder / self.key_file,
            }
        )
