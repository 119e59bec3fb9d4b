  // The page at a glance: everything on it that can be used or read.
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
