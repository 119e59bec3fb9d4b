  // One look at the page: within one call from outside each question is answered once. And how its elements are walked.
  const answers = [];
  let calls = 0;
  function memo(fn) {
    const known = new Map();
    answers.push(known);
    return (key) => {
      if (!calls) return fn(key);                      // asked from outside of a look: nothing says when it ends
      let answer = known.get(key);
      if (answer === undefined) known.set(key, answer = fn(key));
      return answer;
    };
  }
  const forget = () => { for (const known of answers) known.clear(); };
  const once = (fn) => (...args) => {
    if (!calls && lasting) stood();
    if (!calls++) looked = turns;
    try { return fn(...args); } finally { if (!--calls && !lasting) forget(); }
  };
  // While a recording goes on, answers last as long as the page does not change. Changes inside frames and shadow roots
  // cannot be seen from here: where there are any, nothing lasts.
  let lasting = false, stirred = true;
  function stood() {
    stir(watch.takeRecords());
    if (!stirred) return;
    forget();
    stirred = false;
    if (document.querySelector('iframe,frame') || innerRoots(document).length) lasting = false;
  }
  const last = () => { if (!lasting && !document.querySelector('iframe,frame')) { lasting = true; stirred = true; } };

  function nodes(root, css) {                          // open shadow roots and same-origin frames included
    const out = [...root.querySelectorAll(css)];
    for (const within of innerRoots(root)) for (const el of nodes(within, css)) out.push(el);
    return out;
  }
  const innerRoots = memo((root) => {
    const out = [], walk = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT);
    for (let el = walk.nextNode(); el; el = walk.nextNode()) {
      if (el.shadowRoot) out.push(el.shadowRoot);
      else if (el.tagName === 'IFRAME' || el.tagName === 'FRAME') {
        const doc = inner(el);
        if (doc) out.push(doc);
      }
    }
    return out;
  });
  function beneath(box, css) {                         // what is drawn in a box: its own shadow root and what its places were given included
    const out = new Set();
    const visit = (root) => {
      for (const el of root.querySelectorAll(css)) out.add(el);
      for (const slot of root.querySelectorAll('slot')) {
        for (const given of slot.assignedElements()) { if (given.matches(css)) out.add(given); visit(given); }
      }
      innerRoots(root).forEach(visit);
    };
    visit(box);
    if (box.shadowRoot) visit(box.shadowRoot);
    return [...out];
  }
  function inner(frame) { try { return frame.contentDocument; } catch { return null; } }   // another origin: not ours to read

  function closest(el, test) { for (let n = el; n; n = parentOf(n)) if (test(n)) return n; return null; }
  function nearest(test) {                             // as closest, for tests that are asked of many elements
    const above = memo((n) => {
      if (test(n)) return n;
      const p = parentOf(n);
      return p ? above(p) : null;
    });
    return above;
  }
