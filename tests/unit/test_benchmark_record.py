"""The benchmark `record`: it tells apart what was shown, what was replayed, and what only believed to be well."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from one_of_many import OneOfMany

from benchmarks.miniwob.hands import part
from benchmarks.miniwob.server import Episodes, PagesMissing, pages_folder
from benchmarks.miniwob.task import Task
from benchmarks.miniwob.tasks import LEFT_OUT, QUICK, all_tasks, chosen, unknown
from benchmarks.miniwob.trial import Observed, Trial, Try, try_task, values_for
from benchmarks.record import Own, figures_of, tables_of
from benchmarks.record_size import STEPS, size_of_thirty_steps
from rpa_agent.build import Built
from rpa_agent.domain.procedure import Procedure, Step
from rpa_agent.domain.workflow import Param, Workflow
from rpa_agent.ops.settings import Settings

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

# What the package's own core does, in a few lines.
CORE = """
var WOB_REWARD_GLOBAL = 0, WOB_REWARD_REASON = null, WOB_DONE_GLOBAL = false, core = {EPISODE_MAX_TIME: 10000};
Math.seedrandom = seed => { core.seed = +seed; };
core.startEpisodeReal = () => genProblem();
core.endEpisode = r => { WOB_REWARD_GLOBAL = r; WOB_DONE_GLOBAL = true; };
"""
PAGE = """<!doctype html><title>Enter</title><script src="../core/core.js"></script><script>
function genProblem() {
  var word = ['', 'Karrie', 'Agustina', 'Myron'][core.seed];
  document.getElementById('query').textContent = 'Enter "' + word + '" and press the button.';
  document.getElementById('go').textContent = %s;
  document.getElementById('go').onclick = () => core.endEpisode(document.getElementById('tt').value === word ? 1 : -1);
}
</script><body><div id="query"></div><label>Name <input type="text" id="tt"></label><button id="go"></button></body>"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pages in the shape of the package's own."""
    for name, text in {
        "core/core.js": CORE,
        "miniwob/enter.html": PAGE % "'Submit'",
        "miniwob/enter-drawn.html": PAGE % "core.seed === 1 ? 'Submit' : 'Delete'",
    }.items():
        (tmp_path / "html" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "html" / name).write_text(text, encoding="utf-8")
    return tmp_path / "html"


class ObservedOfMany(OneOfMany, Observed):
    """The benchmark's agent, in the browser that all tests share."""


@pytest.fixture
async def agent(browser: Browser, tmp_path: Path) -> AsyncIterator[Observed]:
    """An agent with a project of its own."""
    async with ObservedOfMany.open(Settings.load(tmp_path)) as agent:
        agent.shared = browser
        yield agent


async def _enter(page: Page) -> None:
    await page.get_by_label("Name").click()
    await page.keyboard.type(part('"(.*)"', await page.locator("#query").inner_text()))
    await page.get_by_role("button").click()


async def _enter_nonsense(page: Page) -> None:
    await page.get_by_label("Name").click()
    await page.keyboard.type("nobody")
    await page.get_by_role("button").click()


# ---- a task, from its demonstration to the replay in another seed -------------------------------------------------------


async def test_a_task_is_shown_in_one_seed_and_replayed_in_two(agent: Observed, folder: Path) -> None:
    """The values for the other seed come from a demonstration there; the page says that both replays were right."""
    with Episodes((1, 2), folder) as episodes:
        trial = await try_task(agent, episodes, Task("enter", _enter, "typed"))
    assert trial.same == Try(1, reached=True, well=True)
    assert trial.other == Try(2, reached=True, well=True)
    assert trial.is_task and trial.steps == 3


async def test_a_demonstration_that_does_not_solve_it_makes_no_task(agent: Observed, folder: Path) -> None:
    """What was not shown rightly says nothing of the recorder."""
    with Episodes((1,), folder) as episodes:
        trial = await try_task(agent, episodes, Task("enter", _enter_nonsense, "typed"))
    assert not trial.is_task and "reward -1" in trial.not_solved
    assert trial.same is None and trial.other is None


