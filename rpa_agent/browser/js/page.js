// What is recorded is what is compared: one in-page script computes fingerprints for recorder, guard and matcher.
// It runs in an isolated world, reads the page and never changes it. Its rooms lie in page/: they are put in here as text, and
// share their names with each other and with what stands here.
(() => {
  if (globalThis.__rpa) return;

  const TEXT_TYPES = new Set(['', 'text', 'search', 'email', 'url', 'tel', 'number', 'password', 'date', 'time', 'month',
    'week', 'datetime-local', 'color', 'range']);
  const TEST_IDS = ['data-testid', 'data-test-id', 'data-test', 'data-qa', 'data-cy'];
  const CLICK_ROLES = new Set(['button', 'link', 'menuitem', 'menuitemcheckbox', 'menuitemradio', 'tab', 'option', 'treeitem']);
  const CHECK_ROLES = new Set(['checkbox', 'radio', 'switch']);
  const INTERACTIVE = 'a[href],area[href],button,input:not([type=hidden]),select,textarea,summary,[contenteditable=""],[contenteditable=plaintext-only],'
    + '[contenteditable=true],[role],[tabindex],[onclick],label[for]';
  const LANDMARKS = { main: 'main', nav: 'navigation', header: 'banner', footer: 'contentinfo', aside: 'complementary' };
  const HEADINGS = 'h1,h2,h3,h4,h5,h6,[role=heading],legend,caption';

  const clean = (s, max = 120) => (s || '').replace(/\s+/g, ' ').trim().slice(0, max);
  const attr = (el, name) => el.getAttribute(name) || '';
  // The tree as it is drawn: what a component was given lies in the place that it keeps for it.
  const parentOf = (n) => n.assignedSlot || n.parentElement || (n.parentNode && n.parentNode.host) || null;
  const rootOf = (el) => el.getRootNode();
  const byId = (el, id) => { const r = rootOf(el); return r.getElementById ? r.getElementById(id) : null; };

  INCLUDED('page/look.js');
  INCLUDED('page/names.js');
  INCLUDED('page/sight.js');
  INCLUDED('page/records.js');
  INCLUDED('page/surroundings.js');
  INCLUDED('page/fingerprint.js');
  INCLUDED('page/candidates.js');
  INCLUDED('page/addresses.js');
  INCLUDED('page/find.js');
  INCLUDED('page/survey.js');
  INCLUDED('page/texts.js');
  INCLUDED('page/options.js');

  const asked = { frameOf, beneath, unreadable, fields, fieldsIn, saidIn, all, unseen, standsFor, labelOf, textBefore, options, optionAmong, chosen, saidOf, optionAround, typingInto, fingerprint, find, survey, rows, uniqueness, warm, standing, boxOf, announced, alerts, visibleText, value, written, resolve, refOf, candidates, capability,
    visible, rowDetails, partsOf, inData, textOf, name, role, rowOf, leave, ticked, handleOf, onlyBox, workedIn, readValue, readValues: (refs) => refs.map(readValue), recordOf: rowAbove, rowHolds: saysKey,
    // On a page that is still read in, a twin may be yet to come: then whoever needs the element looks for it later.
    ahead: (variants, rowKey) => (document.readyState === 'loading' ? null : find(variants, rowKey)) };
  globalThis.__rpa = { givenFields, sealOf, ...Object.fromEntries(Object.entries(asked).map(([key, fn]) => [key, once(fn)])), closest, attr, parentOf, quietFor, changed, writtenOn, once, memo, last,
    veiled: new WeakSet(),                             // fields that ever hid what is typed: they stay secret when they show it
    look: once((fn) => fn()),                          // several questions in one look
    ready: () => document.readyState };
})();
