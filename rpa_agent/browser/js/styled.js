// What of an editor's text is bold, in italics or underlined, written as <b>, <i> and <u>. Only what an editor itself makes
// of such words counts, elements of that meaning and styles of their own: colours of code and of mentions come from classes.
(() => {
  if (globalThis.__rpaStyled || !globalThis.__rpa) return;
  const R = globalThis.__rpa;
  const MEANT = { B: 'b', STRONG: 'b', I: 'i', EM: 'i', U: 'u' };
  const ANY = 'b,strong,i,em,u,[style*="font-weight"],[style*="font-style"],[style*="underline"]';
  function stylesOf(node, el) {                        // of a text: from what lies around it, within its own line
    const found = new Set(), off = new Set();
    for (let n = node.parentElement; n && n !== el && /^(inline|contents)/.test(getComputedStyle(n).display); n = n.parentElement) {
      const { fontWeight: weight, fontStyle: slant, textDecorationLine: line, textDecoration: lines } = n.style;
      if (weight) (weight === 'bold' || weight === 'bolder' || Number(weight) >= 600 ? found : off).add('b');
      if (slant) (slant === 'normal' ? off : found).add('i');
      if (`${line} ${lines}`.includes('underline')) found.add('u');
      const meant = MEANT[n.tagName];
      if (meant && !off.has(meant)) found.add(meant);
    }
    return ['b', 'i', 'u'].filter((s) => found.has(s));
  }
  const dress = (el) => (text, node) => {
    const styles = text.trim() ? stylesOf(node, el) : [];
    return styles.reduceRight((t, s) => `<${s}>${t}</${s}>`, text);
  };
  // Neighbours of one style are one piece, also with white space between them.
  const joined = (text) => { let before = ''; while (before !== text) { before = text; text = text.replace(/<\/([biu])>( *)<\1>/g, '$2'); } return text; };
  globalThis.__rpaStyled = {
    // Empty where nothing of the text is styled, or it is no editor's.
    read: (el) => {
      if (!el.isContentEditable || R.attr(el, 'contenteditable') === 'plaintext-only' || !el.querySelector(ANY)) return '';
      const text = joined(R.written(el, dress(el)));
      return /<[biu]>/.test(text) ? text : '';
    },
    at: (ref) => { const el = R.resolve(ref); return el ? globalThis.__rpaStyled.read(el) || R.value(el) : null; },
  };
})();
