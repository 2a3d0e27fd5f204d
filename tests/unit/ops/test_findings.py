"""What the doctor says of plain facts."""

from __future__ import annotations

from dataclasses import replace

import pytest

import ami
from dialer.ops.doctor import endpoint_of, worst
from dialer.ops.findings import (
    ACTIONS,
    EVENTS,
    MODULES,
    UNWANTED_MODULE,
    Facts,
    Finding,
    Level,
    Rehearsal,
    judge,
)

HEALTHY_REPORT = ami.NodeReport(
    banner="11.0.0",
    version="22.10.1~dfsg",
    boot="2026-01-01",
    current_calls=0,
    actions=frozenset(ACTIONS),
    missing_modules=(UNWANTED_MODULE,),
    missing_contexts=(),
    global_variables={"DIALER_DIALPLAN": "3"},
    user_events=True,
    refused={},
)
HEALTHY_CALL = Rehearsal(
    steps={"tone200": "SUCCESS", "opted-out": "SUCCESS", "message": "STARTED"},
    events=frozenset(EVENTS),
    stamped=True,
    variable_seen=True,
    flag_seen=True,
)
CARRIER = ami.EndpointReport("carrier", direct_media=False, contacts={"sip:10.0.0.1": "Reachable"})
HEALTHY = Facts(
    "pbx", report=HEALTHY_REPORT, rehearsal=HEALTHY_CALL, endpoints={"carrier": CARRIER}, seats=20
)


def troubles(facts: Facts) -> list[Finding]:
    return [finding for finding in judge(facts) if finding.level is not Level.OK]


def test_a_healthy_node_has_nothing_but_good_findings() -> None:
    findings = judge(HEALTHY)
    assert worst(findings) is Level.OK
    assert [finding.check for finding in findings] == [
        "line", "version", "rights", "modules", "dialplan", "rehearsal", "endpoints", "seats",
    ]  # fmt: skip


def test_a_fence_is_judged_where_there_is_one() -> None:
    assert [one.check for one in judge(replace(HEALTHY, fence=""))][-1] == "fence"
    assert troubles(replace(HEALTHY, fence="")) == []
    (finding,) = troubles(replace(HEALTHY, fence="permission denied"))
    assert (finding.check, finding.level) == ("fence", Level.FAIL)
    assert "permission denied" in finding.said


def test_every_trouble_names_its_remedy() -> None:
    sick = Facts(
        "pbx",
        report=replace(
            HEALTHY_REPORT,
            version="18.1.0",
            actions=frozenset({"Command"}),
            missing_modules=tuple(MODULES),
            missing_contexts=("dialer-call",),
            user_events=False,
        ),
        rehearsal=Rehearsal(),
        endpoints={"carrier": None},
        seats=1000,
        needs_amd=True,
    )
    found = troubles(sick)
    assert all(finding.fix for finding in found)
    assert {finding.check for finding in found} >= {"version", "rights", "modules", "dialplan", "events"}


def test_a_line_that_is_down_is_the_only_finding() -> None:
    (finding,) = judge(Facts("pbx", reason="connection refused"))
    assert (finding.level, finding.said) == (Level.FAIL, "connection refused")


@pytest.mark.parametrize(
    ("version", "level"),
    [("18.26.4", Level.FAIL), ("20.9.0", Level.WARN), ("21.1.0", Level.WARN), ("GIT-master", Level.WARN)],
)
def test_an_older_version_is_named(version: str, level: Level) -> None:
    (finding,) = troubles(replace(HEALTHY, report=replace(HEALTHY_REPORT, version=version)))
    assert (finding.check, finding.level) == ("version", level)


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_a_missing_right_names_the_action_and_the_class(action: str) -> None:
    report = replace(HEALTHY_REPORT, actions=HEALTHY_REPORT.actions - {action})
    (finding,) = troubles(replace(HEALTHY, report=report))
    assert action in finding.said
    assert finding.fix.endswith(f"(missing: {ACTIONS[action]})")


