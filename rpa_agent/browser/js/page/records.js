  // Tables and lists: which of them hold records, and what a record and its cells are called.
  const ROWS = (n) => n.tagName === 'TR' || ['row', 'listitem', 'option'].includes(attr(n, 'role')) || n.tagName === 'LI';
  // A table that lays out the page: the page's own title stands in one of its cells, and forms or many links in another.
  const layout = memo((table) => {
    if (/^(presentation|none)$/.test(attr(table, 'role'))) return true;
    if (attr(table, 'role') || table.caption || table.tHead) return false;
    const title = table.ownerDocument.querySelector('h1,h2'), cell = title && table.contains(title) && title.closest('td');
    const rows = [...table.rows], cells = rows.flatMap((r) => [...r.cells]);
    if (!cell || cell.closest('table') !== table || cells.some((c) => c.tagName === 'TH') || rows.some((r, i) => rows.some((o, k) => k < i && busy(r) && busy(o) && builtAlike(r, o)))) return false;
    return cells.some((c) => c !== cell && (!!c.querySelector('table') || c.querySelectorAll('a[href]').length > 3));
  });
  const busy = (row) => !!row.querySelector(PRESSED);
  const ofLayout = memo((n) => (n.tagName === 'TD' || n.tagName === 'TR') && !!n.closest('table') && layout(n.closest('table')));
  // A form laid out as a table or a list: what calls a field beside it, and the button that sends it. None of it is a record.
  const TYPED = 'input:not([type=hidden],[type=checkbox],[type=radio],[type=submit],[type=button],[type=image],[type=reset]),select,textarea';
  const fieldLine = memo((n) => {                      // a label, its field; once, or several pairs side by side
    if (n.tagName !== 'TR' || headerRow(n.closest('table'))) return false;
    const cells = [...n.children], pair = (c, i) => !c.querySelector('input,select,textarea,button,a') && !!clean(c.textContent) && !!cells[i + 1].querySelector(TYPED);
    const called = cells.filter((c, i) => i % 2 === 0);
    if (cells.length === 2) return pair(cells[0], 0);
    return cells.length > 2 && cells.length % 2 === 0 && called.every((c, i) => (c.tagName === 'TH' || !!c.querySelector('label')) && pair(c, 2 * i));
  });
  const formTable = memo((body) => [...body.children].some(fieldLine) && [...body.children].every((r) => fieldLine(r) || onlySends(r) || !textOf(r)));
  // One label and one name for each field: what is called or sent alike on every line is a record's.
  const formList = memo((list) => {
    const lines = [...list.children].filter((c) => c.tagName === 'LI' || c.tagName === 'DD'), fields = lines.flatMap((l) => [...l.querySelectorAll(TYPED)]);
    const called = fields.map((f) => labelOf(f).replace(/\d+/g, '#')), sent = fields.map((f) => attr(f, 'name').replace(/\d+/g, '#'));
    return fields.length > 0 && !!list.closest('form') && [called, sent].every((all) => all.every(Boolean) && new Set(all).size === all.length)
      && lines.every((l) => onlySends(l) || [...l.querySelectorAll('input:not([type=hidden]),select,textarea')].some((f) => labelsOf(f).length) || labelsHidden(l));
  });
  // A field that opens a chooser: what it sends is hidden, its label is not.
  const labelsHidden = (line) => [...line.querySelectorAll('label[for]')].some((b) => [...line.querySelectorAll('input[type=hidden][name]')].some((f) => f.id && f.id === attr(b, 'for')));
  const SENDERS = 'input[type=submit],input[type=image],button:not([type=button],[type=reset])';
  function onlySends(line) {                           // buttons, and no word beside them
    const said = [...line.querySelectorAll('a,button')].reduce((t, b) => t.replace(clean(b.textContent), ''), clean(line.textContent));
    return !!line.querySelector(SENDERS) && !line.querySelector(TYPED) && !said.trim();
  }
  const formRow = memo((n) => ofLayout(n) || fieldLine(n) || (n.tagName === 'TR' && !!n.parentElement && onlySends(n) && formTable(n.parentElement))
    || ((n.tagName === 'LI' || n.tagName === 'DD') && !!n.parentElement && formList(n.parentElement)));
  const recordAbove = nearest((n) => (ROWS(n) || isCard(n) || isEntry(n)) && !guide(n) && !formRow(n));
  const rowAbove = (el) => {                           // the row that an element stands in, or is: lines and cards are clicked themselves
    if ((el.tagName === 'TR' || attr(el, 'role') === 'row' || isCard(el)) && !guide(el) && !ofLayout(el)) return el;
    const p = parentOf(el);
    return p ? recordAbove(p) : null;
  };
  // Cards: lists made of plain boxes. Three siblings of one shape that each say several things and are used alike.
  const CARD = /^(DIV|SECTION|ARTICLE|A|[A-Z][A-Z0-9]*-.*)$/, CARD_ROLE = /^(|group|article|region|link)$/;
  const ROW_STATE = /^(active|current|selected|open|closed|first|last|odd|even|hover|focus|disabled|new|is-.*|has-.*)$|\d/i;
  const isCard = (n) => CARD.test(n.tagName) && !!n.parentElement && cardsIn(n.parentElement).has(n);
  const cardsIn = memo((parent) => {
    const cards = new Set(), groups = new Map(), often = new Map();
    if (parent.childElementCount < 3) return cards;
    const boxes = [...parent.children].filter((c) => CARD.test(c.tagName) && CARD_ROLE.test(attr(c, 'role')));
    if (boxes.length < 3) return cards;
    for (const c of boxes) for (const x of c.classList) often.set(x, (often.get(x) || 0) + 1);
    for (const c of boxes) {                           // a class of its own tells of the record, not of the shape
      const own = [...c.classList].filter((x) => !ROW_STATE.test(x) && often.get(x) > 2).sort().join('.');
      const shape = c.tagName + '|' + (own || [...c.children].map((x) => x.tagName).join());
      groups.has(shape) ? groups.get(shape).push(c) : groups.set(shape, [c]);
    }
    for (const group of groups.values()) if (group.length > 2 && areRecords(group)) group.forEach((c) => cards.add(c));
    return cards;
  });
  function areRecords(group) {                         // not the fields of a form, the cells of a line, or the tiles of a menu
    const some = group.slice(0, 6), most = Math.ceil(some.length * 2 / 3);
    if (some.filter((c) => saysSeveral(c)).length < most) return false;
    if (new Set(some.map((c) => clean(c.textContent, Infinity))).size < 2) return false;
    if (group[0].parentElement.tagName === 'DL') return some.every((c) => /\d/.test(c.querySelector('dt')?.textContent || ''));      // as `isEntry`
    if (some.filter((c) => builtAlike(c, some[0])).length < most) return false;
    const fields = some.map((c) => [...c.querySelectorAll(FIELDS)].map(name).join());
    if (fields.some((f) => f !== fields[0])) return false;
    const named = some.map((c) => [...c.querySelectorAll(PRESSED)].map(name).filter(Boolean));
    if (named.filter((n, i) => named.some((m, j) => j !== i && n.some((x) => m.includes(x)))).length >= most) return true;
    if (fields[0]) return true;
    const links = some.map((c) => hrefOf(c) || hrefOf(c.querySelector('a[href]') || c)).filter(Boolean);
    if (!links.length) return !named.flat().length && (some.filter((c) => /\d/.test(c.textContent)).length >= most || pressedAlike(some));
    const shelf = links[0].slice(0, links[0].lastIndexOf('/'));
    return links.length >= most && shelf.length > 1 && links.every((l) => l.slice(0, l.lastIndexOf('/')) === shelf);
  }
  // Signs without words that can be pressed, the same in each: a bin and a star. One alone may be a tile's own picture.
  function pressedAlike(some) {
    const signs = some.map((c) => [...c.querySelectorAll('[class]')].filter((e) => !e.firstElementChild && !e.textContent.trim() && getComputedStyle(e).cursor === 'pointer').map((e) => e.tagName + [...e.classList].filter((x) => !ROW_STATE.test(x)).join('.')).join());
    return signs[0].includes(',') && signs.every((s) => s === signs[0]);
  }
  const FIELDS = 'input:not([type=hidden],[type=submit],[type=button],[type=image]),select,textarea';
  const PRESSED = 'a[href],button,input[type=submit],input[type=button],[role=button],[role=link]';
  const tagsIn = memo((box) => { const n = new Map(); for (const e of box.querySelectorAll('*')) n.set(e.tagName, (n.get(e.tagName) || 0) + 1); return n; });
  function builtAlike(a, b) {
    let shared = 0, all = 0;
    const one = tagsIn(a), other = tagsIn(b);
    for (const t of new Set([...one.keys(), ...other.keys()])) { const x = one.get(t) || 0, y = other.get(t) || 0; shared += 2 * Math.min(x, y); all += x + y; }
    return all > 0 && shared / all >= 0.75;
  }
  function saysSeveral(box) {
    let said = 0;
    const walk = box.ownerDocument.createTreeWalker(box, 4);
    for (let t = walk.nextNode(), last = null; t && said < 2; t = walk.nextNode()) {
      if (t.parentNode !== last && t.data.trim() && !/^(SCRIPT|STYLE|OPTION)$/.test(t.parentNode.tagName)) { said++; last = t.parentNode; }
    }
    return said > 1;
  }
  // A term that is a record's number makes its description a row; any other is the label of a value.
  const isEntry = (n) => n.tagName === 'DD' && !!n.previousElementSibling && /\d/.test(termOf(n)) && n.parentElement.querySelectorAll(':scope > dd').length > 2;
  const termOf = memo((dd) => { for (let s = dd.previousElementSibling; s; s = s.previousElementSibling) if (s.tagName === 'DT') return textOf(s); return ''; });
  const piecesOf = memo((row) => {                     // what a row says, each with the element that says it
    const cells = placesIn(row).filter(isCell);
    if (cells.length) return cells.map((c) => [c, textOf(c).slice(0, 80)]);
    const out = isEntry(row) ? [[row.previousElementSibling, termOf(row).slice(0, 80)]] : [];
    const branch = row.tagName === 'LI' || attr(row, 'role') === 'treeitem';
    const visit = (n) => {
      if (out.length > 20 || n.hidden || UNSPOKEN.has(n.tagName) || attr(n, 'aria-hidden') === 'true') return;
      if (branch && n !== row && (n.tagName === 'UL' || n.tagName === 'OL' || attr(n, 'role') === 'group')) return;      // a tree's branches are rows of their own
      const own = clean([...n.childNodes].filter((c) => c.nodeType === 3).map((c) => c.data).join(' '), 80);
      if (n !== row && (!n.firstElementChild || n.shadowRoot || n.matches(INTERACTIVE) || (own && !n.querySelector(INTERACTIVE)))) {
        const all = textOf(n).slice(0, 80) || (n.matches(INTERACTIVE) ? name(n).slice(0, 80) : '');
        if (all) out.push([n, all]);
        return;
      }
      if (own) out.push([n, own]);
      for (const c of n.children) visit(c);
    };
    visit(row);
    return out;
  });
  const isCell = (c) => c.tagName === 'TD' || c.tagName === 'TH' || /cell|rowheader/.test(attr(c, 'role'));
  const tableOf = (row) => row.closest('table,[role=table],[role=grid],[role=treegrid]');
  // Grids with columns that stay while the others scroll draw one record in several boxes: its number says that they are one.
  const numbered = memo((table) => {
    const parts = new Map();
    for (const r of table.querySelectorAll('[role=row][aria-rowindex]')) {
      const n = attr(r, 'aria-rowindex');
      if (tableOf(r) === table) parts.has(n) ? parts.get(n).push(r) : parts.set(n, [r]);
    }
    return parts;
  });
  const partsOf = memo((row) => {
    const n = attr(row, 'aria-rowindex'), table = n && tableOf(row), parts = (table && numbered(table).get(n)) || [row];
    return parts.length < 4 && new Set(parts.map((p) => p.parentElement)).size === parts.length ? parts : [row];
  });
  const placesIn = memo((row) => partsOf(row).flatMap(membersOf));                      // its cells or headers, of all its boxes
  function membersOf(row) {                            // also those in boxes that only lay them out
    const own = [...row.children];
    if (attr(row, 'role') !== 'row') return own;
    if (own.some(isPlace)) return own.filter(isPlace);          // handles to drag may stand between
    const out = [], visit = (n) => { for (const c of n.children) isPlace(c) ? out.push(c) : /^(|presentation|none|generic)$/.test(attr(c, 'role')) && visit(c); };
    visit(row);
    return out.length ? out : own;
  }
  const isPlace = (c) => isCell(c) || attr(c, 'role') === 'columnheader';
  // What a row's place is headed by: its number tells where only some of the columns are drawn.
  const headsOf = memo((row) => {
    const head = headerRow(tableOf(row)), heads = head && head !== row ? placesIn(head) : [], places = placesIn(row);
    const counted = attr(row, 'role') === 'row' && heads.length > 0 && [...heads, ...places].every((c) => attr(c, 'aria-colindex'));
    return { sure: counted || heads.length === places.length, of: new Map(places.map((c, i) => [c, counted ? heads.find((h) => attr(h, 'aria-colindex') === attr(c, 'aria-colindex'))
      : heads[row.tagName === 'TR' && c.cellIndex >= 0 ? c.cellIndex : i]])) };
  });
  const columnOf = (row, place) => { const h = headsOf(row).of.get(place); return h ? textOf(h).slice(0, 60) : ''; };
  const cellsOf = (row) => piecesOf(row).map(([, t]) => t);
  // A key stands for itself: 7 is neither in 71 nor in RE-7-2 nor in 7,50.
  const wholeWord = memo((wanted) => new RegExp('(^|[\\s(\\[{"\'„“«#:;|·–—])' + wanted.replace(/[.*+?^${}()|[\]\\]/g, '\\$&') + '(?=$|[\\s)\\]}"\'“”»:;|·–—]|[.,!?](\\s|$))'));
  // Where the list has the column that the key stood in, no other column names a record: it may only mention one.
  const keyOf = (wanted) => (wanted && wanted.key) || wanted || '';
  function saysKey(row, wanted) {
    const cells = cellsOf(row), column = (wanted && wanted.column) || '';
    if (column && placesIn(row).some(isCell) && headsOf(row).sure) {
      const at = placesIn(row).map((c, i) => (columnOf(row, c).toLowerCase() === column.toLowerCase() ? i : -1)).filter((i) => i >= 0);
      if (at.length) return holds(at.map((i) => cells[i] || ''), keyOf(wanted));
    }
    return holds(cells, keyOf(wanted));
  }
  const holds = (texts, wanted) => texts.some((t) => t === wanted || wholeWord(wanted).test(t));
  const peersIn = memo((parent) => {                   // tag name -> its elements, each with its place among them
    const peers = new Map();
    for (const c of parent.children) {
      if (!peers.has(c.tagName)) peers.set(c.tagName, new Map());
      peers.get(c.tagName).set(c, peers.get(c.tagName).size);
    }
    return peers;
  });
  function rowOf(el, wanted) {
    const row = rowAbove(el);
    if (!row) return null;
    const texts = cellsOf(row);
    const places = new Set(placesIn(row)), cell = closest(el, (n) => n === row || (places.has(n) && isCell(n)));
    const column = cell && cell !== row ? columnOf(row, cell) : '';
    const peers = peersOf(row);
    const key = wanted && saysKey(row, wanted) ? keyOf(wanted) : texts.find((t) => t && t !== keyOf(wanted)) || '';
    return { key, cells: texts.slice(0, 12), column, index: peers.get(row), count: peers.size };
  }
  const peersOf = memo((row) => {                      // the rows of its list, each with its place
    const all = row.parentElement ? peersIn(row.parentElement).get(row.tagName) : null;
    if (!all) return new Map([[row, 0]]);
    return isCard(row) ? new Map([...cardsIn(row.parentElement)].map((c, i) => [c, i])) : all;
  });
  // Lists that lead through the application rather than show its records.
  const GUIDE_ROLE = /^(navigation|menu|menubar|tablist|toolbar|banner|contentinfo|complementary)$/;
  const GUIDE_CLASS = /(^|[-_])(nav|navbar|menu|menubar|tabs|tablist|filters?|breadcrumbs?|pagination|paginator|pager|sidebar|toolbar|object-tools)([-_]|$)/i;
  const guideAbove = nearest((n) => ['NAV', 'ASIDE', 'HEADER', 'FOOTER'].includes(n.tagName) || GUIDE_ROLE.test(attr(n, 'role'))
    || (n.tagName !== 'BODY' && n.tagName !== 'HTML' && [n.id, ...n.classList].some((c) => GUIDE_CLASS.test(c))));
  const guide = (el) => !!guideAbove(el);
  const headerRow = memo((table) => {                  // only a row that is all headers says what the columns are
    if (!table) return null;
    const head = table.querySelector('thead tr'), first = head || table.querySelector('tr');
    if (!first) {                                      // of several lines of headers the fullest, and the lowest of those
      const lines = [...new Set([...table.querySelectorAll('[role=columnheader]')].map((h) => h.closest('[role=row]') || h.parentElement))];
      return lines.reduce((best, line) => (!best || placesIn(line).length >= placesIn(best).length ? line : best), null);
    }
    return head || (first && first.children.length && [...first.children].every((c) => c.tagName === 'TH') ? first : null);
  });
  // Text that belongs to records rather than to the application: cells, list items, options, editable content.
  const dataAbove = nearest((n) => (n.tagName === 'TD' && !ofLayout(n) && !(n.parentElement && formRow(n.parentElement))) || n.tagName === 'OPTION' || (n.tagName === 'LI' && !guide(n) && !formRow(n))
    || ['cell', 'gridcell', 'listitem', 'option'].includes(attr(n, 'role')) || (n.tagName === 'DD' && !formRow(n)) || n.isContentEditable
    || (isCard(n) && !guide(n))
    || (n.tagName === 'TH' && attr(n, 'scope') !== 'col' && n.closest('tbody') && n.parentElement.querySelector('td') && headerRow(n.closest('table'))));
  function inData(el) {                                // an editor's text is data, its name is the application's
    let n = el;
    if (capability(el) === 'fill') while (n && n.isContentEditable) n = parentOf(n);
    return !!n && !!dataAbove(n);
  }
  // Words that number a record: no dates, no amounts.
  const codesIn = (t) => t.split(/[\s(),;:“”"]+/).filter((w) => /^[\w/#-]{4,}$/.test(w) && /\d/.test(w) && !/^(\d{1,4}[/-]){2}\d{2,4}$/.test(w));
  function rowDetails(el) {                            // the record's cells, their headers, and which are unique in their column
    const row = rowAbove(el);
    if (!row) return null;
    const pieces = piecesOf(row), cells = cellsOf(row), table = placesIn(row).some(isCell) ? tableOf(row) : null;
    const headers = pieces.map(([c]) => (table ? columnOf(row, c) : ''));
    const peers = [...peersOf(row).keys()].filter((c) => c !== row).map(cellsOf);
    if (!table) {                                      // a sentence about a record: the number in it names it, if it is the only one that has it
      for (const code of new Set(cells.filter((t) => t.split(' ').length > 2).flatMap(codesIn))) {
        if (!cells.includes(code)) { cells.push(code); headers.push(''); }
      }
    }
    const alone = table ? (t, i) => !peers.some((p) => p[i] === t) : (t) => !peers.some((p) => holds(p, t));
    const own = el === row ? -1 : [(c) => c === el, (c) => el.contains(c), (c) => c !== row && c.contains(el)].map((test) => pieces.findIndex(([c]) => test(c))).find((i) => i >= 0) ?? -1;
    return { cells, headers, unique: cells.map((t, i) => !!t && alone(t, i)), own, count: peers.length + 1 };
  }

  // What a heading says without the buttons beside its words, where it has words of its own.
  const captionOf = memo((h) => {
    const first = h.querySelector('button,[role=button]');
    return (first && [...h.childNodes].some((c) => LETTERS.test(c.nodeType === 3 ? c.data : '')) && read(h, null, /^(BUTTON|button)$/)) || textOf(h);
  });
