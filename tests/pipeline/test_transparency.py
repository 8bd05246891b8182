"""The transparency record: filled from the run, publishable, the same in two forms."""

import dataclasses
import importlib
import json
import os
import re

import numpy as np
import pytest

from geoalloc import pipeline, report, runs, scenario
from geoalloc.errors import DataError, UsageError
from geoalloc.pipeline import fairness
from geoalloc.report import _transparency_facts as facts
from geoalloc.report._markdown import escaped, markdown
from geoalloc.report._page import Facts, Flag, Fold, Points, Section, Table
from geoalloc.scenario.tables import Transparency
from tests.report.test_page import Outline

SAID = {
    "owner": "Operations, Head of Demand",
    "contact": "demand@force.example",
    "decides": "Duty superintendent",
    "next_review": "2027-04-01",
}


@pytest.fixture(scope="module")
def folder(toy_run, tmp_path_factory):
    return runs.write(toy_run, tmp_path_factory.mktemp("record") / "run", {})


def with_record(run, **more):
    return dataclasses.replace(run, record=run.record | more)


def with_scenario(run, **more):
    return with_record(run, scenario=run.record["scenario"] | more)


def files_of(run):
    population = fairness.population_of(run)
    return report.transparency_files(run, fairness.of_run(run), population)


def texts(run):
    """What each form says, without what only marks it up."""
    made = files_of(run)
    body = re.sub(r"(?s)<style>.*?</style>", "", made["transparency.html"])
    outline = Outline(body.replace("<", " <"))  # tags part words
    plain = re.sub(r"\\(.)", r"\1", made["transparency.md"])
    return outline.text, plain


def words(text):
    return re.findall(r"\w+", text)


def test_both_forms_say_the_same_in_the_same_order(toy_run):
    html, md = (words(text) for text in texts(toy_run))
    title = words(f"Transparency record: {toy_run.record['name']}")
    face = words("SYNTHETIC The incidents are made up: a demonstration, not evidence.")
    marking = words("OFFICIAL - EXERCISE - SYNTHETIC")
    # A page has its title in its head too, and says on its face what is made up.
    assert html[: len(title)] == title
    begins = len(title) + len(marking) + len(face)
    assert html[len(title) : begins] == [*marking, *face]
    assert html[begins:] == md[len(marking) :]


def test_it_answers_each_question_of_the_standard(toy_run):
    _, md = texts(toy_run)
    for heading in (
        "Summary",
        "Owner and responsibility",
        "What it is for",
        "How decisions are made",
        "Data",
        "How it works",
        "Scores on held-out data",
        "How far to trust a plan",
        "Fairness: service by group of places",
        "Limits and known ways to fail",
        "Risks, safeguards and assessments",
        "Changes and review",
        "To be filled in by the force",
    ):
        assert f"## {heading}\n" in md


def test_it_is_filled_from_the_run(toy_run):
    _, md = texts(toy_run)
    record = toy_run.record
    data = record["data"]
    assert record["run_id"] in md
    assert f"{data['rows_used']:,} ({data['rows_used'] / data['rows_read']:.1%})" in md
    for reason, n in data["rejected"].items():
        assert f"| {reason} | {n:,} |" in md
    assert record["forecast"]["backtest"]["sentence"] in md
    for sentence in record["honesty"]["sentences"]:
        assert sentence in md
    for note in record["notes"]:
        assert note in md
    late = toy_run.scores.query("measure == 'late_share, district'")
    own = late[late["plan"] == record["mode"]].set_index("group")["simulated"]
    for district, share in own.items():
        assert re.search(rf"^\| {district} \| .*{share:.1%}", md, re.MULTILINE)
    assert "Equality Act 2010, section 149" in md
    assert "is not measured" in md


def test_it_names_no_post_and_no_call_sign(toy_run):
    places = set(toy_run.areas["name"]) | set(toy_run.hexes["district"])
    named = {*toy_run.units["unit_id"], *toy_run.plan["post"]} - places
    named |= set(toy_run.hexes["home_beat"]) - set(toy_run.hexes["district"])
    assert "West beat" in named
    question = f"Should {min(named)} go to Easton police station, or R-WES-01?"
    run = with_record(
        with_scenario(toy_run, transparency={"owner": f"Team at {max(named)}"}),
        question=question,
        notes=[f"{name} stands by" for name in sorted(named)],
        marking="OFFICIAL-SENSITIVE",
    )
    assert len(named) > 6
    for text in files_of(run).values():
        for name in named:
            assert not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text), name
        assert "(left out)" in text.replace("\\", "")


