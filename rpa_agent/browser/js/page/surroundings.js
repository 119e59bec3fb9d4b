  // What stands around an element, what its codes are worth, and what it looks like.
  const headingOf = memo((n) => {                      // the heading before it, or before what it lies in
    if (n.tagName === 'FIELDSET') { const l = n.querySelector(':scope > legend'); if (l) return captionOf(l).slice(0, 80); }
    for (let s = n.previousElementSibling, i = 0; s && i < 12; s = s.previousElementSibling, i++) {
      const h = headingIn(s);
      if (h) return captionOf(h).slice(0, 80);
    }
    const p = parentOf(n);
    return n.tagName === 'BODY' || !p ? '' : headingOf(p);
  });
  const headingIn = memo((s) => (s.matches(HEADINGS) ? s : s.children.length < 12 && s.firstElementChild ? s.querySelector(HEADINGS) : null));
  // What holds records is no caption of what follows it, and its texts are not ours to keep.
  const holdsData = memo((box) => !box.querySelector('input:not([type=hidden]):not([type=checkbox]),select,textarea') && [...box.querySelectorAll('td,dd,li,[role=cell],[role=gridcell],[role=listitem]')].slice(0, 200).some(inData));
  function near(el) {                                  // short texts just before the element, nearest first
    const out = [];
    for (let n = el, up = 0; n && up < 4 && out.length < 2; n = parentOf(n), up += n && n.tagName !== 'SLOT') {
      for (let s = n.previousSibling; s && out.length < 2; s = s.previousSibling) {
        if (s.nodeType !== 1 && s.nodeType !== 3) continue;
        if (s.nodeType === 1 && (['SCRIPT', 'STYLE'].includes(s.tagName) || inData(s) || holdsData(s))) continue;
        const t = s.nodeType === 3 ? clean(s.data, 61) : s.matches(HEADINGS) ? captionOf(s) : textOf(s);
        if (t.length > 1 && t.length <= 60) out.push(t);      // what is longer is prose, a record's more often than not
      }
      if (n.tagName === 'BODY' || n.tagName === 'FORM') break;
    }
    return out;
  }
  function generated(value) {                          // ids that a machine made: digits, hashes, framework counters
    return /\d{3,}|[0-9a-f]{6,}|^:r|^(ember|ext-|react-|radix-|mui-|headlessui-|__)|[-_:][0-9a-z]*\d[0-9a-z]{2,}$/i.test(value);
  }
  function pathOf(el) {
    const tags = [];
    for (let n = el, i = 0; n && n.tagName !== 'BODY' && i < 12; n = n.parentElement, i++) tags.unshift(n.tagName.toLowerCase());
    return tags.join('>');
  }
  function frameName(f) {                              // what a frame is called for good; its place in the page tells nothing
    const named = clean(attr(f, 'name'), 60), id = generated(f.id) ? '' : clean(f.id, 60);
    if (named && !generated(named)) return named;
    const said = clean(attr(f, 'title') || attr(f, 'aria-label'), 60);
    if (said) return said;
    try { const u = new URL(attr(f, 'src') || 'about:blank', f.baseURI); return /^http/.test(u.protocol) ? u.pathname.slice(0, 120) : id; } catch { return id; }
  }
  // Frames whose documents are another site's: whoever asks from outside can reach into them, this script cannot.
  const unreadable = () => nodes(document, 'iframe,frame').filter((f) => !inner(f) && visible(f)).slice(0, 20).map((f) => ({ ref: refOf(f), frames: [...chainOf(f).frames, frameName(f)] }));
  const frameOf = (f) => ({ ref: refOf(f), frames: [frameName(f)] });
  function chainOf(el) {                               // enclosing frames and shadow hosts, outermost first
    const frames = [], shadow = [];
    for (let n = el; n;) {
      const r = rootOf(n);
      if (r.host) { shadow.unshift(r.host.tagName.toLowerCase()); n = r.host; }
      else {
        const f = r.defaultView && r !== document && r.defaultView.frameElement;
        if (!f) break;
        frames.unshift(frameName(f));
        n = f;
      }
    }
    return { frames, shadow };
  }

  // What an element without words looks like: its picture, its drawing or its colour is all that tells it from others.
  function lookOf(el) {
    const out = [];
    if (el.ownerSVGElement !== undefined) {            // a drawing or a part of one
      const whole = el.tagName === 'svg', parts = whole ? [...el.querySelectorAll('path,use,polygon,circle,rect')].slice(0, 12) : [el];
      const lines = parts.map((p) => attr(p, 'd') || attr(p, 'href') || attr(p, 'xlink:href') || attr(p, 'points')).join('');
      out.push(whole ? 'drawing' : el.tagName);
      if (!whole) for (const c of ['fill', 'stroke']) out.push(...said1(el.style[c] || attr(el, c)));      // not what hovering makes of it
      if (lines) out.push('d' + hash(lines));
      return out.join(' ');
    }
    const picture = el.tagName === 'IMG' ? el : el.querySelector('img,svg');
    if (picture && picture.tagName === 'svg') return lookOf(picture);
    const record = inData(el);                         // a record's own picture would name it
    if (picture && !record) out.push(fileOf(attr(picture, 'src')));
    const css = getComputedStyle(el), drawn = css.backgroundImage, mark = getComputedStyle(el, '::before').content;
    if (drawn && drawn !== 'none' && !record) out.push(fileOf(drawn.replace(/^url\(["']?|["']?\).*$/g, '')));
    if (mark && mark !== 'none' && mark !== 'normal' && mark !== '""') out.push('sign' + hash(mark));
    if (css.content.startsWith('url(') && !el.style.content) out.push('css:' + fileOf(css.content.replace(/^url\(["']?|["']?\).*$/g, '')));     // a style sheet's
    out.push(...said1(el.style && el.style.backgroundColor));
    return out.join(' ');
  }
  // What stands for the words of an element that is called something and says nothing: the sign on a button.
  function signOf(el) {
    if (!name(el) || textOf(el)) return '';
    const sign = el.querySelector('img,svg') || el;
    return getComputedStyle(sign).backgroundImage === 'none' ? drawnIn(lookOf(el)) : '';     // one file behind may hold the signs of all
  }
  const drawnIn = (look) => look.split(' ').filter((part) => !part.startsWith('c') || part.includes('.') || part.startsWith('css:')).join(' ');     // without its colours
  const said1 = (colour) => (colour && colour !== 'none' ? ['c' + colour.replace(/[^\w.]+/g, '_')] : []);
  // Classes that say what is going on with an element just now.
  const STATE = /(^|[-_])(hover|hovered|focus|focused|focus-visible|focus-within|active|pressed|dragging|dragged|grabbing)$/i;
  const fileOf = (src) => (src.startsWith('data:') || src.startsWith('linear') ? 'i' + hash(src) : src.split(/[?#]/)[0].split('/').pop().replace(/\d{3,}|[0-9a-f]{8,}/gi, '')).slice(0, 40);
  function hash(text) { let h = 5381; for (let i = 0; i < text.length; i++) h = (h * 33 ^ text.charCodeAt(i)) >>> 0; return h.toString(36); }
