// What is recorded is what is compared: one in-page script computes fingerprints for recorder, guard and matcher.
// It runs in an isolated world, reads the page and never changes it.
(() => {
  if (globalThis.__rpa) return;

  const TEXT_TYPES = new Set(['', 'text', 'search', 'email', 'url', 'tel', 'number', 'password', 'date', 'time', 'month',
    'week', 'datetime-local', 'color', 'range']);
  const TEST_IDS = ['data-testid', 'data-test-id', 'data-test', 'data-qa', 'data-cy'];
  const CLICK_ROLES = new Set(['button', 'link', 'menuitem', 'menuitemcheckbox', 'menuitemradio', 'tab', 'option', 'treeitem']);
  const CHECK_ROLES = new Set(['checkbox', 'radio', 'switch']);
  const INTERACTIVE = 'a[href],area[href],button,input:not([type=hidden]),select,textarea,summary,[contenteditable=""],[contenteditable=plaintext-only],'
    + '[contenteditable=true],[role],[tabindex],[onclick],label[for]';
  const LANDMARKS = { main: 'main', nav: 'navigation', header: 'banner', footer: 'contentinfo', aside: 'complementary' };
  const HEADINGS = 'h1,h2,h3,h4,h5,h6,[role=heading],legend,caption';

  const clean = (s, max = 120) => (s || '').replace(/\s+/g, ' ').trim().slice(0, max);
  const attr = (el, name) => el.getAttribute(name) || '';
  // The tree as it is drawn: what a component was given lies in the place that it keeps for it.
  const parentOf = (n) => n.assignedSlot || n.parentElement || (n.parentNode && n.parentNode.host) || null;
  const rootOf = (el) => el.getRootNode();
  const byId = (el, id) => { const r = rootOf(el); return r.getElementById ? r.getElementById(id) : null; };

  // ---- one look: within one call from outside the page stands still, so each question is answered once ----------
  const answers = [];
  let calls = 0;
  function memo(fn) {
    const known = new Map();
    answers.push(known);
    return (key) => {
      if (!calls) return fn(key);                      // asked from outside of a look: nothing says when it ends
      let answer = known.get(key);
      if (answer === undefined) known.set(key, answer = fn(key));
      return answer;
    };
  }
  const forget = () => { for (const known of answers) known.clear(); };
  const once = (fn) => (...args) => {
    if (!calls && lasting) stood();
    if (!calls++) looked = turns;
    try { return fn(...args); } finally { if (!--calls && !lasting) forget(); }
  };
  // While a recording goes on, answers last as long as the page does not change. Changes inside frames and shadow roots
  // cannot be seen from here: where there are any, nothing lasts.
  let lasting = false, stirred = true;
  function stood() {
    stir(watch.takeRecords());
    if (!stirred) return;
    forget();
    stirred = false;
    if (document.querySelector('iframe,frame') || innerRoots(document).length) lasting = false;
  }
  const last = () => { if (!lasting && !document.querySelector('iframe,frame')) { lasting = true; stirred = true; } };

  function nodes(root, css) {                          // open shadow roots and same-origin frames included
    const out = [...root.querySelectorAll(css)];
    for (const within of innerRoots(root)) for (const el of nodes(within, css)) out.push(el);
    return out;
  }
  const innerRoots = memo((root) => {
    const out = [], walk = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT);
    for (let el = walk.nextNode(); el; el = walk.nextNode()) {
      if (el.shadowRoot) out.push(el.shadowRoot);
      else if (el.tagName === 'IFRAME' || el.tagName === 'FRAME') {
        const doc = inner(el);
        if (doc) out.push(doc);
      }
    }
    return out;
  });
  function beneath(box, css) {                         // what is drawn in a box: its own shadow root and what its places were given included
    const out = new Set();
    const visit = (root) => {
      for (const el of root.querySelectorAll(css)) out.add(el);
      for (const slot of root.querySelectorAll('slot')) {
        for (const given of slot.assignedElements()) { if (given.matches(css)) out.add(given); visit(given); }
      }
      innerRoots(root).forEach(visit);
    };
    visit(box);
    if (box.shadowRoot) visit(box.shadowRoot);
    return [...out];
  }
  function inner(frame) { try { return frame.contentDocument; } catch { return null; } }   // another origin: not ours to read

  function closest(el, test) { for (let n = el; n; n = parentOf(n)) if (test(n)) return n; return null; }
  function nearest(test) {                             // as closest, for tests that are asked of many elements
    const above = memo((n) => {
      if (test(n)) return n;
      const p = parentOf(n);
      return p ? above(p) : null;
    });
    return above;
  }

  // ---- role, name, capability -------------------------------------------------------------------------------
  const role = memo((el) => {
    const given = attr(el, 'role').trim().split(/\s+/)[0];
    if (given && given !== 'presentation' && given !== 'none') return given;
    const tag = el.tagName.toLowerCase();
    switch (tag) {
      case 'a': case 'area': return el.hasAttribute('href') ? 'link' : '';
      case 'button': case 'summary': return 'button';
      case 'select': return el.multiple || el.size > 1 ? 'listbox' : 'combobox';
      case 'textarea': return 'textbox';
      case 'option': return 'option';
      case 'img': return 'img';
      case 'dialog': return 'dialog';
      case 'tr': return 'row'; case 'td': return 'cell'; case 'th': return 'columnheader';
      case 'li': return 'listitem';
      case 'input': {
        const t = (el.type || 'text').toLowerCase();
        if (['button', 'submit', 'reset', 'image'].includes(t)) return 'button';
        if (t === 'checkbox' || t === 'radio') return t;
        if (t === 'number') return 'spinbutton';
        if (t === 'range') return 'slider';
        if (t === 'search') return 'searchbox';
        if (t === 'file') return 'file';
        return attr(el, 'list') ? 'combobox' : 'textbox';
      }
      default: return /^h[1-6]$/.test(tag) ? 'heading' : attr(el, 'contenteditable') && el.isContentEditable ? 'textbox' : '';
    }
  });

  const capability = memo((el) => {
    const tag = el.tagName.toLowerCase(), r = role(el), t = (el.type || '').toLowerCase();
    if (tag === 'input' && t === 'file') return 'upload';
    if (tag === 'select') return 'select';
    if (CHECK_ROLES.has(r)) return 'check';
    if (tag === 'textarea' || (tag === 'input' && TEXT_TYPES.has(t)) || (el.hasAttribute('contenteditable') && el.isContentEditable)) return 'fill';
    if (r === 'combobox' || r === 'listbox') return 'select';
    if (r === 'textbox' || r === 'searchbox' || r === 'spinbutton' || r === 'slider') return 'fill';
    if (CLICK_ROLES.has(r) || tag === 'button' || el.hasAttribute('onclick') || tag === 'label') return 'click';
    const ti = el.getAttribute('tabindex');
    if (ti !== null && Number(ti) >= 0) return 'click';
    return 'none';
  });

  const labelled = memo((root) => {                    // control -> its labels; asking each control walks the page each time
    const of = new Map();
    for (const l of root.querySelectorAll('label')) if (l.control) of.has(l.control) ? of.get(l.control).push(l) : of.set(l.control, [l]);
    return of;
  });
  const labelsOf = (el) => labelled(rootOf(el)).get(el) || [];      // a component may be labelled too
  // Ids are given twice by mistake: of several labels those in another field's row are that one's.
  function ownLabels(el) {
    const labels = labelsOf(el), row = labels.length > 1 && el.closest('tr');
    const own = row ? labels.filter((l) => l.closest('tr') === row || !l.closest('tr') || !l.closest('tr').querySelector('input:not([type=hidden]),select,textarea')) : labels;
    return own.length ? own : labels;
  }
  const labelOf = memo((el) => {
    const labels = ownLabels(el);
    if (labels.length) return clean([...new Map(labels.map((l) => textOf(l, el)).map((t) => [t.replace(/[\s:：*]+$/, ''), t])).values()].join(' '));
    const field = standsFor(el), called = field && labelOf(field);
    if (called) return called;
    const host = hostOf(el), whole = host && (labelOf(host) || clean(attr(host, 'aria-label')));
    if (whole) return whole;
    const by = attr(el, 'aria-labelledby');
    if (by) return clean(by.split(/\s+/).map((id) => { const n = byId(el, id); return n ? textOf(n) : ''; }).join(' '));
    return el.nodeType === 1 && !attr(el, 'aria-label') && ['fill', 'select', 'check', 'upload'].includes(capability(el)) ? headOf(el) : '';
  });
  // A component's only field is called as the component is, where it has no name of its own.
  const hostOf = memo((el) => {
    const root = el.nodeType === 1 && rootOf(el), named = ['aria-label', 'aria-labelledby', 'title', 'placeholder'].some((a) => root && attr(el, a));
    if (!root || !root.host || named || !/^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName)) return null;
    return root.querySelectorAll('input:not([type=hidden]),textarea,select').length === 1 ? root.host : null;
  });
  // A list made by a script stands beside, or around, the field that it took the place of, and is called as that field is.
  const cutAway = (style) => /^rect\((0|1)(px)?[ ,]/.test(style.clip) || /^inset\((50|100)%/.test(style.clipPath);
  const unseen = (el) => { const b = el.getBoundingClientRect(); return !visible(el) || (b.width <= 1 && b.height <= 1) || attr(el, 'aria-hidden') === 'true' || cutAway(getComputedStyle(el)); };
  const standsFor = memo((el) => {
    if (attr(el, 'role') !== 'combobox' && attr(el, 'role') !== 'listbox' && !attr(el, 'aria-haspopup')) return null;
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(el.tagName)) return null;
    for (let n = el, up = 0; n && n.tagName !== 'BODY' && n.tagName !== 'FORM' && up < 4; n = parentOf(n), up++) {
      const field = [n.previousElementSibling, ...(n === el ? [] : n.children), n.nextElementSibling].find((c) => c && c.tagName === 'SELECT' && unseen(c));
      if (field) return field;
    }
    return null;
  });
  function headOf(el) {                                // forms laid out as tables: the head of the row calls its only field
    const cell = closest(el, (n) => n.tagName === 'TD' || n.tagName === 'TABLE');
    const head = cell && cell.tagName === 'TD' ? cell.previousElementSibling : null;
    const held = (box) => box.querySelectorAll('input:not([type=hidden]),select,textarea').length;
    if (!head || held(cell) > 1) return '';
    const cells = [...cell.parentElement.children], paired = cells.length % 2 === 0 && cells.every((c, i) => (i % 2 ? held(c) === 1 : !held(c)));
    if (!paired && held(cell.parentElement) > 1) return '';       // caption, field, caption, field: two pairs in one row
    const alone = paired || cells.length === 2 || head.tagName === 'TH';
    return alone && attr(head, 'scope') !== 'col' && !head.querySelector('input,select,textarea,a,button') ? clean(textOf(head).replace(/[:：*]\s*$/, ''), 60) : '';
  }

  const LISTS = /^(UL|OL|listbox|list|menu|option|BUTTON|button)$/;
  const UNSPOKEN = new Set(['SCRIPT', 'STYLE', 'SELECT', 'TEXTAREA', 'INPUT', 'IMG', 'AREA', 'SLOT', 'svg']);
  const textOf = (el, except) => (except ? read(el, except, LISTS) || read(el, except) : text(el));      // what a field may hold is not what it is called
  const text = memo((el) => read(el));
  function read(el, except, leave) {                          // rendered text without form values, pictures by their alt
    if (!el.firstElementChild && !el.shadowRoot && !el.hidden && !UNSPOKEN.has(el.tagName) && attr(el, 'aria-hidden') !== 'true') {
      return clean(el.textContent, 300);
    }
    let out = '';
    const visit = (n) => {
      if (n === except) return;
      if (n.nodeType === 3) { out += n.data; return; }
      if (n.nodeType !== 1) return;
      const tag = n.tagName;
      if (tag === 'SCRIPT' || tag === 'STYLE' || tag === 'SELECT' || tag === 'TEXTAREA' || attr(n, 'aria-hidden') === 'true') return;
      if (tag === 'DATALIST' || (leave && leave.test(attr(n, 'role') || tag))) return;
      if (n.hidden) return;
      if (tag === 'INPUT' || (n !== el && edited(n))) return;
      if (tag === 'IMG' || tag === 'AREA') { out += ' ' + attr(n, 'alt') + ' '; return; }
      if (n !== el && attr(n, 'aria-label')) { out += ' ' + attr(n, 'aria-label') + ' '; return; }
      if (tag === 'svg') { const t = n.querySelector('title'); if (t) out += ' ' + t.textContent + ' '; return; }
      const block = !INLINE.has(tag);
      if (block) out += ' ';
      if (tag === 'SLOT') { const given = n.assignedNodes(); (given.length ? given : n.childNodes).forEach(visit); }
      else (n.shadowRoot || n).childNodes.forEach(visit);
      if (block) out += ' ';
    };
    visit(el);
    return clean(out, 300);
  }
  const edited = (n) => n.hasAttribute('contenteditable') && attr(n, 'contenteditable') !== 'false';      // what stands there is a value
  const INLINE = new Set(['A', 'B', 'I', 'EM', 'STRONG', 'SPAN', 'SMALL', 'U', 'ABBR', 'CODE', 'SUB', 'SUP', 'MARK', 'FONT', 'SLOT']);

  const name = memo((el) => {                          // after the accessible name computation, in its order
    const behind = standsFor(el), called = behind && labelOf(behind);
    if (called) return called;                         // what it says itself is what was chosen
    const by = attr(el, 'aria-labelledby');
    if (by) { const s = labelOf({ labels: null, getAttribute: (n) => el.getAttribute(n), getRootNode: () => el.getRootNode() }); if (s) return s; }
    const aria = clean(attr(el, 'aria-label'));
    if (aria) return aria;
    const tag = el.tagName.toLowerCase(), t = (el.type || '').toLowerCase();
    if (tag === 'input' && ['submit', 'button', 'reset'].includes(t)) return clean(el.value) || (t === 'submit' ? 'Submit' : t === 'reset' ? 'Reset' : '');
    if (tag === 'input' && t === 'image') return clean(attr(el, 'alt') || el.value || attr(el, 'title')) || 'Submit';
    if (tag === 'img' || tag === 'area') return clean(attr(el, 'alt') || attr(el, 'title'));
    if (labelsOf(el).length || hostOf(el)) { const s = labelOf(el); if (s) return s; }
    if (tag === 'input' || tag === 'textarea' || tag === 'select' || capability(el) === 'fill') return clean(attr(el, 'title') || attr(el, 'placeholder'));
    return (holder(el) ? '' : textOf(el).slice(0, 120)) || clean(attr(el, 'title'));
  });
  // What holds many parts is not called by what they say.
  const HOLDERS = /^(grid|treegrid|table|list|listbox|tree|menu|menubar|tablist|radiogroup|toolbar|group|region|main|form|navigation|feed|application)$/;
  const holder = (el) => HOLDERS.test(role(el))
    || (el.childElementCount >= 4 && capability(el) === 'none' && !ROWS(el) && !/^(H[1-6]|P|TD|TH|DD|DT)$/.test(el.tagName) && textOf(el).length > 80);

  // ---- visibility ------------------------------------------------------------------------------------------
  // A part of an image map has no box of its own: it lies where its image lies.
  function boxOf(el) {
    if (el.tagName !== 'AREA') return el.getBoundingClientRect();
    const img = pictureOf(el), b = img && img.getBoundingClientRect();
    if (!b) return new DOMRect();
    const n = attr(el, 'coords').split(/[\s,]+/).map(Number);
    if (/^circ/i.test(attr(el, 'shape'))) return new DOMRect(b.x + n[0] - n[2], b.y + n[1] - n[2], 2 * n[2], 2 * n[2]);
    if (n.length < 4 || n.some(Number.isNaN)) return b;
    const xs = n.filter((_, i) => i % 2 === 0), ys = n.filter((_, i) => i % 2);
    return new DOMRect(b.x + Math.min(...xs), b.y + Math.min(...ys), Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
  }
  function pictureOf(area) {
    const map = area.closest('map');
    return map && rootOf(area).querySelector(`img[usemap="#${CSS.escape(map.name)}"],object[usemap="#${CSS.escape(map.name)}"]`);
  }
  function visible(el) {
    if (el.tagName === 'OPTION') return true;
    if (el.tagName === 'AREA') { const img = pictureOf(el); return !!img && visible(img); }
    if (el.tagName === 'INPUT' && (el.type === 'checkbox' || el.type === 'radio') && labelsOf(el).some(visible)) return true;
    if (el.checkVisibility && !el.checkVisibility({ checkOpacity: false, checkVisibilityCSS: true })) return false;
    const b = el.getBoundingClientRect();
    return b.width > 0 && b.height > 0;
  }
  const enabled = (el) => !(el.disabled || attr(el, 'aria-disabled') === 'true' || closest(el, (n) => n.tagName === 'FIELDSET' && n.disabled));

  function coveredBy(el) {                             // words of what lies over the middle of the element
    if (el.tagName === 'AREA') return '';
    if (handleOf(el) !== el) return coveredBy(handleOf(el));
    const b = el.getBoundingClientRect();
    const x = b.x + b.width / 2, y = b.y + b.height / 2;
    if (x < 0 || y < 0 || x > innerWidth || y > innerHeight) return '';
    const r = rootOf(el);
    const top = r.elementFromPoint ? r.elementFromPoint(x, y) : null;
    if (!top || top === el || el.contains(top) || top.contains(el)) return '';
    if (labelsOf(el).some((l) => l.contains(top)) || (el.closest('label') && el.closest('label').contains(top))) return '';
    return textOf(closest(top, (n) => ['fixed', 'absolute', 'sticky'].includes(getComputedStyle(n).position)) || top).slice(0, 160) || top.tagName;
  }

  // ---- context ---------------------------------------------------------------------------------------------
  const ROWS = (n) => n.tagName === 'TR' || ['row', 'listitem', 'option'].includes(attr(n, 'role')) || n.tagName === 'LI';
  // A table that lays out the page: the page's own title stands in one of its cells, and forms or many links in another.
  const layout = memo((table) => {
    if (/^(presentation|none)$/.test(attr(table, 'role'))) return true;
    if (attr(table, 'role') || table.caption || table.tHead) return false;
    const title = table.ownerDocument.querySelector('h1,h2'), cell = title && table.contains(title) && title.closest('td');
    const rows = [...table.rows], cells = rows.flatMap((r) => [...r.cells]);
    if (!cell || cell.closest('table') !== table || cells.some((c) => c.tagName === 'TH') || rows.some((r, i) => rows.some((o, k) => k < i && busy(r) && busy(o) && builtAlike(r, o)))) return false;
    return cells.some((c) => c !== cell && (!!c.querySelector('table') || c.querySelectorAll('a[href]').length > 3));
  });
  const busy = (row) => !!row.querySelector(PRESSED);
  const ofLayout = memo((n) => (n.tagName === 'TD' || n.tagName === 'TR') && !!n.closest('table') && layout(n.closest('table')));
  // A form laid out as a table or a list: what calls a field beside it, and the button that sends it. None of it is a record.
  const TYPED = 'input:not([type=hidden],[type=checkbox],[type=radio],[type=submit],[type=button],[type=image],[type=reset]),select,textarea';
  const fieldLine = memo((n) => {                      // a label, its field; once, or several pairs side by side
    if (n.tagName !== 'TR' || headerRow(n.closest('table'))) return false;
    const cells = [...n.children], pair = (c, i) => !c.querySelector('input,select,textarea,button,a') && !!clean(c.textContent) && !!cells[i + 1].querySelector(TYPED);
    const called = cells.filter((c, i) => i % 2 === 0);
    if (cells.length === 2) return pair(cells[0], 0);
    return cells.length > 2 && cells.length % 2 === 0 && called.every((c, i) => (c.tagName === 'TH' || !!c.querySelector('label')) && pair(c, 2 * i));
  });
  const formTable = memo((body) => [...body.children].some(fieldLine) && [...body.children].every((r) => fieldLine(r) || onlySends(r) || !textOf(r)));
  // One label and one name for each field: what is called or sent alike on every line is a record's.
  const formList = memo((list) => {
    const lines = [...list.children].filter((c) => c.tagName === 'LI' || c.tagName === 'DD'), fields = lines.flatMap((l) => [...l.querySelectorAll(TYPED)]);
    const called = fields.map((f) => labelOf(f).replace(/\d+/g, '#')), sent = fields.map((f) => attr(f, 'name').replace(/\d+/g, '#'));
    return fields.length > 0 && !!list.closest('form') && [called, sent].every((all) => all.every(Boolean) && new Set(all).size === all.length)
      && lines.every((l) => onlySends(l) || [...l.querySelectorAll('input:not([type=hidden]),select,textarea')].some((f) => labelsOf(f).length) || labelsHidden(l));
  });
  // A field that opens a chooser: what it sends is hidden, its label is not.
  const labelsHidden = (line) => [...line.querySelectorAll('label[for]')].some((b) => [...line.querySelectorAll('input[type=hidden][name]')].some((f) => f.id && f.id === attr(b, 'for')));
  const SENDERS = 'input[type=submit],input[type=image],button:not([type=button],[type=reset])';
  function onlySends(line) {                           // buttons, and no word beside them
    const said = [...line.querySelectorAll('a,button')].reduce((t, b) => t.replace(clean(b.textContent), ''), clean(line.textContent));
    return !!line.querySelector(SENDERS) && !line.querySelector(TYPED) && !said.trim();
  }
  const formRow = memo((n) => ofLayout(n) || fieldLine(n) || (n.tagName === 'TR' && !!n.parentElement && onlySends(n) && formTable(n.parentElement))
    || ((n.tagName === 'LI' || n.tagName === 'DD') && !!n.parentElement && formList(n.parentElement)));
  const recordAbove = nearest((n) => (ROWS(n) || isCard(n) || isEntry(n)) && !guide(n) && !formRow(n));
  const rowAbove = (el) => {                           // the row that an element stands in, or is: lines and cards are clicked themselves
    if ((el.tagName === 'TR' || attr(el, 'role') === 'row' || isCard(el)) && !guide(el) && !ofLayout(el)) return el;
    const p = parentOf(el);
    return p ? recordAbove(p) : null;
  };
  // Cards: lists made of plain boxes. Three siblings of one shape that each say several things and are used alike.
  const CARD = /^(DIV|SECTION|ARTICLE|A|[A-Z][A-Z0-9]*-.*)$/, CARD_ROLE = /^(|group|article|region|link)$/;
  const ROW_STATE = /^(active|current|selected|open|closed|first|last|odd|even|hover|focus|disabled|new|is-.*|has-.*)$|\d/i;
  const isCard = (n) => CARD.test(n.tagName) && !!n.parentElement && cardsIn(n.parentElement).has(n);
  const cardsIn = memo((parent) => {
    const cards = new Set(), groups = new Map(), often = new Map();
    if (parent.childElementCount < 3) return cards;
    const boxes = [...parent.children].filter((c) => CARD.test(c.tagName) && CARD_ROLE.test(attr(c, 'role')));
    if (boxes.length < 3) return cards;
    for (const c of boxes) for (const x of c.classList) often.set(x, (often.get(x) || 0) + 1);
    for (const c of boxes) {                           // a class of its own tells of the record, not of the shape
      const own = [...c.classList].filter((x) => !ROW_STATE.test(x) && often.get(x) > 2).sort().join('.');
      const shape = c.tagName + '|' + (own || [...c.children].map((x) => x.tagName).join());
      groups.has(shape) ? groups.get(shape).push(c) : groups.set(shape, [c]);
    }
    for (const group of groups.values()) if (group.length > 2 && areRecords(group)) group.forEach((c) => cards.add(c));
    return cards;
  });
  function areRecords(group) {                         // not the fields of a form, the cells of a line, or the tiles of a menu
    const some = group.slice(0, 6), most = Math.ceil(some.length * 2 / 3);
    if (some.filter((c) => saysSeveral(c)).length < most) return false;
    if (new Set(some.map((c) => clean(c.textContent, Infinity))).size < 2) return false;
    if (group[0].parentElement.tagName === 'DL') return some.every((c) => /\d/.test(c.querySelector('dt')?.textContent || ''));      // as `isEntry`
    if (some.filter((c) => builtAlike(c, some[0])).length < most) return false;
    const fields = some.map((c) => [...c.querySelectorAll(FIELDS)].map(name).join());
    if (fields.some((f) => f !== fields[0])) return false;
    const named = some.map((c) => [...c.querySelectorAll(PRESSED)].map(name).filter(Boolean));
    if (named.filter((n, i) => named.some((m, j) => j !== i && n.some((x) => m.includes(x)))).length >= most) return true;
    if (fields[0]) return true;
    const links = some.map((c) => hrefOf(c) || hrefOf(c.querySelector('a[href]') || c)).filter(Boolean);
    if (!links.length) return !named.flat().length && (some.filter((c) => /\d/.test(c.textContent)).length >= most || pressedAlike(some));
    const shelf = links[0].slice(0, links[0].lastIndexOf('/'));
    return links.length >= most && shelf.length > 1 && links.every((l) => l.slice(0, l.lastIndexOf('/')) === shelf);
  }
  // Signs without words that can be pressed, the same in each: a bin and a star. One alone may be a tile's own picture.
  function pressedAlike(some) {
    const signs = some.map((c) => [...c.querySelectorAll('[class]')].filter((e) => !e.firstElementChild && !e.textContent.trim() && getComputedStyle(e).cursor === 'pointer').map((e) => e.tagName + [...e.classList].filter((x) => !ROW_STATE.test(x)).join('.')).join());
    return signs[0].includes(',') && signs.every((s) => s === signs[0]);
  }
  const FIELDS = 'input:not([type=hidden],[type=submit],[type=button],[type=image]),select,textarea';
  const PRESSED = 'a[href],button,input[type=submit],input[type=button],[role=button],[role=link]';
  const tagsIn = memo((box) => { const n = new Map(); for (const e of box.querySelectorAll('*')) n.set(e.tagName, (n.get(e.tagName) || 0) + 1); return n; });
  function builtAlike(a, b) {
    let shared = 0, all = 0;
    const one = tagsIn(a), other = tagsIn(b);
    for (const t of new Set([...one.keys(), ...other.keys()])) { const x = one.get(t) || 0, y = other.get(t) || 0; shared += 2 * Math.min(x, y); all += x + y; }
    return all > 0 && shared / all >= 0.75;
  }
  function saysSeveral(box) {
    let said = 0;
    const walk = box.ownerDocument.createTreeWalker(box, 4);
    for (let t = walk.nextNode(), last = null; t && said < 2; t = walk.nextNode()) {
      if (t.parentNode !== last && t.data.trim() && !/^(SCRIPT|STYLE|OPTION)$/.test(t.parentNode.tagName)) { said++; last = t.parentNode; }
    }
    return said > 1;
  }
  // A term that is a record's number makes its description a row; any other is the label of a value.
  const isEntry = (n) => n.tagName === 'DD' && !!n.previousElementSibling && /\d/.test(termOf(n)) && n.parentElement.querySelectorAll(':scope > dd').length > 2;
  const termOf = memo((dd) => { for (let s = dd.previousElementSibling; s; s = s.previousElementSibling) if (s.tagName === 'DT') return textOf(s); return ''; });
  const piecesOf = memo((row) => {                     // what a row says, each with the element that says it
    const cells = placesIn(row).filter(isCell);
    if (cells.length) return cells.map((c) => [c, textOf(c).slice(0, 80)]);
    const out = isEntry(row) ? [[row.previousElementSibling, termOf(row).slice(0, 80)]] : [];
    const branch = row.tagName === 'LI' || attr(row, 'role') === 'treeitem';
    const visit = (n) => {
      if (out.length > 20 || n.hidden || UNSPOKEN.has(n.tagName) || attr(n, 'aria-hidden') === 'true') return;
      if (branch && n !== row && (n.tagName === 'UL' || n.tagName === 'OL' || attr(n, 'role') === 'group')) return;      // a tree's branches are rows of their own
      const own = clean([...n.childNodes].filter((c) => c.nodeType === 3).map((c) => c.data).join(' '), 80);
      if (n !== row && (!n.firstElementChild || n.shadowRoot || n.matches(INTERACTIVE) || (own && !n.querySelector(INTERACTIVE)))) {
        const all = textOf(n).slice(0, 80) || (n.matches(INTERACTIVE) ? name(n).slice(0, 80) : '');
        if (all) out.push([n, all]);
        return;
      }
      if (own) out.push([n, own]);
      for (const c of n.children) visit(c);
    };
    visit(row);
    return out;
  });
  const isCell = (c) => c.tagName === 'TD' || c.tagName === 'TH' || /cell|rowheader/.test(attr(c, 'role'));
  const tableOf = (row) => row.closest('table,[role=table],[role=grid],[role=treegrid]');
  // Grids with columns that stay while the others scroll draw one record in several boxes: its number says that they are one.
  const numbered = memo((table) => {
    const parts = new Map();
    for (const r of table.querySelectorAll('[role=row][aria-rowindex]')) {
      const n = attr(r, 'aria-rowindex');
      if (tableOf(r) === table) parts.has(n) ? parts.get(n).push(r) : parts.set(n, [r]);
    }
    return parts;
  });
  const partsOf = memo((row) => {
    const n = attr(row, 'aria-rowindex'), table = n && tableOf(row), parts = (table && numbered(table).get(n)) || [row];
    return parts.length < 4 && new Set(parts.map((p) => p.parentElement)).size === parts.length ? parts : [row];
  });
  const placesIn = memo((row) => partsOf(row).flatMap(membersOf));                      // its cells or headers, of all its boxes
  function membersOf(row) {                            // also those in boxes that only lay them out
    const own = [...row.children];
    if (attr(row, 'role') !== 'row') return own;
    if (own.some(isPlace)) return own.filter(isPlace);          // handles to drag may stand between
    const out = [], visit = (n) => { for (const c of n.children) isPlace(c) ? out.push(c) : /^(|presentation|none|generic)$/.test(attr(c, 'role')) && visit(c); };
    visit(row);
    return out.length ? out : own;
  }
  const isPlace = (c) => isCell(c) || attr(c, 'role') === 'columnheader';
  // What a row's place is headed by: its number tells where only some of the columns are drawn.
  const headsOf = memo((row) => {
    const head = headerRow(tableOf(row)), heads = head && head !== row ? placesIn(head) : [], places = placesIn(row);
    const counted = attr(row, 'role') === 'row' && heads.length > 0 && [...heads, ...places].every((c) => attr(c, 'aria-colindex'));
    return { sure: counted || heads.length === places.length, of: new Map(places.map((c, i) => [c, counted ? heads.find((h) => attr(h, 'aria-colindex') === attr(c, 'aria-colindex'))
      : heads[row.tagName === 'TR' && c.cellIndex >= 0 ? c.cellIndex : i]])) };
  });
  const columnOf = (row, place) => { const h = headsOf(row).of.get(place); return h ? textOf(h).slice(0, 60) : ''; };
  const cellsOf = (row) => piecesOf(row).map(([, t]) => t);
  // A key stands for itself: 7 is neither in 71 nor in RE-7-2 nor in 7,50.
  const wholeWord = memo((wanted) => new RegExp('(^|[\\s(\\[{"\'„“«#:;|·–—])' + wanted.replace(/[.*+?^${}()|[\]\\]/g, '\\$&') + '(?=$|[\\s)\\]}"\'“”»:;|·–—]|[.,!?](\\s|$))'));
  // Where the list has the column that the key stood in, no other column names a record: it may only mention one.
  const keyOf = (wanted) => (wanted && wanted.key) || wanted || '';
  function saysKey(row, wanted) {
    const cells = cellsOf(row), column = (wanted && wanted.column) || '';
    if (column && placesIn(row).some(isCell) && headsOf(row).sure) {
      const at = placesIn(row).map((c, i) => (columnOf(row, c).toLowerCase() === column.toLowerCase() ? i : -1)).filter((i) => i >= 0);
      if (at.length) return holds(at.map((i) => cells[i] || ''), keyOf(wanted));
    }
    return holds(cells, keyOf(wanted));
  }
  const holds = (texts, wanted) => texts.some((t) => t === wanted || wholeWord(wanted).test(t));
  const peersIn = memo((parent) => {                   // tag name -> its elements, each with its place among them
    const peers = new Map();
    for (const c of parent.children) {
      if (!peers.has(c.tagName)) peers.set(c.tagName, new Map());
      peers.get(c.tagName).set(c, peers.get(c.tagName).size);
    }
    return peers;
  });
  function rowOf(el, wanted) {
    const row = rowAbove(el);
    if (!row) return null;
    const texts = cellsOf(row);
    const places = new Set(placesIn(row)), cell = closest(el, (n) => n === row || (places.has(n) && isCell(n)));
    const column = cell && cell !== row ? columnOf(row, cell) : '';
    const peers = peersOf(row);
    const key = wanted && saysKey(row, wanted) ? keyOf(wanted) : texts.find((t) => t && t !== keyOf(wanted)) || '';
    return { key, cells: texts.slice(0, 12), column, index: peers.get(row), count: peers.size };
  }
  const peersOf = memo((row) => {                      // the rows of its list, each with its place
    const all = row.parentElement ? peersIn(row.parentElement).get(row.tagName) : null;
    if (!all) return new Map([[row, 0]]);
    return isCard(row) ? new Map([...cardsIn(row.parentElement)].map((c, i) => [c, i])) : all;
  });
  // Lists that lead through the application rather than show its records.
  const GUIDE_ROLE = /^(navigation|menu|menubar|tablist|toolbar|banner|contentinfo|complementary)$/;
  const GUIDE_CLASS = /(^|[-_])(nav|navbar|menu|menubar|tabs|tablist|filters?|breadcrumbs?|pagination|paginator|pager|sidebar|toolbar|object-tools)([-_]|$)/i;
  const guideAbove = nearest((n) => ['NAV', 'ASIDE', 'HEADER', 'FOOTER'].includes(n.tagName) || GUIDE_ROLE.test(attr(n, 'role'))
    || (n.tagName !== 'BODY' && n.tagName !== 'HTML' && [n.id, ...n.classList].some((c) => GUIDE_CLASS.test(c))));
  const guide = (el) => !!guideAbove(el);
  const headerRow = memo((table) => {                  // only a row that is all headers says what the columns are
    if (!table) return null;
    const head = table.querySelector('thead tr'), first = head || table.querySelector('tr');
    if (!first) {                                      // of several lines of headers the fullest, and the lowest of those
      const lines = [...new Set([...table.querySelectorAll('[role=columnheader]')].map((h) => h.closest('[role=row]') || h.parentElement))];
      return lines.reduce((best, line) => (!best || placesIn(line).length >= placesIn(best).length ? line : best), null);
    }
    return head || (first && first.children.length && [...first.children].every((c) => c.tagName === 'TH') ? first : null);
  });
  // Text that belongs to records rather than to the application: cells, list items, options, editable content.
  const dataAbove = nearest((n) => (n.tagName === 'TD' && !ofLayout(n) && !(n.parentElement && formRow(n.parentElement))) || n.tagName === 'OPTION' || (n.tagName === 'LI' && !guide(n) && !formRow(n))
    || ['cell', 'gridcell', 'listitem', 'option'].includes(attr(n, 'role')) || (n.tagName === 'DD' && !formRow(n)) || n.isContentEditable
    || (isCard(n) && !guide(n))
    || (n.tagName === 'TH' && attr(n, 'scope') !== 'col' && n.closest('tbody') && n.parentElement.querySelector('td') && headerRow(n.closest('table'))));
  function inData(el) {                                // an editor's text is data, its name is the application's
    let n = el;
    if (capability(el) === 'fill') while (n && n.isContentEditable) n = parentOf(n);
    return !!n && !!dataAbove(n);
  }
  // Words that number a record: no dates, no amounts.
  const codesIn = (t) => t.split(/[\s(),;:“”"]+/).filter((w) => /^[\w/#-]{4,}$/.test(w) && /\d/.test(w) && !/^(\d{1,4}[/-]){2}\d{2,4}$/.test(w));
  function rowDetails(el) {                            // the record's cells, their headers, and which are unique in their column
    const row = rowAbove(el);
    if (!row) return null;
    const pieces = piecesOf(row), cells = cellsOf(row), table = placesIn(row).some(isCell) ? tableOf(row) : null;
    const headers = pieces.map(([c]) => (table ? columnOf(row, c) : ''));
    const peers = [...peersOf(row).keys()].filter((c) => c !== row).map(cellsOf);
    if (!table) {                                      // a sentence about a record: the number in it names it, if it is the only one that has it
      for (const code of new Set(cells.filter((t) => t.split(' ').length > 2).flatMap(codesIn))) {
        if (!cells.includes(code)) { cells.push(code); headers.push(''); }
      }
    }
    const alone = table ? (t, i) => !peers.some((p) => p[i] === t) : (t) => !peers.some((p) => holds(p, t));
    const own = el === row ? -1 : [(c) => c === el, (c) => el.contains(c), (c) => c !== row && c.contains(el)].map((test) => pieces.findIndex(([c]) => test(c))).find((i) => i >= 0) ?? -1;
    return { cells, headers, unique: cells.map((t, i) => !!t && alone(t, i)), own, count: peers.length + 1 };
  }

  // What a heading says without the buttons beside its words, where it has words of its own.
  const captionOf = memo((h) => {
    const first = h.querySelector('button,[role=button]');
    return (first && [...h.childNodes].some((c) => LETTERS.test(c.nodeType === 3 ? c.data : '')) && read(h, null, /^(BUTTON|button)$/)) || textOf(h);
  });
  const headingOf = memo((n) => {                      // the heading before it, or before what it lies in
    if (n.tagName === 'FIELDSET') { const l = n.querySelector(':scope > legend'); if (l) return captionOf(l).slice(0, 80); }
    for (let s = n.previousElementSibling, i = 0; s && i < 12; s = s.previousElementSibling, i++) {
      const h = headingIn(s);
      if (h) return captionOf(h).slice(0, 80);
    }
    const p = parentOf(n);
    return n.tagName === 'BODY' || !p ? '' : headingOf(p);
  });
  const headingIn = memo((s) => (s.matches(HEADINGS) ? s : s.children.length < 12 && s.firstElementChild ? s.querySelector(HEADINGS) : null));
  // What holds records is no caption of what follows it, and its texts are not ours to keep.
  const holdsData = memo((box) => !box.querySelector('input:not([type=hidden]):not([type=checkbox]),select,textarea') && [...box.querySelectorAll('td,dd,li,[role=cell],[role=gridcell],[role=listitem]')].slice(0, 200).some(inData));
  function near(el) {                                  // short texts just before the element, nearest first
    const out = [];
    for (let n = el, up = 0; n && up < 4 && out.length < 2; n = parentOf(n), up += n && n.tagName !== 'SLOT') {
      for (let s = n.previousSibling; s && out.length < 2; s = s.previousSibling) {
        if (s.nodeType !== 1 && s.nodeType !== 3) continue;
        if (s.nodeType === 1 && (['SCRIPT', 'STYLE'].includes(s.tagName) || inData(s) || holdsData(s))) continue;
        const t = s.nodeType === 3 ? clean(s.data, 61) : s.matches(HEADINGS) ? captionOf(s) : textOf(s);
        if (t.length > 1 && t.length <= 60) out.push(t);      // what is longer is prose, a record's more often than not
      }
      if (n.tagName === 'BODY' || n.tagName === 'FORM') break;
    }
    return out;
  }
  function generated(value) {                          // ids that a machine made: digits, hashes, framework counters
    return /\d{3,}|[0-9a-f]{6,}|^:r|^(ember|ext-|react-|radix-|mui-|headlessui-|__)|[-_:][0-9a-z]*\d[0-9a-z]{2,}$/i.test(value);
  }
  function pathOf(el) {
    const tags = [];
    for (let n = el, i = 0; n && n.tagName !== 'BODY' && i < 12; n = n.parentElement, i++) tags.unshift(n.tagName.toLowerCase());
    return tags.join('>');
  }
  function frameName(f) {                              // what a frame is called for good; its place in the page tells nothing
    const named = clean(attr(f, 'name'), 60), id = generated(f.id) ? '' : clean(f.id, 60);
    if (named && !generated(named)) return named;
    const said = clean(attr(f, 'title') || attr(f, 'aria-label'), 60);
    if (said) return said;
    try { const u = new URL(attr(f, 'src') || 'about:blank', f.baseURI); return /^http/.test(u.protocol) ? u.pathname.slice(0, 120) : id; } catch { return id; }
  }
  // Frames whose documents are another site's: whoever asks from outside can reach into them, this script cannot.
  const unreadable = () => nodes(document, 'iframe,frame').filter((f) => !inner(f) && visible(f)).slice(0, 20).map((f) => ({ ref: refOf(f), frames: [...chainOf(f).frames, frameName(f)] }));
  const frameOf = (f) => ({ ref: refOf(f), frames: [frameName(f)] });
  function chainOf(el) {                               // enclosing frames and shadow hosts, outermost first
    const frames = [], shadow = [];
    for (let n = el; n;) {
      const r = rootOf(n);
      if (r.host) { shadow.unshift(r.host.tagName.toLowerCase()); n = r.host; }
      else {
        const f = r.defaultView && r !== document && r.defaultView.frameElement;
        if (!f) break;
        frames.unshift(frameName(f));
        n = f;
      }
    }
    return { frames, shadow };
  }

  // What an element without words looks like: its picture, its drawing or its colour is all that tells it from others.
  function lookOf(el) {
    const out = [];
    if (el.ownerSVGElement !== undefined) {            // a drawing or a part of one
      const whole = el.tagName === 'svg', parts = whole ? [...el.querySelectorAll('path,use,polygon,circle,rect')].slice(0, 12) : [el];
      const lines = parts.map((p) => attr(p, 'd') || attr(p, 'href') || attr(p, 'xlink:href') || attr(p, 'points')).join('');
      out.push(whole ? 'drawing' : el.tagName);
      if (!whole) for (const c of ['fill', 'stroke']) out.push(...said1(el.style[c] || attr(el, c)));      // not what hovering makes of it
      if (lines) out.push('d' + hash(lines));
      return out.join(' ');
    }
    const picture = el.tagName === 'IMG' ? el : el.querySelector('img,svg');
    if (picture && picture.tagName === 'svg') return lookOf(picture);
    const record = inData(el);                         // a record's own picture would name it
    if (picture && !record) out.push(fileOf(attr(picture, 'src')));
    const css = getComputedStyle(el), drawn = css.backgroundImage, mark = getComputedStyle(el, '::before').content;
    if (drawn && drawn !== 'none' && !record) out.push(fileOf(drawn.replace(/^url\(["']?|["']?\).*$/g, '')));
    if (mark && mark !== 'none' && mark !== 'normal' && mark !== '""') out.push('sign' + hash(mark));
    if (css.content.startsWith('url(') && !el.style.content) out.push('css:' + fileOf(css.content.replace(/^url\(["']?|["']?\).*$/g, '')));     // a style sheet's
    out.push(...said1(el.style && el.style.backgroundColor));
    return out.join(' ');
  }
  // What stands for the words of an element that is called something and says nothing: the sign on a button.
  function signOf(el) {
    if (!name(el) || textOf(el)) return '';
    const sign = el.querySelector('img,svg') || el;
    return getComputedStyle(sign).backgroundImage === 'none' ? drawnIn(lookOf(el)) : '';     // one file behind may hold the signs of all
  }
  const drawnIn = (look) => look.split(' ').filter((part) => !part.startsWith('c') || part.includes('.') || part.startsWith('css:')).join(' ');     // without its colours
  const said1 = (colour) => (colour && colour !== 'none' ? ['c' + colour.replace(/[^\w.]+/g, '_')] : []);
  // Classes that say what is going on with an element just now.
  const STATE = /(^|[-_])(hover|hovered|focus|focused|focus-visible|focus-within|active|pressed|dragging|dragged|grabbing)$/i;
  const fileOf = (src) => (src.startsWith('data:') || src.startsWith('linear') ? 'i' + hash(src) : src.split(/[?#]/)[0].split('/').pop().replace(/\d{3,}|[0-9a-f]{8,}/gi, '')).slice(0, 40);
  function hash(text) { let h = 5381; for (let i = 0; i < text.length; i++) h = (h * 33 ^ text.charCodeAt(i)) >>> 0; return h.toString(36); }

  // ---- fingerprint -----------------------------------------------------------------------------------------
  function testId(el) { for (const a of TEST_IDS) if (el.hasAttribute(a)) return attr(el, a); return ''; }
  function hrefOf(el) {
    const raw = attr(el, 'href');
    if (!raw || raw.startsWith('#') || raw.startsWith('javascript:')) return '';
    try { const u = new URL(raw, el.baseURI); return u.origin === location.origin ? u.pathname : u.host + u.pathname; } catch { return ''; }
  }
  const NUMBERED = /^([0-9a-f-]*\d[0-9a-f-]*|[0-9a-f]{8,}|[a-z]{1,6}-?\d+|[\w-]*\d{3,}[\w-]*)$/i;
  function actionOf(form) {                            // where it posts to, without the record's own number
    try { return new URL(form.getAttribute('action') || '', form.baseURI).pathname.split('/').map((s) => (NUMBERED.test(s) ? '*' : s)).join('/'); } catch { return ''; }
  }
  const dialogOf = nearest((n) => n.tagName === 'DIALOG' || /^(alert)?dialog$/.test(attr(n, 'role')));
  const formOf = nearest((n) => n.tagName === 'FORM' || attr(n, 'role') === 'form');
  const landmarkOf = nearest((n) => LANDMARKS[n.tagName.toLowerCase()] || ['main', 'navigation', 'banner', 'search', 'region', 'contentinfo', 'complementary'].includes(attr(n, 'role')));
  const titleOf = memo((dialog) => clean(attr(dialog, 'aria-label')) || labelOf(dialog) || ((h) => (h ? captionOf(h) : textOf(dialog)))(dialog.querySelector(HEADINGS)).slice(0, 60));
  const wordless = (el) => !name(el) && !textOf(el) && !attr(el, 'placeholder') && capability(el) !== 'fill' && capability(el) !== 'select';
  function fingerprint(el, opts = {}) {
    const box = boxOf(el), dialog = dialogOf(el), form = formOf(el), mark = landmarkOf(el);
    const classes = [...el.classList].slice(0, 8), gen = [];
    if (el.id && generated(el.id)) gen.push('id');
    if (attr(el, 'name') && generated(attr(el, 'name'))) gen.push('name_attr');
    const cap = capability(el), data = inData(el);
    const tag = el.tagName.toLowerCase();
    return {
      tag, role: role(el), name: name(el), capability: cap, type: tag === 'input' || tag === 'button' ? (el.type || '') : '',
      test_id: testId(el), id: el.id || '', name_attr: attr(el, 'name'), classes: classes.filter((c) => !generated(c) && !STATE.test(c)), generated: gen,
      label: labelOf(el), placeholder: clean(attr(el, 'placeholder')), alt: clean(attr(el, 'alt')), title: clean(attr(el, 'title')),
      href: hrefOf(el), text: cap === 'fill' || cap === 'select' ? '' : holder(el) ? '' : textOf(el).slice(0, 120),
      landmark: mark ? LANDMARKS[mark.tagName.toLowerCase()] || attr(mark, 'role') : '',
      form: form ? clean(attr(form, 'aria-label') || attr(form, 'name') || attr(form, 'id') || actionOf(form), 60) : '',
      heading: headingOf(el), dialog: dialog ? titleOf(dialog) : '',
      row: rowOf(el, opts.rowKey), index: el.parentElement ? idx(el.parentElement, el) : -1, near: near(el), neighbour: '',
      path: pathOf(el), ...chainOf(el), box: [box.x, box.y, box.width, box.height].map(Math.round), viewport: [innerWidth, innerHeight],
      in_data: data, look: wordless(el) ? lookOf(el) : '', picture: cap === 'click' ? signOf(el) : '', behind: cap === 'check' ? behindOf(el) : '',
    };
  }

  const actionAbove = nearest((n) => n.tagName === 'BUTTON' || (n.tagName === 'A' && n.hasAttribute('href')) || attr(n, 'role') === 'button');
  const candidates = () => [...interactables(document)];
  const interactables = memo((root) => nodes(root, INTERACTIVE).filter(worksAlone));
  const worksAlone = memo((el) => {                    // wrappers of one action collapsed to the outermost
    const cap = capability(el);
    if (cap === 'none' || (el.tagName === 'LABEL' && el.control)) return false;
    const p = cap === 'click' && parentOf(el);
    return !(p && actionAbove(p));
  });
  // A box or radio that is hidden behind what it looks like is ticked by that: by its label, else by what is drawn beside it.
  function handleOf(el) {
    if (el.tagName === 'BUTTON' && attr(el, 'aria-haspopup')) {      // a list's opener may lie unseen under what its own label draws
      const b = el.getBoundingClientRect(), top = labelsOf(el).length && rootOf(el).elementFromPoint(b.x + b.width / 2, b.y + b.height / 2);
      return (top && !el.contains(top) && labelsOf(el).find((l) => l.contains(top))) || el;
    }
    if (el.tagName !== 'INPUT' || capability(el) !== 'check') return el;
    if (pressable(el)) return el;
    const label = labelsOf(el).find(visible), box = drawnFor(el);
    if (!label || (box && !box.contains(label) && !label.contains(el))) return box ? besideBox(box, el) : el;
    const drawn = label.contains(el) && label.querySelector('a,button') ? el.nextElementSibling || el.previousElementSibling : null;
    return drawn && visible(drawn) && !drawn.querySelector('a,button') ? drawn : label;      // not the link that it speaks of
  }
  function pressable(el) {                             // a hand can hit it: it has a size, and is neither cut away nor below
    const b = el.getBoundingClientRect(), style = getComputedStyle(el);
    return b.width * b.height > 4 && visible(el) && style.pointerEvents !== 'none' && !(parseInt(style.zIndex, 10) < 0) && !cutAway(style);
  }
  const WORKED = 'input:not([type=hidden]),select,textarea,button,a[href]';
  const workedIn = (n) => !!n.querySelector(WORKED);
  const onlyBox = (n) => { const all = n.querySelectorAll(WORKED); return all.length === 1 ? all[0] : null; };
  function drawnFor(el) {                              // the smallest thing in sight that holds this box and nothing else to work with
    const box = closest(el, (n) => n !== el && visible(n));
    return box && onlyBox(box) === el && textOf(box).length < 40 ? box : null;
  }
  function besideBox(box, el) {                        // a switch that is drawn for it comes before the text on its other side
    const beside = [el.nextElementSibling, el.previousElementSibling].filter((n) => n && n.tagName !== 'LABEL' && visible(n));
    return beside.find((n) => capability(n) === 'check') || beside[0] || box;
  }
  function behindOf(el) {                              // the field name of the one hidden box that this is drawn for
    const around = el.tagName !== 'INPUT' && closest(el, workedIn), box = around && onlyBox(around);
    const name = box && capability(box) === 'check' && handleOf(box) === el ? attr(box, 'name') : '';
    return generated(name) ? '' : name;
  }
  // What a handle ticks: whether it is that box itself or its label, and whether it is ticked; null for what ticks nothing.
  function ticked(ref) {
    const at = resolve(ref), label = at && at.tagName !== 'INPUT' && at.closest('label');
    const own = !!at && (capability(at) === 'check' || !!(label && label.control));
    const box = at && closest(at, workedIn);
    const el = !own ? box && onlyBox(box) : capability(at) === 'check' ? at : label.control;
    return el && capability(el) === 'check' ? { own, is: value(el) === 'true' } : null;
  }
  function candidate(el, opts) {
    const fp = fingerprint(el, opts), exp = attr(el, 'aria-expanded');
    const shown = visible(el);
    return {
      ref: refOf(handleOf(el)), fingerprint: fp, visible: shown, readonly: !!el.readOnly || attr(el, 'aria-readonly') === 'true', enabled: enabled(el), covered_by: shown ? coveredBy(el) : '',
      expanded: exp ? exp === 'true' : el.tagName === 'SUMMARY' ? !!(el.parentElement && el.parentElement.open) : null,
      haspopup: !!attr(el, 'aria-haspopup') && attr(el, 'aria-haspopup') !== 'false', selected: attr(el, 'aria-selected') ? attr(el, 'aria-selected') === 'true' : null, chosen: chosenOf(el),
    };
  }

  // What the browser itself sends when a button is pressed; nothing where the button says that a script has its own way.
  const controlsOf = Object.getOwnPropertyDescriptor(HTMLFormElement.prototype, 'elements').get;   // a field may be called "elements"
  const SENDS = /^(submit|image)$/, PRESSED_ONLY = /^(submit|image|button|reset)$/;
  function sendsOf(el) {
    const form = /^(BUTTON|INPUT)$/.test(el.tagName) && SENDS.test(el.type) ? el.form : null;
    if (!form || el.hasAttribute('onclick')) return {};
    const own = (name) => el.getAttribute('form' + name) || form.getAttribute(name) || '';
    let to;
    try { to = new URL(own('action') || el.ownerDocument.URL, el.baseURI); } catch { return {}; }
    if (!/^https?:$/.test(to.protocol)) return {};
    const named = [...controlsOf.call(form)].filter((n) => attr(n, 'name') && !n.disabled && !PRESSED_ONLY.test(n.type));
    return { sends: {
      method: own('method').toUpperCase() === 'POST' ? 'POST' : 'GET', url: to.origin + to.pathname, fields: [...new Set(named.map((n) => attr(n, 'name')))].slice(0, 400),
      own: attr(el, 'name'), value: attr(el, 'name') ? String(el.value).slice(0, 200) : '', form: refOf(form),
    } };
  }

  // What a form says of a field: whether it must be filled, whether anything is in it, and what is wrong with it.
  const ENTERED = new Set(['fill', 'select', 'check', 'upload']);
  const chosenOf = (el) => (el.tagName === 'INPUT' && el.type === 'radio' ? el.checked : role(el) === 'radio' ? attr(el, 'aria-checked') === 'true'
    : attr(el, 'aria-pressed') ? attr(el, 'aria-pressed') === 'true' : null);
  function groupOf(el) {
    const g = closest(el, (n) => n.tagName === 'FIELDSET' || /^(radiogroup|group)$/.test(attr(n, 'role')));
    return g ? clean(attr(g, 'aria-label')) || labelOf(g) || textOf(g.querySelector('legend') || document.createElement('i')).slice(0, 120) : '';
  }
  function stateOf(el) {
    if (chosenOf(el) !== null && !ENTERED.has(capability(el))) return { group: groupOf(el) };
    if (!ENTERED.has(capability(el))) return {};
    const group = el.type === 'radio' && el.name ? [...rootOf(el).querySelectorAll(`input[type=radio][name="${CSS.escape(el.name)}"]`)] : [el];
    const ticked = (n) => n.checked || attr(n, 'aria-checked') === 'true';
    const blank = capability(el) === 'check' ? !group.some(ticked) : !(el.value ?? (holder(el) ? textOf(el) : 'shown'));
    const invalid = attr(el, 'aria-invalid') === 'true' || (el.matches(':user-invalid') && !el.readOnly);
    return { blank, invalid, required: !!el.required || attr(el, 'aria-required') === 'true' || /\*\s*:?$/.test(labelOf(el)), trouble: troubleOf(el, invalid), group: chosenOf(el) === null ? '' : groupOf(el) };
  }
  const TROUBLE = '[role=alert],[class*=error],[class*=invalid],[class*=feedback]';
  function troubleOf(el, invalid) {
    const said = (attr(el, 'aria-errormessage') + ' ' + (invalid ? attr(el, 'aria-describedby') : '')).split(/\s+/).filter(Boolean)
      .map((id) => rootOf(el).getElementById(id)).filter((n) => n && visible(n)).map(textOf).filter(Boolean).join(' ');
    if (said) return said.slice(0, 160);
    for (let box = el.parentElement, up = 0; box && up < 3; box = box.parentElement, up++) {   // what stands with this field alone
      if (box.querySelectorAll('input:not([type=hidden]):not([type=radio]),select,textarea').length > 1) break;
      const texts = [...box.querySelectorAll(TROUBLE)].filter((n) => n !== el && !n.contains(el) && visible(n)).map(textOf).filter(Boolean);
      if (texts.length) return texts[0].slice(0, 160);
    }
    return invalid ? (el.validationMessage || '').slice(0, 160) : '';
  }

  // ---- addresses: a path of child indices, `s` enters a shadow root, `@` a same-origin frame; `|check` guards it ----
  function refOf(el) {
    const parts = [];
    let seg = [], check = digest(el) + said(el);
    for (let n = el; n;) {
      const p = n.parentNode;
      if (!p) return '';
      if (p.nodeType === 11 && p.host) { seg.unshift('s', idx(p, n)); n = p.host; continue; }
      if (p.nodeType === 9) {
        parts.unshift(seg.join('/') + '|' + check);
        const f = p !== document && p.defaultView && p.defaultView.frameElement;
        if (!f) break;
        seg = []; check = digest(f); n = f; continue;
      }
      seg.unshift(idx(p, n)); n = p;
    }
    const ref = parts.join('@');
    if (handed.size > 4000) handed.clear();
    handed.set(ref, new WeakRef(el));
    return ref;
  }
  // What an address was given for, as long as it is there: a tag that comes before a field moves the field, and it is the same.
  const handed = new Map();
  const order = memo((p) => new Map([...p.children].map((c, i) => [c, i])));
  const idx = (p, n) => order(p).get(n) ?? -1;
  const { digest, said, sealOf } = INCLUDED('address.js');
  function resolve(ref) {
    const meant = handed.has(ref) ? handed.get(ref).deref() : null;
    if (meant && meant.isConnected && meant.ownerDocument.defaultView && digest(meant) === ref.split('|').pop().split('~')[0]) return meant;
    let doc = document, el = null;
    for (const part of ref.split('@')) {
      if (el) doc = inner(el);
      if (!doc) return null;
      const [path, check] = part.split('|');
      el = doc.documentElement;
      for (const s of path ? path.split('/') : []) { el = s === 's' ? el.shadowRoot : el.children[+s]; if (!el) return null; }
      if (digest(el) !== check.split('~')[0]) return null;
    }
    return el;
  }

  function inRowOf(el, wanted) {
    const row = rowAbove(el);
    if (!row) return false;
    // What the row plainly says is quick to know; only alternative texts and shadow roots can say more.
    if (!isEntry(row) && !partsOf(row).some((p) => clean(p.textContent, Infinity).includes(keyOf(wanted))) && !innerRoots(document).length && !row.querySelector('[aria-label],[alt],title')) return false;
    return saysKey(row, wanted);
  }

  // ---- find: every encoding of every known variant votes ------------------------------------------------------
  function find(variants, rowKey) {
    const tags = new Set(variants.filter((v) => v.capability === 'none' || !['a', 'button', 'input', 'select', 'textarea', 'summary'].includes(v.tag)).map((v) => v.tag));   // only scripts make an <a> without an address work
    const interactive = nodes(document, INTERACTIVE), own = interactive.length;
    const pool = tags.size ? interactive.concat(nodes(document, [...tags].join(','))) : interactive;
    const belongs = (el, at) => (at < own ? worksAlone(el) : !(el.matches(INTERACTIVE) && worksAlone(el)));      // each is asked once
    const here = (el, at) => belongs(el, at) && (!rowKey || inRowOf(el, rowKey)) && (visible(el) || capability(el) === 'upload');
    return variants.flatMap((v, i) => {
      const { list, best } = v.weak ? weakest(pool, v, here) : strongest(pool, v, here);
      let top = list.sort((a, b) => (name(b) === v.name) - (name(a) === v.name));
      const meant = v.alike > 1 && top.length === v.alike ? inOrder([...top])[v.order] : null;
      if (meant) top.sort((a, b) => (b === meant) - (a === meant));
      top = top.slice(0, 6);
      const voters = v.weak ? weakVoters(v) : STRONG.filter((k) => k !== 'text' && v[k]).length || 1;
      const hit = (el, votes, rivals) => ({ candidate: candidate(el, { rowKey }), variant: i, votes, voters, rivals, place: el === meant });
      // Codes may have passed to another element: one that is called exactly so is told too, with what it has.
      const called = !v.weak && v.name && top.length && name(top[0]) !== v.name
        ? pool.filter((el, at) => capability(el) === v.capability && name(el) === v.name && here(el, at)) : [];
      return [...top.map((el) => hit(el, best, top.length - 1)), ...called.slice(0, 3).map((el) => hit(el, strongVotes(el, v), called.length - 1))];
    });
  }
  // Attributes are quick to compare, names and labels are not: those are worked out only where they could still bring the most votes.
  function strongest(pool, v, here) {
    const most = (v.name ? 1 : 0) + (v.label ? 1 : 0), plain = pool.map((el) => plainVotes(el, v));
    let best = 1, list = [];
    for (let level = Math.max(0, ...new Set(plain)); level >= 0 && level + most >= best; level--) {
      pool.forEach((el, at) => {
        if (plain[at] !== level || level + most < best) return;
        const votes = level + saidVotes(el, v);
        if (votes < best || !here(el, at)) return;
        if (votes > best) list = [];
        best = votes;
        list.push([el, at]);
      });
    }
    return { best, list: list.sort(([, a], [, b]) => a - b).map(([el]) => el) };
  }
  function weakest(pool, v, here) {
    const tally = pool.filter((el, at) => el.tagName.toLowerCase() === v.tag && here(el, at)).map((el) => [el, weakVotes(el, v)]);
    const best = Math.max(1, ...new Set(tally.map(([, votes]) => votes)));
    return { best, list: tally.filter(([, votes]) => votes === best).map(([el]) => el) };
  }
  const strongVotes = (el, v) => plainVotes(el, v) + saidVotes(el, v);
  function plainVotes(el, v) {
    let votes = 0;
    if (v.test_id && testId(el) === v.test_id) votes += 1;
    if (v.id && el.id === v.id) votes += 1;
    if (v.name_attr && attr(el, 'name') === v.name_attr && el.tagName.toLowerCase() === v.tag && (!v.value || el.value === v.value)) votes += 1;
    if (v.placeholder && clean(attr(el, 'placeholder')) === v.placeholder) votes += 1;
    if (v.href && hrefOf(el) === v.href) votes += 1;
    if (v.text && !v.name && clean(el.textContent) === v.text) votes += 1;
    return votes;
  }
  function saidVotes(el, v) {
    return (v.name && capability(el) === v.capability && name(el) === v.name ? 1 : 0) + (v.label && labelOf(el) === v.label ? 1 : 0);
  }
  // An element without any word is known by its look, its classes, its place in the page's structure and its column.
  const STRONG = ['test_id', 'id', 'name_attr', 'name', 'label', 'placeholder', 'href', 'text'];
  const classesOf = (el) => [...el.classList].slice(0, 8).filter((c) => !generated(c) && !STATE.test(c)).join(' ');
  const weakVoters = (v) => (v.look ? 2 : 0) + (v.classes ? 1 : 0) + (v.path ? 1 : 0) + (v.column ? 1 : 0) + (v.type ? 1 : 0) || 1;
  function weakVotes(el, v) {
    let votes = 0;
    if (v.path && pathOf(el) === v.path) votes++;
    if (v.classes && classesOf(el) === v.classes) votes++;
    if (v.type && (el.type || '') === v.type) votes++;
    if (votes && v.column && (rowOf(el) || {}).column === v.column) votes++;
    if (votes && v.look && wordless(el)) { const look = lookOf(el); votes += look === v.look || (v.classes && v.look.startsWith('css:') && look.startsWith('css:') && classesOf(el) === v.classes) ? 2 : drawnIn(v.look) && drawnIn(look) === drawnIn(v.look) ? 1 : 0; }
    return votes;
  }
  const inOrder = (els) => els.sort((a, b) => (a === b ? 0 : a.compareDocumentPosition(b) & 4 ? -1 : 1));
  function standing(el, plain = false) {               // which one it is of those that nothing else tells apart
    const fp = fingerprint(el), variant = { tag: fp.tag, role: fp.role, capability: fp.capability };
    for (const k of STRONG) if (fp[k] && !fp.generated.includes(k) && !(k === 'text' && fp.name)) variant[k] = fp[k];
    if (fp.in_data || plain) for (const k of ['name', 'label', 'text', 'href']) delete variant[k];
    if (!STRONG.some((k) => variant[k])) Object.assign(variant, { weak: true, path: fp.path, classes: fp.classes.join(' '), look: fp.look, type: fp.type, column: fp.row ? fp.row.column : '' });
    const alike = alikeOf(variant);
    return alike.length > 1 && alike.includes(el) ? { order: inOrder(alike).indexOf(el), alike: alike.length } : {};
  }
  function alikeOf(v) {
    const pool = v.weak || !INTERACTIVE_TAGS.has(v.tag) ? nodes(document, v.tag) : [];
    const listed = pool.length > 0;
    for (const el of candidates()) if (!listed || el.tagName.toLowerCase() !== v.tag) pool.push(el);
    let best = 0, out = [];
    for (const el of pool) {
      const votes = v.weak ? (el.tagName.toLowerCase() === v.tag ? weakVotes(el, v) : 0) : strongVotes(el, v);
      if (votes < best || !votes || !(visible(el) || capability(el) === 'upload')) continue;
      if (votes > best) { best = votes; out = []; }
      out.push(el);
    }
    return out;
  }
  const INTERACTIVE_TAGS = new Set(['a', 'button', 'input', 'select', 'textarea', 'summary']);

  // Values that stand fixed on the page, with what they are called: fields nobody can change, and terms with their text.
  function shownValues() {
    const out = [];
    for (const el of nodes(document, 'input:not([type=hidden]):not([type=password]):not([type=checkbox]):not([type=radio]),select,textarea,output')) {
      if ((el.tagName === 'OUTPUT' || el.readOnly || !enabled(el)) && visible(el) && value(el)) out.push([labelOf(el) || name(el), value(el)]);
    }
    for (const term of nodes(document, 'dt,th[scope=row],label:not([for])')) {
      const next = term.nextElementSibling;
      if (!next || !visible(term) || !visible(next) || term.control || next.querySelector('input,select,textarea,button,a')) continue;
      if (/^(DD|TD|SPAN|P|OUTPUT|B|STRONG|DIV)$/.test(next.tagName)) out.push([textOf(term), textOf(next)]);
    }
    return out.filter(([n, v]) => n && v).map(([n, v]) => [n.slice(0, 80), v.slice(0, 200)]).slice(0, 60);
  }
  function survey(rowKey) {
    const all = candidates().map((el) => ({ ...candidate(el, { rowKey }), ...stateOf(el), ...sendsOf(el) }));
    return {
      url: location.href, title: document.title, candidates: all, headings: texts(HEADINGS), alerts: alerts(), shown: shownValues(), errors: texts('.errors,.errorlist,[class*=error],.alert-danger,.text-danger,[class*=invalid-feedback]', (n) => capability(n) === 'none'),
      dialogs: nodes(document, 'dialog[open],[role=dialog],[role=alertdialog]').filter(visible).map((d) => clean(attr(d, 'aria-label')) || textOf(d.querySelector(HEADINGS) || d).slice(0, 120)),
      has_password: all.some((c) => c.fingerprint.type === 'password' && c.visible),
    };
  }
  // The compact rows kept with a page: all other interactables, so that one-to-one matching is possible later.
  function rows() {
    const out = [], count = new Map();
    for (const el of candidates()) {
      if (!visible(el)) continue;
      const f = fingerprint(el);
      const key = f.role + '\n' + f.name;
      count.set(key, (count.get(key) || 0) + 1);
      out.push({ f, key });
    }
    return out.slice(0, 400).map(({ f, key }) => [f.role, f.in_data && count.get(key) < 2 ? '' : f.name, f.tag, f.type, f.generated.includes('id') ? '' : f.id,
      f.generated.includes('name_attr') ? '' : f.name_attr, f.landmark, f.heading, f.path]);
  }
  const warm = () => { for (const el of interactables(document)) { name(el); labelOf(el); textOf(el); } };      // in idle time, so that an event finds it done
  function uniqueness(el) {                            // how many elements of the page share each trait
    const me = fingerprint(el), out = { name: 0, label: 0, placeholder: 0, name_attr: 0, text: 0, picture: 0, behind: 0 };
    const others = candidates();
    if (me.behind) out.behind = rootOf(el).querySelectorAll(`input[name="${CSS.escape(me.behind)}"]:not([type=hidden])`).length;
    if (me.capability === 'none') { const known = new Set(others); for (const n of nodes(document, me.tag)) if (!known.has(n)) others.push(n); }
    for (const other of others) {
      if (me.name && name(other) === me.name && role(other) === me.role) out.name++;
      if (me.label && labelOf(other) === me.label) out.label++;
      if (me.placeholder && clean(attr(other, 'placeholder')) === me.placeholder) out.placeholder++;
      if (me.name_attr && attr(other, 'name') === me.name_attr) out.name_attr++;
      if (me.text && textOf(other).slice(0, 120) === me.text) out.text++;
      if (me.picture && !textOf(other) && role(other) === me.role && rowAbove(other) === rowAbove(el) && drawnIn(lookOf(other)) === me.picture) out.picture++;     // each row has its own
    }
    return Object.fromEntries(Object.entries(out).filter(([, n]) => n));
  }

  // ---- texts -----------------------------------------------------------------------------------------------
  // What is clipped to a point is said to screen readers alone: nobody was shown it.
  const readable = (el) => { const b = el.getBoundingClientRect(); return b.width * b.height > 4 && visible(el); };
  function texts(css, of = () => true, said = (n) => textOf(n)) { return nodes(document, css).filter((n) => readable(n) && of(n)).flatMap(said).map((t) => t.slice(0, 160)).filter(Boolean).slice(0, 40); }
  // What a message says in sight, without its pictures and what is pressed beside it: a button that closes it, a link after
  // its end. A link within its sentence, and one that names a record, is part of it.
  const PRESS = 'a[href],button,[role=button]', LETTERS = /\p{L}{2}/u, PICTURES = /^(IMG|AREA|svg|img)$/;
  function saying(n) {
    if (!n.querySelector(PRESS + ',img,svg')) return textOf(n);
    const pressed = [...n.querySelectorAll(PRESS)], wordsOf = (c) => attr(c, 'aria-label') || read(c, null, PICTURES);
    let said = read(n, null, PICTURES) || textOf(n), rest = said;
    for (const c of pressed.reverse()) {
      const words = clean(wordsOf(c));
      if (!words) continue;
      if (!rest.endsWith(words) || (!isButton(c) && /\d/.test(words))) break;
      rest = rest.slice(0, rest.length - words.length).trim();
      if (!LETTERS.test(rest)) break;
      if (isButton(c) || /[.!?…]$/.test(rest) || beginsLine(c, n)) said = rest;
      else if (!before(c) || before(c).nodeType !== 1 || !before(c).matches(PRESS)) break;      // of several links the first is looked at
    }
    const first = pressed.reverse().find(isButton), words = first ? clean(wordsOf(first)) : '';
    return words && said.startsWith(words) && LETTERS.test(said.slice(words.length)) ? said.slice(words.length).trim() : said;
  }
  const isButton = (c) => c.tagName === 'BUTTON' || attr(c, 'role') === 'button';
  function before(n) { let s = n.previousSibling; while (s && (s.nodeType === 8 || (s.nodeType === 3 && !s.data.trim()))) s = s.previousSibling; return s; }
  const endsLine = (s) => !INLINE.has(s.tagName) || (!!s.lastElementChild && s.lastElementChild === (s.lastChild.nodeType === 1 || s.lastChild.data.trim() ? s.lastChild : before(s.lastChild)) && endsLine(s.lastElementChild));
  function beginsLine(c, box) {
    for (let n = c; n !== box; n = n.parentElement) {
      const s = before(n);
      if (!INLINE.has(n.tagName) || (s && s.nodeType === 1 && endsLine(s))) return true;
      if (s) return false;
    }
    return true;
  }
  const alerts = (said) => texts('[role=alert],[role=status],[aria-live]:not([aria-live=off]),.error,.errors,.errorlist,.toast,.alert,.flash,.message,[class*="-message"],.notice,.notification,.messagelist li,.messages li,[class*=success],[class*=snackbar],[class*=error],[class*=toast],[class*=alert],[class*=flash]', undefined, said);
  // Recorded without what is pressed beside it; procedures of before know the whole.
  const announced = (whole = true) => {
    const also = (said) => (n) => (whole ? [said(n), textOf(n)] : said(n));
    const titles = (css) => texts(css, undefined, also((h) => (h.firstElementChild && read(h, null, /^(BUTTON|button|IMG|img|svg)$/)) || textOf(h)));
    return [...new Set([...titles('h1,h2,h3,[role=heading]'), ...alerts(also(saying)), ...titles('dialog[open] h2,[role=dialog] h2')])];
  };
  function visibleText(source) {                       // the first visible text that matches, shortest element first
    const re = new RegExp(source, 'is');
    let best = null;
    const look = (el) => {                             // what does not hold the text has nothing inside that does
      if (el.tagName === 'SCRIPT' || el.tagName === 'STYLE' || el.tagName === 'OPTION') return;
      const all = clean(el.innerText ?? el.textContent, Infinity);
      if (!re.test(all)) return;
      const t = all.slice(0, 2000);
      if (el.children.length <= 30 && (!best || t.length < best.length) && re.test(t) && visible(el)) best = t;
      for (const c of el.children) look(c);
    };
    const within = (root) => {
      for (const el of root.body ? [root.body, ...root.querySelectorAll('textarea')] : root.children || []) look(el);
      innerRoots(root).forEach(within);
    };
    within(document);
    return best;
  }
  function value(el) {
    const cap = capability(el);
    if (cap === 'check') return String(el.checked ?? (attr(el, 'aria-checked') === 'true'));
    if (el.tagName === 'SELECT') return [...el.selectedOptions].map((o) => clean(o.label || o.text)).join('\n');
    if (cap === 'upload') return [...el.files].map((f) => f.name).join('\n');
    if (el.isContentEditable) return written(el).slice(0, 20000);
    if ((role(el) === 'slider' || role(el) === 'spinbutton') && typeof el.value !== 'string') return attr(el, 'aria-valuenow') || clean(el.innerText, 80);
    if ('value' in el && typeof el.value === 'string' && el.tagName !== 'BUTTON') return el.value;
    return clean(el.innerText, 2000);
  }
  // What was written into an editable element, one line per paragraph, whatever the page makes its paragraphs of.
  function written(el, dress = (t) => t) {
    const lines = [''];
    let unbegun = true;
    const put = (t, n) => { if (t) { lines[lines.length - 1] += dress(t, n); unbegun = false; } };
    const turn = () => { if (!unbegun) { lines.push(''); unbegun = true; } };
    const visit = (n, kept) => {
      if (n.nodeType === 3) {
        if (!kept) { const t = n.data.replace(/[\s\u200b]+/g, ' '); if (t !== ' ' || !unbegun) put(t, n); return; }
        n.data.split('\n').forEach((t, i) => { if (i) { lines.push(''); unbegun = false; } put(t, n); });
        return;
      }
      if (n.nodeType !== 1 || n.tagName === 'SCRIPT' || n.tagName === 'STYLE') return;
      if (n.tagName === 'BR') { if (n.nextSibling) { unbegun = false; turn(); } else unbegun = false; return; }
      const style = getComputedStyle(n), block = n !== el && !/^(inline|contents|none)/.test(style.display);
      if (block) turn();
      n.childNodes.forEach((c) => visit(c, style.whiteSpace.startsWith('pre') || style.whiteSpace === 'break-spaces'));
      if (block) turn();
    };
    visit(el, false);
    if (unbegun && lines.length > 1) lines.pop();
    return lines.map((l) => l.replace(/\u00a0/g, ' ').replace(/[ \t]+/g, ' ').trim()).join('\n').replace(/^\n+|\n+$/g, '');
  }

  // ---- fields and lists, for the recorder and for acts that a widget needs more than one of ----------------------------
  const HOLDS = 'input,textarea,select,[contenteditable],[role=slider],[role=spinbutton],[role=combobox],[role=textbox],[role=searchbox]';
  const holding = (el) => ['fill', 'select'].includes(capability(el)) && !(el.type === 'hidden') && ('value' in el || attr(el, 'aria-readonly') !== 'true');
  const all = (css) => nodes(document, css);
  const fields = () => all(HOLDS).filter(holding);
  const fieldsIn = (box) => beneath(box, HOLDS).filter(holding).concat(box.matches(HOLDS) && holding(box) ? [box] : []);
  const textBefore = (box) => near(box)[0] || '';
  // Lists that say nothing about themselves: what bears these words now and did not before the list was opened.
  let barred = new WeakSet();
  const picked = new WeakSet();                        // fields whose value was chosen from such a list
  const wordsOf = (el) => clean(el.innerText ?? el.textContent);
  function bearers(wanted) {
    const out = [], want = wanted.toLocaleLowerCase();
    for (const el of nodes(document, ':not(html,body,head,head *)')) {          // a shadow root has no body
      if (UNSPOKEN.has(el.tagName) || el.childElementCount > 12 || !clean(el.textContent, Infinity).toLocaleLowerCase().includes(want) || !visible(el)) continue;
      const said = wordsOf(el).toLocaleLowerCase();
      if (said === want || said.startsWith(want + ' ')) out.push([el, said === want]);
    }
    return out;
  }
  function typingInto(ref) {                           // the list that was opened has a field of its own to search it, and one is in it
    let at = document.activeElement;
    while (at && at.shadowRoot && at.shadowRoot.activeElement) at = at.shadowRoot.activeElement;
    return !!at && at !== document.body && at !== resolve(ref) && (at.tagName === 'INPUT' || at.isContentEditable) && capability(at) === 'fill';
  }
  function options(wanted) { barred = new WeakSet(bearers(wanted).map(([el]) => el)); return true; }
  function optionAmong(wanted, ref) {                  // -> { ref, count }: the smallest that bears the words, options before others
    const field = ref ? resolve(ref) : null;
    if (field) picked.add(field);
    let found = bearers(wanted).filter(([el]) => !field || (el !== field && !field.contains(el) && !el.contains(field)));
    const listed = found.filter(([el]) => ['option', 'menuitem', 'menuitemradio', 'menuitemcheckbox', 'treeitem'].includes(role(el)) && el.tagName !== 'OPTION');
    found = listed.length ? listed : found.filter(([el]) => !barred.has(el) && el.tagName !== 'OPTION' && el.tagName !== 'LABEL');
    if (found.some(([, exact]) => exact)) found = found.filter(([, exact]) => exact);
    found = found.filter(([el]) => !found.some(([o]) => o !== el && el.contains(o)));
    if (field && found.length === 1) choices.set(field, saidOf(optionAround(found[0][0])));
    return { count: found.length, ref: found.length === 1 ? refOf(found[0][0]) : '' };
  }
  const choices = new WeakMap();                       // field -> what the option said that was chosen in it last
  const chosen = (ref) => choices.get(resolve(ref)) || {};
  const optionAround = (el) => closest(el, (n) => role(n) === 'option' || n.tagName === 'LI' || attr(n, 'role') === 'menuitem') || el;
  function saidOf(el) {                                // its words piece by piece, and what its attributes say
    const pieces = [clean(el.textContent, 200)], walk = document.createTreeWalker(el, NodeFilter.SHOW_TEXT);
    while (pieces.length < 20 && walk.nextNode()) if (clean(walk.currentNode.data)) pieces.push(clean(walk.currentNode.data, 200));
    const out = { text: [...new Set(pieces)] };
    for (const n of [el, ...el.querySelectorAll('*')].slice(0, 30)) {
      for (const a of n.attributes) if (!/^(class|style|role|id)$/.test(a.name) && a.value && a.value.length <= 200) (out[a.name] ||= []).push(clean(a.value, 200));
    }
    return out;
  }

  let lastChange = performance.now(), turns = 0, looked = 0;      // turns: how often it changed; looked: the turn last looked at
  const stir = (records) => { if (records.length) { lastChange = performance.now(); stirred = true; turns++; } };
  const watch = new MutationObserver(stir);
  const start = () => document.documentElement && watch.observe(document.documentElement, { subtree: true, childList: true, attributes: true, characterData: true });
  document.documentElement ? start() : addEventListener('readystatechange', start, { once: true, capture: true });
  const quietFor = () => { looked = turns; return performance.now() - lastChange; };
  const changed = (ms) => new Promise((done) => {      // resolves at the first change since the page was looked at, or after ms
    if (turns !== looked) { looked = turns; done(true); return; }
    const o = new MutationObserver(() => { o.disconnect(); clearTimeout(t); done(true); });
    const t = setTimeout(() => { o.disconnect(); done(false); }, ms);
    o.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  });

  function saidIn(box) {                               // what is said in a box, piece by piece, without what floats out of it
    const out = [], frame = boxOf(box);
    const floats = (n) => {
      const { position } = getComputedStyle(n);
      if (position !== 'absolute') return position === 'fixed';
      const b = boxOf(n);
      return b.x < frame.x - 2 || b.y < frame.y - 2 || b.x + b.width > frame.x + frame.width + 2 || b.y + b.height > frame.y + frame.height + 2;
    };
    let left = 300;
    const visit = (n) => {
      if (left-- < 0) return;
      if (n.nodeType === 3) { if (clean(n.data)) out.push(clean(n.data)); return; }
      if (n.nodeType !== 1 || !visible(n) || floats(n)) return;
      n.childNodes.forEach(visit);
    };
    box.childNodes.forEach(visit);
    return out;
  }
  // A field that keeps its choices beside it says them, each on a line of its own.
  function beside(el) {
    let box = el;
    for (let n = parentOf(el), up = 0; n && n.tagName !== 'FORM' && up < 3 && fieldsIn(n).length < 2; n = parentOf(n), up++) box = n;
    return '\n' + saidIn(box).join('\n');
  }
  const leave = (ref) => { const el = resolve(ref); if (el) el.blur(); };
  // Whether a field is as the site gave it: nobody sees it, or nobody changed it.
  const asGiven = (el) => el.type === 'hidden'
    || (!/^(submit|button|image|reset)$/.test(el.type) && (el.options ? [...el.options].every((o) => o.selected === o.defaultSelected || (o.selected && o.index === 0))
      : /^(checkbox|radio)$/.test(el.type) ? el.checked === el.defaultChecked : el.value === el.defaultValue));
  function givenFields() {
    const named = nodes(document, 'input,select,textarea').filter((el) => el.name);
    const touched = new Set(named.filter((el) => !asGiven(el)).map((el) => el.name));
    return [...new Set(named.map((el) => el.name))].filter((n) => !touched.has(n));
  }
  // Editors write on into a field of their form, a moment later, and tell nobody: its value is asked for again and again.
  const writtenOn = (wanted, ms) => new Promise((done) => {
    const until = performance.now() + ms;
    const lacking = ([name, said]) => {
      const held = all(`[name="${CSS.escape(name)}"]`).map((f) => String(f.value || '').toLowerCase());
      return held.length > 0 && !held.some((t) => (said.toLowerCase().match(/[\p{L}\p{N}_]{2,}/gu) || []).every((w) => t.includes(w)));
    };
    const look = () => { if (performance.now() >= until || !Object.entries(wanted).some(lacking)) done(true); else setTimeout(look, 25); };
    look();
  });
  const readValue = (ref) => { const el = resolve(ref); return el ? value(el) || (picked.has(el) ? beside(el) : '') : null; };
  const asked = { frameOf, beneath, unreadable, fields, fieldsIn, saidIn, all, unseen, standsFor, labelOf, textBefore, options, optionAmong, chosen, saidOf, optionAround, typingInto, fingerprint, find, survey, rows, uniqueness, warm, standing, boxOf, announced, alerts, visibleText, value, written, resolve, refOf, candidates, capability,
    visible, rowDetails, partsOf, inData, textOf, name, role, rowOf, leave, ticked, handleOf, onlyBox, workedIn, readValue, readValues: (refs) => refs.map(readValue), recordOf: rowAbove, rowHolds: saysKey,
    // On a page that is still read in, a twin may be yet to come: then whoever needs the element looks for it later.
    ahead: (variants, rowKey) => (document.readyState === 'loading' ? null : find(variants, rowKey)) };
  globalThis.__rpa = { givenFields, sealOf, ...Object.fromEntries(Object.entries(asked).map(([key, fn]) => [key, once(fn)])), closest, attr, parentOf, quietFor, changed, writtenOn, once, memo, last,
    veiled: new WeakSet(),                             // fields that ever hid what is typed: they stay secret when they show it
   
    look: once((fn) => fn()),                          // several questions in one look
    ready: () => document.readyState };
})();
