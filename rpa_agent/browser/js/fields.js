// Hears what becomes of fields: typed, chosen from lists, ticked, picked in calendars, moved. Lives beside recorder.js in
// the isolated world and reads the page only. What hands did on the way is absorbed by the value it led to.
(() => {
  const R = globalThis.__rpa, T = globalThis.__rpaRecorder;
  if (!T || !T.emit || T.fields) return;
  T.fields = true;
  const { emit, describe, deep, on, isText, log } = T;
  const LOOKS = [4, 60, 250];                          // when a page may have done what an act asked of it, in ms
  const OPTIONS = 60;
  const tidy = (s) => (s || '').replace(/\s+/g, ' ').trim();
  const low = (s) => tidy(s).toLocaleLowerCase();
  const within = (outer, el) => !!R.closest(el, (n) => n === outer);
  const above = (el) => { const out = []; for (let n = el; n && n !== document.body && n !== document.documentElement; n = R.parentOf(n)) out.push(n); return out; };

  // ---- what fields hold ------------------------------------------------------------------------------------------
  const known = new WeakMap();                         // field -> what it held when it was last looked at
  const first = new WeakMap();                         // field -> what it held before the person came
  const shownIn = (el) => (R.capability(el) === 'fill' || el.tagName === 'SELECT' || 'value' in el ? R.value(el) : tidy(R.textOf(el)));
  function was(el) {                                   // before: as last seen, else as the page was sent
    if (known.has(el)) return known.get(el);
    if (el.tagName === 'SELECT') {
      const chosen = [...el.options].filter((o) => o.defaultSelected);
      return (chosen.length || el.multiple ? chosen : [...el.options].slice(0, 1)).map((o) => R.textOf(o)).join('\n');
    }
    const cap = R.capability(el);
    return cap === 'check' ? String(!!el.defaultChecked) : cap === 'upload' ? '' : el.defaultValue ?? openers.get(el) ?? shownIn(el);
  }
  const learn = (el, value) => { if (!first.has(el)) first.set(el, was(el)); known.set(el, value); };
  const secret = (el) => R.veiled.has(el) || (el.type || '').toLowerCase() === 'password' || /one-time-code|cc-|current-password|new-password/.test(R.attr(el, 'autocomplete'));
  function veil() { for (const el of R.all('input[type=password]')) R.veiled.add(el); }

  // ---- radios: which of the group ----------------------------------------------------------------------------------
  function groupOf(el) {
    const native = el.tagName === 'INPUT', root = el.getRootNode();
    const set = native ? null : R.closest(el, (n) => R.attr(n, 'role') === 'radiogroup');
    if (native && el.type !== 'radio') return null;
    if (!native && (R.role(el) !== 'radio' || !set)) return null;
    const all = native ? (el.name ? [...root.querySelectorAll('input[type=radio]')].filter((o) => o.name === el.name && o.form === el.form) : [el]) : R.beneath(set, '[role=radio]');
    const field = R.closest(el, (n) => n.tagName === 'FIELDSET' || R.attr(n, 'role') === 'radiogroup');
    const legend = field && [...field.children].find((c) => c.tagName === 'LEGEND');
    let called = legend ? R.textOf(legend) : field ? R.attr(field, 'aria-label') || R.labelOf(field) : '';
    if (!called && all.length > 1) {                   // the text before what holds them all
      const box = R.closest(el, (n) => all.every((o) => within(n, o)));
      called = box ? R.textBefore(box) : '';
      if (called && [...document.querySelectorAll('h1,h2')].some((h) => tidy(h.textContent) === tidy(called))) called = '';      // the page's own
    }
    called = tidy(called);
    const said = all.map((o) => low(R.name(o))).filter(Boolean);
    // A sentence of instructions, or one that names an option, is no name of the group.
    if (called.split(' ').length > 5 || said.some((s) => low(called).includes(s))) called = '';
    return { called, all, options: all.map((o) => R.name(o)).filter(Boolean).slice(0, OPTIONS) };
  }
  const ticked = (el) => el.checked ?? R.attr(el, 'aria-checked') === 'true';
  function tick(el, extra = {}, told = null) {
    const group = groupOf(el);
    const more = group && group.options.length > 1 ? { value: R.name(el), options: group.options, group: group.called || el.name || '' } : { value: el.value || '' };
    emit(ticked(el) ? 'check' : 'uncheck', el, { ...more, initial: first.get(el) ?? null, ...extra }, told);
  }

  // ---- a field was changed --------------------------------------------------------------------------------------
  function changed(el, extra = {}, told = null) {
    const cap = R.capability(el), styled = cap === 'fill' && globalThis.__rpaStyled ? globalThis.__rpaStyled.read(el) : '', value = styled || shownIn(el);
    if (cap === 'fill') emit('fill', el, { value, styled: !!styled, secret: secret(el), input_type: el.type || '', initial: first.get(el) ?? null, ...extra }, told);
    else if (el.tagName === 'SELECT') emit('select', el, { value, options: optionsOf(el), initial: first.get(el) ?? null, ...extra }, told);
    else if (cap === 'check') tick(el, extra, told);
    else if (cap === 'upload') T.uploaded(el);
  }
  const optionsOf = (el) => [...el.options].slice(0, OPTIONS).filter((o) => !o.disabled && o.value !== '').map((o) => tidy(o.label || o.text));

  on('focusin', (e) => { const el = deep(e); veil(); typing = null; if (el.nodeType === 1 && !known.has(el)) known.set(el, shownIn(el)); });
  let typing = null;                                   // the field a person types into while its handlers run
  addEventListener('input', (e) => { if (e.isTrusted) typing = null; }, { passive: true });      // they have run: what is told next is another act
  on('input', (e) => {
    const el = deep(e);
    if (!isText(el)) return;
    const now = R.value(el);
    if (e.isTrusted) {
      if (masked !== el) unmask();
      typing = el; marked = null;
      setTimeout(() => { if (typing === el) typing = null; }, 0);
      learn(el, now);
      if (act && act.loose.size) look(act, false);     // what a script entered before this was entered before it
      changed(el, passedOn(e, el, now));
      masked = el;
      setTimeout(unmask, 0);
    } else if (was(el) !== now) untold(el);
  });
  // A mask may write anew what was typed. It is told before what the person does next, however busy the page is by then.
  let masked = null;
  function unmask() {
    const el = masked;
    masked = null;
    if (!el || passing.has(el) || R.value(el) === known.get(el)) return;
    learn(el, R.value(el)); changed(el);
  }
  // A change inside a component is told inside it alone: it is listened to wherever hands come.
  const listened = new WeakSet(), heard = new WeakSet();
  function listenIn(e) {
    for (const n of e.composedPath()) {
      const root = n instanceof ShadowRoot ? n : n.shadowRoot;
      if (root && !listened.has(root)) { listened.add(root); root.addEventListener('change', onChange, { capture: true, passive: true }); }
    }
  }
  for (const type of ['pointerdown', 'keydown', 'focusin', 'click']) on(type, listenIn);
  on('change', onChange);
  function onChange(e) {
    const el = deep(e);
    if (el.nodeType !== 1 || heard.has(e)) return;
    heard.add(e);
    const cap = R.capability(el);
    if (passing.has(el)) { known.set(el, shownIn(el)); return; }
    if (!e.isTrusted && el.tagName === 'INPUT' && cap === 'fill') { if (was(el) !== shownIn(el)) untold(el); return; }
    if ((isText(el) || !e.isTrusted) && was(el) === shownIn(el)) return;       // scripts fire events where nothing changed
    if (!e.isTrusted && act && act.states.some(([one]) => one === el)) return;      // what was clicked beside it is told as its tick
    if (!e.isTrusted && act && el.tagName === 'SELECT' && R.unseen(el)) { act.behind.add(el); return; }
    learn(el, shownIn(el)); changed(el);
  }
  on('compositionend', (e) => { const el = deep(e); if (isText(el)) { learn(el, R.value(el)); changed(el); } });
  // A field that is emptied as a key goes down only passes the keys on: what was typed is the keys, not what it holds.
  let strokes = null;                                  // { el, text, held }: the keys since the field was come to or sent
  const passing = new WeakSet();
  function struck(e, el) {
    if (/^(Shift|CapsLock|AltGraph|Dead)$/.test(e.key)) return;
    const one = e.key.length === 1 && !e.ctrlKey && !e.metaKey && !e.altKey, back = e.key === 'Backspace';
    if (!strokes || strokes.el !== el || !(one || back)) strokes = { el, text: '' };
    strokes.key = e.key;
    strokes.held = /^(INPUT|TEXTAREA)$/.test(el.tagName) && el.maxLength !== 1 && el.selectionStart === el.selectionEnd ? R.value(el) : '';
    if (!back) return;
    strokes.text = strokes.text.slice(0, -1);
    if (passing.has(el)) changed(el, { value: strokes.text, keys: true });
  }
  function passedOn(e, el, now) {
    if (!strokes || strokes.el !== el || e.inputType !== 'insertText' || !e.data) return {};
    if (strokes.key !== e.data) { strokes = null; passing.delete(el); return {}; }      // written at once, by no key
    strokes.key = '';
    strokes.text += e.data;
    if (strokes.held && now === e.data && !secret(el)) passing.add(el);
    return passing.has(el) ? { value: strokes.text, keys: true } : {};
  }
  // A script's own event: what it computed from what was typed elsewhere is no one's value, what a click led to is judged then.
  function untold(el) {
    if (typing && typing !== el) { known.set(el, shownIn(el)); return; }
    if (act) { act.loose.add(el); return; }
    if (el.readOnly || el.disabled) { known.set(el, shownIn(el)); return; }
    learn(el, shownIn(el)); changed(el);
  }

  // ---- what an act led to -----------------------------------------------------------------------------------------
  const stirred = new WeakMap();                       // element -> when something came into it or its look changed
  const observer = new MutationObserver((records) => {
    const t = performance.now();
    for (const r of records.slice(0, 500)) {
      if (r.type === 'attributes') stirred.set(r.target, t);
      else for (const n of r.addedNodes) if (n.nodeType === 1) stirred.set(n, t);
    }
  });
  const watch = () => observer.observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['class', 'style', 'hidden', 'open', 'aria-hidden'] });
  document.documentElement ? watch() : addEventListener('readystatechange', watch, { once: true, capture: true });

  let act = null;                                      // the last press of a button or key, and what there was before it
  const openers = new WeakMap();                       // an element without a value -> its words before it was pressed
  const LISTED = /^(listbox|menu|dialog|grid|tree|tooltip)$/;
  const afloat = (n) => LISTED.test(R.attr(n, 'role')) || (n.isConnected && /^(absolute|fixed)$/.test(getComputedStyle(n).position));
  function begin(by, e) {
    unmask();
    if (act) finish(act);
    veil();
    const hit = deep(e), at = document.activeElement && document.activeElement !== document.body ? inner(document.activeElement) : null;
    if (hit.nodeType !== 1) return;
    act = { by, hit, focus: at, key: e.key, event: e, t: performance.now(), loose: new Set(), behind: new Set(), done: new Set(), values: [], since: log.length ? log[log.length - 1].i : 0,
      states: stateful(hit).map((el) => [el, ticked(el), drawnIn(hit)]), ticking: by === 'pointer' ? tickedBy(hit) : null, words: tidy(R.textOf(hit)).slice(0, 120), path: above(hit), floats: new Set(by === 'pointer' ? above(hit).filter(afloat) : []), box: at && isText(at) ? around(at) : '' };
    if (by === 'key' && at && /^(Enter|Tab)$/.test(e.key)) pointedAt(at);
    for (const n of by === 'pointer' ? act.path.slice(0, 3) : []) {       // what a track is moved by may lie in it, unseen
      if (n.childElementCount < 12) for (const r of n.querySelectorAll('input[type=range]')) if (!known.has(r)) known.set(r, shownIn(r));
    }
    const option = by === 'pointer' && R.optionAround(hit);
    if (option && option.childElementCount < 10) act.said = R.saidOf(option);
    if (by === 'pointer') for (const n of act.path.slice(0, 6)) if (!openers.has(n)) openers.set(n, tidy(R.textOf(n)).slice(0, 120));
  }
  function pointedAt(field) {                          // the option that the keys stand on, before its list closes
    const option = R.attr(field, 'aria-activedescendant') && field.getRootNode().getElementById(R.attr(field, 'aria-activedescendant'));
    if (!option || !tidy(R.textOf(option))) return;
    act.item = tidy(R.textOf(option)).slice(0, 120);
    act.said = R.saidOf(option);
  }
  function inner(el) { while (el.shadowRoot && el.shadowRoot.activeElement) el = el.shadowRoot.activeElement; return el; }
  // A box that nobody sees and what is drawn beside it ticks by script: the box that holds both, and nothing else to work with.
  function drawnIn(hit) {
    const box = R.closest(hit, (n) => n.tagName === 'LABEL' || R.workedIn(n));
    return box && box.tagName !== 'LABEL' && box !== hit ? box : null;
  }
  function drawn(hit) {
    const box = drawnIn(hit), el = box && R.onlyBox(box);
    return el && R.capability(el) === 'check' && R.handleOf(el) !== el ? [el] : [];
  }
  function stateful(hit) {                             // roles that are ticked without being inputs
    const el = R.closest(hit, (n) => n.tagName !== 'INPUT' && R.capability(n) === 'check' && n.hasAttribute('aria-checked'));
    if (!el) return drawn(hit);
    const group = R.closest(el, (n) => R.attr(n, 'role') === 'radiogroup');
    return R.role(el) === 'radio' && group ? R.beneath(group, '[role=radio]') : [el];
  }
  function tickedBy(hit) {                             // the box that a press ticks by itself, as it stood before
    const at = R.closest(hit, (n) => n.tagName === 'INPUT' || (n.tagName === 'LABEL' && n.control)), el = at && (at.control || at);
    return el && el.tagName === 'INPUT' && R.capability(el) === 'check' ? { el, before: ticked(el), told: describe(el) } : null;
  }
  on('pointerdown', (e) => {
    if (!e.isTrusted) return;
    if (marked && !within(marked, deep(e))) meantAll();
    marked = null;
    begin('pointer', e);
  });
  const soon = (mine) => LOOKS.forEach((ms) => setTimeout(() => { if (act === mine) look(mine, ms === LOOKS[LOOKS.length - 1]); }, ms));
  on('pointerup', (e) => { if (e.isTrusted && act && act.by === 'pointer') soon(act); });
  on('click', (e) => { 
    if (!e.isTrusted || !act || e.detail === 0) return;
    const mine = act;
    mine.clicked = true;
    setTimeout(() => { mine.refused = e.defaultPrevented; }, 0);
    soon(mine);
  });
  addEventListener('pagehide', () => { if (act && act.behind.size) finish(act); }, { capture: true });
  function finish(mine) { look(mine, true); if (act === mine) act = null; }
  function look(mine, last) {
    states(mine);
    for (const el of R.fields()) {
      if (toldByOther(el)) { if (was(el) !== shownIn(el)) known.set(el, shownIn(el)); continue; }
      const now = shownIn(el), old = was(el);
      if (now === old || secret(el) || !(R.visible(el) && !(el.tagName === 'INPUT' && R.attr(el, 'aria-hidden') === 'true') || el.type === 'range')) { if (now !== old && !secret(el)) known.set(el, now); continue; }
      const how = holdsAnother(mine, el, now) ? '' : meaning(mine, el, old, now);
      if (how) { learn(el, now); told(mine, el, how, now); mine.loose.delete(el); mine.done.add(el); }
      else if (mine.loose.has(el)) {
        mine.loose.delete(el); learn(el, now);
        if (!el.readOnly && !el.disabled && !mine.done.has(el)) changed(el);
      } else known.set(el, now);
    }
    if (mine.by === 'pointer') { chips(mine); buttons(mine); }
    else listClosed(mine);
    if (last && act === mine) { mirrored(mine); owed(mine); act = null; }
  }
  // A box tells its change itself. Where it did not, the page has its own way, and the press is told: none is lost.
  function owed(mine) {
    const box = mine.ticking;
    if (!box || !mine.clicked || since(mine, (m) => within(m.el, box.el) && /check$|^click$/.test(m.kind)).length) return;
    if (ticked(box.el) !== box.before) { learn(box.el, shownIn(box.el)); tick(box.el, {}, box.told); }
    else if (mine.refused) emit('click', box.el, {}, box.told);
  }
  // What is drawn as a field around one that holds the same, or that keeps its choices beside it, says nothing of its own.
  const holdsAnother = (mine, el, now) => !('value' in el)
    && R.fieldsIn(el).some((f) => f !== el && 'value' in f && (R.value(f) ? low(now).includes(low(R.value(f))) : f === mine.focus));
  // Of a list and the field that it took the place of one tells the choice: what is drawn, where the field's label calls it;
  // else the field, as the list's own words are what was chosen last.
  function toldByOther(el) {
    const field = el.tagName === 'SELECT' ? (R.unseen(el) ? el : null) : R.standsFor(el);
    if (!field || !R.visible(field)) return false;
    return el === field ? !!R.labelOf(el) && R.fields().some((d) => R.standsFor(d) === el) : !R.labelOf(field);
  }
  // A field nobody sees that was set while something else was chosen keeps the choice; what was chosen from tells it.
  function mirrored(mine) {
    for (const el of mine.behind) {
      const lines = shownIn(el).split('\n').map(low);
      const told = mine.values.some((v) => lines.some((l) => related(l, low(v)))) || [...mine.done].some((d) => R.standsFor(d) === el || related(low(shownIn(d)), low(shownIn(el))) || related(low(R.textOf(d)), low(shownIn(el))));
      learn(el, shownIn(el));
      if (!told) changed(el);
    }
    mine.behind.clear();
  }
  function states(mine) {
    for (const pair of mine.states) {
      if (ticked(pair[0]) === pair[1]) continue;
      pair[1] = ticked(pair[0]);
      const group = groupOf(pair[0]);
      if (group && !pair[1]) continue;                 // the other radio of the group tells it
      if (since(mine, (m) => /check$/.test(m.kind) && within(pair[0], m.el)).length) continue;      // the box in the component told it
      const steps = since(mine, (m) => m.kind === 'click' || m.kind === 'press').filter((m) => mine.states.some(([el, , box]) => within(el, m.el) || within(m.el, el) || (el.tagName === 'INPUT' && box && within(box, m.el))));
      const own = steps.find((m) => m.el === pair[0]);
      if (!first.has(pair[0])) first.set(pair[0], String(!pair[1]));
      tick(pair[0], { absorbs: steps.map((m) => m.n) }, own ? own.told : null);
    }
  }
  const wordy = (el) => typeof el.value !== 'string' && !!R.name(el) && low(shownIn(el)).startsWith(low(R.name(el)) + ' ');      // it says its label and its value in one
  const since = (mine, test) => log.filter((m) => m.i > mine.since && m.el && test(m));
  const meantToSee = (el) => R.visible(el) && R.attr(el, 'aria-hidden') !== 'true';
  const alone = (box) => R.fieldsIn(box).filter(meantToSee).length < 2;
  function sameBox(el, field) {                        // the smallest box around both holds no other field
    const box = R.closest(el, (n) => within(n, field));
    return !!box && box !== document.body && box.tagName !== 'FORM' && alone(box);
  }
  function around(field) {                             // what stands beside a field in its own box: tags that were chosen
    const all = above(field).slice(1, 4);
    const box = all.filter((n) => n.tagName !== 'FORM' && alone(n) && tidy(n.innerText || '').length < 400).pop();
    return box ? R.saidIn(box).join('\n') : '';
  }
  const numeric = (s) => /^[-+]?[\d.,'\s]+$/.test(tidy(s));
  const related = (a, b) => !!a && !!b && (a === b || (b.length > 1 && (a.startsWith(b) || a.includes(' ' + b) || (b.startsWith(a) && !/^[\p{L}\p{N}]/u.test(b.slice(a.length))))));
  const dateLike = (s) => /\d{1,4}[./\s-]\s?(\d{1,2}|\p{L}{3,})\.?[./\s,-]\s?\d{2,4}/u.test(s) || /\p{L}{3,}\.? \d{1,2},? \d{4}/u.test(s);
  function popupOf(path, field, opened, floats = act ? act.floats : new Set()) {              // what floats over the page, or came with the opening, and holds what was hit
    let found = null;
    for (const n of path) {
      if (within(n, field)) break;
      if (floats.has(n) || afloat(n) || ((stirred.get(n) || 0) > opened && n.childElementCount !== 1 && n !== path[0])) found = n;
    }
    return found;
  }
  // The act before what happened inside the popup: it opened it.
  function opening(mine, popup) {
    const before = log.filter((m) => m.i <= mine.since && m.el);
    let i = before.length - 1;
    while (i >= 0 && popup && before[i].path.includes(popup)) i--;
    return i >= 0 ? before[i] : null;
  }
  const opens = (opener, el) => !!opener && (opener.el === el || within(el, opener.el) || (opener.kind === 'click' && sameBox(opener.el, el)));
  const STEPS = /^[+＋▲△▴⌃−–—▼▽▾⌄-]{1,2}$|\b(plus|minus|more|less|fewer|increase|decrease|increment|decrement|step|spin|up|down|mehr|weniger|erhöhen|verringern)\b/i;
  const stepper = (hit) => { const b = R.closest(hit, (n) => R.capability(n) === 'click') || hit; return STEPS.test(tidy(R.textOf(b))) || STEPS.test([R.name(b), R.attr(b, 'title'), typeof b.className === 'string' ? b.className.replace(/[-_]/g, ' ') : ''].join(' ')); };
  // A dialog in which one works is more than a list to choose from.
  const workplace = (popup) => (R.attr(popup, 'aria-modal') === 'true' || popup.tagName === 'DIALOG' || R.attr(popup, 'role') === 'dialog') && R.fieldsIn(popup).some((f) => f.tagName !== 'SELECT' && R.visible(f));
  function meaning(mine, el, old, now) {
    if (mine.by === 'key') return mine.hit === el || mine.focus === el ? byKey(mine, el, old, now) : '';
    if ((el.type === 'range' || /^(slider|spinbutton)$/.test(R.attr(el, 'role'))) && (within(el, mine.hit) || (sameBox(mine.hit, el) && R.capability(mine.hit) !== 'click'))) return 'moved';
    if (within(el, mine.hit)) return '';
    const opener = opening(mine, null), o = low(mine.words), v = low(now);
    const popup = popupOf(mine.path, el, opener ? opener.at - 50 : 0);
    if (!popup && numeric(now) && (numeric(old) || !old) && sameBox(mine.hit, el) && stepper(mine.hit)) return 'moved';
    if (!popup || workplace(popup)) return '';
    const by = opening(mine, popup);
    if (!(mine.focus === el || opens(by, el))) return '';
    if (!now && old) return '';                        // emptied: its choice stands beside it
    if (dateLike(now) && /^\d{1,2}$/.test(o)) return new RegExp('(^|\\D)0?' + Number(o) + '(\\D|$)').test(now) ? 'picked' : '';
    return numeric(o) && !related(v, o) ? '' : 'chosen';
  }
  function byKey(mine, el, old, now) {
    if (/^(slider|spinbutton)$/.test(R.attr(el, 'role'))) return 'moved';
    if (R.capability(el) === 'select') return 'chosen';
    if (!['Enter', 'Tab', 'ArrowDown', 'ArrowUp'].includes(mine.key) || !now) return '';
    return mine.key === 'Enter' && !mine.event.defaultPrevented ? '' : 'chosen';
  }
  function told(mine, el, how, now) {
    const popup = mine.by === 'pointer' ? popupOf(mine.path, el, 0) : null;
    const steps = absorbed(mine, el, popup);
    const own = steps.find((m) => m.el === el && m.told);
    const extra = { absorbs: steps.map((m) => m.n) };
    if (how === 'chosen') {
      const option = optionText(mine), value = (related(low(now), low(option)) && !(option && wordy(el))) || (mine.by === 'key' && !mine.item) || !option ? now : option;
      const code = value === now ? null : coded(mine, now, value);
      emit('select', el, { value: code === 'text' ? beside(mine, value, now) : tidy(value), options: offered(mine, el, popup), initial: first.get(el) ?? null, read_back: now, shown_by: code, ...extra }, own ? own.told : null);
    } else emit('fill', el, { value: now, input_type: el.type || '', secret: false, initial: first.get(el) ?? null, ...extra, ...(how === 'picked' ? { day: Number(mine.words) } : {}) }, own ? own.told : null);
    if (mine.by === 'key') mine.list = true;
  }
  // Everything since the field was opened or typed into that only led to this value.
  function absorbed(mine, el, popup) {
    const out = [];
    const button = (m) => m.kind === 'click' && sameBox(m.el, el);
    for (const m of [...log].reverse()) {
      if (!m.el || m.i > mine.since) { if (m.el && (m.kind === 'click' || m.kind === 'press' || m.kind === 'fill' || m.kind === 'scroll' || m.kind === 'hover' || m.kind === 'drag')) out.unshift(m); continue; }
      const own = m.el === el || within(el, m.el);
      if (m.kind === 'select' && (!own || m.adds)) break;
      if (!own && !(popup && m.path.includes(popup)) && !button(m)) break;
      if (m.url !== location.href) break;
      out.unshift(m);
    }
    return out;
  }
  function optionText(mine) {
    const item = R.closest(mine.hit, (n) => R.role(n) === 'option' || n.tagName === 'LI' || /item|option/i.test(n.className && n.className.baseVal === undefined ? n.className : ''));
    const text = mine.item || (item && within(item, mine.hit) ? tidy(R.textOf(item)) : '');
    return text && text.length < 120 ? text : mine.words;
  }
  // A field that shows a code in the place of what was chosen: which attribute of the option says it, or "text" for a part
  // of its words; '' where the option says nothing of it, null where the field shows the choice itself.
  function coded(mine, now, value) {
    const shows = low(now), said = mine.said || {};
    if (!shows || related(shows, low(value))) return null;
    return Object.keys(said).find((key) => said[key].some((text) => low(text) === shows)) || '';
  }
  function beside(mine, value, now) {                  // an option that says its code is called by what stands before it
    const rest = low(value).lastIndexOf(low(now));
    return rest > 0 ? tidy(value).slice(0, rest).replace(/[\s(\[–—:·|-]+$/, '') || tidy(value) : tidy(value);
  }
  // A list that took the place of a field offers what the field does, also where a search left only some of it to see.
  const offered = (mine, el, popup) => { const field = el.tagName === 'SELECT' ? el : R.standsFor(el); return field && field.options ? optionsOf(field) : peers(mine, popup); };
  function peers(mine, popup) {                        // what else the list offered
    const item = mine.path.find((n) => n.tagName !== 'SLOT' && n.parentElement && n.parentElement.childElementCount > 1 && [...n.parentElement.children].some((c) => c !== n && c.tagName === n.tagName));
    if (!item || !popup || !within(popup, item)) return [];
    return [...item.parentElement.children].filter((c) => c.tagName === item.tagName).slice(0, OPTIONS).map((c) => tidy(R.textOf(c)).slice(0, 120)).filter(Boolean);
  }
  // A choice that leaves its field empty and stands beside it.
  function chips(mine) {
    const el = mine.focus;
    if (!el || !isText(el) || mine.done.has(el) || within(el, mine.hit) || R.value(el) || !mine.words) return;
    const option = optionText(mine), popup = popupOf(mine.path, el, 0);
    const said = (text) => text.split(/\n|\s{2,}|[×✕✖]/).map(tidy), before = said(mine.box), after = said(around(el));
    const count = (all) => all.filter((t) => low(t) === low(option)).length;
    if (!popup) return;
    const more = count(after) > count(before), steps = absorbed(mine, el, popup);
    const path = more ? '' : after.find((t) => !before.includes(t) && leadsTo(t, option, steps));
    if (!more && !path) return;
    mine.done.add(el);
    mine.values.push(path || option);
    if (path) { emit('select', el, { value: path, options: [], absorbs: steps.map((m) => m.n) }); return; }
    emit('select', el, { value: option, options: peers(mine, popup), adds: true, absorbs: steps.map((m) => m.n) });
    log[log.length - 1].adds = true;
  }
  // A list of lists says the whole way to what was chosen: the last part was pressed now, those before it on the way.
  function leadsTo(said, option, steps) {
    const parts = said.split(/\s+[/\\>]\s+|\s*[›»→]\s*/).map(low), last = parts.pop();
    return parts.length > 0 && last === low(option) && parts.every((p) => steps.some((m) => m.kind === 'click' && low(m.el.textContent) === p));      // hidden again by now, and says no text
  }
  // A drop-down without a field: the words of what was pressed first are now those of what was pressed last.
  function buttons(mine) {
    for (const m of log.filter((m) => m.kind === 'click' && m.i <= mine.since).slice(-12).reverse()) {
      const el = m.el;
      if ([...mine.done].some((d) => within(el, d) || within(d, el) || (d.tagName === 'SELECT' && R.closest(el, (n) => R.standsFor(n) === d))) || R.fieldsIn(el).some((f) => f !== el && isText(f)) || !el.isConnected || within(el, mine.hit) || isText(el) || el.tagName === 'SELECT' || !R.visible(el)) continue;
      const now = tidy(R.textOf(el)).slice(0, 120), old = openers.get(el);
      if (old === undefined || now === old || !now) continue;
      const popup = popupOf(mine.path, el, m.at - 50), o = low(mine.words);
      if (!popup || workplace(popup) || opening(mine, popup) !== m) continue;
      const day = dateLike(now) && /^\d{1,2}$/.test(o) && new RegExp('(^|\\D)0?' + Number(o) + '(\\D|$)').test(now);
      const code = day ? null : coded(mine, now, optionText(mine));
      if (!day && code === '') continue;               // its words say nothing of what was pressed
      mine.done.add(el); openers.set(el, now);
      const extra = { absorbs: absorbed(mine, el, popup).map((s) => s.n), value: day ? tidy(now) : optionText(mine), read_back: now, shown_by: code };
      if (day) emit('fill', el, { ...extra, input_type: '', secret: false, day: Number(o) }, m.told);
      else emit('select', el, { ...extra, options: offered(mine, el, popup) }, m.told);
    }
  }
  // The arrows wrote the choice into the field at once: the key that closes the list belongs to it.
  function listClosed(mine) {
    const el = mine.focus;
    if (mine.key !== 'Enter' || !mine.event.defaultPrevented || mine.list || !el) return;
    const before = log.filter((m) => m.i <= mine.since && m.el).pop();
    if (!before || before.kind !== 'select' || before.el !== el) return;
    mine.list = true;
    emit('select', el, { value: shownIn(el), options: [], initial: first.get(el) ?? null, absorbs: since(mine, (m) => m.kind === 'press').map((m) => m.n) }, before.told);
  }

  // ---- keys --------------------------------------------------------------------------------------------------------
  const OWN_KEYS = /^(Arrow|Home|End|Page|Delete|Backspace)/;
  const PICKS = new Set(['range', 'number', 'date', 'time', 'month', 'week', 'datetime-local', 'color', 'radio']);
  const presses = (el) => !isText(el) && !(el.tagName === 'INPUT' && R.capability(el) === 'check') && el.tagName !== 'SELECT' && R.capability(el) !== 'none';
  let marked = null;                                   // an editor whose whole text is marked: typed over, or made bold
  function meantAll() {
    const el = marked;
    marked = null;
    if (el) emit('press', el, { value: 'Control+a', meant: true });
  }
  function ofField(e, el) {                            // keys by which a field is worked: its value tells them
    const text = isText(el) && el.tagName !== 'INPUT' ? true : el.tagName === 'INPUT' && !PICKS.has(el.type) && isText(el);
    if (el.tagName === 'SELECT') return e.key !== 'Escape';
    if (el.tagName === 'INPUT' && PICKS.has(el.type)) return OWN_KEYS.test(e.key) || e.key === ' ';
    if (!text) return false;
    if (el.isContentEditable && marked === el && (e.ctrlKey || e.metaKey) && /^[biu]$/i.test(e.key)) { meantAll(); return false; }
    if ((e.ctrlKey || e.metaKey) && !e.altKey && e.key.toLowerCase() === 'a' && el.isContentEditable) marked = el;
    if ((e.ctrlKey || e.metaKey) && !e.altKey && /^([acvxzybiu]|Arrow.*|Home|End|Backspace|Delete)$/i.test(e.key)) return true;
    const lines = el.tagName === 'TEXTAREA' || el.isContentEditable;
    return e.key === 'Delete' || e.key === 'Backspace' || (lines && !e.ctrlKey && !e.metaKey && /^(Arrow|Page|Enter|Home|End)/.test(e.key));
  }
  // Where keys walk through records, the grid or list takes them; which record has the focus is the keys' own doing.
  function keyed(el) {
    if (!R.inData(el) || /^(A|BUTTON|INPUT|SELECT|TEXTAREA|SUMMARY)$/.test(el.tagName) || isText(el)) return el;
    return R.closest(el, (n) => /^(grid|treegrid|listbox|tree|menu|menubar|tablist|radiogroup|toolbar|table|list)$/.test(R.attr(n, 'role'))) || el;
  }
  // A space on the page itself scrolls it, unless it stands among signs that are typed there.
  const writing = () => { const last = log[log.length - 1]; return !!last && last.kind === 'press' && !last.el && last.sign; };
  on('keydown', (e) => {
    if (!e.isTrusted || e.isComposing || e.keyCode === 229) return;
    const el = deep(e), element = el.nodeType === 1;
    if (element && isText(el)) struck(e, el);
    if (element && !/^(Shift|Control|Alt|Meta)$/.test(e.key)) { begin('key', e); if (act) soon(act); }
    const named = ['Enter', 'Escape', 'Tab', 'ArrowDown', 'ArrowUp', 'ArrowLeft', 'ArrowRight', 'PageDown', 'PageUp', 'Home', 'End', 'Delete'].includes(e.key) || /^F\d+$/.test(e.key);
    const sideways = /^(ArrowLeft|ArrowRight|Home|End)$/.test(e.key) && (!element || (isText(el) && !/^(slider|spinbutton)$/.test(R.attr(el, 'role'))));
    const away = element && !isText(el) && el.tagName !== 'SELECT' && !(el.tagName === 'INPUT' && (PICKS.has(el.type) || R.capability(el) === 'check'));
    const space = e.key === ' ' && (element && presses(el) || (away && (el !== document.body || writing())));      // a control pressed from the keyboard
    const letter = away && e.key.length === 1 && e.key !== ' ' && !R.closest(el, (n) => /^(listbox|combobox)$/.test(R.attr(n, 'role')));
    const chord = (e.ctrlKey || e.metaKey || e.altKey) && e.key.length === 1;
    if ((!named && !chord && !space && !letter && !(away && e.key === 'Backspace')) || (sideways && !e.ctrlKey && !e.altKey) || (element && ofField(e, el))) return;
    const mods = [e.ctrlKey && 'Control', e.altKey && 'Alt', e.metaKey && 'Meta', e.shiftKey && named && 'Shift'].filter(Boolean);
    emit('press', element && el !== document.body ? keyed(el) : null, { typing: element && isText(el), value: [...mods, space ? 'Space' : e.key].join('+'), multiline: element && (el.tagName === 'TEXTAREA' || el.isContentEditable) });
    log[log.length - 1].sign = !mods.length && e.key.length === 1;
  });
})();
