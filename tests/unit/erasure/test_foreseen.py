"""The first day of 完了: by the campaign file, and by what a run has read; said before the ward has to ask."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from prizedraw.campaign.definition import Campaign
from prizedraw.erasure.foreseen import backups_kept, earliest, first_day
from support.builders import campaign
from support.clock import HOUR
from support.erasure import ADMIN, BY_HAND, drawn, ready
from support.erasure_reports import COMPLETE, MADE, PARTIAL


class TestByTheCampaignFile:
    def test_is_25_days_after_the_sent_mails_go_on_the_day_after_the_last_one_for_registering(self) -> None:
        assert first_day(campaign()) == date(2026, 4, 13)

    def test_an_answer_that_is_found_when_everything_goes_puts_it_off(self) -> None:
        assert first_day(campaign(), answered=True) == date(2026, 4, 21)

    def test_without_windows_of_mail_it_would_be_the_backups_or_the_keys(self) -> None:
        early = _dated(campaign(), last=date(2026, 3, 2))
        assert first_day(early) == date(2026, 3, 31)
        assert first_day(early, begins=date(2026, 4, 2)) == date(2026, 4, 6)

    @pytest.mark.parametrize(
        ("erase_from", "ends", "days"),
        [
            (date(2026, 3, 27), date(2026, 3, 31), 3),
            (date(2026, 3, 28), date(2026, 3, 31), 2),
            (date(2026, 3, 1), date(2026, 3, 31), 7),
        ],
    )
    def test_backups_are_kept_as_infrastructure_has_it(self, erase_from: date, ends: date, days: int) -> None:
        made = campaign()
        made = made.model_copy(
            update={"erase_from": erase_from, "handling": made.handling.model_copy(update={"ends": ends})}
        )
        assert backups_kept(made) == timedelta(days=days)


class TestByWhatWasRead:
    def test_is_the_day_in_japan_of_the_last_window(self) -> None:
        assert earliest(campaign(), PARTIAL, MADE) == date(2026, 4, 22)
        late = replace(PARTIAL[1], until=datetime(2026, 4, 22, 16, 0, tzinfo=UTC))
        assert earliest(campaign(), (*PARTIAL, late), MADE) == date(2026, 4, 23)

    def test_of_a_complete_one_is_its_own_day(self) -> None:
        assert earliest(campaign(), COMPLETE, MADE + 30 * timedelta(days=1)) == date(2026, 4, 27)

    def test_of_the_first_report_is_what_the_file_foretells_and_comes_true(self) -> None:
        made = drawn()
        made.daily()
        assert made.last().earliest == first_day(made.world.campaign) == date(2026, 4, 13)
        later = ready()
        later.world.clock.now = later.world.campaign.claim_last_at + 6 * HOUR
        later.daily()
        assert later.states()["mailbox-sent"] == "window"
        assert later.states()["entries"] == "waiting"
        assert later.last().earliest == date(2026, 4, 13)
        later.world.clock.now = later.world.campaign.erase_from_at + 6 * HOUR
        later.empty_by_hand()
        later.daily()
        later.attest(*(id for id in BY_HAND if id != "sheet"))
        assert later.place("mailbox").before == 0
        assert later.last().earliest == date(2026, 4, 13)

    def test_an_answer_that_came_meanwhile_is_seen(self) -> None:
        made = ready()
        made.mailbox.mails["answer"] = "thread"
        made.daily()
        assert made.last().earliest == (made.world.clock() + ADMIN + 9 * HOUR).date()


def _dated(made: Campaign, *, last: date) -> Campaign:
    return made.model_copy(update={"claim": made.claim.model_copy(update={"last": last})})
