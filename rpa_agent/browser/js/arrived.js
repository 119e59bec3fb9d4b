// What the page at hand says and shows of itself as a whole: evaluated where a step breaks, never on a healthy run.
(() => {
  const LONGEST = 2000, FRAME = 'nav,header,footer,[role=navigation],[role=banner],[role=contentinfo]';
  const clean = (t) => (t || '').replace(/\s+/g, ' ').trim();
  const shown = (el) => {
    const box = el.getBoundingClientRect(), style = getComputedStyle(el);
    return box.width * box.height > 4 && style.visibility === 'visible' && style.display !== 'none';
  };
  const roots = [];
  const enter = (root) => { roots.push(root); for (const el of root.querySelectorAll('*')) if (el.shadowRoot) enter(el.shadowRoot); };
  enter(document);
  const all = (css) => roots.flatMap((root) => [...root.querySelectorAll(css)]).filter(shown);
  const said = (el) => clean([el.innerText, ...[...el.querySelectorAll('*')].filter((e) => e.shadowRoot)
    .flatMap((e) => [...e.shadowRoot.children].map((c) => c.innerText))].join(' '));
  const main = all('main,[role=main]')[0];
  let text = main ? said(main) : document.body ? said(document.body) : '';
  if (!main) for (const part of all(FRAME)) text = text.replace(clean(part.innerText) || '\0', ' ');
  const waits = (el) => !el.matches('[role=progressbar]') || !el.hasAttribute('aria-valuenow');
  return {
    text: clean(text).slice(0, LONGEST),
    busy: all('[aria-busy=true],[role=progressbar]').some(waits),
    warned: all('[role=alert],[aria-live=assertive]').map((el) => clean(el.innerText).slice(0, 160)).filter(Boolean).slice(0, 10),
  };
})()
