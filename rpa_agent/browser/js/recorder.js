// Listens as a person works. Lives in the isolated world beside page.js: page code can neither read nor forge it.
(() => {
  if (globalThis.__rpaRecorder || !globalThis.__rpa) return;
  const shared = globalThis.__rpaRecorder = {};         // what fields.js and pointer.js need of this
  const R = globalThis.__rpa;
  const log = [], tag = Math.random().toString(36).slice(2, 10) + ':';    // what was told last, so that a value can absorb what led to it
  const sent = new Set();
  let count = 0;

  const deep = (e) => e.composedPath()[0];
  const isText = (el) => R.capability(el) === 'fill';

  const describe = R.once((el) => {                    // in one look: each question about the page is answered once
    const fp = R.fingerprint(el);
    fp.unique = R.uniqueness(el);
    Object.assign(fp, R.standing(el));
    return { ref: R.refOf(el), row: R.rowDetails(el), option_of: optionOf(el), element: fp, pager: pagerOf(el), ...(globalThis.__rpaTexts ? globalThis.__rpaTexts.offered(el) : {}) };
  });
  function pagerOf(el) {                               // what shows the next page of the list it stands in
    const control = globalThis.__rpaLists ? globalThis.__rpaLists.pagerOf(el) : null;
    return control ? R.fingerprint(control) : null;
  }
  function emit(kind, el, extra = {}, known = null) {  // `known`: the element as it was described before
    const at = performance.now(), number = ++count, n = tag + number;
    const message = { kind, n, t: performance.timeOrigin + at, url: location.href, title: document.title, ...extra };
    let told = known;
    if (el) {
      const before = log[log.length - 1];              // who types on types into the same field
      if (!told && kind === 'fill' && before && before.kind === kind && before.el === el && before.url === message.url) told = before.told;
      Object.assign(message, told ||= describe(el));
      const page = pageNow();
      if (!sent.has(page)) { sent.add(page); message.rows = ready && ready.page === page ? ready.rows : R.rows(); }
    }
    log.push({ i: number, n, kind, el, at, told, url: message.url, path: el ? pathOf(el) : [] });
    if (log.length > 80) log.splice(0, 40);
    globalThis.__rpa_emit(JSON.stringify(message));
  }
  // In idle time: what an event will be asked for, so that it costs the person nothing.
  const pageNow = () => location.pathname + '|' + [...document.querySelectorAll('dialog[open],[role=dialog]')].filter(R.visible).length;
  const idle = globalThis.requestIdleCallback || ((fn) => setTimeout(fn, 20));
  let ready = null, resting = 0, rested = 0;
  function prepare() {
    resting = 0; rested = performance.now();
    R.last();
    const page = pageNow();
    if (!sent.has(page) && (!ready || ready.page !== page)) ready = { page, rows: R.rows() };
    R.warm();
  }
  const rest = () => { if (!resting) resting = setTimeout(() => idle(prepare, { timeout: 400 }), Math.max(0, rested + 200 - performance.now())); };
  function pathOf(el) { const out = []; for (let p = el; p && p !== document.body && out.length < 40; p = R.parentOf(p)) out.push(p); return out; }
  function optionOf(el) {                              // the field whose list this option belongs to
    if (R.role(el) !== 'option') return '';
    const list = R.closest(el, (n) => R.attr(n, 'role') === 'listbox' || n.tagName === 'DATALIST');
    if (!list || !list.id) return '';
    const naming = R.candidates().filter((c) => ['aria-controls', 'aria-owns', 'list'].some((a) => R.attr(c, a) === list.id));
    const root = list.getRootNode(), field = naming.find((c) => c.getRootNode() === root) || (root === document ? naming[0] : null);      // every component has ids of its own
    return field ? R.name(field) : '';
  }
  const kept = globalThis.__rpaFiles = [];             // the recorder asks the browser where they lie
  const keep = (files) => kept.push(files) - 1;
  function uploaded(el) {
    const opened = shared.chooser && shared.chooser.input === el ? shared.chooser.by : '';
    shared.chooser = null;
    emit('upload', el, { value: R.value(el), files: keep([...el.files]), opened_by: opened });
  }

  const on = (type, fn) => addEventListener(type, fn, { capture: true, passive: true });
  Object.assign(shared, { emit, describe, deep, on, isText, log, uploaded, keep });

  // What the page announces, told whenever it changed.
  // A page that never stops changing is looked at less and less often, and at once again when the person acts.
  const SOON = 40, SELDOM = 2000;                      // ms
  let told = '', due = 0, quiet = 0, pause = SOON;
  const tell = () => {
    clearTimeout(due);
    due = 0;
    const began = performance.now();
    const now = JSON.stringify(R.announced(false));
    if (now !== told) { told = now; globalThis.__rpa_emit(JSON.stringify({ kind: 'announced', t: performance.timeOrigin + performance.now(), url: location.href, title: document.title, top: window.top === window, texts: JSON.parse(now), lang: document.documentElement.lang || '' })); }
    pause = Math.min(SELDOM, Math.max(pause * 1.5, 20 * (performance.now() - began)));
    clearTimeout(quiet);
    quiet = setTimeout(() => { if (!due) pause = SOON; }, 2 * pause);
  };
  shared.tell = tell;                                  // the demonstration ends
  const soon = () => { rest(); if (!due) due = setTimeout(tell, pause); };
  const promptly = (e) => { if (!e.isTrusted) return; pause = SOON; if (due) { clearTimeout(due); due = setTimeout(tell, pause); } };
  const go = () => { new MutationObserver(soon).observe(document, { subtree: true, childList: true, attributes: true, characterData: true }); soon(); };
  document.documentElement ? go() : addEventListener('readystatechange', go, { once: true, capture: true });
  addEventListener('DOMContentLoaded', tell, { capture: true });
  addEventListener('pagehide', tell, { capture: true });
  for (const type of ['pointerdown', 'click', 'keydown', 'input', 'change']) on(type, promptly);
})();
