"""What a transparency record says in words: filled from a run and its scenario."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from geoalloc.report._page import Block, Facts, Flag, Points, Section

OPEN = "to be filled in by the force"
LEAD = (
    "geoalloc expects calls for police help by place and hour from recorded incidents, "
    "and proposes where units stand by in a shift. It advises; a planner decides."
)
ASKED = {
    "owner": "Team and role that answer for the tool",
    "contact": "Contact for questions",
    "purpose": "What the force uses the tool for",
    "benefit": "Expected benefit",
    "before": "How it was done before, and what else was tried",
    "legal_basis": "Legal basis",
    "impact_assessments": "Data protection and equality impact assessments",
    "decides": "Role that decides on a plan",
    "decisions": "Where decisions are recorded",
    "training": "Training of those who use it",
    "appeals": "How the public may question its use",
    "retention": "How long runs and records are kept",
    "changes": "Changes since the last record",
    "next_review": "Next review",
}
_LIMITS = (
    "Recorded incidents are not all of demand: what is not reported is not seen, and "
    "groups that report less seem to need less.",
    "Where police look, they find. Incidents that police discover are left out of what "
    "is forecast unless the force asks for them, so that units are not sent where "
    "units were; what the public reports may still follow presence.",
    "A forecast is of the average night. A major incident, an event that nobody "
    "entered, or a change in how calls are recorded is not foreseen.",
    "Shares of calls that are assumed, and not recorded, are as good as what was "
    "assumed.",
    "The simulation sends units by fixed rules; people in a control room know more, "
    "and decide otherwise.",
    "Being in an area is not grounds for stop and search (PACE Code A).",
)


def summary(record: Mapping[str, Any]) -> Section:
    """Say in short what the record is about."""
    shift, zone = record["shift"], record["shift"]["time_zone"]
    flags: list[Block] = []
    if record["purpose"] == "duty":
        flags.append(
            Flag(
                sentence="This record is of a plan for duty: publish it after "
                f"{_minute(shift['ends_at'], zone)}, since until then its figures by "
                "group tell roughly where units are."
            )
        )
    return Section(
        title="Summary",
        blocks=[
            *flags,
            Facts(
                pairs=[
                    ("Tool", f"geoalloc {record['version']}"),
                    ("Plan", f"{record['name']} (run {record['run_id']})"),
                    ("Its question", record["question"]),
                    ("Its shift", _span(shift)),
                    ("Purpose of the plan", _PURPOSE[record["purpose"]]),
                    ("Marking of the plan itself", record["marking"]),
                    _pair(record, "contact"),
                ]
            ),
            "This record holds no post, no call sign and no beat. Its headings follow "
            "the Algorithmic Transparency Recording Standard of the United Kingdom "
            "(gov.uk); what it says is filled from the run and from what the force "
            "wrote into its scenario.",
        ],
    )


_PURPOSE = {
    "duty": "a plan for duty",
    "exercise": "an exercise: not for duty",
}


def owner(record: Mapping[str, Any]) -> Section:
    """Say who answers for the tool."""
    return Section(
        title="Owner and responsibility",
        blocks=[
            Facts(
                pairs=[
                    _pair(record, "owner"),
                    _pair(record, "decides"),
                    (
                        "Supplier",
                        "None has access: the tool is open source (Apache-2.0) and "
                        "runs on the force's own computers.",
                    ),
                    _pair(record, "legal_basis"),
                ]
            )
        ],
    )


def purpose(record: Mapping[str, Any]) -> Section:
    """Say what it is for, and what it is not for."""
    return Section(
        title="What it is for",
        blocks=[
            Facts(
                pairs=[
                    _pair(record, "purpose"),
                    _pair(record, "benefit"),
                    _pair(record, "before"),
                ]
            ),
            "What its makers mean it for:",
            Points(
                sentences=[
                    "It is for choosing where units stand by, and for comparing such "
                    "choices before they are made.",
                    "It is not for decisions about persons, for stop and search, for "
                    "enforcement against a place, or for judging officers.",
                ]
            ),
        ],
    )


def decisions(record: Mapping[str, Any]) -> Section:
    """Say who decides, and how that is recorded."""
    return Section(
        title="How decisions are made",
        blocks=[
            "The tool proposes a plan and says why; a planner accepts, changes or "
            "rejects it, and the control room may depart from it at any time. No unit "
            "is sent by the tool.",
            Facts(
                pairs=[
                    ("What the planner sees", _SEEN),
                    ("How often", "Once for each shift that is planned with it."),
                    _pair(record, "decisions"),
                    _pair(record, "training"),
                    _pair(record, "appeals"),
                ]
            ),
        ],
    )


_SEEN = (
    "Expected calls with intervals, posts with reasons, who is reached late, what "
    "rules cost, and how far model and simulation agree."
)


def limits(record: Mapping[str, Any]) -> Section:
    """Say what is known to go wrong."""
    own = [*record["notes"], record.get("safety", "")]
    own += record.get("travel", {}).get("notes", [])
    told = [text for text in dict.fromkeys(own) if text and text not in _LIMITS]
    if record.get("boundary", {}).get("schematic"):
        told.append("The outline and districts are schematic: near borders they err.")
    blocks: list[Block] = [Points(sentences=_LIMITS)]
    if told:
        blocks += ["What this run says of itself:", Points(sentences=told)]
    return Section(title="Limits and known ways to fail", blocks=blocks)


def safeguards(record: Mapping[str, Any]) -> Section:
    """Say what is done against risks, and what is kept."""
    return Section(
        title="Risks, safeguards and assessments",
        blocks=[
            Facts(
                pairs=[
                    _pair(record, "impact_assessments"),
                    (
                        "Feedback",
                        "Discovered incidents are left out of training, and a "
                        "simulation of feedback stands in every backtest that asks.",
                    ),
                    (
                        "Unfair service",
                        "Service is told by group above; rules can cap the unmet share "
                        "of a group, and say what that costs.",
                    ),
                    (
                        "Trust in a wrong figure",
                        "Model and simulation are printed side by side; forecasts are "
                        "scored on months that they were not told of.",
                    ),
                    (
                        "Security",
                        f"{_servers(record)}Products carry a protective marking, and "
                        "a plan for duty expires.",
                    ),
                    _pair(record, "retention"),
                ]
            )
        ],
    )


def _servers(record: Mapping[str, Any]) -> str:
    """Say whether anything is asked of a server."""
    wanted = record.get("scenario", {})
    asked = []
    if "server" in (
        wanted.get("travel", {}).get("source"),
        wanted.get("travel", {}).get("fallback"),
    ):
        asked.append("Journey times may be asked of a routing server. ")
    if record.get("map", {}).get("tiles"):
        asked.append("The map asks a server that the force names for its background. ")
    return "".join(asked) or "Nothing is asked of any server. "


def review(record: Mapping[str, Any]) -> Section:
    """Say what changed, and when it is looked at again."""
    pairs = [_pair(record, "changes"), _pair(record, "next_review")]
    return Section(title="Changes and review", blocks=[Facts(pairs=pairs)])


def open_points(record: Mapping[str, Any]) -> Section:
    """List what only the force can say, and has not said."""
    given = _given(record)
    missing = [
        f"{term} ([transparency] {key})"
        for key, term in ASKED.items()
        if not given.get(key)
    ]
    title = "To be filled in by the force"
    if not missing:
        return Section(title=title, blocks=["Nothing is open."])
    return Section(
        title=title,
        blocks=[
            f"{len(missing)} of {len(ASKED)} points that only the force can state are "
            "open. Write them into the scenario and make this record again.",
            Points(sentences=missing),
        ],
    )


def _given(record: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = record.get("scenario", {}).get("transparency") or {}
    return found


def _pair(record: Mapping[str, Any], key: str) -> tuple[str, str]:
    return ASKED[key], str(_given(record).get(key) or OPEN)


def _span(shift: Mapping[str, Any]) -> str:
    zone = shift["time_zone"]
    return f"{_minute(shift['starts_at'], zone)} to {_minute(shift['ends_at'], zone)}"


def _minute(instant: str, zone: str) -> str:
    return pd.Timestamp(instant).tz_convert(zone).strftime("%Y-%m-%d %H:%M")
