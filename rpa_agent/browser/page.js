// What is recorded is what is compared: one in-page script computes fingerprints for recorder, guard and matcher.
// It runs in an isolated world, reads the page and never changes it.
(() => {
  if (globalThis.__rpa) return;

  const TEXT_TYPES = new Set(['', 'text', 'search', 'email', 'url', 'tel', 'number', 'password', 'date', 'time', 'month',
    'week', 'datetime-local', 'color', 'range']);
  const TEST_IDS = ['data-testid', 'data-test-id', 'data-test', 'data-qa', 'data-cy'];
  const CLICK_ROLES = new Set(['button', 'link', 'menuitem', 'menuitemcheckbox', 'menuitemradio', 'tab', 'option', 'treeitem']);
  const CHECK_ROLES = new Set(['checkbox', 'radio', 'switch']);
  const INTERACTIVE = 'a[href],area[href],button,input:not([type=hidden]),select,textarea,summary,[contenteditable=""],'
    + '[contenteditable=true],[role],[tabindex],[onclick],label[for]';
  const LANDMARKS = { main: 'main', nav: 'navigation', header: 'banner', footer: 'contentinfo', aside: 'complementary' };
  const HEADINGS = 'h1,h2,h3,h4,h5,h6,[role=heading],legend,caption';

  const clean = (s, max = 120) => (s || '').replace(/\s+/g, ' ').trim().slice(0, max);
  const attr = (el, name) => el.getAttribute(name) || '';
  const parentOf = (n) => n.parentElement || (n.parentNode && n.parentNode.host) || null;
  const rootOf = (el) => el.getRootNode();
  const byId = (el, id) => { const r = rootOf(el); return r.getElementById ? r.getElementById(id) : null; };

  // ---- one look: within one call from outside the page stands still, so each question is answered once ----------
  const answers = [];
  let calls = 0;
  function memo(fn) {
    const known = new Map();
    answers.push(known);
    return (key) => {
      let answer = known.get(key);
      if (answer === undefined) known.set(key, answer = fn(key));
      return answer;
    };
  }
  const once = (fn) => (...args) => {
    calls++;
    try { return fn(...args); } finally { if (!--calls) for (const known of answers) known.clear(); }
  };

  function* nodes(root, css) {                         // open shadow roots and same-origin frames included
    yield* root.querySelectorAll(css);
    for (const within of innerRoots(root)) yield* nodes(within, css);
  }
  const innerRoots = memo((root) => {
    const out = [];
    for (const el of root.querySelectorAll('*')) {
      if (el.shadowRoot) out.push(el.shadowRoot);
      else if (el.tagName === 'IFRAME' || el.tagName === 'FRAME') {
        const doc = inner(el);
        if (doc) out.push(doc);
      }
    }
    return out;
  });
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
    if (r === 'textbox' || r === 'searchbox' || r === 'spinbutton') return 'fill';
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
  const labelsOf = (el) => (el.labels && labelled(rootOf(el)).get(el)) || [];
  const labelOf = memo((el) => {
    const labels = labelsOf(el);
    if (labels.length) return clean(labels.map((l) => textOf(l, el)).join(' '));
    const by = attr(el, 'aria-labelledby');
    if (by) return clean(by.split(/\s+/).map((id) => { const n = byId(el, id); return n ? textOf(n) : ''; }).join(' '));
    return '';
  });

  const UNSPOKEN = new Set(['SCRIPT', 'STYLE', 'SELECT', 'TEXTAREA', 'INPUT', 'IMG', 'AREA', 'SLOT', 'svg']);
  const textOf = (el, except) => (except ? read(el, except) : text(el));
  const text = memo((el) => read(el));
  function read(el, except) {                          // rendered text without form values, pictures by their alt
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
      if (n.hidden) return;
      if (tag === 'INPUT') return;
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
  const INLINE = new Set(['A', 'B', 'I', 'EM', 'STRONG', 'SPAN', 'SMALL', 'U', 'ABBR', 'CODE', 'SUB', 'SUP', 'MARK', 'FONT', 'SLOT']);

  const name = memo((el) => {                          // after the accessible name computation, in its order
    const by = attr(el, 'aria-labelledby');
    if (by) { const s = labelOf({ labels: null, getAttribute: (n) => el.getAttribute(n), getRootNode: () => el.getRootNode() }); if (s) return s; }
    const aria = clean(attr(el, 'aria-label'));
    if (aria) return aria;
    const tag = el.tagName.toLowerCase(), t = (el.type || '').toLowerCase();
    if (tag === 'input' && ['submit', 'button', 'reset'].includes(t)) return clean(el.value) || (t === 'submit' ? 'Submit' : t === 'reset' ? 'Reset' : '');
    if (tag === 'input' && t === 'image') return clean(attr(el, 'alt') || el.value || attr(el, 'title')) || 'Submit';
    if (tag === 'img' || tag === 'area') return clean(attr(el, 'alt') || attr(el, 'title'));
    if (labelsOf(el).length) { const s = labelOf(el); if (s) return s; }
    if (tag === 'input' || tag === 'textarea' || tag === 'select' || capability(el) === 'fill') return clean(attr(el, 'title') || attr(el, 'placeholder'));
    return textOf(el).slice(0, 120) || clean(attr(el, 'title'));
  });

  // ---- visibility ------------------------------------------------------------------------------------------
  function visible(el) {
    if (el.tagName === 'OPTION') return true;
    if (el.checkVisibility && !el.checkVisibility({ checkOpacity: false, checkVisibilityCSS: true })) return false;
    const b = el.getBoundingClientRect();
    return b.width > 0 && b.height > 0;
  }
  const enabled = (el) => !(el.disabled || attr(el, 'aria-disabled') === 'true' || closest(el, (n) => n.tagName === 'FIELDSET' && n.disabled));

  function coveredBy(el) {                             // words of what lies over the middle of the element
    const b = el.getBoundingClientRect();
    const x = b.x + b.width / 2, y = b.y + b.height / 2;
    if (x < 0 || y < 0 || x > innerWidth || y > innerHeight) return '';
    const r = rootOf(el);
    const top = r.elementFromPoint ? r.elementFromPoint(x, y) : null;
    if (!top || top === el || el.contains(top) || top.contains(el)) return '';
    if (labelsOf(el).some((l) => l.contains(top))) return '';
    return textOf(closest(top, (n) => ['fixed', 'absolute', 'sticky'].includes(getComputedStyle(n).position)) || top).slice(0, 160) || top.tagName;
  }

  // ---- context ---------------------------------------------------------------------------------------------
  const ROWS = (n) => n.tagName === 'TR' || ['row', 'listitem', 'option'].includes(attr(n, 'role')) || n.tagName === 'LI';
  const recordAbove = nearest((n) => ROWS(n) && !guide(n));
  const rowAbove = (el) => { const p = parentOf(el); return p ? recordAbove(p) : null; };
  const cellsOf = memo((row) => {
    const cells = [...row.children].filter((c) => c.tagName === 'TD' || c.tagName === 'TH' || /cell|rowheader/.test(attr(c, 'role')));
    return (cells.length ? cells : [...row.children]).map((c) => textOf(c).slice(0, 80));
  });
  const holds = (texts, wanted) => texts.some((t) => t === wanted || t.split(' ').includes(wanted));
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
    let column = '';
    const cell = closest(el, (n) => n.tagName === 'TD' || n.tagName === 'TH');
    if (cell) {
      const head = headerRow(cell.closest('table'));
      const h = head && head !== row && head.children[cell.cellIndex];
      column = h ? textOf(h).slice(0, 60) : '';
    }
    const peers = row.parentElement ? peersIn(row.parentElement).get(row.tagName) : new Map([[row, 0]]);
    const key = wanted && holds(texts, wanted) ? wanted : texts.find((t) => t) || '';
    return { key, cells: texts.slice(0, 12), column, index: peers.get(row), count: peers.size };
  }
  // Lists that lead through the application rather than show its records.
  const GUIDE_ROLE = /^(navigation|menu|menubar|tablist|toolbar|banner|contentinfo|complementary)$/;
  const GUIDE_CLASS = /(^|[-_])(nav|navbar|menu|menubar|tabs|tablist|filters?|breadcrumbs?|pagination|paginator|pager|sidebar|toolbar|object-tools)([-_]|$)/i;
  const guideAbove = nearest((n) => ['NAV', 'ASIDE', 'HEADER', 'FOOTER'].includes(n.tagName) || GUIDE_ROLE.test(attr(n, 'role'))
    || (n.tagName !== 'BODY' && n.tagName !== 'HTML' && [n.id, ...n.classList].some((c) => GUIDE_CLASS.test(c))));
  const guide = (el) => !!guideAbove(el);
  const headerRow = memo((table) => {                  // only a row that is all headers says what the columns are
    if (!table) return null;
    const head = table.querySelector('thead tr'), first = head || table.querySelector('tr');
    return head || (first && first.children.length && [...first.children].every((c) => c.tagName === 'TH') ? first : null);
  });
  // Text that belongs to records rather than to the application: cells, list items, options, editable content.
  const dataAbove = nearest((n) => n.tagName === 'TD' || n.tagName === 'OPTION' || (n.tagName === 'LI' && !guide(n))
    || ['cell', 'gridcell', 'listitem', 'option'].includes(attr(n, 'role')) || n.tagName === 'DD' || n.isContentEditable
    || (n.tagName === 'TH' && attr(n, 'scope') !== 'col' && n.closest('tbody') && n.parentElement.querySelector('td') && headerRow(n.closest('table'))));
  const inData = (el) => !!dataAbove(el);
  function rowDetails(el) {                            // the record's cells, their headers, and which are unique in their column
    const row = rowAbove(el);
    if (!row) return null;
    const cells = cellsOf(row), table = row.closest('table');
    const head = headerRow(table);
    const headers = cells.map((_, i) => (head && head !== row && head.children[i] ? textOf(head.children[i]).slice(0, 60) : ''));
    const peers = row.parentElement ? [...row.parentElement.children].filter((c) => c !== row && c.tagName === row.tagName).map(cellsOf) : [];
    const own = closest(el, (n) => n.parentElement === row);
    return { cells, headers, unique: cells.map((t, i) => !!t && !peers.some((p) => p[i] === t)), own: own ? [...row.children].indexOf(own) : -1, count: peers.length + 1 };
  }

  const headingOf = memo((n) => {                      // the heading before it, or before what it lies in
    if (n.tagName === 'FIELDSET') { const l = n.querySelector(':scope > legend'); if (l) return textOf(l).slice(0, 80); }
    for (let s = n.previousElementSibling, i = 0; s && i < 12; s = s.previousElementSibling, i++) {
      const h = headingIn(s);
      if (h) return textOf(h).slice(0, 80);
    }
    const p = parentOf(n);
    return n.tagName === 'BODY' || !p ? '' : headingOf(p);
  });
  const headingIn = memo((s) => (s.matches(HEADINGS) ? s : s.children.length < 12 && s.firstElementChild ? s.querySelector(HEADINGS) : null));
  function near(el) {                                  // short texts just before the element, nearest first
    const out = [];
    for (let n = el, up = 0; n && up < 4 && out.length < 2; n = parentOf(n), up++) {
      for (let s = n.previousSibling; s && out.length < 2; s = s.previousSibling) {
        if (s.nodeType !== 1 && s.nodeType !== 3) continue;
        if (s.nodeType === 1 && (['SCRIPT', 'STYLE'].includes(s.tagName) || inData(s))) continue;
        const t = s.nodeType === 3 ? clean(s.data, 60) : textOf(s).slice(0, 60);
        if (t && t.length > 1) out.push(t);
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
  function chainOf(el) {                               // enclosing frames and shadow hosts, outermost first
    const frames = [], shadow = [];
    for (let n = el; n;) {
      const r = rootOf(n);
      if (r.host) { shadow.unshift(r.host.tagName.toLowerCase()); n = r.host; }
      else {
        const f = r.defaultView && r !== document && r.defaultView.frameElement;
        if (!f) break;
        frames.unshift(attr(f, 'name') || attr(f, 'title') || (attr(f, 'src').split('?')[0]));
        n = f;
      }
    }
    return { frames, shadow };
  }

  // ---- fingerprint -----------------------------------------------------------------------------------------
  function testId(el) { for (const a of TEST_IDS) if (el.hasAttribute(a)) return attr(el, a); return ''; }
  function hrefOf(el) {
    const raw = attr(el, 'href');
    if (!raw || raw.startsWith('#') || raw.startsWith('javascript:')) return '';
    try { const u = new URL(raw, el.baseURI); return u.origin === location.origin ? u.pathname : u.host + u.pathname; } catch { return ''; }
  }
  function actionOf(form) {                            // where it posts to, without the record's own number
    try { return new URL(form.getAttribute('action') || '', form.baseURI).pathname.replace(/\/[0-9a-f-]*\d[0-9a-f-]*(?=\/|$)/gi, '/*'); } catch { return ''; }
  }
  const dialogOf = nearest((n) => n.tagName === 'DIALOG' || /^(alert)?dialog$/.test(attr(n, 'role')));
  const formOf = nearest((n) => n.tagName === 'FORM' || attr(n, 'role') === 'form');
  const landmarkOf = nearest((n) => LANDMARKS[n.tagName.toLowerCase()] || ['main', 'navigation', 'banner', 'search', 'region', 'contentinfo', 'complementary'].includes(attr(n, 'role')));
  const titleOf = memo((dialog) => clean(attr(dialog, 'aria-label')) || labelOf(dialog) || textOf(dialog.querySelector(HEADINGS) || dialog).slice(0, 60));
  function fingerprint(el, opts = {}) {
    const box = el.getBoundingClientRect(), dialog = dialogOf(el), form = formOf(el), mark = landmarkOf(el);
    const classes = [...el.classList].slice(0, 8), gen = [];
    if (el.id && generated(el.id)) gen.push('id');
    if (attr(el, 'name') && generated(attr(el, 'name'))) gen.push('name_attr');
    const cap = capability(el), data = inData(el);
    const tag = el.tagName.toLowerCase();
    return {
      tag, role: role(el), name: name(el), capability: cap, type: tag === 'input' || tag === 'button' ? (el.type || '') : '',
      test_id: testId(el), id: el.id || '', name_attr: attr(el, 'name'), classes: classes.filter((c) => !generated(c)), generated: gen,
      label: labelOf(el), placeholder: clean(attr(el, 'placeholder')), alt: clean(attr(el, 'alt')), title: clean(attr(el, 'title')),
      href: hrefOf(el), text: cap === 'fill' || cap === 'select' ? '' : textOf(el).slice(0, 120),
      landmark: mark ? LANDMARKS[mark.tagName.toLowerCase()] || attr(mark, 'role') : '',
      form: form ? clean(attr(form, 'aria-label') || attr(form, 'name') || attr(form, 'id') || actionOf(form), 60) : '',
      heading: headingOf(el), dialog: dialog ? titleOf(dialog) : '',
      row: rowOf(el, opts.rowKey), index: el.parentElement ? idx(el.parentElement, el) : -1, near: near(el), neighbour: '',
      path: pathOf(el), ...chainOf(el), box: [box.x, box.y, box.width, box.height].map(Math.round), viewport: [innerWidth, innerHeight],
      in_data: data,
    };
  }

  const actionAbove = nearest((n) => n.tagName === 'BUTTON' || (n.tagName === 'A' && n.hasAttribute('href')) || attr(n, 'role') === 'button');
  function candidates() {                              // all interactables, wrappers of one action collapsed to the outermost
    const out = [];
    for (const el of nodes(document, INTERACTIVE)) {
      const cap = capability(el);
      if (cap === 'none') continue;
      if (el.tagName === 'LABEL' && el.control) continue;
      if (cap === 'click') {
        const p = parentOf(el);
        if (p && actionAbove(p)) continue;
      }
      out.push(el);
    }
    return out;
  }
  function candidate(el, opts) {
    const fp = fingerprint(el, opts), exp = attr(el, 'aria-expanded');
    const shown = visible(el);
    return {
      ref: refOf(el), fingerprint: fp, visible: shown, enabled: enabled(el), covered_by: shown ? coveredBy(el) : '',
      expanded: exp ? exp === 'true' : el.tagName === 'SUMMARY' ? !!(el.parentElement && el.parentElement.open) : null,
      haspopup: !!attr(el, 'aria-haspopup') && attr(el, 'aria-haspopup') !== 'false', selected: attr(el, 'aria-selected') ? attr(el, 'aria-selected') === 'true' : null,
    };
  }

  // ---- addresses: a path of child indices, `s` enters a shadow root, `@` a same-origin frame; `|check` guards it ----
  function refOf(el) {
    const parts = [];
    let seg = [], check = digest(el);
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
    return parts.join('@');
  }
  const order = memo((p) => new Map([...p.children].map((c, i) => [c, i])));
  const idx = (p, n) => order(p).get(n) ?? -1;
  const digest = (el) => (el.tagName + '.' + (el.getAttribute('name') || '') + '.' + (el.getAttribute('type') || '')).toLowerCase().replace(/[^a-z0-9.]/g, '').slice(0, 40);
  function resolve(ref) {
    let doc = document, el = null;
    for (const part of ref.split('@')) {
      if (el) doc = inner(el);
      if (!doc) return null;
      const [path, check] = part.split('|');
      el = doc.documentElement;
      for (const s of path ? path.split('/') : []) { el = s === 's' ? el.shadowRoot : el.children[+s]; if (!el) return null; }
      if (digest(el) !== check) return null;
    }
    return el;
  }

  function inRowOf(el, wanted) {
    const row = rowAbove(el);
    if (!row) return false;
    // What the row plainly says is quick to know; only alternative texts and shadow roots can say more.
    if (!clean(row.textContent, Infinity).includes(wanted) && !innerRoots(document).length && !row.querySelector('[aria-label],[alt],title')) return false;
    return holds(cellsOf(row), wanted);
  }

  // ---- find: every encoding of every known variant votes, in one pass ------------------------------------------
  function find(variants, rowKey) {
    const tags = new Set(variants.map((v) => v.tag).filter((t) => !['a', 'button', 'input', 'select', 'textarea', 'summary'].includes(t)));
    const pool = candidates();
    if (tags.size) { const seen = new Set(pool); for (const el of nodes(document, [...tags].join(','))) if (!seen.has(el)) pool.push(el); }
    const tally = variants.map(() => new Map());
    for (const el of pool) {
      let n, l, c;
      variants.forEach((v, i) => {
        let votes = 0;
        if (v.test_id && testId(el) === v.test_id) votes += 1;
        if (v.id && el.id === v.id) votes += 1;
        if (v.name_attr && attr(el, 'name') === v.name_attr && el.tagName.toLowerCase() === v.tag && (!v.value || el.value === v.value)) votes += 1;
        if (v.name && (c ??= capability(el)) === v.capability && (n ??= name(el)) === v.name) votes += 1;
        if (v.label && (l ??= labelOf(el)) === v.label) votes += 1;
        if (v.placeholder && clean(attr(el, 'placeholder')) === v.placeholder) votes += 1;
        if (v.href && hrefOf(el) === v.href) votes += 1;
        if (v.text && !v.name && clean(el.textContent) === v.text) votes += 1;
        if (votes) tally[i].set(el, votes);
      });
    }
    const hits = [];
    tally.forEach((votes, i) => {
      let list = [...votes.entries()].filter(([el]) => visible(el) || capability(el) === 'upload');
      if (rowKey) list = list.filter(([el]) => inRowOf(el, rowKey));
      const best = Math.max(0, ...list.map(([, n]) => n));
      const v = variants[i];
      const top = list.filter(([, n]) => n === best).sort(([a], [b]) => (name(b) === v.name) - (name(a) === v.name)).slice(0, 6);
      const voters = ['test_id', 'id', 'name_attr', 'name', 'label', 'placeholder', 'href'].filter((k) => v[k]).length || 1;
      for (const [el] of top) hits.push({ candidate: candidate(el, { rowKey }), variant: i, votes: best, voters, rivals: top.length - 1 });
    });
    return hits;
  }

  function survey(rowKey) {
    const all = candidates().map((el) => candidate(el, { rowKey }));
    return {
      url: location.href, title: document.title, candidates: all, headings: texts(HEADINGS), alerts: alerts(),
      dialogs: [...nodes(document, 'dialog[open],[role=dialog],[role=alertdialog]')].filter(visible).map((d) => clean(attr(d, 'aria-label')) || textOf(d.querySelector(HEADINGS) || d).slice(0, 120)),
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
  function uniqueness(el) {                            // how many elements of the page share each trait
    const me = fingerprint(el), out = { name: 0, label: 0, placeholder: 0, name_attr: 0, text: 0 };
    for (const other of candidates()) {
      if (me.name && name(other) === me.name && role(other) === me.role) out.name++;
      if (me.label && labelOf(other) === me.label) out.label++;
      if (me.placeholder && clean(attr(other, 'placeholder')) === me.placeholder) out.placeholder++;
      if (me.name_attr && attr(other, 'name') === me.name_attr) out.name_attr++;
      if (me.text && textOf(other).slice(0, 120) === me.text) out.text++;
    }
    return Object.fromEntries(Object.entries(out).filter(([, n]) => n));
  }

  // ---- texts -----------------------------------------------------------------------------------------------
  function texts(css) { return [...nodes(document, css)].filter(visible).map((n) => textOf(n).slice(0, 160)).filter(Boolean).slice(0, 40); }
  const alerts = () => texts('[role=alert],[role=status],[aria-live]:not([aria-live=off]),.error,.errors,.errorlist,.toast,.alert,.flash,.message,.notice,.notification,.messagelist li,.messages li,[class*=success],[class*=snackbar],[class*=error],[class*=toast],[class*=alert],[class*=flash]');
  const announced = () => [...new Set([...texts('h1,h2,h3,[role=heading]'), ...alerts(), ...texts('dialog[open] h2,[role=dialog] h2')])];
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
    return 'value' in el && typeof el.value === 'string' ? el.value : clean(el.innerText, 2000);
  }

  let lastChange = performance.now();
  const watch = new MutationObserver(() => { lastChange = performance.now(); });
  const start = () => document.documentElement && watch.observe(document.documentElement, { subtree: true, childList: true, attributes: true, characterData: true });
  document.documentElement ? start() : addEventListener('readystatechange', start, { once: true, capture: true });
  const quietFor = () => performance.now() - lastChange;
  const changed = (ms) => new Promise((done) => {      // resolves at the next change of the page or after ms
    const o = new MutationObserver(() => { o.disconnect(); clearTimeout(t); done(true); });
    const t = setTimeout(() => { o.disconnect(); done(false); }, ms);
    o.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  });

  const readValue = (ref) => { const el = resolve(ref); return el ? value(el) : null; };
  const asked = { fingerprint, find, survey, rows, uniqueness, announced, alerts, visibleText, value, resolve, refOf, candidates, capability,
    visible, rowDetails, inData, textOf, name, role, rowOf, readValue, readValues: (refs) => refs.map(readValue),
    // On a page that is still read in, a twin may be yet to come: then whoever needs the element looks for it later.
    ahead: (variants, rowKey) => (document.readyState === 'loading' ? null : find(variants, rowKey)) };
  globalThis.__rpa = { ...Object.fromEntries(Object.entries(asked).map(([key, fn]) => [key, once(fn)])), closest, attr, parentOf, quietFor, changed,
    ready: () => document.readyState };
})();
