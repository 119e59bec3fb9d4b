  // Finds the recorded element: every encoding of every known variant votes.
  function find(variants, rowKey) {
    const tags = new Set(variants.filter((v) => v.capability === 'none' || !['a', 'button', 'input', 'select', 'textarea', 'summary'].includes(v.tag)).map((v) => v.tag));   // only scripts make an <a> without an address work
    const interactive = nodes(document, INTERACTIVE), own = interactive.length;
    const pool = tags.size ? interactive.concat(nodes(document, [...tags].join(','))) : interactive;
    const belongs = (el, at) => (at < own ? worksAlone(el) : !(el.matches(INTERACTIVE) && worksAlone(el)));      // each is asked once
    const here = (el, at) => belongs(el, at) && (!rowKey || inRowOf(el, rowKey)) && (visible(el) || capability(el) === 'upload');
    return variants.flatMap((v, i) => {
      const { list, best } = v.weak ? weakest(pool, v, here) : strongest(pool, v, here);
      let top = list.sort((a, b) => (name(b) === v.name) - (name(a) === v.name));
      const meant = v.alike > 1 && top.length === v.alike ? inOrder([...top])[v.order] : null;
      if (meant) top.sort((a, b) => (b === meant) - (a === meant));
      top = top.slice(0, 6);
      const voters = v.weak ? weakVoters(v) : STRONG.filter((k) => k !== 'text' && v[k]).length || 1;
      const hit = (el, votes, rivals) => ({ candidate: candidate(el, { rowKey }), variant: i, votes, voters, rivals, place: el === meant });
      // Codes may have passed to another element: one that is called exactly so is told too, with what it has.
      const called = !v.weak && v.name && top.length && name(top[0]) !== v.name
        ? pool.filter((el, at) => capability(el) === v.capability && name(el) === v.name && here(el, at)) : [];
      return [...top.map((el) => hit(el, best, top.length - 1)), ...called.slice(0, 3).map((el) => hit(el, strongVotes(el, v), called.length - 1))];
    });
  }
  // Attributes are quick to compare, names and labels are not: those are worked out only where they could still bring the most votes.
  function strongest(pool, v, here) {
    const most = (v.name ? 1 : 0) + (v.label ? 1 : 0), plain = pool.map((el) => plainVotes(el, v));
    let best = 1, list = [];
    for (let level = Math.max(0, ...new Set(plain)); level >= 0 && level + most >= best; level--) {
      pool.forEach((el, at) => {
        if (plain[at] !== level || level + most < best) return;
        const votes = level + saidVotes(el, v);
        if (votes < best || !here(el, at)) return;
        if (votes > best) list = [];
        best = votes;
        list.push([el, at]);
      });
    }
    return { best, list: list.sort(([, a], [, b]) => a - b).map(([el]) => el) };
  }
  function weakest(pool, v, here) {
    const tally = pool.filter((el, at) => el.tagName.toLowerCase() === v.tag && here(el, at)).map((el) => [el, weakVotes(el, v)]);
    const best = Math.max(1, ...new Set(tally.map(([, votes]) => votes)));
    return { best, list: tally.filter(([, votes]) => votes === best).map(([el]) => el) };
  }
  const strongVotes = (el, v) => plainVotes(el, v) + saidVotes(el, v);
  function plainVotes(el, v) {
    let votes = 0;
    if (v.test_id && testId(el) === v.test_id) votes += 1;
    if (v.id && el.id === v.id) votes += 1;
    if (v.name_attr && attr(el, 'name') === v.name_attr && el.tagName.toLowerCase() === v.tag && (!v.value || el.value === v.value)) votes += 1;
    if (v.placeholder && clean(attr(el, 'placeholder')) === v.placeholder) votes += 1;
    if (v.href && hrefOf(el) === v.href) votes += 1;
    if (v.text && !v.name && clean(el.textContent) === v.text) votes += 1;
    return votes;
  }
  function saidVotes(el, v) {
    return (v.name && capability(el) === v.capability && name(el) === v.name ? 1 : 0) + (v.label && labelOf(el) === v.label ? 1 : 0);
  }
  // An element without any word is known by its look, its classes, its place in the page's structure and its column.
  const STRONG = ['test_id', 'id', 'name_attr', 'name', 'label', 'placeholder', 'href', 'text'];
  const classesOf = (el) => [...el.classList].slice(0, 8).filter((c) => !generated(c) && !STATE.test(c)).join(' ');
  const weakVoters = (v) => (v.look ? 2 : 0) + (v.classes ? 1 : 0) + (v.path ? 1 : 0) + (v.column ? 1 : 0) + (v.type ? 1 : 0) || 1;
  function weakVotes(el, v) {
    let votes = 0;
    if (v.path && pathOf(el) === v.path) votes++;
    if (v.classes && classesOf(el) === v.classes) votes++;
    if (v.type && (el.type || '') === v.type) votes++;
    if (votes && v.column && (rowOf(el) || {}).column === v.column) votes++;
    if (votes && v.look && wordless(el)) { const look = lookOf(el); votes += look === v.look || (v.classes && v.look.startsWith('css:') && look.startsWith('css:') && classesOf(el) === v.classes) ? 2 : drawnIn(v.look) && drawnIn(look) === drawnIn(v.look) ? 1 : 0; }
    return votes;
  }
  const inOrder = (els) => els.sort((a, b) => (a === b ? 0 : a.compareDocumentPosition(b) & 4 ? -1 : 1));
  function standing(el, plain = false) {               // which one it is of those that nothing else tells apart
    const fp = fingerprint(el), variant = { tag: fp.tag, role: fp.role, capability: fp.capability };
    for (const k of STRONG) if (fp[k] && !fp.generated.includes(k) && !(k === 'text' && fp.name)) variant[k] = fp[k];
    if (fp.in_data || plain) for (const k of ['name', 'label', 'text', 'href']) delete variant[k];
    if (!STRONG.some((k) => variant[k])) Object.assign(variant, { weak: true, path: fp.path, classes: fp.classes.join(' '), look: fp.look, type: fp.type, column: fp.row ? fp.row.column : '' });
    const alike = alikeOf(variant);
    return alike.length > 1 && alike.includes(el) ? { order: inOrder(alike).indexOf(el), alike: alike.length } : {};
  }
  function alikeOf(v) {
    const pool = v.weak || !INTERACTIVE_TAGS.has(v.tag) ? nodes(document, v.tag) : [];
    const listed = pool.length > 0;
    for (const el of candidates()) if (!listed || el.tagName.toLowerCase() !== v.tag) pool.push(el);
    let best = 0, out = [];
    for (const el of pool) {
      const votes = v.weak ? (el.tagName.toLowerCase() === v.tag ? weakVotes(el, v) : 0) : strongVotes(el, v);
      if (votes < best || !votes || !(visible(el) || capability(el) === 'upload')) continue;
      if (votes > best) { best = votes; out = []; }
      out.push(el);
    }
    return out;
  }
  const INTERACTIVE_TAGS = new Set(['a', 'button', 'input', 'select', 'textarea', 'summary']);
