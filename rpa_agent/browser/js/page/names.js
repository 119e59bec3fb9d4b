  // What an element is, what it can be used for, and what it is called.
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
