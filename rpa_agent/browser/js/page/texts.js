  // What the page says, and what its fields hold.
  // What is clipped to a point is said to screen readers alone: nobody was shown it.
  const readable = (el) => { const b = el.getBoundingClientRect(); return b.width * b.height > 4 && visible(el); };
  function texts(css, of = () => true, said = (n) => textOf(n)) { return nodes(document, css).filter((n) => readable(n) && of(n)).flatMap(said).map((t) => t.slice(0, 160)).filter(Boolean).slice(0, 40); }
  // What a message says in sight, without its pictures and what is pressed beside it: a button that closes it, a link after
  // its end. A link within its sentence, and one that names a record, is part of it.
  const PRESS = 'a[href],button,[role=button]', LETTERS = /\p{L}{2}/u, PICTURES = /^(IMG|AREA|svg|img)$/;
  function saying(n) {
    if (!n.querySelector(PRESS + ',img,svg')) return textOf(n);
    const pressed = [...n.querySelectorAll(PRESS)], wordsOf = (c) => attr(c, 'aria-label') || read(c, null, PICTURES);
    let said = read(n, null, PICTURES) || textOf(n), rest = said;
    for (const c of pressed.reverse()) {
      const words = clean(wordsOf(c));
      if (!words) continue;
      if (!rest.endsWith(words) || (!isButton(c) && /\d/.test(words))) break;
      rest = rest.slice(0, rest.length - words.length).trim();
      if (!LETTERS.test(rest)) break;
      if (isButton(c) || /[.!?…]$/.test(rest) || beginsLine(c, n)) said = rest;
      else if (!before(c) || before(c).nodeType !== 1 || !before(c).matches(PRESS)) break;      // of several links the first is looked at
    }
    const first = pressed.reverse().find(isButton), words = first ? clean(wordsOf(first)) : '';
    return words && said.startsWith(words) && LETTERS.test(said.slice(words.length)) ? said.slice(words.length).trim() : said;
  }
  const isButton = (c) => c.tagName === 'BUTTON' || attr(c, 'role') === 'button';
  function before(n) { let s = n.previousSibling; while (s && (s.nodeType === 8 || (s.nodeType === 3 && !s.data.trim()))) s = s.previousSibling; return s; }
  const endsLine = (s) => !INLINE.has(s.tagName) || (!!s.lastElementChild && s.lastElementChild === (s.lastChild.nodeType === 1 || s.lastChild.data.trim() ? s.lastChild : before(s.lastChild)) && endsLine(s.lastElementChild));
  function beginsLine(c, box) {
    for (let n = c; n !== box; n = n.parentElement) {
      const s = before(n);
      if (!INLINE.has(n.tagName) || (s && s.nodeType === 1 && endsLine(s))) return true;
      if (s) return false;
    }
    return true;
  }
  const alerts = (said) => texts('[role=alert],[role=status],[aria-live]:not([aria-live=off]),.error,.errors,.errorlist,.toast,.alert,.flash,.message,[class*="-message"],.notice,.notification,.messagelist li,.messages li,[class*=success],[class*=snackbar],[class*=error],[class*=toast],[class*=alert],[class*=flash]', undefined, said);
  // Recorded without what is pressed beside it; procedures of before know the whole.
  const announced = (whole = true) => {
    const also = (said) => (n) => (whole ? [said(n), textOf(n)] : said(n));
    const titles = (css) => texts(css, undefined, also((h) => (h.firstElementChild && read(h, null, /^(BUTTON|button|IMG|img|svg)$/)) || textOf(h)));
    return [...new Set([...titles('h1,h2,h3,[role=heading]'), ...alerts(also(saying)), ...titles('dialog[open] h2,[role=dialog] h2')])];
  };
  function visibleText(source) {                       // the first visible text that matches, shortest element first
    const re = new RegExp(source, 'is');
    let best = null;
    const look = (el) => {                             // what does not hold the text has nothing inside that does
      if (el.tagName === 'SCRIPT' || el.tagName === 'STYLE' || el.tagName === 'OPTION') return;
      const all = clean(el.innerText ?? el.textContent, Infinity);
      if (!re.test(all)) return;
      const t = all.slice(0, 2000);
      if (el.children.length <= 30 && (!best || t.length < best.length) && re.test(t) && visible(el)) best = t;
      for (const c of el.children) look(c);
    };
    const within = (root) => {
      for (const el of root.body ? [root.body, ...root.querySelectorAll('textarea')] : root.children || []) look(el);
      innerRoots(root).forEach(within);
    };
    within(document);
    return best;
  }
  function value(el) {
    const cap = capability(el);
    if (cap === 'check') return String(el.checked ?? (attr(el, 'aria-checked') === 'true'));
    if (el.tagName === 'SELECT') return [...el.selectedOptions].map((o) => clean(o.label || o.text)).join('\n');
    if (cap === 'upload') return [...el.files].map((f) => f.name).join('\n');
    if (el.isContentEditable) return written(el).slice(0, 20000);
    if ((role(el) === 'slider' || role(el) === 'spinbutton') && typeof el.value !== 'string') return attr(el, 'aria-valuenow') || clean(el.innerText, 80);
    if ('value' in el && typeof el.value === 'string' && el.tagName !== 'BUTTON') return el.value;
    return clean(el.innerText, 2000);
  }
  // What was written into an editable element, one line per paragraph, whatever the page makes its paragraphs of.
  function written(el, dress = (t) => t) {
    const lines = [''];
    let unbegun = true;
    const put = (t, n) => { if (t) { lines[lines.length - 1] += dress(t, n); unbegun = false; } };
    const turn = () => { if (!unbegun) { lines.push(''); unbegun = true; } };
    const visit = (n, kept) => {
      if (n.nodeType === 3) {
        if (!kept) { const t = n.data.replace(/[\s\u200b]+/g, ' '); if (t !== ' ' || !unbegun) put(t, n); return; }
        n.data.split('\n').forEach((t, i) => { if (i) { lines.push(''); unbegun = false; } put(t, n); });
        return;
      }
      if (n.nodeType !== 1 || n.tagName === 'SCRIPT' || n.tagName === 'STYLE') return;
      if (n.tagName === 'BR') { if (n.nextSibling) { unbegun = false; turn(); } else unbegun = false; return; }
      const style = getComputedStyle(n), block = n !== el && !/^(inline|contents|none)/.test(style.display);
      if (block) turn();
      n.childNodes.forEach((c) => visit(c, style.whiteSpace.startsWith('pre') || style.whiteSpace === 'break-spaces'));
      if (block) turn();
    };
    visit(el, false);
    if (unbegun && lines.length > 1) lines.pop();
    return lines.map((l) => l.replace(/\u00a0/g, ' ').replace(/[ \t]+/g, ' ').trim()).join('\n').replace(/^\n+|\n+$/g, '');
  }
