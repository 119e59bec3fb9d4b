"""How a step recognises its element: a fingerprint of role, name, text, neighbours and path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from .frozen import Frozen

Capability = Literal["click", "fill", "select", "check", "upload", "none"]


class RowContext(Frozen):
    """The table row or list item an element sits in: the text that names the row, and the column's header."""

    key: str = ""  # "{{ number }}" when the key is a parameter, else masked text
    key_column: str = ""  # the header over the key: where the list has it, no other column names a record
    column: str = ""
    index: int = -1
    count: int = 0


class Fingerprint(Frozen):
    """The traits by which an element is recognised; texts from data regions are masked before they are kept.

    ``box`` is (x, y, width, height) in CSS pixels, ``viewport`` (width, height). ``unique`` tells for each
    trait how many elements of the page shared it when this was taken (1 = unique). ``generated`` names the
    traits whose value looks machine-made and therefore counts for nothing.
    """

    tag: str
    role: str = ""
    name: str = ""
    capability: Capability = "none"
    type: str = ""
    test_id: str = ""
    id: str = ""
    name_attr: str = ""
    classes: tuple[str, ...] = ()
    generated: tuple[str, ...] = ()
    label: str = ""
    placeholder: str = ""
    alt: str = ""
    title: str = ""
    href: str = ""
    text: str = ""
    landmark: str = ""
    form: str = ""
    heading: str = ""
    dialog: str = ""
    row: RowContext | None = None
    index: int = -1
    near: tuple[str, ...] = ()  # texts left and above, nearest first
    neighbour: str = ""  # nearest labelled interactable neighbour
    path: str = ""  # tag path, e.g. "main>form>div>button"
    frames: tuple[str, ...] = ()  # names or path templates of enclosing frames, outermost first
    shadow: tuple[str, ...] = ()  # host tags of enclosing open shadow roots, outermost first
    box: tuple[float, float, float, float] = (0, 0, 0, 0)
    viewport: tuple[float, float] = (0, 0)
    unique: dict[str, int] = {}
    in_data: bool = False  # its texts belong to records, not to the application
    look: str = ""  # of an element without words: its picture, drawing or colour, as names and hashes
    picture: str = ""  # of one that is called something and shows no word of it: the same, without colours
    behind: str = ""  # of a switch that is drawn for a hidden box: that one's field name
    order: int = -1  # which one it was, in the order of the page, of the ``alike`` that nothing else told apart
    alike: int = 0

    def searches(self) -> bool:
        """Tell whether it is a field to search in, which is part of no form that is sent."""
        return self.capability == "fill" and (self.role == "searchbox" or self.landmark == "search")

    def words(self) -> str:
        """Return how a person would call it: ``button 'Save'``, with its row where it has one."""
        called = self.name or self.label or self.placeholder or self.title or self.text or self.test_id or self.tag
        where = f" in the row of {self.row.key}" if self.row and self.row.key else ""
        return f"{self.role or self.tag} '{called}'{where}"


class Variant(Frozen):
    """One known look of a target, with its counts; variants are added and never deleted."""

    fingerprint: Fingerprint
    locators: tuple[str, ...] = ()  # Playwright selectors that named exactly this element, best first
    seen: int = 0
    failed: int = 0
    first: str = ""  # ISO dates
    last: str = ""
    came_from: str = "recording"  # recording | alternate | memory | fingerprint | structure | ... | person
    via: tuple[Variant, ...] = ()  # harmless acts that bring it to light first: a menu, the next wizard page, a search
    then: tuple[Variant, ...] = ()  # clicks that must follow it before its signals come: an extra confirmation
    search: str = ""  # of an act in `via`: the name of the parameter that is searched for in it; empty for a click


class Target(Frozen):
    """The element meant: all its known variants, and the page it was recorded on.

    ``pager`` is the control that shows the list's next page, for a record that stands on a later one; ``postback`` is
    what it was shown to send, ``POST /list``, where that is no plain read.
    """

    variants: tuple[Variant, ...]
    page: str = ""
    pager: Variant | None = None
    postback: str = ""

    def words(self) -> str:
        return self.variants[0].fingerprint.words() if self.variants else "nothing"

    def row_key(self) -> str:
        """Return what names the row it stands in, or nothing."""
        return next((v.fingerprint.row.key for v in self.variants if v.fingerprint.row), "")

    def key_column(self) -> str:
        """Return the header over what names its row, where one was shown."""
        return next((c for v in self.variants if v.fingerprint.row and (c := v.fingerprint.row.key_column)), "")


_TEMPLATED = (
    "name",
    "label",
    "text",
    "title",
    "alt",
    "href",
    "placeholder",
    "test_id",
    "id",
    "name_attr",
    "behind",
    "heading",
    "dialog",
    "form",
)


def rendered(target: Target, fill: Callable[[str], str]) -> Target:
    """Return the target with every template in its texts filled by ``fill``."""

    def of(variant: Variant) -> Variant:
        fp = variant.fingerprint
        changes: dict[str, object] = {t: fill(v) for t in _TEMPLATED if "{{" in (v := getattr(fp, t))}
        if any("{{" in n for n in fp.near):
            changes["near"] = tuple(fill(n) if "{{" in n else n for n in fp.near)
        if fp.row and "{{" in fp.row.key:
            # No page shows blanks around what a row is called; a name of nothing but blanks stays what no row has.
            changes["row"] = fp.row.model_copy(update={"key": (key := fill(fp.row.key)).strip() or key})
        return variant.model_copy(update={"fingerprint": fp.model_copy(update=changes)}) if changes else variant

    return target.model_copy(update={"variants": tuple(of(v) for v in target.variants)})
