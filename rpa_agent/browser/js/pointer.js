// Hears what hands do with the pointer: clicks, drags, what hovering brings to light, scrolling that loads, files dropped.
// Lives beside recorder.js in the isolated world and reads the page only.
(() => {
  const R = globalThis.__rpa, T = globalThis.__rpaRecorder;
  if (!T || !T.emit || T.pointer) return;
  T.pointer = true;
  const { emit, describe, deep, on, isText } = T;
  const now = () => performance.now();
  const within = (outer, el) => !!R.closest(el, (n) => n === outer);
  const CONTROLS = new Set(['A', 'AREA', 'BUTTON', 'INPUT', 'SELECT', 'TEXTAREA', 'SUMMARY', 'LABEL', 'OPTION']);
  const LEAF_ROLES = /^(button|link|menuitem|menuitemcheckbox|menuitemradio|tab|option|treeitem|checkbox|radio|switch)$/;
  const STIR = 5;                                      // pixels a hand moves without meaning to drag

  // ---- what a click means -------------------------------------------------------------------------------------
  function meant(el) {                                 // the nearest that can be clicked, else what was hit itself
    if (el.nodeType !== 1) el = el.parentElement || document.documentElement;
    const hit = R.closest(el, (n) => R.capability(n) !== 'none' || n.tagName === 'OPTION');
    if (!hit || (hit !== el && holdsParts(hit, el))) return bare(el);
    if (hit.tagName === 'LABEL' && hit.control) return hit.control;
    return R.closest(hit.parentElement || hit, (n) => n.tagName === 'BUTTON' || (n.tagName === 'A' && n.hasAttribute('href'))) || hit;
  }
  // A grid or board that takes the focus is one element to the keyboard and many to the pointer.
  function holdsParts(hit, el) {
    if (CONTROLS.has(hit.tagName) || LEAF_ROLES.test(R.role(hit)) || hit.hasAttribute('onclick') || hit.isContentEditable) return false;
    if (R.capability(hit) === 'fill') return false;
    return R.textOf(hit) !== R.textOf(el) || !R.textOf(el);
  }
  const words = (el) => R.name(el) || R.textOf(el) || R.attr(el, 'alt') || R.attr(el, 'title');
  function bare(el) {                                  // an element that only a script makes clickable
    const drawing = R.closest(el, (n) => n.tagName === 'svg');
    if (drawing) {
      const b = drawing.getBoundingClientRect();
      if (b.width <= 64 && b.height <= 64) el = drawing;           // the strokes of an icon are one picture
    }
    // A picture alone in what surrounds it: the whole was meant, where the whole invites a click.
    while (!words(el) && el.parentElement && el.parentElement !== document.body && el.parentElement.childElementCount === 1
      && !['svg', 'CANVAS'].includes(el.parentElement.tagName) && getComputedStyle(el.parentElement).cursor === 'pointer') el = el.parentElement;
    return el;
  }
  const round = (n) => Math.round(n * 1e4) / 1e4;
  function share(rect, x, y) { return rect.width && rect.height ? [round((x - rect.x) / rect.width), round((y - rect.y) / rect.height)] : null; }
  // Where in the element matters only where no smaller element stands for the place.
  function place(el, e) {
    const tag = el.tagName, box = R.boxOf(el);
    const drawn = tag === 'CANVAS' || tag === 'VIDEO' || tag === 'OBJECT' || tag === 'EMBED' || (el.ownerSVGElement !== undefined)
      || (tag === 'INPUT' && el.type === 'image') || (tag === 'IMG' && !R.closest(el, (n) => n !== el && R.capability(n) === 'click'));
    const open = R.capability(el) === 'none' && (el.childElementCount > 0 || (box.width > 250 && box.height > 80));
    const nested = R.capability(el) === 'click' && el.querySelector('a[href],button,input,[role=button],[onclick]');
    return drawn || open || nested ? share(box, e.clientX, e.clientY) : null;
  }
  const held = (e) => ['Control', 'Alt', 'Meta', 'Shift'].filter((m) => e.getModifierState(m)).join('+');

  // ---- what changed, when, and where the pointer was ------------------------------------------------------------
  const stirred = new WeakMap();                       // element -> [{ t, over, added }], oldest first
  let trail = [], acted = 0, changes = 0, replanted = 0, hidden = new WeakSet(), due = 0, looked = 0, known = 0, lastX = -1, lastY = -1;
  const over = () => trail[trail.length - 1] || null;
  function heard(records) {
    const t = now(), at = over();
    const note = (el, added) => {
      const list = stirred.get(el);
      if (!list) stirred.set(el, [{ t, over: at, added }]);
      else if (list.length < 6) list.push({ t, over: at, added });
      else { list.shift(); list.push({ t, over: at, added }); }
    };
    if (document.readyState === 'loading') return rest();
    for (const r of records.slice(0, 2000)) {
      if (r.type === 'attributes') note(r.target, false);
      else for (const n of r.addedNodes) if (n.nodeType === 1) { note(n, true); replanted = t; }
    }
    changes += records.length;
    rest();
  }
  const observer = new MutationObserver(heard);
  const WATCHED = { subtree: true, childList: true, attributes: true, attributeFilter: ['class', 'style', 'hidden', 'open', 'aria-hidden', 'aria-expanded',
    'transform', 'cx', 'cy', 'x', 'y', 'x1', 'y1', 'x2', 'y2', 'd', 'points', 'width', 'height'] };
  const watch = () => { observer.observe(document, WATCHED); rest(); };
  document.documentElement ? watch() : addEventListener('readystatechange', watch, { once: true, capture: true });

  const unseen = (el) => {
    if (el.checkVisibility && !el.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return true;
    const b = el.getBoundingClientRect();
    return (b.width === 0 || b.height === 0) && el.childElementCount > 0 && getComputedStyle(el).overflow !== 'visible';
  };
  // In idle time, and only while the pointer rests where the last act left it: what a page hides of itself.
  function look() {
    due = 0; looked = now();
    if (known && trail.some((p) => p.t > acted && !vast(p.el))) return;
    const found = new WeakSet();
    let left = 6000;
    const walk = (el) => {
      for (const c of (el.shadowRoot || el).children) {
        if (!left--) return;
        if (c.tagName === 'SCRIPT' || c.tagName === 'STYLE') continue;
        if (unseen(c)) found.add(c); else walk(c);
      }
    };
    if (document.body) walk(document.body);
    hidden = found; known = now();
  }
  const idle = globalThis.requestIdleCallback || ((fn) => setTimeout(fn, 20));
  function rest() { if (!due) due = setTimeout(() => idle(look, { timeout: 300 }), Math.max(0, looked + 250 - now())); }
  for (const type of ['DOMContentLoaded', 'load']) addEventListener(type, () => setTimeout(look, 0), { capture: true });

  on('pointerover', (e) => {
    if (!e.isTrusted || e.buttons) return;
    const el = deep(e);
    if ((over() && over().el === el) || (e.clientX === lastX && e.clientY === lastY)) return;      // the page moved, not the hand
    lastX = e.clientX; lastY = e.clientY;
    trail.push({ el, t: now() });
    if (trail.length > 60) trail = trail.slice(-30);
  });

  // ---- hovering that brought to light what is used next -----------------------------------------------------------
  function vast(el) {
    if (el === document.body || el === document.documentElement) return true;
    const b = el.getBoundingClientRect();
    return b.width * b.height > innerWidth * innerHeight * 0.5;
  }
  const usable = (p, el) => p && p.t > acted && p.el.nodeType === 1 && p.el.isConnected && !within(el, p.el) && !vast(p.el);
  function revealer(el) {                              // the element that was hovered so that this one shows, or null
    const shown = R.closest(el, (n) => hidden.has(n));
    const news = [], since = Math.max(acted, known);
    let added = false;
    R.closest(el, (n) => {
      for (const s of stirred.get(n) || []) if (s.t > since) { news.push(s); added = added || s.added; }
      return false;
    });
    if (!shown && !added) return null;
    const cause = news.filter((s) => usable(s.over, el) && s.t - s.over.t < 1500 && !(s.over.t < wheeled && wheeled < s.t)).sort((a, b) => a.t - b.t);
    if (cause.length) return cause[cause.length - 1].over.el;
    if (added || news.some((s) => !s.over || s.over.t <= acted)) return null;        // a page that went on by itself
    const last = trail.filter((p) => usable(p, el)).pop();
    return last ? last.el : null;
  }
  function revealers(el) {
    const out = [];
    for (let h = revealer(el); h && out.length < 5; h = revealer(h)) {
      const m = meant(h);
      if (out.includes(m) || m === el) break;
      out.unshift(m);
    }
    return out;
  }
  function plantedAt(el) {                             // when it came into the page, 0 when it was there from the first
    let t = 0;
    R.closest(el, (n) => { for (const s of stirred.get(n) || []) if (s.added) t = Math.max(t, s.t); return t > 0; });
    return t ? performance.timeOrigin + t : 0;
  }

  // ---- telling -----------------------------------------------------------------------------------------------------
  let down = null, told = null;
  function tell(kind, el, extra = {}, known = null) {
    for (const h of known ? known.hovers : []) emit('hover', h);
    const full = { ...extra };
    const t = plantedAt(known ? known.el : el);
    if (t) full.added = t;
    told = { kind, el: known ? known.el : el, t: now(), seen: known && known.told };
    emit(kind, told.el, full, told.seen);
  }
  // The element is described when the pointer goes down: by the time of the click its page may have changed it.
  on('pointerdown', (e) => {
    if (!e.isTrusted) return;
    heard(observer.takeRecords());
    const hit = deep(e);
    if (hit.nodeType === 1 && (e.offsetX > hit.clientWidth + 1 || e.offsetY > hit.clientHeight + 1) && /auto|scroll/.test(getComputedStyle(hit).overflow)) { wheeled = now() + 4000; down = null; return; }
    const el = meant(hit);
    down = { el, hit, x: e.clientX, y: e.clientY, button: e.button, hovers: revealers(el), told: describe(el), box: R.boxOf(el),
      point: place(el, e), moved: false, done: false, changes, t: now(), selection: String(getSelection()) };
    acted = now();
    trail = trail.slice(-1);
    rest();
  });
  addEventListener('keydown', (e) => { if (e.isTrusted) { acted = now(); trail = trail.slice(-1); rest(); } }, { capture: true, passive: true });

  on('click', (e) => {
    if (!e.isTrusted) {
      const input = deep(e);                           // a styled button opens the hidden field's own chooser
      if (input.type === 'file' && told && now() - told.t < 1000) T.chooser = { input, by: R.refOf(told.el) };
      return;
    }
    const el = meant(deep(e));
    const cap = R.capability(el);
    if (down && down.dragged) return;                  // the end of a drag
    if (down && down.done && down.el === el && e.detail > 0) return;      // one press: a label passes its click on
    const known = down && !down.done && (down.el === el || within(el, down.el) || !down.el.isConnected) ? down : null;
    if (cap === 'select' && el.tagName === 'SELECT') return;
    if (cap === 'check' && el.tagName === 'INPUT') { if (known) { known.done = true; for (const h of known.hovers) emit('hover', h); } return; }
    if (cap === 'upload' || (el.tagName === 'INPUT' && el.type === 'range')) return;       // its value tells where it was moved to
    // Enter in a field clicks the form's button by itself; the key was already told.
    if (e.detail === 0 && e.pointerType === '' && el.tagName !== 'LABEL') { emit('click', el, { synthetic: true }); return; }
    if (known) known.done = true;
    const extra = { typing: isText(known ? known.el : el), detail: e.detail };
    if (held(e)) extra.value = held(e);
    else if (e.detail === 3) extra.value = 'Triple';   // it marks a whole paragraph
    const at = known ? known.point : place(el, e);
    if (at) extra.point = at;
    tell('click', el, extra, known);
  });
  // A file field that a script makes and never puts into the page tells nobody: the browser says that its choice of files opened.
  T.chooserOpened = (input) => {
    if (input.isConnected || !told || now() - told.t > 5000) return;
    const by = told.el, seen = told.seen, opener = R.refOf(by);
    input.addEventListener('change', () => emit('upload', by, { value: [...input.files].map((f) => f.name).join('\n'), files: T.keep([...input.files]),
      chooser: true, opened_by: opener }, seen), { once: true });
  };
  on('auxclick', (e) => { if (e.isTrusted && e.button === 1) tell('click', meant(deep(e)), { value: 'Middle' }, down); });
  on('dblclick', (e) => {
    if (!e.isTrusted) return;
    const known = down && down.hit === deep(e) ? { ...down, hovers: [] } : null;
    const el = known ? known.el : meant(deep(e)), at = known ? known.point : place(el, e);
    tell('dblclick', el, { ...(held(e) ? { value: held(e) } : {}), ...(at ? { point: at } : {}), typing: isText(el) }, known);
  });
  on('contextmenu', (e) => {
    if (!e.isTrusted) return;
    const el = meant(deep(e)), known = down && down.el === el ? down : null, at = place(el, e);
    const extra = { ...(held(e) ? { value: held(e) } : {}), ...(at ? { point: at } : {}) };
    const before = { el, hovers: known ? known.hovers : [], told: known ? known.told : describe(el) };
    tell('rightclick', el, extra, before);
  });

  // ---- dragging -----------------------------------------------------------------------------------------------------
  function layout(el) {                                // where everything stood before the drag moved it
    const out = [];
    let left = 4000;
    const add = (root) => {
      for (const n of root.querySelectorAll('*')) {
        if (!left--) return;
        const b = n.getBoundingClientRect();
        if (b.width && b.height && b.bottom > 0 && b.top < innerHeight) out.push({ el: n, box: b });
      }
    };
    add(document);
    const root = el.getRootNode();
    if (root !== document) add(root);
    return out;
  }
  on('pointermove', (e) => {
    lastX = e.clientX; lastY = e.clientY;
    if (!down || !e.isTrusted || !(e.buttons & 1) || down.moved) return;
    if (Math.hypot(e.clientX - down.x, e.clientY - down.y) > STIR) { down.moved = true; down.layout = layout(down.el); }
  });
  const inBox = (b, x, y) => x >= b.x && x <= b.x + b.width && y >= b.y && y <= b.y + b.height;
  function under(source, x, y, before) {               // what stood there before: the page has moved things since
    const root = source.getRootNode(), stack = (root.elementsFromPoint ? root : document).elementsFromPoint(x, y);
    const top = stack.find((n) => !within(source, n) && before.some((b) => b.el === n)) || document.body;
    const known = new Map(before.map((b) => [b.el, b.box]));
    const layer = R.closest(top, (n) => known.has(n) && inBox(known.get(n), x, y)) || document.body;
    let best = null, depth = -1;
    for (const b of before) {
      if (!b.el.isConnected || !inBox(b.box, x, y) || within(source, b.el) || !within(layer, b.el)) continue;
      let d = 0;
      for (let n = b.el; n; n = R.parentOf(n)) d++;
      if (d >= depth) { depth = d; best = b; }
    }
    return best;
  }
  function dropped(source, e, known, extra) {
    const box = known.sourceBox || known.box, before = known.layout || layout(source);
    let to = extra.typing ? null : under(source, e.clientX, e.clientY, before);
    if (to) {
      const leaf = meant(to.el), better = before.find((b) => b.el === leaf);
      if (better && R.capability(leaf) === 'click') to = better;
      // Within one area the place counts; far from it only how far it was moved does.
      if (vast(to.el) && within(to.el, source)) to = null;
    }
    const message = { ...extra, point: share(box, known.x, known.y) };
    if (to) { message.to = describe(to.el).element; message.to_point = share(to.box, e.clientX, e.clientY); }
    else message.to_point = share(box, e.clientX, e.clientY);
    down.dragged = down.done = true;
    tell('drag', source, message, { el: source, hovers: known.hovers, told: known.sourceTold || known.told });
  }
  on('dragstart', (e) => {
    if (!e.isTrusted || !down) return;
    const source = R.closest(deep(e), (n) => n.nodeType === 1 && (n.draggable || n.tagName === 'A' || n.tagName === 'IMG')) || down.el;
    Object.assign(down, { source, sourceBox: source.getBoundingClientRect(), sourceTold: describe(source), layout: down.layout || layout(source), native: true });
  });
  on('drop', (e) => {
    if (!e.isTrusted) return;
    const files = e.dataTransfer ? [...e.dataTransfer.files] : [];
    if (files.length) {
      const zone = meant(deep(e));
      if (R.capability(zone) !== 'upload') emit('upload', zone, { value: files.map((f) => f.name).join('\n'), files: T.keep(files), dropped: true });
      return;
    }
    if (down && down.native && !isText(deep(e))) dropped(down.source, e, down, {});
  });
  on('dragend', (e) => {
    if (!e.isTrusted || !down || !down.native || down.dragged) return;
    heard(observer.takeRecords());
    if (replanted > down.t) dropped(down.source, e, down, {});       // lists that reorder while one hovers over them
    down = null;
  });
  on('pointerup', (e) => {
    const d = down;
    if (!e.isTrusted || !d || d.done || d.native || d.button !== 0) return;
    const far = Math.hypot(e.clientX - d.x, e.clientY - d.y) > STIR;
    if (d.moved && (far || d.el.tagName === 'CANVAS')) {
      heard(observer.takeRecords());
      const chosen = String(getSelection());
      if (isText(d.el) && !d.el.isContentEditable) { d.dragged = d.el !== meant(deep(e)); return; }
      // Only text that was begun in was meant: a hand that slips from an empty place marks whatever it passes.
      // In an editor the place counts: its paragraphs are what is worked on, and say something else next time.
      const marks = chosen && chosen !== d.selection && R.textOf(d.hit);
      const editor = d.el.isContentEditable ? R.closest(d.hit, (n) => n.isContentEditable && n.hasAttribute('contenteditable')) : null;
      if (marks && editor) dropped(editor, e, editor === d.el ? d : { ...d, box: R.boxOf(editor), told: describe(editor) }, { selecting: true, typing: true });
      else if (marks) dropped(d.hit, e, { ...d, box: d.hit.getBoundingClientRect(), told: describe(d.hit) }, { selecting: true, typing: false });
      else if (!isText(d.el)) dropped(d.el, e, d, { still: changes === d.changes && d.el.tagName !== 'CANVAS' });
      return;
    }
    const cap = R.capability(d.el);
    // A page that acts when the button goes down may have taken the element away before the click.
    if (cap === 'click' || cap === 'none') setTimeout(() => {
      if (!d.done && !d.el.isConnected) { d.done = true; tell('click', d.el, { detail: 1, ...(d.point ? { point: d.point } : {}) }, d); }
    }, 0);
  });

  // ---- scrolling: told as it begins; whether it mattered shows in what is used next -------------------------------------
  let wheeled = -1e9, scrolled = { el: null, t: -1e9 };
  on('wheel', (e) => { if (e.isTrusted) wheeled = Math.max(wheeled, now()); });
  function scroller(el) {                              // what a list shows just now is not what it is called
    const seen = describe(el);
    seen.element = { ...seen.element, name: R.attr(el, 'aria-label'), text: '', order: -1, alike: 0, ...R.standing(el, true) };
    return seen;
  }
  on('scrollend', (e) => {                             // terms that must be read to their end
    const el = e.target;
    if (el.nodeType !== 1 || scrolled.el !== el || scrolled.ended || el.scrollTop + el.clientHeight < el.scrollHeight - 2) return;
    scrolled.ended = true;
    emit('scroll', el, { value: 'end' }, scroller(el));
  });
  on('scroll', (e) => {
    const t = now(), el = e.target.nodeType === 1 ? e.target : null;
    if (t - wheeled > 800) return;
    if (scrolled.el === el && t - scrolled.t < 2000 && scrolled.acted === acted) { scrolled.t = t; return; }
    scrolled = { el, t, acted };
    if (!el) { emit('scroll', null); return; }
    emit('scroll', el, {}, scroller(el));
  });
})();
