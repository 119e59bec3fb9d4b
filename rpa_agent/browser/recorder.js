// Listens as a person works. Lives in the isolated world beside page.js: page code can neither read nor forge it.
(() => {
  if (globalThis.__rpaRecorder || !globalThis.__rpa) return;
  globalThis.__rpaRecorder = true;
  const R = globalThis.__rpa;
  const before = new WeakMap();                        // a control's value when it got the focus
  const sent = new Set();
  let pressed = null;

  const deep = (e) => e.composedPath()[0];
  const isText = (el) => R.capability(el) === 'fill';

  function actionable(el) {                            // the element a click means: the nearest that can be clicked
    if (el.nodeType !== 1) el = el.parentElement;
    const hit = R.closest(el, (n) => R.capability(n) !== 'none' || n.tagName === 'OPTION');
    if (!hit) return el;
    if (hit.tagName === 'LABEL' && hit.control) return hit.control;
    return R.closest(hit.parentElement || hit, (n) => n.tagName === 'BUTTON' || (n.tagName === 'A' && n.hasAttribute('href'))) || hit;
  }

  function emit(kind, el, extra = {}) {
    const message = { kind, t: performance.timeOrigin + performance.now(), url: location.href, title: document.title, ...extra };
    if (el) {
      const fp = R.fingerprint(el);
      fp.unique = R.uniqueness(el);
      message.ref = R.refOf(el);
      message.row = R.rowDetails(el);
      message.option_of = optionOf(el);
      message.element = fp;
      const page = location.pathname + '|' + [...document.querySelectorAll('dialog[open],[role=dialog]')].filter(R.visible).length;
      if (!sent.has(page)) { sent.add(page); message.rows = R.rows(); }
    }
    globalThis.__rpa_emit(JSON.stringify(message));
  }
  function optionOf(el) {                              // the field whose list this option belongs to
    if (R.role(el) !== 'option') return '';
    const list = R.closest(el, (n) => R.attr(n, 'role') === 'listbox' || n.tagName === 'DATALIST');
    if (!list || !list.id) return '';
    for (const c of R.candidates()) if (R.attr(c, 'aria-controls') === list.id || R.attr(c, 'aria-owns') === list.id || R.attr(c, 'list') === list.id) return R.name(c);
    return '';
  }
  const presses = (el) => !isText(el) && !(el.tagName === 'INPUT' && R.capability(el) === 'check') && el.tagName !== 'SELECT' && R.capability(el) !== 'none';
  const valueOf = (el) => R.value(el);
  function was(el) {                                   // a control's value before: as last seen, else as the page was sent
    if (before.has(el)) return before.get(el);
    if (el.tagName === 'SELECT') {
      const chosen = [...el.options].filter((o) => o.defaultSelected);
      return (chosen.length || el.multiple ? chosen : [...el.options].slice(0, 1)).map((o) => R.textOf(o)).join('\n');
    }
    const cap = R.capability(el);
    return cap === 'check' ? String(!!el.defaultChecked) : cap === 'upload' ? '' : el.defaultValue ?? valueOf(el);
  }
  const secret = (el) => (el.type || '').toLowerCase() === 'password' || /one-time-code|cc-|current-password|new-password/.test(R.attr(el, 'autocomplete'));

  function changed(el) {
    const cap = R.capability(el);
    if (cap === 'fill') emit('fill', el, { value: valueOf(el), secret: secret(el), input_type: el.type || '' });
    else if (cap === 'select' && el.tagName === 'SELECT') emit('select', el, { value: valueOf(el) });
    else if (cap === 'check') emit(el.checked ?? R.attr(el, 'aria-checked') === 'true' ? 'check' : 'uncheck', el, { value: el.value || '' });
    else if (cap === 'upload') emit('upload', el, { value: valueOf(el) });
  }

  const on = (type, fn) => addEventListener(type, fn, { capture: true, passive: true });
  on('focusin', (e) => { const el = deep(e); if (el.nodeType === 1 && !before.has(el)) before.set(el, R.value(el)); });
  // The element is described when the pointer goes down: by the time of the click its page may have changed it.
  on('pointerdown', (e) => {
    if (!e.isTrusted) return;
    const el = actionable(deep(e));
    pressed = { el, fp: R.fingerprint(el) };
  });
  on('click', (e) => {
    if (!e.isTrusted) return;
    const el = actionable(deep(e));
    const cap = R.capability(el);
    if (cap === 'select' && el.tagName === 'SELECT') return;
    if (cap === 'check' && el.tagName === 'INPUT') return;
    if (cap === 'upload') return;
    // Enter in a field clicks the form's button by itself; the key was already told.
    if (e.detail === 0 && e.pointerType === '' && el.tagName !== 'LABEL') { emit('click', el, { synthetic: true }); return; }
    emit('click', el, { typing: isText(el), detail: e.detail });
  });
  on('dblclick', (e) => { if (e.isTrusted) emit('dblclick', actionable(deep(e))); });
  on('contextmenu', (e) => { if (e.isTrusted) emit('rightclick', actionable(deep(e))); });
  on('input', (e) => {
    const el = deep(e);
    if (!isText(el)) return;
    if (e.isTrusted || was(el) !== valueOf(el)) { changed(el); before.set(el, valueOf(el)); }
  });
  on('change', (e) => {
    const el = deep(e);
    if (el.nodeType !== 1) return;
    if ((isText(el) || !e.isTrusted) && was(el) === valueOf(el)) return;      // scripts fire events where nothing changed
    changed(el);
    before.set(el, valueOf(el));
  });
  on('keydown', (e) => {
    if (!e.isTrusted || e.isComposing) return;
    const named = ['Enter', 'Escape', 'Tab', 'ArrowDown', 'ArrowUp', 'PageDown', 'PageUp', 'Delete'].includes(e.key) || /^F\d+$/.test(e.key);
    const space = e.key === ' ' && e.target.nodeType === 1 && presses(deep(e));      // a button pressed from the keyboard
    const chord = (e.ctrlKey || e.metaKey || e.altKey) && e.key.length === 1;
    if (!named && !chord && !space) return;
    const mods = [e.ctrlKey && 'Control', e.altKey && 'Alt', e.metaKey && 'Meta', e.shiftKey && named && 'Shift'].filter(Boolean);
    const el = deep(e);
    emit('press', el.nodeType === 1 && el !== document.body ? el : null, { value: [...mods, space ? 'Space' : e.key].join('+'), multiline: el.tagName === 'TEXTAREA' || el.isContentEditable });
  });

  // What the page announces, told whenever it changed.
  let told = '', due = 0;
  const tell = () => {
    due = 0;
    const now = JSON.stringify(R.announced());
    if (now !== told) { told = now; globalThis.__rpa_emit(JSON.stringify({ kind: 'announced', t: performance.timeOrigin + performance.now(), url: location.href, title: document.title, top: window.top === window, lang: document.documentElement.lang || '', texts: JSON.parse(now), lang: document.documentElement.lang || '' })); }
  };
  const soon = () => { if (!due) due = setTimeout(tell, 40); };
  const go = () => { new MutationObserver(soon).observe(document, { subtree: true, childList: true, attributes: true, characterData: true }); soon(); };
  document.documentElement ? go() : addEventListener('readystatechange', go, { once: true, capture: true });
  addEventListener('DOMContentLoaded', tell, { capture: true });
  addEventListener('pagehide', tell, { capture: true });
})();
