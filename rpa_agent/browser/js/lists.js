// Lists that show their records page by page: which control leads on, and what stands on the page at hand.
// Loaded when a recording begins, and in a run only when a record is not on the page.
(() => {
  if (globalThis.__rpaLists || !globalThis.__rpa) return;
  const R = globalThis.__rpa;
  const clean = (s) => (s || '').replace(/\s+/g, ' ').trim();
  const NEXT = /^((go to |to )?(the )?next( page)?|older( entries)?|weiter|vor|vorwärts|(zur )?nächsten?( seite)?|ältere|(page )?suivante?|(página )?siguiente|(página )?próxima|seguinte|(pagina )?successiv[ao]|avanti|volgende( pagina)?|næste( side)?|neste( side)?|nästa( sida)?|seuraava|następna( strona)?|další|следующая|вперед|下一页|下一頁|次へ|다음)$/i;
  const MORE = /^((load|show|view|see|fetch) .{0,24}\bmore\b.{0,24}|more( results| entries| items| rows)?|(load|show) (next|older).{0,24}|.{0,24}mehr .{0,20}(laden|anzeigen)|mehr( anzeigen| laden)?|weitere( .{1,20})?( laden| anzeigen)?|(charger|voir|afficher) plus.{0,20}|(mostrar|ver|cargar|carregar) m[áa][si]s?.{0,20}|mostra altr.{0,20}|meer (laden|tonen)|もっと見る|加载更多)$/i;
  const SIGN = /^([›»→⟩❯▶⏵⮞⇨]|>{1,2})$/;
  const BOX = /(^|[-_\s])(pagination|paginator|paginate|paging|pager|pages|page-numbers|page-nav)([-_\s]|$)/i;
  const NEXT_CLASS = /(^|[-_])next([-_]|$)/i;
  const CURRENT = '[aria-current]:not([aria-current=false]),.active,.current,.selected';
  const CLICKS = 'a,button,input[type=button],input[type=submit],input[type=image],[role=button],[role=link]';

  const words = (c) => [R.attr(c, 'aria-label'), R.name(c), R.attr(c, 'title')].map((t) => clean(t).replace(/[\s›»→⟩❯▶⏵>.…:]+$/, '') || clean(t)).filter(Boolean);
  const box = (c) => R.closest(c, (n) => BOX.test(n.className && n.className.baseVal === undefined ? n.className : '') || BOX.test(n.id || '') || /paginat|pages|seiten/i.test(R.attr(n, 'aria-label')));
  const number = (c) => (/^\d{1,5}$/.test(clean(R.name(c))) ? +clean(R.name(c)) : 0);
  function typedBeside(c) {                            // the button of a form that a person fills in goes on with the form
    const form = c.closest('form');
    return !!form && (form.method || '').toLowerCase() === 'post' && [...form.elements].some((f) => /fill|select|check|upload/.test(R.capability(f)) && f.type !== 'hidden' && R.visible(f) && !R.recordOf(f) && !box(f));
  }
  const kind = (c) => {                                // how surely a control shows the next page: 0 not at all
    const said = words(c), within = box(c);
    const how = sayingSo(c, said, within);
    return how && R.visible(c) && !R.recordOf(c) && c.parentElement.tagName !== 'TH' && (within || !typedBeside(c)) ? how : 0;
  };
  const sayingSo = (c, said, within) => {
    if (/(^|\s)next(\s|$)/.test(R.attr(c, 'rel'))) return 6;
    if (said.some((t) => NEXT.test(t))) return within ? 5 : 4;
    if (said.some((t) => SIGN.test(t)) && within) return /^(»|>>)$/.test(said[0]) && [...within.querySelectorAll(CLICKS)].some((o) => /^[›>]$/.test(words(o)[0] || '')) ? 0 : 5;
    if (said.some((t) => MORE.test(t)) && !c.hasAttribute('aria-haspopup') && !c.hasAttribute('aria-expanded')) return 3;
    if (within && !number(c) && [c, ...c.children].some((n) => [...n.classList].some((x) => NEXT_CLASS.test(x)))) return 4;
    return 0;
  };
  function afterCurrent(root) {                        // numbered pages: the one after the one that is shown
    for (const c of root.querySelectorAll(CLICKS)) {
      const family = number(c) && box(c);
      if (!family || R.recordOf(c)) continue;
      const marked = [...family.querySelectorAll(CURRENT + ',span,strong,b,em,li')].filter((n) => /^\d{1,5}$/.test(clean(n.textContent)));
      const now = marked.find((n) => n.matches(CURRENT)) || marked.find((n) => !n.querySelector(CLICKS) && !R.closest(n, (p) => p !== family && p.matches && p.matches(CLICKS)));
      const next = now && [...family.querySelectorAll(CLICKS)].find((o) => number(o) === +clean(now.textContent) + 1 && R.visible(o));
      if (next) return next;
    }
    return null;
  }
  const leadsOn = R.memo((root) => {                             // the controls of a document that show a next page, each with how surely
    const found = [];
    for (const c of root.querySelectorAll(CLICKS)) {
      if (c.childElementCount < 6 && c.textContent.length < 200) { const k = kind(c); if (k) found.push([c, k]); }
    }
    return found;
  });
  const surest = (found, root) => found.filter(([c]) => root.contains(c)).reduce((a, b) => (b[1] > a[1] ? b : a), [null, 0])[0] || (root.querySelector ? afterCurrent(root) : null);
  const listOf = (row) => row.closest('table,[role=table],[role=grid],[role=treegrid]') || row.parentElement;
  function pagerOf(el) {                               // the control that leads on in the list that el stands in, nearest first
    if (!R.recordOf(el)) return (kind(el) || (number(el) && box(el))) ? el : null;
    const list = listOf(R.recordOf(el)), last = known.get(list);
    if (last && (last.control ? last.control.isConnected : performance.now() - last.t < 1000)) return last.control;
    const control = leadingOn(list);
    known.set(list, { control, t: performance.now() });
    return control;
  }
  const known = new WeakMap();                         // list -> its control: a person who works in a list does not wait for us
  function leadingOn(list) {
    let root = list.getRootNode(), found = leadsOn(root);
    for (let n = list, up = 0; n && up < 8; n = R.parentOf(n), up++) {
      if (n.getRootNode() !== root) { root = n.getRootNode(); found = leadsOn(root); }
      const control = surest(found, n);
      if (control) return control;
      if (n.tagName === 'BODY' || n.tagName === 'DIALOG' || R.attr(n, 'role') === 'dialog') return null;
    }
    return null;
  }

  const enabled = (c) => !(c.disabled || R.attr(c, 'aria-disabled') === 'true' || /(^|[\s_-])disabled([\s_-]|$)/.test(c.className) || R.closest(c, (n) => n.tagName === 'LI' && n.classList.contains('disabled')) || (c.tagName === 'A' && R.attr(c, 'tabindex') === '-1' && !c.hasAttribute('href')));
  function lists() {                                   // every list of the page with its rows, the longest first
    const all = new Map();
    for (const c of R.candidates()) {
      const row = R.visible(c) && R.recordOf(c);
      if (!row) continue;
      const list = listOf(row);
      all.has(list) || all.set(list, new Set());
      all.get(list).add(row);
    }
    const acted = [...all.entries()].sort((a, b) => b[1].size - a[1].size);
    const read = R.all('table,[role=table],[role=grid],[role=treegrid]').filter((t) => !all.has(t) && R.visible(t))
      .map((t) => [t, new Set([...t.querySelectorAll('tr,[role=row]')].filter((r) => r.querySelector('td,[role=cell],[role=gridcell]')))]);
    return [...acted, ...read];                        // what can be acted on first; others are there to be read
  }
  function scrollerOf(list) {                          // the box or frame that a list scrolls in; null: the page itself
    const box = R.closest(list, (n) => n.scrollHeight > n.clientHeight + 4 && /auto|scroll|overlay/.test(getComputedStyle(n).overflowY));
    if (box && box.tagName !== 'BODY' && box.tagName !== 'HTML') return R.refOf(box);
    return list.ownerDocument === document ? null : R.refOf(list.ownerDocument.documentElement);
  }
  function hash(text) { let h = 2166136261; for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 16777619); return (h >>> 0).toString(36) + '.' + text.length; }
  // What a run needs to know of the list in which a record should stand: `like` is what the element in its row is called.
  function seen(key, like) {
    const all = lists();
    const mine = all.find(([, rows]) => [...rows].some((r) => [...r.querySelectorAll('*')].some((c) => (!like.role || R.role(c) === like.role) && (!like.name || R.name(c) === like.name) && R.capability(c) === like.capability))) || all[0];
    const rows = mine ? [...mine[1]] : [];
    const pager = mine ? leadingOn(mine[0]) : surest(leadsOn(document), document);
    return {
      rows: rows.length, digest: hash((mine ? clean(mine[0].textContent) : '') + rows.length), here: !!key && rows.some((r) => R.rowHolds(r, key)),
      next: pager && enabled(pager) ? R.refOf(pager) : '', inside: mine ? scrollerOf(mine[0]) : null,
    };
  }
  globalThis.__rpaLists = { pagerOf: R.once(pagerOf), seen: R.once(seen) };
})();