def test_a_right_to_run_commands_is_too_much() -> None:
    report = replace(HEALTHY_REPORT, actions=HEALTHY_REPORT.actions | {"Command"})
    (finding,) = troubles(replace(HEALTHY, report=report))
    assert (finding.level, "Command" in finding.said) == (Level.WARN, True)


def test_the_detector_of_machines_is_asked_for_only_where_it_is_used() -> None:
    report = replace(HEALTHY_REPORT, missing_modules=(UNWANTED_MODULE, "app_amd"))
    assert not troubles(replace(HEALTHY, report=report))
    (finding,) = troubles(replace(HEALTHY, report=report, needs_amd=True))
    assert "app_amd" in finding.said


def test_native_bridges_are_warned_of() -> None:
    (finding,) = troubles(replace(HEALTHY, report=replace(HEALTHY_REPORT, missing_modules=())))
    assert finding.fix == "modules.conf: noload = bridge_native_rtp.so"


def test_another_dialplan_version_is_refused() -> None:
    report = replace(HEALTHY_REPORT, global_variables={"DIALER_DIALPLAN": "0"})
    (finding,) = troubles(replace(HEALTHY, report=report))
    assert "version 0" in finding.said


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_that_is_filtered_out_is_named_with_its_line(name: str) -> None:
    call = replace(HEALTHY_CALL, events=HEALTHY_CALL.events - {name})
    (finding,) = troubles(replace(HEALTHY, rehearsal=call))
    assert f"eventfilter(action(include),name({name})) =" in finding.fix


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({"stamped": False}, "events"),
        ({"skew_s": -2.0}, "clock"),
        ({"variable_seen": False}, "events"),
        ({"flag_seen": False}, "astdb"),
        ({"steps": {"tone200": "SUCCESS", "opted-out": "SUCCESS"}}, "sounds"),
        ({"steps": {"tone200": "FAILED", "opted-out": "SUCCESS", "message": "STARTED"}}, "sounds"),
        ({"steps": {"tone200": "SUCCESS", "opted-out": "SUCCESS", "message": "FAILED"}}, "sounds"),
        ({"error": "refused"}, "rehearsal"),
    ],
)
def test_each_fault_of_the_rehearsal_is_one_finding(change: dict[str, object], check: str) -> None:
    call = replace(HEALTHY_CALL, **change)  # type: ignore[arg-type]
    assert [finding.check for finding in troubles(replace(HEALTHY, rehearsal=call))] == [check]


@pytest.mark.parametrize(
    ("endpoint", "level"),
    [
        (None, Level.FAIL),
        (replace(CARRIER, direct_media=True), Level.WARN),
        (replace(CARRIER, contacts={}), Level.WARN),
        (replace(CARRIER, contacts={"sip:10.0.0.1": "Unreachable"}), Level.WARN),
    ],
)
def test_each_fault_of_an_endpoint_is_one_finding(endpoint: ami.EndpointReport | None, level: Level) -> None:
    (finding,) = troubles(replace(HEALTHY, endpoints={"carrier": endpoint}))
    assert (finding.check, finding.level) == ("endpoints", level)
    assert "carrier" in finding.said


def test_many_seats_ask_for_cores() -> None:
    (finding,) = troubles(replace(HEALTHY, seats=700))
    assert "3 cores" in finding.said


def test_what_may_not_be_asked_is_not_claimed() -> None:
    report = replace(
        HEALTHY_REPORT, refused={"ModuleCheck": "Permission denied", "ShowDialPlan": "Permission denied"}
    )
    assert {finding.check for finding in troubles(replace(HEALTHY, report=report))} == {"modules", "dialplan"}


@pytest.mark.parametrize(
    ("dial", "endpoint"),
    [
        ("PJSIP/{number}@carrier", "carrier"),
        ("PJSIP/agent101", "agent101"),
        ("PJSIP/agent101@phones", "phones"),
        ("PJSIP/{number}", None),
        ("DAHDI/g1/{number}", None),
        ("", None),
    ],
)
def test_the_endpoint_behind_a_dial_string(dial: str, endpoint: str | None) -> None:
    assert endpoint_of(dial) == endpoint
