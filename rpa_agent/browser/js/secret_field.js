// What the field at hand is, before a secret is typed into it: where its document comes from and where its form sends.
(ref) => {
  const R = globalThis.__rpa, el = R.resolve(ref);
  if (!el) return null;
  const win = el.ownerDocument.defaultView, base = el.ownerDocument.baseURI;
  const origin = (address) => { try { return new URL(address, base).origin; } catch { return 'null'; } };
  const form = el.form || R.closest(el, (n) => n.tagName === 'FORM');
  const around = form ? [...form.elements] : [...el.getRootNode().querySelectorAll('input')];
  const sends = form ? [form, ...around].flatMap((n) => ['action', 'formaction'].filter((a) => n.hasAttribute(a)).map((a) => origin(n.getAttribute(a)))) : [];
  const hides = (n) => n.tagName === 'INPUT' && n.type === 'password' && !n.disabled && R.visible(n);
  const box = el.getBoundingClientRect();
  const onPage = box.width > 2 && box.height > 2 && box.right + win.scrollX > 0 && box.bottom + win.scrollY > 0;
  // Some draw one-time codes over a see-through field; a password that nobody sees is a trap.
  const seen = el.checkVisibility ? el.checkVisibility({ checkOpacity: el.type === 'password', checkVisibilityCSS: true }) : R.visible(el);
  const TYPED = ['password', 'text', 'email', 'tel', 'number', 'search', 'url', ''];
  return {
    origin: win ? win.origin : 'null', tag: el.tagName.toLowerCase(), type: el.tagName === 'INPUT' ? el.type : '',
    typed_into: el.tagName === 'INPUT' ? TYPED.includes(el.type) : el.tagName === 'TEXTAREA' || el.isContentEditable,
    readonly: !!el.readOnly || !!el.disabled || R.attr(el, 'aria-readonly') === 'true',
    visible: onPage && seen && R.visible(el),
    seal: R.sealOf(el),
    sends_to: [...new Set(sends)].filter((o) => /^https?:/.test(o)), passwords: around.filter(hides).length,
  };
}
