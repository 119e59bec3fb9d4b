"""What recording costs a page: milliseconds per recorded event on a page of 300 interactables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rpa_agent.browser.recorder.record import SCRIPTS
from rpa_agent.browser.scripts import script

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

INTERACTABLES = 300
_SHOP = """<!doctype html><html lang=en><title>Orders</title><body><nav>{links}</nav><main><h1>Orders</h1>
<form aria-label=Search>{fields}</form><table><thead><tr><th>Number<th>Customer<th>Amount<th></tr></thead>
<tbody>{rows}</tbody></table></main></body></html>"""


def page_of_interactables() -> str:
    """Return a page as offices have them: a menu, a form, and a list with two buttons and a box in every row."""
    links = "".join(f"<a href=/area/{i}>Area {i}</a> " for i in range(20))
    fields = "".join(f"<p><label for=f{i}>Field {i}</label><input id=f{i} name=field{i}></p>" for i in range(38))
    choice = "<select aria-label=State><option>All<option>Open</select><button type=button>Search</button>"
    rows = "".join(
        f"<tr><td>RE-{1000 + i}<td>Customer {i % 23}<td>{i * 17}.50<td><input type=checkbox aria-label='Mark {i}'>"
        f"<button type=button>Open</button> <button type=button>Approve</button></tr>"
        for i in range(80)
    )
    return _SHOP.format(links=links, fields=fields + choice, rows=rows)


async def event_cost(browser: Browser) -> list[float]:
    """Return the in-page milliseconds of each recorded event: clicks, keystrokes and choices all over the page.

    Measured where they happen: all that the recorder's listeners spend until a message leaves, without the browser's
    own work on the event and without what is done in idle time.
    """
    context = await browser.new_context()
    try:
        page = await context.new_page()
        await page.set_content(page_of_interactables())
        await page.evaluate(_METER)
        for name in SCRIPTS:
            await page.evaluate(f"() => {{ {script(name)}\n }}")
        await page.evaluate("() => new Promise((done) => setTimeout(done, 400))")
        await _work(page)
        costs: list[float] = await page.evaluate("() => __costs")
        return costs
    finally:
        await context.close()


# Listeners of the recorder are timed as it registers them; an event costs what all of them together take for it.
_METER = """() => {
  globalThis.__costs = []; globalThis.__told = 0;
  globalThis.__rpa_emit = () => { __told++; };
  const register = EventTarget.prototype.addEventListener;
  let spent = 0;                                       // since the last message: going down, moving, focus and keys count too
  EventTarget.prototype.addEventListener = function (type, fn, how) {
    const timed = (e) => {
      const before = performance.now(), told = __told;
      fn(e);
      spent += performance.now() - before;
      if (__told > told) { __costs.push(spent); spent = 0; }
    };
    return register.call(this, type, typeof fn === 'function' ? timed : fn, how);
  };
}"""


async def _work(page: Page) -> None:
    for i in range(0, 38, 4):
        await page.locator(f"#f{i}").click()
        await page.keyboard.type("abc")
    for i in range(0, 80, 8):
        row = page.locator("tbody tr").nth(i)
        await row.get_by_role("checkbox").click()
        await row.get_by_role("button", name="Approve").click()
    await page.get_by_label("State").select_option(label="Open")
    await page.get_by_role("button", name="Search").click()
