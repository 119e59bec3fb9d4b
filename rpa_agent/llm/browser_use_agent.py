"""browser-use as the explorer, with fewer tools than it has, none of its own ways out, and our way to the model.

It is attached by CDP to a browser of its own, whose contexts are gated by us. What it asks a model goes through the port
``Model``: metered, within the budget, and searched for secrets before it leaves. Its switches for telemetry, cloud and version
check are set before it is imported (`ops.settings.quieten_browser_use`); with them it looks up no name at all.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from ..domain.errors import BrowserUnfit, ModelUnavailable
from ..domain.ports import Model
from ..domain.texts import object_in

SECONDS = 90.0          # for one answer
# What it may do; whatever another release adds is left out until somebody has looked at it.
MAY = frozenset({
    "click", "input", "select_dropdown", "dropdown_options", "scroll", "go_back", "switch", "send_keys", "wait", "navigate", "done",
})  # fmt: skip
_ANSWER = "Answer with one JSON object and nothing else. It fits this schema: "
_INSTALL = "Install it beside this package: pip install 'rpa-agent[explore]', or set explorer = \"own\" in rpa.toml."


def is_installed() -> bool:
    """Tell whether browser-use could be imported; nothing of it is."""
    from importlib.util import find_spec

    try:
        return find_spec("browser_use") is not None
    except ValueError:
        return False    # somebody said that it is not to be had


def require_installed() -> None:
    """Raise BrowserUnfit where browser-use is not installed."""
    if not is_installed():
        raise BrowserUnfit("browser-use is wanted as the explorer, and is not installed; nothing was opened", do=_INSTALL)


class _Asking:
    """browser-use's BaseChatModel over our Model: text in, one JSON object out, no pictures."""

    _verified_api_keys = True
    provider = "rpa-agent"

    def __init__(self, model: Model) -> None:
        self._model = model
        self.model = self.name = self.model_name = model.name

    async def ainvoke(self, messages: Sequence[Any], output_format: type[BaseModel] | None = None, **_: Any) -> Any:
        from browser_use.llm.views import ChatInvokeCompletion

        system = "\n\n".join(m.text for m in messages if m.role == "system")
        prompt = "\n\n".join(m.text for m in messages if m.role != "system")
        if output_format is None:
            said = await self._model.answer(system, prompt, seconds=SECONDS)
            return ChatInvokeCompletion(completion=said, usage=None)
        schema = json.dumps(output_format.model_json_schema(), separators=(",", ":"))
        said = await self._model.answer(f"{system}\n\n{_ANSWER}{schema}", prompt, seconds=SECONDS)
        found = object_in(said)
        try:
            answer = output_format.model_validate_json(found or said)
        except ValidationError as e:
            raise ModelUnavailable(f"{self.name} answered something that is no move") from e
        return ChatInvokeCompletion(completion=answer, usage=None)


async def explore_with_browser_use(
    model: Model, task: str, cdp_url: str, *, values: Mapping[str, str], host: str, folder: Path, most_moves: int
) -> tuple[bool, str, dict[str, Any]]:
    """Let browser-use do a task on the page that is open behind ``cdp_url``; return whether it says that it is done, its
    words, and its history as `formats.browser_use` reads it.

    ``values`` are known to it by name alone, and typed only where the page is of ``host``; ``folder`` is for what it writes.
    Raises BrowserUnfit where it is not installed.
    """
    require_installed()
    logging.getLogger("browser_use").setLevel(logging.CRITICAL)
    from browser_use import Agent, BrowserSession
    from browser_use.tools.service import Tools

    logging.getLogger("browser_use").setLevel(logging.CRITICAL)
    tools = Tools()
    for name in [n for n in tools.registry.registry.actions if n not in MAY]:
        tools.exclude_action(name)
    session = BrowserSession(
        cdp_url=cdp_url, keep_alive=True, viewport={"width": 1280, "height": 900}, enable_default_extensions=False,
        highlight_elements=False, minimum_wait_page_load_time=0.1, wait_for_network_idle_page_load_time=0.3,
        wait_between_actions=0.05,
    )  # fmt: skip
    held, left = {host: dict(values)}, ""
    try:
        await session.start()
        agent = Agent(
            task=task, llm=_Asking(model), browser_session=session, tools=tools, sensitive_data=held, use_vision=False,
            use_judge=False, directly_open_url=False, enable_signal_handler=False, calculate_cost=False, generate_gif=False,
            max_failures=2, final_response_after_failure=False, file_system_path=str(folder), llm_timeout=int(SECONDS),
        )  # fmt: skip
        left = str(agent.agent_directory)   # it keeps pictures there, whatever folder it was given
        history = await agent.run(max_steps=most_moves)
        done = bool(history.is_done()) and history.is_successful() is not False
        said = str(history.final_result() or next((e for e in reversed(history.errors()) if e), "") or "")
        return done, said, json.loads(json.dumps(history.model_dump(sensitive_data=held), default=str))
    finally:
        await session.stop()
        if left:
            shutil.rmtree(left, ignore_errors=True)
