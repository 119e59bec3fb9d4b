  // Addresses: a path of child indices, `s` enters a shadow root, `@` a same-origin frame; `|check` guards it.
  function refOf(el) {
    const parts = [];
    let seg = [], check = digest(el) + said(el);
    for (let n = el; n;) {
      const p = n.parentNode;
      if (!p) return '';
      if (p.nodeType === 11 && p.host) { seg.unshift('s', idx(p, n)); n = p.host; continue; }
      if (p.nodeType === 9) {
        parts.unshift(seg.join('/') + '|' + check);
        const f = p !== document && p.defaultView && p.defaultView.frameElement;
        if (!f) break;
        seg = []; check = digest(f); n = f; continue;
      }
      seg.unshift(idx(p, n)); n = p;
    }
    const ref = parts.join('@');
    if (handed.size > 4000) handed.clear();
    handed.set(ref, new WeakRef(el));
    return ref;
  }
  // What an address was given for, as long as it is there: a tag that comes before a field moves the field, and it is the same.
  const handed = new Map();
  const order = memo((p) => new Map([...p.children].map((c, i) => [c, i])));
  const idx = (p, n) => order(p).get(n) ?? -1;
  const { digest, said, sealOf } = INCLUDED('address.js');
  function resolve(ref) {
    const meant = handed.has(ref) ? handed.get(ref).deref() : null;
    if (meant && meant.isConnected && meant.ownerDocument.defaultView && digest(meant) === ref.split('|').pop().split('~')[0]) return meant;
    let doc = document, el = null;
    for (const part of ref.split('@')) {
      if (el) doc = inner(el);
      if (!doc) return null;
      const [path, check] = part.split('|');
      el = doc.documentElement;
      for (const s of path ? path.split('/') : []) { el = s === 's' ? el.shadowRoot : el.children[+s]; if (!el) return null; }
      if (digest(el) !== check.split('~')[0]) return null;
    }
    return el;
  }

  function inRowOf(el, wanted) {
    const row = rowAbove(el);
    if (!row) return false;
    // What the row plainly says is quick to know; only alternative texts and shadow roots can say more.
    if (!isEntry(row) && !partsOf(row).some((p) => clean(p.textContent, Infinity).includes(keyOf(wanted))) && !innerRoots(document).length && !row.querySelector('[aria-label],[alt],title')) return false;
    return saysKey(row, wanted);
  }
