"""A list that a script made beside the field that it took the place of: one choice is one step."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import pytest
from showing import Shown, replay, unwell
from tiny_site import TinySite

from rpa_agent.build import build_procedure
from rpa_agent.domain.recording import Recording

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

Watch = Callable[..., Awaitable[Recording]]

LIST = """<style>#state { position: absolute; clip: rect(0 0 0 0); width: 1px; height: 1px }
#drawn { display: inline-block; width: 9em }</style>
<form method=post action=/kept><p>{called}
<select name=state id=state aria-hidden=true tabindex=-1><option>Open<option>Approved<option>Rejected</select>
<span><span><span role=combobox tabindex=0 id=drawn aria-haspopup=true aria-labelledby=said><span id=said>Open</span></span>
</span></span></p>
<button>Update</button></form>
<ul role=listbox id=offers hidden style="position:absolute;top:9em"></ul>
<script>
  const [state, said, offers] = ['state', 'said', 'offers'].map((id) => document.getElementById(id));
  state.onchange = () => { said.textContent = state.value };
  drawn.onclick = () => {
    offers.innerHTML = [...state.options].map((o) => `<li role=option>${o.text}</li>`).join(''); offers.hidden = false;
  };
  offers.onclick = (e) => { state.value = e.target.textContent; state.dispatchEvent(new Event('change')); offers.hidden = true };
</script>"""


@pytest.mark.parametrize(
    ("called", "told", "name"),
    [
        ("<label for=state>New state</label>", "select combobox 'New state' {{ new_state }}", "new_state"),
        ("New state of all", "select combobox 'select' {{ new_state_of_all }}", "new_state_of_all"),
    ],
)
async def test_a_choice_is_told_once(
    watch: Watch, browser: Browser, site: TinySite, called: str, told: str, name: str
) -> None:
    """By what is drawn where the field's label calls it, else by the field."""

    async def hands(page: Page) -> None:
        await page.click("#drawn")
        await page.click("li:has-text('Rejected')")
        await page.wait_for_function("document.getElementById('state').value === 'Rejected'")
        await page.click("button")
        await page.wait_for_url("**/kept")

    recording = await watch(LIST.replace("{called}", called), hands)
    shown = Shown(recording, build_procedure(recording, name="state", task="Reject", site="tiny", salt="salt"))
    assert [t for t in shown.told() if t.startswith("select")] == [told]
    assert tuple(shown.built.workflow.params[name].options) == ("Open", "Approved", "Rejected")
    site.sent.clear()
    assert unwell(await replay(browser, shown, {name: "Approved"})) == []
    assert [body for _, _, body in site.sent] == ["state=Approved"]
