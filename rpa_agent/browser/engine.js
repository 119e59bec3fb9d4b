// Playwright's way to an element that page.js addressed: the same path, checked, in Playwright's own isolated world.
({
  query(root, body) { return this.queryAll(root, body)[0] ?? null; },
  queryAll(root, body) {
    const doc = root.nodeType === 9 ? root : root.ownerDocument;
    const [path, check] = body.split('|');
    let el = doc.documentElement;
    for (const s of path ? path.split('/') : []) { el = s === 's' ? el.shadowRoot : el.children[+s]; if (!el) return []; }
    const digest = (el.tagName + '.' + (el.getAttribute('name') || '') + '.' + (el.getAttribute('type') || '')).toLowerCase().replace(/[^a-z0-9.]/g, '').slice(0, 40);
    return digest === check ? [el] : [];
  },
})