def test_a_district_named_like_a_beat_and_more_keeps_its_name(toy_run):
    run = dataclasses.replace(
        toy_run,
        hexes=toy_run.hexes.assign(home_beat="East"),
        areas=toy_run.areas.replace({"name": {"East": "East and West Ends"}}),
    )
    hexes = run.hexes.assign(district="East and West Ends")
    _, md = texts(
        with_record(
            dataclasses.replace(run, hexes=hexes),
            question="What of East, and of East and West Ends?",
            fairness=None,
        )
    )
    assert "What of (left out), and of East and West Ends?" in md
    assert "| East and West Ends |" in md


def test_it_is_official_and_says_how_the_plan_is_marked(toy_run):
    html, md = texts(with_record(toy_run, marking="OFFICIAL-SENSITIVE"))
    assert md.startswith("**OFFICIAL - EXERCISE - SYNTHETIC**")
    assert "**Marking of the plan itself**: OFFICIAL-SENSITIVE" in md
    assert "OFFICIAL - EXERCISE - SYNTHETIC" in html


def test_a_plan_for_duty_is_published_after_its_shift(toy_run):
    _, md = texts(with_record(toy_run, purpose="duty"))
    assert "publish it after 2026-11-20 23:00" in md
    assert "publish it after" not in texts(toy_run)[1]


def test_what_only_the_force_can_say_is_asked_for_by_its_key(toy_run):
    keys = list(Transparency.model_fields)
    assert list(facts.ASKED) == keys
    _, md = texts(with_scenario(toy_run, transparency=SAID))
    for value in SAID.values():
        assert value in md
    for key in keys:
        assert (f"[transparency] {key})" in md) == (key not in SAID)
    whole = dict.fromkeys(keys, "said") | {"next_review": "2027-04-01"}
    _, md = texts(with_scenario(toy_run, transparency=whole))
    assert "Nothing is open." in md
    assert facts.OPEN not in md.replace("To be filled in by the force", "")


def test_it_says_which_groups_have_a_part_in_the_plan(toy_run):
    group = {"name": "IMD decile", "column": "IMD_decile", "path": "x", "table": None}
    capped = toy_run.record["scenario"]["allocation"] | {
        "unmet_caps": [{"by": "IMD decile", "group": "1", "share": 0.2}]
    }
    people = {"source": "Census 2021", "column": "n", "path": "x"}
    run = with_scenario(toy_run, groups=[group], allocation=capped, people=people)
    _, md = texts(run)
    assert "rules of the plan refer to IMD decile" in md
    assert "IMD decile (IMD_decile), residents (Census 2021)" in md
    assert "has no part in the forecast or in the plan" in texts(toy_run)[1]


def test_what_a_server_is_asked_is_said(toy_run):
    assert "Nothing is asked of any server." in texts(toy_run)[1]
    travel = toy_run.record["scenario"]["travel"] | {"source": "server"}
    _, md = texts(with_scenario(toy_run, travel=travel))
    assert "may be asked of a routing server" in md


def test_groups_of_the_record_are_shown_with_their_residents(toy_run):
    rows = [
        {"grouping": "IMD", "group": group, "measure": measure, "value": value}
        for group in ("1", "2", "10", "unknown")
        for measure, value in (
            ("people", 1234.0),
            ("incidents", 12.5),
            ("per_1000_people", None if group == "unknown" else 2.5),
            ("visible_h", 7.0),
        )
    ]
    told = {"population": "Residents: Census 2021.", "groups": rows}
    _, md = texts(with_record(toy_run, fairness=told))
    shown = re.findall(r"^\| (1|2|10|unknown) \| 1,234 \| 12.5 \|", md, re.MULTILINE)
    assert shown == ["1", "2", "10", "unknown"]
    assert "Residents: Census 2021." in md
    assert "posted for 28 officer-hours" in md


def test_what_a_cap_costs_is_told(toy_run):
    row = toy_run.prices.iloc[:1].assign(
        what="rule",
        item="largest unmet share of district East",
        change="most 0.1, +0.01",
        gain=0.25,
    )
    _, md = texts(dataclasses.replace(toy_run, prices=row))
    assert "| district East | most 0.1, +0.01 | 0.25 |" in md
    assert "largest unmet share of" not in texts(toy_run)[1]


