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
  return { digest, said };
})()
