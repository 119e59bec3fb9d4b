"""A session that ends in the middle of a run: noticed where a step breaks, renewed, and the steps since the safe point
done once more. Without an account none of this costs anything."""

from __future__ import annotations

from collections.abc import MutableSequence

from loguru import logger

from ..domain.errors import (
    ActionFailed,
    BrowserGone,
    LoginNeeded,
    NeedsPerson,
    PageGone,
    SecretMissing,
    SiteUnreachable,
)
from ..domain.ports import Action, LoginKeeper
from ..domain.procedure import READS, Step
from ..domain.trajectory import StepOutcome
from .context import Context

MOST_RENEWED = 2  # a site that ends its sessions all the time needs a person
SETTLE_S = 5.0
_LEAVES_SOMETHING = frozenset({"fill", "select", "check", "uncheck", "upload", "drag", "press"})


def mark_page(ctx: Context, index: int) -> None:
    """Before a step: keep where it begins. That is a safe point once the step was done, as then it was the right page."""
    if ctx.plan.login is not None:
        ctx.begins_at, ctx.begins_in, ctx.begins_with = ctx.page.url, ctx.tab, index


def note_done(ctx: Context, index: int, step: Step, outcome: StepOutcome) -> None:
    """After a step: what it left on the page has to be entered again later; what was sent and confirmed never again."""
    if outcome.status == "skipped":
        return
    if ctx.plan.after is not None and outcome.status != "failed":
        ctx.plan.after(step, outcome)
    if ctx.plan.login is not None:
        ctx.renewed_to_ask = False
        url = ctx.begins_at
        ctx.tabs_opened = ctx.tabs_opened or ctx.tab > 0
        if _could_begin(ctx, index) and url.startswith("http") and url != ctx.safe_url:
            ctx.safe_url, ctx.safe_index, ctx.safe_tab = url, index, ctx.begins_in
        ctx.tabs_opened = ctx.tabs_opened or bool(outcome.signals.popup)  # the step that opens it is done again with it
    if step.effect == "commit":
        ctx.safe_url, ctx.safe_index, ctx.sent_with_tabs = "", index + 1, ctx.tabs_opened
        ctx.drafted.discard(ctx.tab)  # what stands half entered in another tab still stands there
        return
    changed = any(r.method not in READS for r in outcome.signals.requests)
    if changed or step.kind in _LEAVES_SOMETHING or step.effect == "draft":
        ctx.drafted.add(ctx.tab)


def _could_begin(ctx: Context, index: int) -> bool:
    """Tell whether a new session could go on with a step, on the page that it began on.

    Nothing may have been entered since. Where further tabs are open, the way back lies before the first of them, as they
    open again on the way; but no way leads back past what was sent. Then a page will do from which on all is done in its
    own tab: whatever the others show is not needed any more.
    """
    if not ctx.tabs_opened:
        return not ctx.drafted
    here = ctx.begins_in
    alone = all(step.tab == here for step in ctx.steps[index:])
    return ctx.sent_with_tabs and alone and here == ctx.tab and here not in ctx.drafted and ctx.begins_with == index


async def require_session(ctx: Context, step: Step) -> None:
    """Before a commit is armed: raise LoginNeeded where the session is known to be over, so that nothing is posted."""
    if ctx.plan.login is not None and not await ctx.plan.login.alive(ctx.page):
        what = step.target.words() if step.target else step.id
        raise LoginNeeded(f"the login ended before {what} was pressed; nothing was sent")


async def require_page_of_ours(ctx: Context) -> None:
    """Before a repair: raise LoginNeeded where the page at hand is the site's login, which is no page to repair on."""
    if why := await over(ctx):
        raise LoginNeeded(f"{why}; nothing was sent")


async def over(ctx: Context) -> str:
    """Return in words how the page at hand shows that the session is over; empty where it lives, or nothing can be seen."""
    try:
        return await ctx.plan.login.lost(ctx.page) if ctx.plan.login is not None else ""
    except (ActionFailed, BrowserGone, PageGone):
        return ""  # whoever goes on meets it, and says so


async def able_to_ask(ctx: Context) -> bool:
    """Before the site is asked about a commit in doubt: where the session is over, log in again, only to look.

    False where that is not possible: a site says of everything that it is not there to who is not logged in, and that no
    must not count. The doubt stays then, and the account's own notice says why nobody could log in.
    """
    login = ctx.plan.login
    if login is None or not await over(ctx):
        return True
    if ctx.renewed >= MOST_RENEWED or ctx.tabs_opened or ctx.tab:
        return False
    try:
        await _renew(ctx, login)
    except (NeedsPerson, SiteUnreachable, SecretMissing, PageGone) as e:
        logger.warning("run {}: the site cannot be asked what it took: {}", ctx.plan.run, e.message)
        return False
    ctx.renewed_to_ask = True
    return True


async def _renew(ctx: Context, login: LoginKeeper) -> None:
    """Log in again; whatever leaves the new page is asked about like what left the one before."""
    ctx.renewed += 1
    ctx.page = await login.renew()
    await ctx.warden.move_to(ctx.page)


async def went_back(ctx: Context, story: MutableSequence[StepOutcome]) -> int | None:
    """After a break: where the session is over, log in again and return the step to go on from; else None.

    Nothing goes on where something may have been sent: a person looks first. What was entered since the safe point is
    lost with the session and entered again, and so are further tabs: they open again on the way; ``story`` forgets those
    steps. Raises what logging in raises.
    """
    login = ctx.plan.login
    if login is None or ctx.sent == "unknown":
        return None
    if not ctx.renewed_to_ask and (ctx.renewed >= MOST_RENEWED or not await login.lost(ctx.page)):
        return None
    url, tab = ctx.safe_url, ctx.safe_tab
    if ctx.safe_index and not url:  # right after a commit: the page that it led to, unless that is lost already
        url, tab = ctx.begins_at, ctx.begins_in
        if not url or url == ctx.page.url or not _could_begin(ctx, ctx.safe_index):
            return None
    if not ctx.renewed_to_ask:
        await _renew(ctx, login)
    ctx.typed.clear()
    ctx.tab, ctx.tabs_opened = tab, tab > 0
    ctx.repaired_since_commit, ctx.strange = False, ()
    ctx.drafted.clear()
    ctx.renewed_to_ask, ctx.not_taken = False, False
    ctx.commits[:] = [c for c in ctx.commits if c.state != "not_done"]
    for number in range(1, tab + 1):
        await ctx.page.turn_to(number, seconds=SETTLE_S, opening=True)
    if url:
        await ctx.page.act(Action(kind="goto", value=url), None)
        await ctx.page.settle(SETTLE_S)
    del story[ctx.safe_index :]
    return ctx.safe_index
