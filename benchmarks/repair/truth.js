// Reads what only the benchmark may read. A box around one tagged element, and a part of one, act as that element does.
(() => {
  const R = __rpa;
  const above = (el, name) => {
    for (let p = el; p; p = R.parentOf(p)) if (p.getAttribute && p.getAttribute(name)) return p;
    return null;
  };
  const below = (el) => { const tagged = el.querySelectorAll ? el.querySelectorAll('[data-truth]') : []; return tagged.length === 1 ? tagged[0] : null; };
  const keyOf = (el) => { const holder = above(el, 'data-truth-key'); return holder ? holder.getAttribute('data-truth-key') : ''; };
  const truthOf = (el) => {
    const tagged = el && (above(el, 'data-truth') || below(el));
    return tagged ? [tagged.getAttribute('data-truth'), keyOf(tagged)] : ['', ''];
  };
  // What the server is asked for when it is pressed, as a recording of that would hold it.
  function asks(el) {
    const tagged = above(el, 'data-truth') || below(el) || el;
    const form = tagged.closest('form'), submits = tagged.type === 'submit' || tagged.getAttribute('data-truth-do') === 'submit';
    if (!form || !submits) return null;
    const to = tagged.getAttribute('formaction') || tagged.getAttribute('data-truth-action') || form.getAttribute('action') || location.href;
    const own = tagged.getAttribute('name');
    return {
      method: (form.getAttribute('method') || 'get').toUpperCase(), url: new URL(to, tagged.baseURI).href,
      fields: [...new Set([...new FormData(form).keys(), ...(own ? [own] : [])])],
    };
  }
  const shown = () => R.look(() => R.candidates().filter(R.visible).map((el) => {
    const [truth, key] = truthOf(el);
    if (!truth || el.disabled) return null;
    const element = R.fingerprint(el);
    element.unique = R.uniqueness(el);
    Object.assign(element, R.standing(el));
    return { truth, key, ref: R.refOf(el), element, row: R.rowDetails(el), asks: asks(el) };
  }).filter(Boolean));
  function present() {                                 // hidden ones, templates, shadow roots and frames included
    const out = new Set();
    const visit = (root) => {
      for (const el of root.querySelectorAll('*')) {
        if (el.getAttribute('data-truth')) out.add(el.getAttribute('data-truth') + '|' + keyOf(el));
        if (el.shadowRoot) visit(el.shadowRoot);
        if (el.tagName === 'TEMPLATE') visit(el.content);
        if (el.tagName === 'IFRAME' && el.contentDocument) visit(el.contentDocument);
      }
    };
    visit(document);
    return [...out];
  }
  return { shown, present, truths: (refs) => refs.map((ref) => truthOf(R.resolve(ref))) };
})()
