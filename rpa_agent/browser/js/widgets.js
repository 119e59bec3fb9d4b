// What a page's calendars, sliders and number buttons look like. Loaded into the isolated world when an act needs it.
(() => {
  if (globalThis.__rpaWidgets) return;
  const R = globalThis.__rpa;
  const tidy = (s) => (s || '').replace(/\s+/g, ' ').trim();
  const low = (s) => tidy(s).toLocaleLowerCase();
  const said = (el) => low([R.attr(el, 'aria-label'), R.attr(el, 'title'), tidy(el.textContent).slice(0, 40), R.attr(el, 'data-action')].join(' '));
  const marked = (el) => low([said(el), typeof el.className === 'string' ? el.className : '', [...el.querySelectorAll('[class]')].slice(0, 4).map((c) => (typeof c.className === 'string' ? c.className : '')).join(' ')].join(' '));

  // ---- calendars -------------------------------------------------------------------------------------------------
  const LANGUAGES = [...new Set([document.documentElement.lang.split('-')[0], 'en', 'de', 'fr', 'es', 'it', 'nl', 'pl', 'pt', 'sv', 'da', 'nb', 'fi', 'cs'])].filter(Boolean);
  let names = null;
  function months() {                                  // word -> month, in every language a page may use
    if (names) return names;
    names = new Map();
    for (const lang of LANGUAGES) for (const style of ['long', 'short']) for (let m = 0; m < 12; m++) {
      for (const options of [{ month: style }, { month: style, day: 'numeric' }]) {
        try {
          const word = new Intl.DateTimeFormat(lang, options).formatToParts(new Date(2026, m, 2)).find((p) => p.type === 'month').value.toLocaleLowerCase().replace(/\.$/, '');
          if (/\p{L}{3}/u.test(word) && !names.has(word)) names.set(word, m + 1);
        } catch { /* a language tag that is none */ }
      }
    }
    return names;
  }
  function monthIn(text) {
    const t = low(text), year = /(?:^|\D)((?:19|20)\d\d)(?!\d)/.exec(t);
    if (!year || t.length > 80) return null;
    for (const word of t.split(/[^\p{L}]+/u)) if (months().has(word)) return { year: +year[1], month: months().get(word) };
    const figure = /(?:^|\D)(0?[1-9]|1[0-2])\s*[./-]\s*(?:19|20)\d\d|(?:19|20)\d\d\s*(?:[./-]|年)\s*(0?[1-9]|1[0-2])(?!\d)/.exec(t);
    return figure ? { year: +year[1], month: +(figure[1] || figure[2]) } : null;
  }
  function titleOf(grid, top) {                        // what says which month a grid shows: nearest text with a month and a year
    const near = (box) => {
      const holds = (f) => (f.tagName === 'SELECT' ? tidy(f.selectedOptions[0] && f.selectedOptions[0].text) : /^(19|20)\d\d$/.test(f.value) ? f.value : '');
      const picked = [...box.querySelectorAll('select,input')].filter((f) => R.visible(f)).map(holds).filter(Boolean).join(' ');
      if (picked && monthIn(picked)) return monthIn(picked);
      for (const el of box.querySelectorAll('*')) {
        if (el.childElementCount > 6 || !R.visible(el)) continue;
        const found = monthIn(el.textContent) || monthIn(R.attr(el, 'aria-label'));
        if (found && !/^\d{1,2}$/.test(tidy(el.textContent))) return found;
      }
      return null;
    };
    for (let n = grid; n && n !== document.body; n = R.parentOf(n)) {
      const found = monthIn(R.attr(n, 'aria-label')) || near(n);
      if (found) return { ...found, box: n };
      if (n === top) break;
    }
    return null;
  }
  const leaf = (el) => !el.firstElementChild || (el.childElementCount === 1 && !el.firstElementChild.firstElementChild);
  function calendar(ref) {
    const field = R.resolve(ref), days = [];
    for (const el of R.all('td,button,a,span,div,li,abbr,time,[role=gridcell]')) {
      if (!/^\s*(0?[1-9]|[12]\d|3[01])\s*$/.test(el.textContent) || !leaf(el) || !R.visible(el) || (field && field.contains(el))) continue;
      if (days.length && days[days.length - 1].contains(el)) days.pop();
      days.push(el);
    }
    const grids = new Map();
    for (const el of days) {                           // the smallest box that holds a whole month
      const box = R.closest(el, (n) => days.filter((d) => n.contains(d)).length >= 28);
      if (box) grids.has(box) ? grids.get(box).push(el) : grids.set(box, [el]);
    }
    const shown = [];
    let top = null;
    for (const [box, inside] of grids) {
      if (inside.length < 28 || inside.length > 50) continue;
      const title = titleOf(box, null);
      if (!title) continue;
      const numbers = inside.map((el) => +tidy(el.textContent)), start = numbers.indexOf(1);
      const run = {};
      for (let i = start, want = 1; i >= 0 && i < inside.length && numbers[i] === want; i++, want++) {
        const el = inside[i], off = el.disabled || R.attr(el, 'aria-disabled') === 'true' || R.closest(el, (n) => n !== box && R.attr(n, 'aria-disabled') === 'true' && box.contains(n));
        if (!off) run[want] = R.refOf(el);
      }
      shown.push({ year: title.year, month: title.month, days: run });
      top = top ? common(top, title.box) : common(title.box, box);
    }
    if (!shown.length) return null;
    let holder = top;
    while (holder && !arrows(holder).next.length && holder.parentElement && holder.parentElement !== document.body) holder = holder.parentElement;
    return { months: shown.sort((a, b) => a.year - b.year || a.month - b.month), ...arrows(holder) };
  }
  function common(a, b) { let n = a; while (n && !n.contains(b)) n = n.parentElement; return n || document.body; }
  const NEXT = /next|weiter|nächst|naechst|suivant|siguiente|successiv|volgende|następn|próxim|nästa|forward|right|[›»>→▶❯]/;
  const PREVIOUS = /prev|zurück|vorig|vorherig|précédent|anterior|precedent|vorige|poprzedn|föregående|back|left|[‹«<←◀❮]/;
  const YEARS = /year|jahr|année|año|[«»]/;
  function arrows(box) {
    const all = [...box.querySelectorAll('button,a,[role=button],[onclick],[class*=next],[class*=prev],[class*=right],[class*=left],[class*=arrow],svg')].filter((el) => el.tagName !== 'svg' && R.visible(el) && !/^\d+$/.test(tidy(el.textContent)) && el.childElementCount < 4 && el.textContent.length < 30);
    const of = (test) => all.filter((el) => test.test(said(el)) || test.test(marked(el))).sort((a, b) => YEARS.test(said(a)) - YEARS.test(said(b)) || test.test(said(b)) - test.test(said(a))).map((el) => R.refOf(el));
    return { next: of(NEXT).slice(0, 4), previous: of(PREVIOUS).slice(0, 4) };
  }
  function beside(field) {                             // buttons in the smallest boxes around a field that hold no other
    for (let n = R.parentOf(field), up = 0; n && n !== document.body && n.tagName !== 'FORM' && up < 4; n = R.parentOf(n), up++) {
      if (R.fieldsIn(n).filter((f) => R.visible(f)).length > 1) return [];
      const buttons = [...n.querySelectorAll('button,a,[role=button],[onclick],[tabindex],[class*=btn],[class*=button],[class*=icon],[class*=plus],[class*=minus],[class*=trigger],[class*=spin]')].filter((b) => b !== field && !b.contains(field) && R.visible(b));
      if (buttons.length) return buttons;
    }
    return [];
  }
  const opener = (ref) => { const field = R.resolve(ref), all = field ? beside(field) : []; return all.length ? R.refOf(all[0]) : ''; };

  // ---- numbers -----------------------------------------------------------------------------------------------------
  const MORE = /(^|\s)[+＋▲△▴⌃]|plus|more|increase|increment|add|up(\b|$)|mehr|erhöhen/, LESS = /(^|\s)[-−–—▼▽▾⌄]|minus|less|fewer|decrease|decrement|remove|down(\b|$)|weniger|verringern/;
  function steppers(ref) {
    const field = R.resolve(ref), all = field ? beside(field) : [];
    const more = all.find((b) => MORE.test(said(b))) || all.find((b) => MORE.test(marked(b))), less = all.find((b) => LESS.test(said(b))) || all.find((b) => LESS.test(marked(b)));
    return more && less && more !== less ? { more: R.refOf(more), less: R.refOf(less) } : null;
  }
  function scale(ref) {
    const el = R.resolve(ref);
    return el ? { min: Number(R.attr(el, 'aria-valuemin') || 0), max: Number(R.attr(el, 'aria-valuemax') || 100) } : null;
  }
  globalThis.__rpaWidgets = Object.fromEntries(Object.entries({ calendar, opener, steppers, scale }).map(([key, fn]) => [key, R.once(fn)]));
})()
