"""Rules of regions are data with sources; an operator's own take the place of shipped ones."""

from __future__ import annotations

import pytest

import config
from tests.unit.config.test_loading import BASE, only, with_line

OWN = """\
profiles:
  uk:
    title: Our reading of the rules
    hours: {windows: {mon-fri: ["10:00-18:00"]}, source: our lawyer, verified: true}
"""


def test_every_shipped_value_names_its_source_or_is_marked_unverified() -> None:
    for profile in config.shipped().values():
        parts = [
            profile.hours,
            profile.rest,
            profile.ring,
            *profile.attempts,
            *profile.ledgers,
            *profile.notes,
        ]
        for part in filter(None, parts):
            assert part.source or not part.verified, profile.id
            assert "http" in part.source or not part.verified, profile.id


def test_what_was_not_compared_with_its_source_is_told() -> None:
    assert config.shipped()["canada"].unverified == ("hours", "ledgers.ca-crtc")
    assert config.shipped()["us-fl"].unverified == ()


def test_a_campaign_takes_profiles_by_name() -> None:
    campaign = config.parse(with_line("profiles: [us-federal, us-fl]"), environment={}).campaigns["spring"]
    assert [profile.id for profile in campaign.profiles] == ["us-federal", "us-fl"]


def test_an_own_profile_takes_the_shipped_ones_place() -> None:
    settings = config.parse(with_line("profiles: [uk]") + OWN, environment={})
    (profile,) = settings.campaigns["spring"].profiles
    assert (profile.id, profile.title) == ("uk", "Our reading of the rules")


@pytest.mark.parametrize(
    ("line", "path", "message", "hint"),
    [
        ("profiles: [us-federl]", "profiles[0]", "there is no profile us-federl", "did you mean us-federal?"),
        ("profiles: [uk, uk]", "profiles[1]", "listed twice", ""),
    ],
)
def test_a_wrong_name_is_told(line: str, path: str, message: str, hint: str) -> None:
    problem = only(with_line(line))
    assert problem.path == f"campaigns.spring.{path}"
    assert message in problem.message
    assert hint in problem.hint


def test_pacing_may_not_be_looser_than_a_region_allows() -> None:
    above = with_line("profiles: [uk]") + "    pacing: {target_abandon: 4 %, min_ring_s: 10}\n"
    with pytest.raises(config.ConfigErrors) as caught:
        config.parse(above, environment={})
    paths = [problem.path.removeprefix("campaigns.spring.") for problem in caught.value.problems]
    assert paths == ["pacing.target_abandon", "pacing.min_ring_s"]


def test_a_mistake_in_an_own_profile_has_its_place() -> None:
    problem = only(BASE + OWN.replace("windows:", "window:").replace("hours: {", "hours: {windows: {}, "))
    assert problem.path == "profiles.uk.hours.window"
    assert "did you mean windows?" in problem.hint