async def test_a_replay_that_meets_another_page_is_told_with_its_reason(agent: Observed, folder: Path) -> None:
    """In the other seed the button has another name: the run stops there, and the table says why."""
    with Episodes((1, 2), folder) as episodes:
        trial = await try_task(agent, episodes, Task("enter-drawn", _enter, "other", "the button is drawn anew"))
    assert trial.same is not None and trial.same.reached
    assert trial.other is not None and not trial.other.reached and not trial.other.misled
    assert "Submit" in trial.other.why


# ---- the pages ----------------------------------------------------------------------------------------------------------


def test_each_seed_has_an_address_of_its_own_and_the_same_paths(folder: Path) -> None:
    """So a procedure of one seed runs in another as it would on another host."""
    with Episodes((1, 2), folder) as episodes:
        first, second = (urlopen(episodes.url(seed, "enter")).read().decode() for seed in (1, 2))
        assert episodes.base(1) != episodes.base(2)
        assert episodes.url(1, "enter").removeprefix(episodes.base(1)) == episodes.url(2, "enter").removeprefix(
            episodes.base(2)
        )
    assert "Math.seedrandom('1')" in first and "Math.seedrandom('2')" in second
    assert first.index("startEpisodeReal") > first.index("genProblem")


def test_nothing_outside_the_folder_is_served(folder: Path) -> None:
    """A path that climbs out is not found."""
    (folder.parent / "private.txt").write_text("secret")
    with Episodes((1,), folder) as episodes, pytest.raises(HTTPError, match="404"):
        urlopen(f"{episodes.base(1)}/miniwob/../../private.txt")


def test_a_missing_package_is_named_with_the_way_to_get_it() -> None:
    """The benchmark says so instead of measuring nothing."""
    with pytest.raises(PagesMissing) as e:
        pages_folder("no_such_package_of_pages")
    assert "pip install --no-deps miniwob" in e.value.remedy


# ---- the list of tasks --------------------------------------------------------------------------------------------------


def test_every_task_says_why_it_cannot_be_bound() -> None:
    """A task is bindable, or has a reason; and there are enough of them, none twice."""
    tasks = all_tasks()
    assert len({t.name for t in tasks}) == len(tasks) >= 75
    assert [t.name for t in tasks if t.bindable == bool(t.why_not)] == []
    assert not {t.name for t in tasks} & set(LEFT_OUT)


def test_quick_takes_its_few_tasks_and_all_is_all() -> None:
    """None of the quick ones is misspelt."""
    assert {t.name for t in chosen(quick=True)} == set(QUICK)
    assert len(chosen(quick=False)) == len(all_tasks())


def test_pages_that_nobody_did_are_named() -> None:
    """A page of a newer package does not go unseen."""
    assert unknown(["click-button", "count-sides", "fly-to-the-moon"]) == ["fly-to-the-moon"]


# ---- values for another seed --------------------------------------------------------------------------------------------


def _built(values: dict[str, str], examples: dict[str, str], secrets: dict[str, str]) -> Built:
    steps = tuple(Step(id=f"s{i}", kind="fill", value=v) for i, v in enumerate(values.values()))
    procedure = Procedure(procedure="p_1", site="x", task="t", steps=steps, secrets=tuple(secrets))
    workflow = Workflow(
        name="w",
        task="t",
        base_url="http://x",
        params={n: Param() for n in examples},
        secrets=tuple(secrets),
        success="none",
    )
    return Built(procedure, workflow, examples, secrets, (), {})


def test_values_are_taken_by_name_and_else_from_the_step_at_the_same_place() -> None:
    """Two demonstrations may name the same field differently."""
    ours = _built(
        {"a": "{{ name }}", "b": "{{ town }}", "c": "{{ secrets.pin }}"}, {"name": "A", "town": "B"}, {"pin": "1"}
    )
    theirs = _built(
        {"a": "{{ name }}", "b": "{{ place }}", "c": "{{ secrets.code }}"}, {"name": "C", "place": "D"}, {"code": "2"}
    )
    assert values_for(ours, theirs) == [({"name": "C", "town": "D"}, {"pin": "2"})]


