// What a person points at while recording: outlined under the pointer, and taken with what a run needs to find it again.
// Lives beside page.js in every frame; overlay.js asks it, in the frame where the pointer is.
(() => {
  if (globalThis.__rpaPicking || !globalThis.__rpa) return;
  const R = globalThis.__rpa;
  const T = () => globalThis.__rpaTexts;                // loaded after this, and there by the time of a click
  const tableOf = (el) => R.closest(el, (n) => n.tagName === 'TABLE' || ['table', 'grid', 'treegrid'].includes(R.attr(n, 'role')));
  const wanted = (mode, el) => (mode === 'table' ? tableOf(el) : mode === 'output' && T() && R.capability(el) === 'none' ? T().lifted(el) : el);

  function box(el) {                                      // an element in a frame of this origin stands where its frame stands
    const own = el.getBoundingClientRect();
    let x = own.x, y = own.y;
    for (let v = el.ownerDocument.defaultView; v && v !== window && v.frameElement; v = v.parent) { const f = v.frameElement.getBoundingClientRect(); x += f.x + v.frameElement.clientLeft; y += f.y + v.frameElement.clientTop; }
    return { left: `${x}px`, top: `${y}px`, width: `${own.width}px`, height: `${own.height}px` };
  }
  function saidBy(el) {                                   // what was selected within it, else its own words or value
    const chosen = String(el.ownerDocument.getSelection() || '').replace(/\s+/g, ' ').trim();
    const whole = ['fill', 'select'].includes(R.capability(el)) ? R.value(el) : R.textOf(el);
    return chosen && whole.includes(chosen) ? chosen : whole;
  }
  function pagerOf(table) {                               // what shows the table's next page
    const inside = table.querySelector('tbody tr, [role=row]:not(:first-child), tr');
    const control = inside && globalThis.__rpaLists ? globalThis.__rpaLists.pagerOf(inside.firstElementChild || inside) : null;
    return control && R.fingerprint(control);
  }
  function tableSeen(table) {
    const lines = [...table.querySelectorAll('tr,[role=row]')].filter((r) => tableOf(R.parentOf(r)) === table);
    const cells = (r) => [...r.children].filter((c) => /^T[DH]$/.test(c.tagName) || /cell|header/.test(R.attr(c, 'role'))).map((c) => R.textOf(c).slice(0, 120));
    const isHead = (r) => r.children.length && [...r.children].every((c) => c.tagName === 'TH' || R.attr(c, 'role') === 'columnheader');
    const head = lines.find(isHead);
    return { headers: head ? cells(head) : [], rows: lines.filter((r) => r !== head && !isHead(r)).slice(0, 20).map(cells) };
  }
  function take(mode, el) {                               // null where nothing of the kind is there
    const target = wanted(mode, el);
    if (!target) return null;
    const fp = R.fingerprint(target), text = saidBy(mode === 'output' ? el : target);
    const whole = T() && mode === 'output' ? T().textOf(target) : text, table = mode === 'table';
    if (mode === 'output' && T()) fp.label = fp.label || T().captionOf(target);
    return { mode, text, whole, element: { ...fp, unique: R.uniqueness(target) }, row: R.rowDetails(target), ref: R.refOf(target),
      table: table ? tableSeen(target) : null, pager: table ? pagerOf(target) : null,
      proposal: (fp.row && fp.row.column) || fp.label || fp.heading || (table ? 'table' : 'value') };
  }
  // Blank space says nothing by itself: what it holds is a form, or most of the page.
  const region = (el) => ![...el.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) && R.capability(el) === 'none'
    && (R.fieldsIn(el).length > 0 || el.offsetWidth * el.offsetHeight > innerWidth * innerHeight / 4);
  globalThis.__rpaPicking = { box, wanted, take, region };
})();
