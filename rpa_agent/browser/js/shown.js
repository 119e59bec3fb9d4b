// Tells which texts of records a page showed, in idle time, and what was copied: so that a value that is typed later can
// be traced to where it came from. What is told lives in memory while building and is never stored.
(() => {
  const R = globalThis.__rpa, T = globalThis.__rpaTexts, recorder = globalThis.__rpaRecorder;
  if (!R || !T || !recorder || T.listening) return;
  T.listening = true;
  const SLICE_MS = 8, MOST_MS = 30, LEAST = 8, LEAVING_MS = 60, PAUSE_MS = 250, LATER_MS = 2000, MOST = 800, AGAIN_PER_S = 40;
  const entered = new WeakSet();                       // fields that hold what the person typed
  const told = new WeakMap();                          // element -> the text it had when it was told
  const was = new WeakMap();                           // element -> [what it said before, when that changed]
  let scan = null, due = 0, since = 0, next = 0, spent = 0, left = MOST, counted = performance.now();
  const tidy = (s) => s.replace(/\s+/g, ' ').trim();
  const now = () => performance.timeOrigin + performance.now();

  // A text that was exchanged where it stands, as a status is: what it said before tells more than that it came.
  function exchanged(records) {
    const t = now();
    for (const r of records.slice(0, 200)) {
      const gone = r.type === 'characterData' ? r.oldValue : r.removedNodes.length === 1 && r.removedNodes[0].nodeType === 3 ? r.removedNodes[0].data : '';
      const el = r.type === 'characterData' ? r.target.parentElement : r.target, old = tidy(gone || '');
      if (!old || old.length > 80 || !el || el.nodeType !== 1 || el.firstElementChild) continue;
      if (old !== tidy(el.textContent)) was.set(el, [old, t]);         // written anew with the same words it was not exchanged
    }
  }
  function saidBefore(el, text) {                      // the line it stands in said the same but for it
    if (was.has(el)) return was.get(el);
    const part = [...el.children].slice(0, 8).find((c) => was.has(c)), now = part && T.textOf(part);
    return now ? [text.replace(now, () => was.get(part)[0]), was.get(part)[1]] : null;
  }
  function letter() {                                  // what is told at once: texts, and the rows they stand in only once
    const rows = [], at = new Map(), texts = [], parts = {}, replaced = {};
    const add = (el, text) => {
      const fp = T.described(el), details = R.rowDetails(el), marked = T.partsOf(el), before = saidBefore(el, text);
      if (marked.length) parts[texts.length] = marked;
      if (before) replaced[texts.length] = before;
      // Lines of a name and its value are one record's, and no list.
      if (!details || details.own < 0 || (fp.label && !details.headers.some(Boolean))) { texts.push([text, fp, -1, -1]); return; }
      const row = details.cells.join('\n');
      if (!at.has(row)) { at.set(row, rows.length); rows.push({ ...details, own: -1 }); }
      texts.push([text, fp, at.get(row), details.own]);
    };
    const send = (t, copied) => texts.length && globalThis.__rpa_emit(JSON.stringify({ kind: 'shown', t, url: location.href, title: document.title, copied, texts, rows, parts, replaced }));
    return { add, send };
  }
  function may() {                                     // a page that says new things without end is heard at a measured pace
    const t = performance.now();
    left = Math.min(MOST, left + ((t - counted) * AGAIN_PER_S) / 1000);
    counted = t;
    return left >= 1;
  }
  function go(budget) {                                // one slice; true while there is more to look at
    const begun = performance.now(), out = letter();
    let more = true;
    R.look(() => {
      for (let n = 0; may() && (n < LEAST || performance.now() < begun + budget); n++) {
        const { value, done } = scan.texts.next();
        if (done) { more = false; break; }
        const [el, text] = value;
        if (told.get(el) === text || entered.has(el)) continue;
        told.set(el, text);
        left--;
        out.add(el, text);
      }
      out.send(scan.at, false);
    });
    spent += performance.now() - begun;
    return more;
  }
  const idle = globalThis.requestIdleCallback ? (fn) => requestIdleCallback(fn, { timeout: 200 }) : (fn) => setTimeout(fn, 20);
  function work(idleness) {
    due = 0;
    if (!scan) { scan = { texts: T.spots((el) => was.has(el)), at: since }; since = 0; spent = 0; }
    const free = idleness && idleness.timeRemaining ? Math.min(MOST_MS, idleness.timeRemaining()) : 0;
    const more = go(Math.max(SLICE_MS, free));
    if (more && may()) { due = 1; idle(work); return; }
    if (more) since = since || scan.at;                // too much at once: the rest is told by and by
    scan = null;
    next = performance.now() + Math.max(more ? LATER_MS : PAUSE_MS, spent * 20);   // a page that never rests costs a twentieth at most
    if (since) soon();
  }
  function soon() {
    if (!since) since = now();
    if (due) return;
    due = 1;
    const wait = next - performance.now();
    wait > 0 ? setTimeout(() => idle(work), wait) : idle(work);
  }
  const observer = new MutationObserver((records) => { exchanged(records); soon(); });
  const start = () => {
    observer.observe(document, { subtree: true, childList: true, characterData: true, characterDataOldValue: true });
    soon();
  };
  document.documentElement ? start() : addEventListener('readystatechange', start, { once: true, capture: true });
  addEventListener('load', soon, { capture: true });
  function tell() {                                    // whoever works fast leaves before the page had an idle moment
    exchanged(observer.takeRecords());
    if (!scan && !since) return;
    if (!scan) { scan = { texts: T.spots((el) => was.has(el)), at: since }; since = 0; }
    go(LEAVING_MS);
  }
  addEventListener('pagehide', tell, { capture: true });
  T.tell = tell;                                       // the demonstration ends

  function copied(e) {
    if (!e.isTrusted) return;
    const field = recorder.deep(e);
    let el = null, part = '';
    if (field && (field.tagName === 'INPUT' || field.tagName === 'TEXTAREA')) {
      if (field.type === 'password' || R.veiled.has(field) || field.selectionStart === null) return;
      el = field;
      part = field.value.slice(field.selectionStart, field.selectionEnd);
    } else {
      const chosen = getSelection();
      part = String(chosen).replace(/\s+/g, ' ').trim();
      const node = chosen.rangeCount ? chosen.getRangeAt(0).startContainer : null;
      el = node && (node.nodeType === 1 ? node : node.parentElement);
      if (el) el = T.lifted(el);
    }
    if (!el || !part || part.length > 300) return;
    R.look(() => {
      const whole = T.textOf(el);
      // A part of a long text cannot be found in it again.
      if (el === field && part !== field.value && (whole.length > 160 || !whole.includes(part.trim()))) return;
      const out = letter();
      out.add(el, whole.includes(part) && whole.length <= 160 ? whole : part);
      out.send(now(), true);
    });
  }
  for (const type of ['input', 'change']) recorder.on(type, (e) => entered.add(recorder.deep(e)));
  recorder.on('copy', copied);
  recorder.on('cut', copied);
})();
