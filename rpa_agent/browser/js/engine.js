// Playwright's way to an element that page.js addressed: the same path, checked, in Playwright's own isolated world.
(() => {
  const { digest, said, sealOf } = INCLUDED('address.js');
  return {
    query(root, body) { return this.queryAll(root, body)[0] ?? null; },
    queryAll(root, body) {
      const doc = root.nodeType === 9 ? root : root.ownerDocument;
      const [path, check, seal] = body.split('|');
      let el = doc.documentElement;
      for (const s of path ? path.split('/') : []) { el = s === 's' ? el.shadowRoot : el.children[+s]; if (!el) return []; }
      const [kind, words] = check.split('~');
      const same = digest(el) === kind && (words === undefined || said(el) === '~' + words);
      return same && (seal === undefined || sealOf(el) === seal) ? [el] : [];
    },
  };
})()
