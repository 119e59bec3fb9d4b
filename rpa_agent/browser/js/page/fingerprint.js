  // All by which an element is known again.
  function testId(el) { for (const a of TEST_IDS) if (el.hasAttribute(a)) return attr(el, a); return ''; }
  function hrefOf(el) {
    const raw = attr(el, 'href');
    if (!raw || raw.startsWith('#') || raw.startsWith('javascript:')) return '';
    try { const u = new URL(raw, el.baseURI); return u.origin === location.origin ? u.pathname : u.host + u.pathname; } catch { return ''; }
  }
  const NUMBERED = /^([0-9a-f-]*\d[0-9a-f-]*|[0-9a-f]{8,}|[a-z]{1,6}-?\d+|[\w-]*\d{3,}[\w-]*)$/i;
  function actionOf(form) {                            // where it posts to, without the record's own number
    try { return new URL(form.getAttribute('action') || '', form.baseURI).pathname.split('/').map((s) => (NUMBERED.test(s) ? '*' : s)).join('/'); } catch { return ''; }
  }
  const dialogOf = nearest((n) => n.tagName === 'DIALOG' || /^(alert)?dialog$/.test(attr(n, 'role')));
  const formOf = nearest((n) => n.tagName === 'FORM' || attr(n, 'role') === 'form');
  const landmarkOf = nearest((n) => LANDMARKS[n.tagName.toLowerCase()] || ['main', 'navigation', 'banner', 'search', 'region', 'contentinfo', 'complementary'].includes(attr(n, 'role')));
  const titleOf = memo((dialog) => clean(attr(dialog, 'aria-label')) || labelOf(dialog) || ((h) => (h ? captionOf(h) : textOf(dialog)))(dialog.querySelector(HEADINGS)).slice(0, 60));
  const wordless = (el) => !name(el) && !textOf(el) && !attr(el, 'placeholder') && capability(el) !== 'fill' && capability(el) !== 'select';
  function fingerprint(el, opts = {}) {
    const box = boxOf(el), dialog = dialogOf(el), form = formOf(el), mark = landmarkOf(el);
    const classes = [...el.classList].slice(0, 8), gen = [];
    if (el.id && generated(el.id)) gen.push('id');
    if (attr(el, 'name') && generated(attr(el, 'name'))) gen.push('name_attr');
    const cap = capability(el), data = inData(el);
    const tag = el.tagName.toLowerCase();
    return {
      tag, role: role(el), name: name(el), capability: cap, type: tag === 'input' || tag === 'button' ? (el.type || '') : '',
      test_id: testId(el), id: el.id || '', name_attr: attr(el, 'name'), classes: classes.filter((c) => !generated(c) && !STATE.test(c)), generated: gen,
      label: labelOf(el), placeholder: clean(attr(el, 'placeholder')), alt: clean(attr(el, 'alt')), title: clean(attr(el, 'title')),
      href: hrefOf(el), text: cap === 'fill' || cap === 'select' ? '' : holder(el) ? '' : textOf(el).slice(0, 120),
      landmark: mark ? LANDMARKS[mark.tagName.toLowerCase()] || attr(mark, 'role') : '',
      form: form ? clean(attr(form, 'aria-label') || attr(form, 'name') || attr(form, 'id') || actionOf(form), 60) : '',
      heading: headingOf(el), dialog: dialog ? titleOf(dialog) : '',
      row: rowOf(el, opts.rowKey), index: el.parentElement ? idx(el.parentElement, el) : -1, near: near(el), neighbour: '',
      path: pathOf(el), ...chainOf(el), box: [box.x, box.y, box.width, box.height].map(Math.round), viewport: [innerWidth, innerHeight],
      in_data: data, look: wordless(el) ? lookOf(el) : '', picture: cap === 'click' ? signOf(el) : '', behind: cap === 'check' ? behindOf(el) : '',
    };
  }
