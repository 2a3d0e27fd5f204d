"""Skills in the configuration: what agents have and campaigns ask for is one of those under skills."""

from __future__ import annotations

import config
from tests.unit.config.test_loading import BASE, problems

AGENT = """\
agents:
  ann: {name: Ann, endpoint: PJSIP/101, skills: [cantonese, life]}
"""


def test_agents_and_campaigns_name_known_skills_and_a_campaign_knows_them_for_its_imports() -> None:
    text = BASE + "    skills: [life]\nskills: {cantonese: Cantonese, life: Life insurance}\n" + AGENT
    settings = config.parse(text, environment={})
    assert settings.agents["ann"].skills == ("cantonese", "life")
    assert settings.campaigns["spring"].skills == ("life",)
    assert settings.campaigns["spring"].known_skills == ("cantonese", "life")
    changed = config.in_force(settings, config.parse(BASE, environment={}))
    assert changed.campaigns["spring"].known_skills == ()


def test_a_skill_nobody_configured_is_told_with_its_place_and_the_nearest_one() -> None:
    text = BASE + "    skills: [lief]\nskills: {cantonese: Cantonese, life: Life insurance}\n" + AGENT
    (problem,) = problems(text)
    assert (problem.path, problem.message) == ("campaigns.spring.skills[0]", "there is no skill lief")
    assert problem.hint == "did you mean life?"
    found = problems(BASE + AGENT)
    assert [one.hint for one in found] == ["add it under skills:"] * 2
    assert all(one.line for one in found)
