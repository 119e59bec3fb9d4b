// What texts a page shows, what stands beside each, and how one of them, or a whole table, is found again and read.
// Lives beside page.js; a recording has it from the start, a run loads it when its first read step comes.
(() => {
  if (globalThis.__rpaTexts || !globalThis.__rpa) return;
  const R = globalThis.__rpa;
  const LONGEST = 160, MOST_OPTIONS = 31;
  const INLINE = new Set(['A', 'B', 'I', 'EM', 'STRONG', 'SPAN', 'SMALL', 'U', 'ABBR', 'CODE', 'SUB', 'SUP', 'MARK', 'FONT', 'BDI', 'TIME', 'DATA', 'VAR', 'KBD', 'SAMP', 'INS', 'OUTPUT', 'TT', 'Q']);
  const UNSAID = new Set(['SCRIPT', 'STYLE', 'NOSCRIPT', 'OPTION', 'TEXTAREA', 'TEMPLATE', 'TITLE', 'BUTTON']);
  const WORTH = /\d|\p{L}{6}|["“„«「]/u;
  const clean = (s, max = 2000) => (s || '').replace(/\s+/g, ' ').trim().slice(0, max);
  const role = (el) => R.attr(el, 'role');
  const isCell = (el) => el.tagName === 'TD' || el.tagName === 'TH' || /^(grid)?cell$|^rowheader$/.test(role(el));
  const isField = (el) => ['INPUT', 'TEXTAREA', 'SELECT'].includes(el.tagName);
  const inside = (el) => (el.nodeType === 9 ? el.documentElement : el);
  const textOf = (el) => {
    if (isField(el)) return clean(R.value(el));
    const t = R.textOf(el);
    return t.length < 300 ? t : clean(el.textContent);
  };

  // What is typed keeps its white space and its lines, so that it can be typed again as it is.
  const heldBy = (el) => (el.tagName === 'INPUT' || el.tagName === 'TEXTAREA' ? R.value(el).slice(0, 20000) : textOf(el));

  // ---- what labels a text ------------------------------------------------------------------------------------
  const bare = (s) => clean(s, 60).replace(/\s*[:：]\s*$/, '');
  function labelText(n) {                              // the text of something that may label what follows it
    if (!n) return '';
    const t = n.nodeType === 3 ? clean(n.data, 61) : n.nodeType === 1 && !isField(n) ? R.textOf(n) : '';
    return t && t.length <= 60 && !/\d{2,}/.test(t) ? t : '';
  }
  function captionOf(el) {
    if (isField(el)) return R.name(el);
    if (isCell(el)) return cellCaption(el);
    if (el.tagName === 'DD') {
      for (let s = el.previousElementSibling; s; s = s.previousElementSibling) if (s.tagName === 'DT') return bare(R.textOf(s));
      return '';
    }
    if (R.attr(el, 'aria-labelledby')) return bare(R.name(el));
    let before = el.previousSibling;
    while (before && before.nodeType !== 1 && !clean(before.data)) before = before.previousSibling;
    const said = labelText(before);
    if (!said) return '';
    if (/[:：]$/.test(said) || ['LABEL', 'DT', 'TH'].includes(before.tagName)) return bare(said);
    // Two things side by side, the first of them short and without figures: a name and its value.
    const parent = el.parentElement;
    return before.nodeType === 1 && parent && parent.children.length === 2 && !before.matches('a,button,h1,h2,h3') ? bare(said) : '';
  }
  function cellCaption(cell) {
    const row = cell.parentElement;
    if (!row) return '';
    const details = R.rowDetails(cell);
    if (details && details.own >= 0 && details.headers[details.own]) return bare(details.headers[details.own]);
    const first = [...row.children].find(isCell);
    if (!first || first === cell) return '';
    const headed = first.tagName === 'TH' || role(first) === 'rowheader' || row.children.length === 2;
    return headed ? bare(labelText(first)) : '';
  }

  // ---- the texts of a page -----------------------------------------------------------------------------------
  const rowLike = (n) => n.tagName === 'LI' || ['listitem', 'row', 'option'].includes(role(n));
  // A line of text: nothing in it that begins a line of its own.
  const plain = (el) => !/^(BODY|HTML|MAIN|SECTION|ARTICLE|FORM|FIELDSET|HEADER|FOOTER|ASIDE|UL|OL|TABLE|TR)$/.test(el.tagName)
    && [...el.children].every((c) => INLINE.has(c.tagName) || /^(BR|IMG|svg|LABEL|INPUT)$/.test(c.tagName));
  function lifted(el) {                                // the element that a text belongs to: its cell, its line, its sentence
    const cell = R.closest(el, (n) => isCell(n) || n.tagName === 'DD');
    if (cell && R.textOf(cell).length <= 80) return cell;
    let at = el;
    while (INLINE.has(at.tagName) && at.parentElement && !captionOf(at) && !rowLike(at.parentElement) && plain(at.parentElement)) at = at.parentElement;
    return at;
  }
  function* nodesOf(root) {
    const walk = document.createTreeWalker(inside(root), NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (n) => (
      n.nodeType === 1 && (UNSAID.has(n.tagName) || n.tagName === 'NAV' || n.hidden) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT));
    for (let n = walk.nextNode(); n; n = walk.nextNode()) {
      yield n;
      if (n.nodeType === 1 && n.shadowRoot) yield* nodesOf(n.shadowRoot);
    }
  }
  function* spots(also = () => false) {                // every text that may be worth reading, with its element
    const seen = new Set();
    for (const n of nodesOf(document)) {
      let el = null;
      if (n.nodeType === 3) {
        if (n.data.length < 2 || !n.parentElement || !(WORTH.test(n.data) || also(n.parentElement))) continue;
        el = lifted(n.parentElement);
      } else if (n.tagName === 'INPUT' || n.tagName === 'TEXTAREA') {
        if (/^(password|hidden|checkbox|radio|file|submit|button|reset|image|color|range)$/.test(n.type) || R.veiled.has(n) || /one-time|cc-|password/.test(R.attr(n, 'autocomplete'))) continue;
        if (!WORTH.test(n.value)) continue;
        el = n;
      }
      if (!el || seen.has(el)) continue;
      seen.add(el);
      const text = textOf(el);
      if (text.length < 2 || text.length > LONGEST || !R.visible(el)) continue;
      yield [el, text];
      if (!isField(el) && INLINE.has(el.tagName) && el.parentElement && !isCell(el.parentElement)) {
        let block = el.parentElement;                  // "Order: <b>4711</b> was created" is a sentence too
        while (INLINE.has(block.tagName) && block.parentElement) block = block.parentElement;
        const whole = seen.has(block) || !plain(block) ? '' : textOf(block);
        if (whole.length > text.length + 3 && whole.length <= LONGEST) { seen.add(block); yield [block, whole]; }
      }
    }
  }
  // What a line of text sets apart: bold, quoted, code; in sentences of the application only.
  const partsOf = (el) => (el.firstElementChild && !isField(el) && plain(el) ? [...el.children].filter((c) => INLINE.has(c.tagName)).slice(0, 6).map(textOf).filter((t) => t && t.length <= 80) : []);
  const KEPT = ['tag', 'role', 'capability', 'type', 'test_id', 'id', 'name_attr', 'classes', 'generated', 'landmark', 'form', 'heading', 'dialog', 'path', 'index', 'in_data', 'frames', 'shadow'];
  function described(el) {                             // as a fingerprint, as far as a text is recognised by it
    const fp = R.fingerprint(el), out = {};
    for (const k of KEPT) out[k] = fp[k];
    out.label = captionOf(el);
    if (fp.row) out.row = { key: '', column: fp.row.column, index: fp.row.index, count: fp.row.count };
    return out;
  }

  // ---- finding one again -------------------------------------------------------------------------------------
  function everywhere(css, root = document, out = []) {
    out.push(...root.querySelectorAll(css));
    for (const el of root.querySelectorAll('*')) {
      if (el.shadowRoot) everywhere(css, el.shadowRoot, out);
      else if (el.tagName === 'IFRAME') { try { if (el.contentDocument) everywhere(css, el.contentDocument, out); } catch { /* not ours to read */ } }
    }
    return out;
  }
  function votesOf(el, v, around, key) {
    let votes = 0, fp = null;
    const row = key ? R.recordOf(el) : null;
    if (key && !(row && R.rowHolds(row, key))) return [0, null];
    const text = textOf(el);
    if (around) { if (!around.test(text)) return [0, null]; votes += 1; }
    if (v.test_id && R.attr(el, 'data-testid') === v.test_id) votes += 1;
    if (v.id && el.id === v.id) votes += 1;
    if (v.name_attr && R.attr(el, 'name') === v.name_attr) votes += 1;
    if (v.label && captionOf(el) === v.label) votes += 1;
    if (!v.label && v.classes.length && v.classes.every((c) => el.classList.contains(c))) votes += 1;
    if (!v.label && !around) {                         // nothing names it: its place under its heading must
      fp = R.fingerprint(el, { rowKey: key });
      if (fp.path === v.path && (key ? fp.index === v.index : fp.heading === (v.heading || ''))) votes += 1;
    }
    return [votes, fp];
  }
  function find(variants, key, source) {
    const around = source ? new RegExp(`^(?:${source})$`, 'is') : null;
    const hits = [];
    variants.forEach((v, variant) => {
      const voters = ['test_id', 'id', 'name_attr', 'label'].filter((k) => v[k]).length + (around ? 1 : 0)
        + (!v.label && v.classes.length ? 1 : 0) + (!v.label && !around ? 1 : 0);
      let list = [];
      for (const el of everywhere(v.tag)) {
        if (UNSAID.has(el.tagName) && !isField(el)) continue;
        const [votes, fp] = votesOf(el, v, around, key);
        if (votes && R.visible(el)) list.push([el, votes, fp]);
      }
      // Of elements in one another that say the same, the innermost says it.
      list = list.filter(([el, n]) => !list.some(([other, m]) => other !== el && el.contains(other) && m >= n));
      const best = Math.max(0, ...list.map(([, n]) => n));
      const top = list.filter(([, n]) => n === best).slice(0, 6);
      for (const [el, votes, fp] of top) {
        const found = fp || R.fingerprint(el, { rowKey: key });
        hits.push({ variant, votes, voters, rivals: top.length - 1, place: false, candidate: {
          ref: R.refOf(el), fingerprint: { ...found, name: '', label: captionOf(el), text: heldBy(el) },
          visible: true, enabled: true, covered_by: '', expanded: null, haspopup: false, selected: null } });
      }
    });
    return hits;
  }

  // ---- tables ------------------------------------------------------------------------------------------------
  const tableOf = (el) => R.closest(el, (n) => n.tagName === 'TABLE' || ['table', 'grid', 'treegrid'].includes(role(n)));
  const lines = (table) => everywhere('tr,[role=row]', table).filter((r) => tableOf(R.parentOf(r)) === table && R.partsOf(r)[0] === r);
  const cellsIn = (line) => R.partsOf(line).flatMap(cellsOfPart);
  const cellsOfPart = (line) => [...line.querySelectorAll('td,th,[role=cell],[role=gridcell],[role=columnheader],[role=rowheader]')].filter((c) => R.closest(R.parentOf(c), (n) => n.tagName === 'TR' || role(n) === 'row') === line);
  const isHead = (line) => {
    if (line.closest('thead')) return true;
    const cells = cellsIn(line);
    return cells.length > 0 && cells.every((c) => role(c) === 'columnheader' || (c.tagName === 'TH' && R.attr(c, 'scope') !== 'row'));
  };
  function said(cell) {
    const text = R.textOf(cell);
    if (text) return text.length < 300 ? text : clean(cell.textContent);
    const field = cell.querySelector('input:not([type=hidden]):not([type=password]),select,textarea');
    return field && !R.veiled.has(field) ? clean(R.value(field)) : '';
  }
  function spread(line, held) {                        // a line as columns: merged cells count for each they cover
    const out = [];
    const push = (text) => { while (held[out.length] > 0) { held[out.length]--; out.push(held.texts[out.length]); } out.push(text); };
    for (const cell of cellsIn(line)) {
      const text = said(cell), wide = Math.min(cell.colSpan || 1, 100), high = Math.min(cell.rowSpan || 1, 1000);
      for (let i = 0; i < wide; i++) {
        push(text);
        if (high > 1) { held[out.length - 1] = high - 1; held.texts[out.length - 1] = text; }
      }
    }
    while (held[out.length] > 0) { held[out.length]--; out.push(held.texts[out.length]); }
    return out;
  }
  function records(ref) {
    const el = R.resolve(ref), table = el && (tableOf(el) || el);
    if (!table) return null;
    const all = lines(table);
    const held = Object.assign([], { texts: [] }), heads = all.filter(isHead), rows = [];
    let headers = [], last = null;
    for (const line of heads) {                        // of several lines of headers the lower ones say more
      const cells = spread(line, held);
      headers = cells.map((t, i) => (headers[i] && headers[i] !== t && t ? `${headers[i]} ${t}` : t || headers[i] || ''));
    }
    const body = Object.assign([], { texts: [] });
    for (const line of all) {
      if (heads.includes(line) || line.closest('tfoot') || !R.visible(line)) continue;
      const cells = cellsIn(line);
      if (!cells.length || (cells.length === 1 && (cells[0].colSpan || 1) > 1)) continue;   // "No records", a group's title
      rows.push(spread(line, body).slice(0, 200));
      last = line;
    }
    return { headers: headers.map((h) => h.slice(0, 80)), rows, last: last ? R.refOf(last) : '' };
  }

  // ---- what a choice was among -------------------------------------------------------------------------------
  function offered(el) {
    if (el.tagName === 'SELECT' && !el.multiple) {
      return { options: [...el.options].filter((o) => !o.disabled && !o.hidden && (o.value !== '' || o.index > 0)).slice(0, MOST_OPTIONS).map((o) => clean(o.label || o.text, 120)) };
    }
    if (R.role(el) === 'option') {
      const list = R.closest(el, (n) => role(n) === 'listbox' || n.tagName === 'DATALIST');
      return { options: list ? R.beneath(list, '[role=option]').slice(0, MOST_OPTIONS).map((o) => R.name(o)).filter(Boolean) : [] };
    }
    if (R.role(el) !== 'radio') return {};
    const group = R.closest(el, (n) => role(n) === 'radiogroup' || n.tagName === 'FIELDSET');
    const native = el.tagName === 'INPUT' && el.name;
    const all = native ? [...el.getRootNode().querySelectorAll('input[type=radio]')].filter((r) => r.name === el.name && r.form === el.form)
      : group ? R.beneath(group, '[role=radio],input[type=radio]') : [];
    const legend = group && group.tagName === 'FIELDSET' ? group.querySelector(':scope > legend') : null;
    const called = legend ? R.textOf(legend) : group ? R.attr(group, 'aria-label') || (R.attr(group, 'aria-labelledby') && R.name(group)) || '' : '';
    return { options: all.slice(0, MOST_OPTIONS).map((r) => R.name(r)).filter(Boolean), option_of: called || el.name || '' };
  }

  globalThis.__rpaTexts = {
    captionOf, described, spots, lifted, partsOf, textOf, offered,
    find: (...args) => R.look(() => find(...args)), records: (ref) => R.look(() => records(ref)),
  };
})();