def test_groups_whose_intervals_overlap_are_not_told_apart(toy_run):
    rows = toy_run.scores["measure"] == "late_share, district"
    for low, high, said in (
        (0.0, 1.0, "their intervals overlap, so that this may be chance"),
        (None, None, "times as often"),
    ):
        scores = toy_run.scores.copy()
        share = np.where(scores.loc[rows, "group"] == "East", 0.4, 0.1)
        scores.loc[rows, "simulated"] = share
        scores.loc[rows, "low"] = share if low is None else low
        scores.loc[rows, "high"] = share if high is None else high
        _, md = texts(dataclasses.replace(toy_run, scores=scores))
        assert "late most often in East (40.0%" in md
        assert said in md
    assert "4.0 times as often." in md


def test_the_same_folder_gives_the_same_bytes(folder, tmp_path):
    once = pipeline.write_record(folder)
    first = once.page.read_bytes(), once.words.read_bytes()
    again = pipeline.write_record(folder / "run.json", tmp_path / "said.html")
    assert (once.page.name, once.words.name) == ("transparency.html", "transparency.md")
    assert again.words == tmp_path / "said.md"
    assert (again.page.read_bytes(), again.words.read_bytes()) == first
    assert set(once.still_open) == set(Transparency.model_fields)
    assert runs.read(folder).record["run_id"]  # still a run folder
    assert not list(folder.glob(".*"))


def test_what_cannot_be_written_is_said(folder, tmp_path):
    with pytest.raises(UsageError, match=r"said.md must end in .html"):
        pipeline.write_record(folder, tmp_path / "said.md")
    with pytest.raises(DataError, match="cannot be written: No such file"):
        pipeline.write_record(folder, tmp_path / "none" / "said.html")
    with pytest.raises(DataError, match="there is no run record"):
        pipeline.write_record(tmp_path)


def test_the_command_writes_both_and_says_what_is_open(geoalloc, folder, tmp_path):
    code, out, err = geoalloc("record", folder)
    assert (code, err) == (0, "")
    assert "14 points are open" in out
    assert f"Open {folder / 'transparency.html'}" in out
    code, out, _ = geoalloc("record", folder, "--out", tmp_path / "a.html", "--json")
    told = json.loads(out)
    assert told["markdown"] == (tmp_path / "a.md").as_posix()
    assert told["open"] == list(Transparency.model_fields)
    code, _, err = geoalloc("record", tmp_path / "none")
    assert code == 3
    assert err.count("\n") == 1


def test_a_scenario_takes_what_the_force_says(toy_scenario):
    values = scenario.read(toy_scenario).resolved() | {"transparency": SAID}
    assert scenario.parse(values).transparency.owner == SAID["owner"]
    values["transparency"] = {"officer": "PC 123"}
    with pytest.raises(scenario.reading.ScenarioError, match="unknown key"):
        scenario.parse(values)


SPECIAL = "a|b *c* _d_ `e` <f> [g](h) ~i~ # j \\k\n- l"


def test_text_in_markdown_is_shown_as_it_is():
    table = Table(caption="c", columns=("x", "n"), rows=[(SPECIAL, "1.5")])
    blocks = [
        SPECIAL,
        table,
        Facts(pairs=[("t", SPECIAL)]),
        Points(sentences=["- one", "1. two", "2024 is fine", "+3 more", "= four"]),
        Flag(sentence="!"),
        Fold(title="more", blocks=["inside"]),
    ]
    text = markdown("T", [Section(title="S", blocks=blocks)], marking="M", lead="L")
    lines = text.splitlines()
    assert lines[:5] == ["**M**", "", "# T", "", "L"]
    said = escaped(SPECIAL)
    assert said == r"a\|b \*c\* \_d\_ \`e\` \<f\> \[g\](h) \~i\~ \# j \\k - l"
    assert f"| {said} | 1.5 |" in lines
    assert "| --- | ---: |" in lines
    assert r"- \- one" in lines
    assert r"- 1\. two" in lines
    assert "- 2024 is fine" in lines
    assert r"- \+3 more" in lines
    assert "### more" in lines


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (360, "dark")])
def test_axe_finds_no_serious_fault(browser, toy_run, width, scheme):
    required = os.environ.get("GEOALLOC_BROWSER") == "required"
    name = "axe_playwright_python.sync_playwright"
    found = importlib.import_module(name) if required else pytest.importorskip(name)
    page = browser.new_page(
        viewport={"width": width, "height": 800}, color_scheme=scheme, offline=True
    )
    page.set_content(files_of(toy_run)["transparency.html"])
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    faults = found.Axe().run(page).response["violations"]
    page.close()
    assert [f["id"] for f in faults if f["impact"] in ("serious", "critical")] == []