def test_a_value_that_the_other_demonstration_has_not_is_not_made_up() -> None:
    """It is missing, and the run will say so."""
    ours = _built({"a": "{{ name }}", "b": "{{ town }}"}, {"name": "A", "town": "B"}, {})
    assert values_for(ours, _built({"a": "{{ name }}"}, {"name": "C"}, {})) == [({"name": "C"}, {})]


def test_several_records_shown_are_several_runs() -> None:
    """Each row of the other demonstration has values of its own."""
    ours = _built({"a": "{{ name }}"}, {"name": "A"}, {})
    theirs = replace(_built({"a": "{{ called }}"}, {"called": "C"}, {}), rows=({"called": "C"}, {"called": "D"}))
    assert values_for(ours, theirs) == [({"name": "C"}, {}), ({"name": "D"}, {})]


# ---- the figures --------------------------------------------------------------------------------------------------------


def _trial(name: str, differs: Any, same: bool, other: bool, *, well: bool = True) -> Trial:
    task = Task(name, _enter, differs, "" if differs != "other" else "drawn")
    return Trial(task, same=Try(1, same, well), other=Try(2, other, well))


def test_the_other_seed_is_measured_over_the_tasks_that_can_be_bound() -> None:
    """A task that cannot be bound lowers nothing, and one that was not solved is no task."""
    trials = [
        _trial("a", "typed", True, True),
        _trial("b", "nothing", True, False, well=False),
        _trial("c", "other", True, False, well=False),
        Trial(Task("d", _enter, "typed"), not_solved="reward -1"),
    ]
    figures = {f.name: f.value for f in figures_of([], trials)}
    assert (figures["miniwob_tasks"], figures["miniwob_same_seed"], figures["miniwob_other_seed"]) == (3, 1.0, 0.5)


def test_a_replay_that_believes_itself_well_and_is_not_is_counted() -> None:
    """That is the worst that can happen: nobody would look."""
    trials = [_trial("a", "named", True, False), _trial("b", "typed", False, False, well=False)]
    assert {f.name: f.value for f in figures_of([], trials)}["miniwob_misled"] == 1


def test_nothing_measured_reaches_no_goal() -> None:
    """Without pages the shares are missing, not perfect."""
    shares = [f for f in figures_of([], []) if f.name in {"own_pages_share", "miniwob_same_seed", "miniwob_tasks"}]
    assert [f.reached() for f in shares] == [False, False, False]


def test_an_own_page_counts_only_when_its_server_got_the_same() -> None:
    """One that could not be recorded is neither right with the same values nor with others."""
    own = [Own("a"), Own("b", same="the server got []"), Own("c", shown="nothing was shown"), Own("d", other="failed")]
    figures = {f.name: f.value for f in figures_of(own, [])}
    assert (figures["own_pages_share"], figures["own_pages_other_values"]) == (0.5, 0.5)


def test_the_table_has_a_row_for_every_task_with_its_reason() -> None:
    """Also for what was not solved."""
    unsolved = Trial(Task("d", _enter, "typed"), not_solved="seed 1: reward -1")
    *_, by_task = tables_of([], [_trial("a", "other", True, False, well=False), unsolved])
    assert [row[0] for row in by_task.rows] == ["a", "d"]
    assert "not bindable: drawn" in str(by_task.rows[0][-1]) and "reward -1" in str(by_task.rows[1][-1])


# ---- the size -----------------------------------------------------------------------------------------------------------


@pytest.mark.long
async def test_thirty_steps_are_shown_and_weighed(agent: Observed) -> None:
    """The figure is of a procedure that really has so many steps."""
    assert STEPS == 30
    assert 5 < await size_of_thirty_steps(agent) < 500
