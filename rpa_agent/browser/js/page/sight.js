  // Where an element lies, whether it is seen, and what covers it.
  // A part of an image map has no box of its own: it lies where its image lies.
  function boxOf(el) {
    if (el.tagName !== 'AREA') return el.getBoundingClientRect();
    const img = pictureOf(el), b = img && img.getBoundingClientRect();
    if (!b) return new DOMRect();
    const n = attr(el, 'coords').split(/[\s,]+/).map(Number);
    if (/^circ/i.test(attr(el, 'shape'))) return new DOMRect(b.x + n[0] - n[2], b.y + n[1] - n[2], 2 * n[2], 2 * n[2]);
    if (n.length < 4 || n.some(Number.isNaN)) return b;
    const xs = n.filter((_, i) => i % 2 === 0), ys = n.filter((_, i) => i % 2);
    return new DOMRect(b.x + Math.min(...xs), b.y + Math.min(...ys), Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
  }
  function pictureOf(area) {
    const map = area.closest('map');
    return map && rootOf(area).querySelector(`img[usemap="#${CSS.escape(map.name)}"],object[usemap="#${CSS.escape(map.name)}"]`);
  }
  function visible(el) {
    if (el.tagName === 'OPTION') return true;
    if (el.tagName === 'AREA') { const img = pictureOf(el); return !!img && visible(img); }
    if (el.tagName === 'INPUT' && (el.type === 'checkbox' || el.type === 'radio') && labelsOf(el).some(visible)) return true;
    if (el.checkVisibility && !el.checkVisibility({ checkOpacity: false, checkVisibilityCSS: true })) return false;
    const b = el.getBoundingClientRect();
    return b.width > 0 && b.height > 0;
  }
  const enabled = (el) => !(el.disabled || attr(el, 'aria-disabled') === 'true' || closest(el, (n) => n.tagName === 'FIELDSET' && n.disabled));

  function coveredBy(el) {                             // words of what lies over the middle of the element
    if (el.tagName === 'AREA') return '';
    if (handleOf(el) !== el) return coveredBy(handleOf(el));
    const b = el.getBoundingClientRect();
    const x = b.x + b.width / 2, y = b.y + b.height / 2;
    if (x < 0 || y < 0 || x > innerWidth || y > innerHeight) return '';
    const r = rootOf(el);
    const top = r.elementFromPoint ? r.elementFromPoint(x, y) : null;
    if (!top || top === el || el.contains(top) || top.contains(el)) return '';
    if (labelsOf(el).some((l) => l.contains(top)) || (el.closest('label') && el.closest('label').contains(top))) return '';
    return textOf(closest(top, (n) => ['fixed', 'absolute', 'sticky'].includes(getComputedStyle(n).position)) || top).slice(0, 160) || top.tagName;
  }
