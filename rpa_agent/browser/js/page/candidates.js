  // All that can be used on the page, and what each is like just now.
  const actionAbove = nearest((n) => n.tagName === 'BUTTON' || (n.tagName === 'A' && n.hasAttribute('href')) || attr(n, 'role') === 'button');
  const candidates = () => [...interactables(document)];
  const interactables = memo((root) => nodes(root, INTERACTIVE).filter(worksAlone));
  const worksAlone = memo((el) => {                    // wrappers of one action collapsed to the outermost
    const cap = capability(el);
    if (cap === 'none' || (el.tagName === 'LABEL' && el.control)) return false;
    const p = cap === 'click' && parentOf(el);
    return !(p && actionAbove(p));
  });
  // A box or radio that is hidden behind what it looks like is ticked by that: by its label, else by what is drawn beside it.
  function handleOf(el) {
    if (el.tagName === 'BUTTON' && attr(el, 'aria-haspopup')) {      // a list's opener may lie unseen under what its own label draws
      const b = el.getBoundingClientRect(), top = labelsOf(el).length && rootOf(el).elementFromPoint(b.x + b.width / 2, b.y + b.height / 2);
      return (top && !el.contains(top) && labelsOf(el).find((l) => l.contains(top))) || el;
    }
    if (el.tagName !== 'INPUT' || capability(el) !== 'check') return el;
    if (pressable(el)) return el;
    const label = labelsOf(el).find(visible), box = drawnFor(el);
    if (!label || (box && !box.contains(label) && !label.contains(el))) return box ? besideBox(box, el) : el;
    const drawn = label.contains(el) && label.querySelector('a,button') ? el.nextElementSibling || el.previousElementSibling : null;
    return drawn && visible(drawn) && !drawn.querySelector('a,button') ? drawn : label;      // not the link that it speaks of
  }
  function pressable(el) {                             // a hand can hit it: it has a size, and is neither cut away nor below
    const b = el.getBoundingClientRect(), style = getComputedStyle(el);
    return b.width * b.height > 4 && visible(el) && style.pointerEvents !== 'none' && !(parseInt(style.zIndex, 10) < 0) && !cutAway(style);
  }
  const WORKED = 'input:not([type=hidden]),select,textarea,button,a[href]';
  const workedIn = (n) => !!n.querySelector(WORKED);
  const onlyBox = (n) => { const all = n.querySelectorAll(WORKED); return all.length === 1 ? all[0] : null; };
  function drawnFor(el) {                              // the smallest thing in sight that holds this box and nothing else to work with
    const box = closest(el, (n) => n !== el && visible(n));
    return box && onlyBox(box) === el && textOf(box).length < 40 ? box : null;
  }
  function besideBox(box, el) {                        // a switch that is drawn for it comes before the text on its other side
    const beside = [el.nextElementSibling, el.previousElementSibling].filter((n) => n && n.tagName !== 'LABEL' && visible(n));
    return beside.find((n) => capability(n) === 'check') || beside[0] || box;
  }
  function behindOf(el) {                              // the field name of the one hidden box that this is drawn for
    const around = el.tagName !== 'INPUT' && closest(el, workedIn), box = around && onlyBox(around);
    const name = box && capability(box) === 'check' && handleOf(box) === el ? attr(box, 'name') : '';
    return generated(name) ? '' : name;
  }
  // What a handle ticks: whether it is that box itself or its label, and whether it is ticked; null for what ticks nothing.
  function ticked(ref) {
    const at = resolve(ref), label = at && at.tagName !== 'INPUT' && at.closest('label');
    const own = !!at && (capability(at) === 'check' || !!(label && label.control));
    const box = at && closest(at, workedIn);
    const el = !own ? box && onlyBox(box) : capability(at) === 'check' ? at : label.control;
    return el && capability(el) === 'check' ? { own, is: value(el) === 'true' } : null;
  }
  function candidate(el, opts) {
    const fp = fingerprint(el, opts), exp = attr(el, 'aria-expanded');
    const shown = visible(el);
    return {
      ref: refOf(handleOf(el)), fingerprint: fp, visible: shown, readonly: !!el.readOnly || attr(el, 'aria-readonly') === 'true', enabled: enabled(el), covered_by: shown ? coveredBy(el) : '',
      expanded: exp ? exp === 'true' : el.tagName === 'SUMMARY' ? !!(el.parentElement && el.parentElement.open) : null,
      haspopup: !!attr(el, 'aria-haspopup') && attr(el, 'aria-haspopup') !== 'false', selected: attr(el, 'aria-selected') ? attr(el, 'aria-selected') === 'true' : null, chosen: chosenOf(el),
    };
  }

  // What the browser itself sends when a button is pressed; nothing where the button says that a script has its own way.
  const controlsOf = Object.getOwnPropertyDescriptor(HTMLFormElement.prototype, 'elements').get;   // a field may be called "elements"
  const SENDS = /^(submit|image)$/, PRESSED_ONLY = /^(submit|image|button|reset)$/;
  function sendsOf(el) {
    const form = /^(BUTTON|INPUT)$/.test(el.tagName) && SENDS.test(el.type) ? el.form : null;
    if (!form || el.hasAttribute('onclick')) return {};
    const own = (name) => el.getAttribute('form' + name) || form.getAttribute(name) || '';
    let to;
    try { to = new URL(own('action') || el.ownerDocument.URL, el.baseURI); } catch { return {}; }
    if (!/^https?:$/.test(to.protocol)) return {};
    const named = [...controlsOf.call(form)].filter((n) => attr(n, 'name') && !n.disabled && !PRESSED_ONLY.test(n.type));
    return { sends: {
      method: own('method').toUpperCase() === 'POST' ? 'POST' : 'GET', url: to.origin + to.pathname, fields: [...new Set(named.map((n) => attr(n, 'name')))].slice(0, 400),
      own: attr(el, 'name'), value: attr(el, 'name') ? String(el.value).slice(0, 200) : '', form: refOf(form),
    } };
  }

  // What a form says of a field: whether it must be filled, whether anything is in it, and what is wrong with it.
  const ENTERED = new Set(['fill', 'select', 'check', 'upload']);
  const chosenOf = (el) => (el.tagName === 'INPUT' && el.type === 'radio' ? el.checked : role(el) === 'radio' ? attr(el, 'aria-checked') === 'true'
    : attr(el, 'aria-pressed') ? attr(el, 'aria-pressed') === 'true' : null);
  function groupOf(el) {
    const g = closest(el, (n) => n.tagName === 'FIELDSET' || /^(radiogroup|group)$/.test(attr(n, 'role')));
    return g ? clean(attr(g, 'aria-label')) || labelOf(g) || textOf(g.querySelector('legend') || document.createElement('i')).slice(0, 120) : '';
  }
  function stateOf(el) {
    if (chosenOf(el) !== null && !ENTERED.has(capability(el))) return { group: groupOf(el) };
    if (!ENTERED.has(capability(el))) return {};
    const group = el.type === 'radio' && el.name ? [...rootOf(el).querySelectorAll(`input[type=radio][name="${CSS.escape(el.name)}"]`)] : [el];
    const ticked = (n) => n.checked || attr(n, 'aria-checked') === 'true';
    const blank = capability(el) === 'check' ? !group.some(ticked) : !(el.value ?? (holder(el) ? textOf(el) : 'shown'));
    const invalid = attr(el, 'aria-invalid') === 'true' || (el.matches(':user-invalid') && !el.readOnly);
    return { blank, invalid, required: !!el.required || attr(el, 'aria-required') === 'true' || /\*\s*:?$/.test(labelOf(el)), trouble: troubleOf(el, invalid), group: chosenOf(el) === null ? '' : groupOf(el) };
  }
  const TROUBLE = '[role=alert],[class*=error],[class*=invalid],[class*=feedback]';
  function troubleOf(el, invalid) {
    const said = (attr(el, 'aria-errormessage') + ' ' + (invalid ? attr(el, 'aria-describedby') : '')).split(/\s+/).filter(Boolean)
      .map((id) => rootOf(el).getElementById(id)).filter((n) => n && visible(n)).map(textOf).filter(Boolean).join(' ');
    if (said) return said.slice(0, 160);
    for (let box = el.parentElement, up = 0; box && up < 3; box = box.parentElement, up++) {   // what stands with this field alone
      if (box.querySelectorAll('input:not([type=hidden]):not([type=radio]),select,textarea').length > 1) break;
      const texts = [...box.querySelectorAll(TROUBLE)].filter((n) => n !== el && !n.contains(el) && visible(n)).map(textOf).filter(Boolean);
      if (texts.length) return texts[0].slice(0, 160);
    }
    return invalid ? (el.validationMessage || '').slice(0, 160) : '';
  }
