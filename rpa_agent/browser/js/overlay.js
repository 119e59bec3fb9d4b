// What a person sees while recording: stop, undo, and pointing at what proves success or is brought back. It lives in the
// isolated world behind a closed shadow root; what is done to it is no act, and the page never hears of it.
// The bar is in the page's own document. A frame of the same origin hands it what it hears; one of another origin cannot,
// and points by itself while the recorder carries word between the two.
(() => {
  if (globalThis.__rpaOverlay || !globalThis.__rpa) return;
  const P = () => globalThis.__rpaPicking, TOP = window.top === window;
  const KEYS = { KeyS: 'stop', KeyU: 'undo', KeyP: 'success', KeyX: 'exception', KeyV: 'output', KeyT: 'table', KeyD: 'download', KeyO: 'optional' };
  const POINTED = { success: 'Click the text that proves success', exception: 'Click the text that announces a refusal',
    output: 'Click the value to bring back', table: 'Click into the table to bring back' };
  const NAMED = { output: 'Name of this value', table: 'Name of this table', download: 'Name of this file', exception: 'Name of this refusal' };
  const emit = (kind, extra = {}) => globalThis.__rpa_emit(JSON.stringify({ kind, t: performance.timeOrigin + performance.now(), url: location.href, title: document.title, ...extra }));
  let host = null, root = null, mode = '', picked = null, state = { count: 0, last: '', sends: false, warned: '', download: '', turn: '' };

  // ---- the bar -----------------------------------------------------------------------------------------------
  const CSS = `:host{all:initial}*{box-sizing:border-box;font:13px/1.35 system-ui,sans-serif}
    .bar{position:fixed;right:16px;bottom:16px;max-width:min(560px,calc(100vw - 32px));background:#16202b;color:#f3f6f9;border-radius:10px;
      box-shadow:0 6px 24px #0006;padding:8px 10px;display:flex;flex-wrap:wrap;gap:6px;align-items:center}
    .bar.left{right:auto;left:16px}.said{flex:1 1 100%;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;color:#c9d4de}
    .said.sends{color:#ffc46b}.said.whole{white-space:normal}.dot{width:10px;height:10px;border-radius:50%;background:#ff5a52}
    button{background:#2b3947;color:inherit;border:1px solid #42525f;border-radius:6px;padding:4px 8px;cursor:pointer}
    button:hover,button:focus-visible{background:#3b4c5c;outline:2px solid #7ab8ff}button[data-do=stop]{background:#b3261e;border-color:#b3261e}
    button[hidden],input[hidden]{display:none}input{flex:1;min-width:120px;padding:4px 6px;border-radius:6px;border:1px solid #7ab8ff;background:#fff;color:#16202b}
    .frame{position:fixed;pointer-events:none;border:2px solid #7ab8ff;background:#7ab8ff33;border-radius:3px;display:none}`;
  const BUTTONS = [['undo', 'Undo', 'forget the last step (Alt+Shift+U)'], ['optional', 'Optional', 'the last step is not always there (Alt+Shift+O)'],
    ['success', '✓ Success', 'point at the text that proves success (Alt+Shift+P)'], ['exception', '✗ Refusal', 'point at the text of a business exception (Alt+Shift+X)'],
    ['output', 'Value', 'point at a value to bring back (Alt+Shift+V)'], ['table', 'Table', 'point at a table to bring back (Alt+Shift+T)'],
    ['download', 'File', 'bring the last download back (Alt+Shift+D)'], ['move', '⇄', 'move this bar'], ['stop', 'Stop', 'the work is done (Alt+Shift+S)']];
  const make = (tag, props, ...inside) => { const n = Object.assign(document.createElement(tag), props); n.append(...inside); return n; };
  const SHOWN = new Set(['undo', 'optional', 'move', 'stop']);    // in a lesson: of what else is marked nothing is learned
  let bar, said, name, frame;

  function build() {
    host = document.createElement('rpa-overlay');
    root = host.attachShadow({ mode: 'closed' });
    const sheet = new CSSStyleSheet();                    // a style element would be refused by a strict content policy
    sheet.replaceSync(CSS);
    root.adoptedStyleSheets = [sheet];
    frame = make('div', { className: 'frame' });
    root.append(frame);
    if (TOP) root.append(barOf());
    host.popover = 'manual';
    host.setAttribute('style', 'all:initial!important;display:block!important;position:fixed!important;inset:auto!important;border:0!important;padding:0!important;background:none!important;overflow:visible!important;z-index:2147483647!important');
    place();
    let due = 0;
    const again = () => { if (!due) due = setTimeout(() => { due = 0; place(); }, 100); };   // a flood of changes costs ten looks a second
    new MutationObserver(again).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['open'] });
  }
  function barOf() {
    said = make('span', { className: 'said', textContent: 'Recording. Work as usual.' });
    name = make('input', { hidden: true });
    bar = make('div', { className: 'bar' }, said, make('span', { className: 'dot', title: 'recording' }), name);
    for (const [what, label, title] of BUTTONS) { const b = make('button', { type: 'button', textContent: label, title }); b.dataset.do = what; bar.append(b); }
    return bar;
  }
  function place() {                                      // above everything, and inside a modal dialog, which makes all else inert
    const modal = [...document.querySelectorAll('dialog[open]')].filter((d) => d.matches(':modal')).pop();
    const home = modal || document.documentElement;
    if (host.parentNode !== home) home.append(host);
    if (host.isConnected && !host.matches(':popover-open')) { try { host.showPopover(); } catch { /* a document that cannot show it yet shows it at the next change */ } }
  }
  function draw() {
    if (!root) return;
    frame.style.display = 'none';
    if (!TOP) return;
    said.textContent = mode === 'name' ? `${NAMED[picked.mode]} — Enter keeps it, Esc cancels` : mode ? `${POINTED[mode]} — Esc to cancel` : state.warned ? `⚠ ${state.warned}` : state.last ? `${state.count}  ${state.last}` : state.turn || 'Recording. Work as usual.';
    said.className = 'said' + (!mode && (state.sends || state.warned) ? ' sends' : '') + (!mode && (state.warned || (state.turn && !state.last)) ? ' whole' : '');
    name.hidden = mode !== 'name';
    for (const b of root.querySelectorAll('button')) b.hidden = mode ? b.dataset.do !== 'move' : b.dataset.do === 'download' ? !state.download : ['undo', 'optional'].includes(b.dataset.do) && !state.count;
    for (const b of state.turn ? root.querySelectorAll('button') : []) b.hidden ||= !SHOWN.has(b.dataset.do);
  }

  // ---- pointing ----------------------------------------------------------------------------------------------
  function pointing(what) { if (outermost() !== globalThis.__rpaOverlay) return; mode = what; picked = null; if (mode && !host) build(); draw(); }
  function start(what) { pointing(what); emit('pointing', { mode }); }       // the frames that cannot ask the bar are told
  const cancel = () => start('');
  function outline(el) {
    if (!el) { frame.style.display = 'none'; return; }
    Object.assign(frame.style, P().box(el), { display: 'block' });
  }
  function pick(el) {
    const taken = P().take(mode, el);
    if (!taken) { TOP ? none() : emit('pointed', { mode: '' }); return; }
    if (TOP && /^(success|exception)$/.test(mode) && (!taken.text || P().region(el))) { said.textContent = 'That is a whole region. Click the very words in it.'; return; }
    if (mode === 'success') { emit('mark', { mark: 'success', text: taken.text, name: '' }); cancel(); return; }
    picked = taken;
    TOP ? ask(taken.proposal) : emit('pointed', { mode, proposal: taken.proposal });
  }
  const none = () => { said.textContent = 'There is no table here. Point into a table.'; };
  function pointed(what, proposal) {                      // a frame of another origin took something, and keeps it
    if (!what) { none(); return; }
    picked = { mode: what, elsewhere: true };
    ask(proposal);
  }
  function ask(proposal) { mode = 'name'; draw(); name.value = proposal.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '_').replace(/^_|_$/g, '').slice(0, 40); name.focus(); name.select(); }
  function entered() {
    const called = name.value.trim();
    if (!called) return;
    if (picked.elsewhere) emit('named', { name: called });
    else named(called);
    cancel();
  }
  function named(called) {
    const p = picked;
    picked = null;
    if (!p) return;
    if (p.mode === 'exception') emit('mark', { mark: 'exception', text: p.text, name: called });
    else if (p.mode === 'download') emit('keep_download', { name: called });
    else emit('read', { value: p.whole, part: p.text, output: called, element: p.element, row: p.row, ref: p.ref, table: p.table, pager: p.pager });
  }
  function does(what) {
    if (what === 'cancel') { cancel(); return; }
    if (what === 'move') { bar.classList.toggle('left'); return; }
    if (mode || (state.turn && !SHOWN.has(what))) return;
    if (what === 'download') { if (state.download) { picked = { mode: 'download' }; ask(state.download.replace(/\.\w+$/, '')); } } else if (what in POINTED) start(what);
    else emit(what);
  }
  const asks = (what) => (TOP ? does(what) : emit('asked', { does: what }));

  // ---- input: heard before the page and before the recorder -----------------------------------------------------
  const stop = (e) => { e.preventDefault(); e.stopImmediatePropagation(); };
  function moved(e) {
    if (!mode || mode === 'name' || picked) return;
    const el = e.composedPath()[0];
    outline(e.type === 'pointerout' || el === host || el.nodeType !== 1 ? null : P().wanted(mode, el));
  }
  function heard(e) {
    const ours = host !== null && e.target === host;
    if (!ours && (!mode || mode === 'name' || picked || !e.isTrusted)) return;
    e.stopImmediatePropagation();
    if (!e.isTrusted) return;
    if (ours) {
      const el = root.elementFromPoint(e.clientX, e.clientY);
      if (el !== name) e.preventDefault();                // the field of the page keeps the focus
      if (e.type === 'click' && el && el.closest('button')) does(el.closest('button').dataset.do);
      return;
    }
    e.preventDefault();
    const el = e.composedPath()[0];
    if (e.type === 'click' && el.nodeType === 1) pick(el);
  }
  function typed(e) {
    if (host !== null && e.target === host) {
      e.stopImmediatePropagation();
      if (e.type === 'keydown' && e.isTrusted && e.key === 'Enter') { e.preventDefault(); if (mode === 'name') entered(); else if (root.activeElement && root.activeElement.dataset) does(root.activeElement.dataset.do); }
      if (e.type === 'keydown' && e.isTrusted && e.key === 'Escape') { e.preventDefault(); cancel(); }
      return;
    }
    if (e.type !== 'keydown' || !e.isTrusted) return;
    if (mode && e.key === 'Escape') { stop(e); asks('cancel'); return; }
    if (e.altKey && e.shiftKey && !e.ctrlKey && !e.metaKey && KEYS[e.code]) { stop(e); asks(KEYS[e.code]); }
  }

  // What a frame hears goes to the outermost document that it may read: the page's own, or the first of another origin.
  function outermost() {
    let view = window;
    while (view !== view.parent && view.frameElement) view = view.parent;
    return view.__rpaOverlay;
  }
  const hands = (what) => (e) => { const o = outermost(); if (o) o[what](e); };
  for (const type of ['pointerdown', 'pointerup', 'mousedown', 'mouseup', 'click', 'dblclick', 'contextmenu', 'auxclick']) addEventListener(type, hands('heard'), { capture: true });
  for (const type of ['keydown', 'keyup', 'keypress', 'input', 'change', 'beforeinput', 'focusin', 'focusout', 'paste', 'copy', 'wheel']) addEventListener(type, hands('typed'), { capture: true });
  for (const type of ['pointermove', 'pointerout']) addEventListener(type, hands('moved'), { capture: true, passive: true });

  globalThis.__rpaOverlay = { heard, typed, moved, does, pointing, pointed, named, show: (now) => { state = { ...state, ...now }; draw(); } };
  const begin = () => { if (TOP) { build(); draw(); } if (outermost() === globalThis.__rpaOverlay) emit('shown_bar'); };
  document.body ? begin() : addEventListener('DOMContentLoaded', begin, { once: true });
})();
