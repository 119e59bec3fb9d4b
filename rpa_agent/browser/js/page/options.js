  // Fields and lists, for the recorder and for acts that a widget needs more than one of.
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
