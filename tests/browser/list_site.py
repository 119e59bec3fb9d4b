"""A tiny real application with one list of invoices: its look, order, filter and paging are what a test sets."""

from __future__ import annotations

import html
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

FIRMS = ("Adler", "Brandt", "Conrad", "Decker", "Ebert", "Falk", "Gruber")


@dataclass
class Invoice:
    number: str
    firm: str
    amount: str


def invoices(count: int = 23) -> list[Invoice]:
    return [Invoice(f"RE-{1000 + 7 * n}", f"{FIRMS[n % 7]} {n} GmbH", f"{100 + n},50") for n in range(count)]


@dataclass
class ListSite:
    """`with ListSite() as site:` serves /list; what was approved stands in ``approved``, every other change in ``sent``."""

    look: str = "table"  # table, grid, pinned, list, cards, boxes, terms
    paging: str = "next"  # next, numbers, icons, more, scroll, inner, post, none, wizard, circle
    size: int = 5
    rows: list[Invoice] = field(default_factory=invoices)
    approved: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    page_of_post: int = 1

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def reset(self, **settings: Any) -> None:
        self.look, self.paging, self.size, self.rows, self.page_of_post = "table", "next", 5, invoices(), 1
        for told in (self.approved, self.sent, self.asked):
            told.clear()
        for name, value in settings.items():
            setattr(self, name, value)

    # ---- pages -----------------------------------------------------------------------------------------------------

    def page(self, number: int, said: str) -> str:
        count = -(-len(self.rows) // self.size)
        number = min(max(1, number), count)
        opens = _OPEN if self.look == "lines" else ""
        growing = self.paging in {"more", "scroll", "inner"}
        shown = self.rows if self.paging == "none" else self.rows[(number - 1) * self.size : number * self.size]
        toast = f"<p role=status>{html.escape(said)}</p>" if said else ""
        style = "<style>.tall{height:220px;overflow:auto}.scroll td{height:220px}.tall td{height:80px}</style>"
        head = f"<!doctype html><html lang=en><title>Invoices</title>{style}<h1>Invoices</h1>{toast}"
        return f"{head}<main>{self.listed(shown)}{self.pager(number, count)}{_GROW if growing else ''}{opens}</main>"

    def listed(self, shown: list[Invoice]) -> str:
        rows = "".join(self.row(i) for i in shown)
        match self.look:
            case "grid":
                head = "".join(f"<span role=columnheader>{t}</span>" for t in ("Number", "Firm", ""))
                return f"<div role=grid aria-label=Invoices id=rows><div role=row>{head}</div>{rows}</div>"
            case "pinned":
                left = "".join(_part(n, i.number) for n, i in enumerate(shown, 2))
                right = "".join(_part(n, i.firm, self.button(i)) for n, i in enumerate(shown, 2))
                heads = _part(1, "Number", role="columnheader"), _part(1, "Firm", "", role="columnheader")
                top = f"<div style='display:flex'><div role=rowgroup>{heads[0]}</div><div role=rowgroup>{heads[1]}</div></div>"
                body = f"<div role=rowgroup>{left}</div><div role=rowgroup id=rows>{right}</div>"
                return f"<div role=grid aria-label=Invoices>{top}<div style='display:flex'>{body}</div></div>"
            case "list":
                return f"<ul id=rows>{rows}</ul>"
            case "terms":
                return f"<dl id=rows>{rows}</dl>"
            case "cards" | "boxes" | "links":
                return f"<div class=stack id=rows>{rows}</div>"
            case _:
                box = "tall" if self.paging == "inner" else "scroll" if self.paging == "scroll" else ""
                return (
                    f"<div class='{box}' id=box><table><thead><tr><th>Number<th>Firm<th>Amount<th></tr></thead>"
                    f"<tbody id=rows>{rows}</tbody></table></div>"
                )

    def button(self, i: Invoice) -> str:
        return f"<form method=post action=/approve/{i.number}><button>Approve</button></form>"

    def row(self, i: Invoice) -> str:
        button = self.button(i)
        link = f"<a href=/invoices/{i.number}>{i.number}</a>"
        match self.look:
            case "grid":
                cells = "".join(f"<span role=gridcell>{t}</span>" for t in (i.number, i.firm, button))
                return f"<div role=row>{cells}</div>"
            case "list":
                return f"<li>{i.number} <em>{i.firm}</em> {button}</li>"
            case "cards":
                return f"<div class='card c-{i.number}'><h3>{link}</h3><p>{i.firm}</p><p>{i.amount} EUR</p>{button}</div>"
            case "boxes":
                return f"<div class=line><div class=text>Invoice {i.number} of {i.firm}</div><div>{button}</div></div>"
            case "links":
                return f"<a class=tile href=/invoices/{i.number}><b>{i.number}</b><span>{i.firm}</span></a>"
            case "lines":
                return f"<tr class=line><td>{i.number}<td>{i.firm}<td>{i.amount}<td></tr>"
            case "terms":
                return f"<dt>{i.number}</dt><dd>{i.firm} {button}</dd>"
            case _:
                return f"<tr><td>{i.number}<td>{i.firm}<td>{i.amount}<td>{button}</tr>"

    def pager(self, number: int, count: int) -> str:
        more = number < count
        match self.paging:
            case "next":
                return f"<p>Page {number} of {count} " + (f"<a href='/list?page={number + 1}'>Next</a>" if more else "")
            case "numbers":
                links = "".join(
                    f"<li class=active><span>{n}</span>" if n == number else f"<li><a href='/list?page={n}'>{n}</a>"
                    for n in range(1, count + 1)
                )
                return f"<ul class=pagination>{links}</ul>"
            case "icons":
                leads = f"onclick=\"location='/list?page={number + 1}'\"" if more else "disabled"
                return (
                    "<nav aria-label=Pages><button disabled aria-label='Previous page'>&lt;</button>"
                    f"<button aria-label='Next page' {leads}><svg width=9 height=9></svg></button></nav>"
                )
            case "post":
                return f"<form method=post action=/list><button name=page value={number + 1}>Next</button></form>" if more else ""
            case "wizard":
                return "<form method=post action=/next-step><label>Reason <input name=reason></label><button>Next</button></form>"
            case "circle":
                return f"<p><a rel=next href='/list?page={number % count + 1}'>more of it</a>"
            case "more":
                return "<button type=button id=more>Load more</button>"
            case _:
                return ""


def _part(number: int, *cells: str, role: str = "gridcell") -> str:
    """Return one box of a row that a grid with a fixed column draws in two."""
    inside = "".join(f"<div role={role} style='width:140px;display:inline-block'>{c}</div>" for c in cells)
    return f"<div role=row aria-rowindex={number} style='height:40px'>{inside}</div>"


# Lines that are clicked themselves; nothing but a listener says so.
_OPEN = """<script>
for (const line of document.querySelectorAll('tr.line'))
  line.addEventListener('click', () => { location = '/invoices/' + line.cells[0].textContent.trim(); });
</script>"""
# Rows that come by script: pressed for, or as the list is scrolled to its end.
_GROW = """<script>
let shown = document.querySelector('#rows').children.length, busy = false;
const grow = async () => {
  if (busy) return; busy = true;
  const text = await (await fetch('/rows?from=' + shown)).text();
  document.querySelector('#rows').insertAdjacentHTML('beforeend', text);
  const now = document.querySelector('#rows').children.length, more = document.querySelector('#more');
  if (now === shown && more) more.disabled = true;
  shown = now; busy = false;
};
const more = document.querySelector('#more'), box = document.querySelector('#box');
if (more) more.onclick = grow;
else if (box.className === 'tall') box.onscroll = () => { if (box.scrollTop + box.clientHeight > box.scrollHeight - 60) grow(); };
else onscroll = () => { if (scrollY + innerHeight > document.documentElement.scrollHeight - 60) grow(); };
</script>"""


def _handler(site: ListSite) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            parts, asked = urlsplit(self.path), parse_qs(urlsplit(self.path).query)
            site.asked.append(self.path)
            if parts.path == "/rows":
                begin = int(asked["from"][0])
                self._say("".join(site.row(i) for i in site.rows[begin : begin + site.size]))
            elif parts.path == "/list":
                self._say(site.page(int(asked.get("page", [site.page_of_post])[0]), asked.get("said", [""])[0]))
            else:
                self._say(f"<!doctype html><title>Invoice</title><h1>{parts.path.rpartition('/')[2]}</h1>")

        def do_POST(self) -> None:
            body = parse_qs(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())
            path = urlsplit(self.path).path
            if path.startswith("/approve/"):
                number = path.rpartition("/")[2]
                site.approved.append(number)
                site.rows = [i for i in site.rows if i.number != number]
                self._go(f"/list?said=Invoice+{number}+was+approved")
                return
            site.sent.append(f"POST {path}")
            site.page_of_post = int(body.get("page", ["1"])[0])
            self._go("/list")

        def _go(self, where: str) -> None:
            self.send_response(303)
            self.send_header("Location", where)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _say(self, text: str) -> None:
            content = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler
