// What is checked at the end of an address, the same for page.js, which gives addresses, and engine.js, which follows them.
(() => {
  const digest = (el) => (el.tagName + '.' + (el.getAttribute('name') || '') + '.' + (el.getAttribute('type') || '')).toLowerCase().replace(/[^a-z0-9.]/g, '').slice(0, 40);
  // What it says is a part of its address where one acts on it: a list that is drawn anew puts another record in its place.
  const said = (el) => {
    if (/^(INPUT|SELECT|TEXTAREA|IFRAME|FRAME)$/.test(el.tagName) || el.isContentEditable || el.hasAttribute('aria-haspopup') || el.hasAttribute('aria-expanded')) return '';
    if (/^(combobox|listbox|checkbox|radio|switch|textbox|searchbox|spinbutton|slider)$/.test(el.getAttribute('role') || '')) return '';
    const text = (el.textContent || '').replace(/\s+/g, ' ').trim();
    if (!text || text.length > 80 || el.querySelectorAll('*').length > 8) return '';
    let h = 5381;
    for (let i = 0; i < text.length; i++) h = (h * 33 ^ text.charCodeAt(i)) >>> 0;
    return '~' + h.toString(36);
  };
  // What a secret's field must still be when the secret is typed: where its document is from, what it is, where its form sends.
  const sealOf = (el) => {
    const base = el.ownerDocument.baseURI, form = el.form || el.closest('form');
    const origin = (address) => { try { return new URL(address, base).origin; } catch { return 'null'; } };
    const around = form ? [form, ...form.elements] : [];
    const sends = [...new Set(around.flatMap((n) => ['action', 'formaction'].filter((a) => n.hasAttribute(a)).map((a) => origin(n.getAttribute(a)))))];
    const win = el.ownerDocument.defaultView;
    return encodeURIComponent(JSON.stringify([win ? win.origin : 'null', el.tagName, el.type || '', !!el.readOnly || !!el.disabled, sends]));
  };
  return { digest, said, sealOf };
})()
