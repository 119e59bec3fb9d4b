"""Pages in the style of well-known kits, written from what their documents look like, each with a button that sends.

They are kept as those kits write them: long lines, generated ids, fields that nobody sees.
"""

# ruff: noqa: E501

SAVE = """<button type=button id=save>Save</button><p role=status id=said></p><script>
const send = (data) => fetch('/save', {method: 'POST', headers: {'Content-Type': 'application/x-www-form-urlencoded'},
  body: new URLSearchParams(data)}).then(() => { said.textContent = 'Saved'; });
</script>"""

# A drop-down beside the select that it took the place of; its list comes at the end of the page.
BESIDE_A_SELECT = """<!doctype html><title>Order</title><style>
.select2-hidden-accessible{border:0!important;clip:rect(0 0 0 0)!important;height:1px!important;overflow:hidden!important;position:absolute!important;width:1px!important}
.select2-container{display:inline-block;position:relative;width:200px}.select2-selection{display:block;border:1px solid #aaa;height:28px;cursor:pointer}
.select2-dropdown{background:#fff;border:1px solid #aaa;display:block;width:200px}.select2-results__option{padding:6px;cursor:pointer;list-style:none}
.select2-results__options{margin:0;padding:0;max-height:150px;overflow:auto}</style>
<h1>Order</h1><label for=country>Country</label>
<select id=country name=country class="select2-hidden-accessible" tabindex=-1 aria-hidden=true data-select2-id="country"><option value="">Choose…</option><option value=AT>Austria</option><option value=BE>Belgium</option><option value=DE>Germany</option><option value=FR>France</option><option value=NL>Netherlands</option></select><span class="select2 select2-container select2-container--default" dir=ltr data-select2-id=1><span class=selection><span class="select2-selection select2-selection--single" role=combobox aria-haspopup=true aria-expanded=false tabindex=0 aria-disabled=false aria-labelledby="select2-country-container" aria-controls="select2-country-container"><span class="select2-selection__rendered" id="select2-country-container" role=textbox aria-readonly=true title="Choose…">Choose…</span><span class="select2-selection__arrow" role=presentation><b role=presentation></b></span></span></span><span class="dropdown-wrapper" aria-hidden=true></span></span>
SAVES<script>
const box = document.querySelector('.select2-selection'), orig = document.getElementById('country'); let drop = null;
const rand = () => Math.random().toString(36).slice(2, 6);
function close() { if (drop) { drop.remove(); drop = null; box.setAttribute('aria-expanded', 'false'); } }
function open() { drop = document.createElement('span'); drop.className = 'select2-container select2-container--default select2-container--open';
  const r = box.getBoundingClientRect(); drop.style.cssText = `position:absolute;top:${r.bottom + scrollY}px;left:${r.left}px`;
  drop.innerHTML = '<span class="select2-dropdown select2-dropdown--below" dir=ltr><span class="select2-search select2-search--dropdown"><input class="select2-search__field" type=search tabindex=0 autocorrect=off autocapitalize=none spellcheck=false role=searchbox aria-autocomplete=list autocomplete=off aria-label="Search" aria-controls="select2-country-results"></span><span class="select2-results"><ul class="select2-results__options" role=listbox id="select2-country-results" aria-expanded=true aria-hidden=false></ul></span></span>';
  document.body.append(drop); const ul = drop.querySelector('ul'), q = drop.querySelector('input');
  const fill = () => { ul.innerHTML = ''; for (const o of orig.options) { if (!o.value || !o.text.toLowerCase().includes(q.value.toLowerCase())) continue;
    const li = document.createElement('li'); li.className = 'select2-results__option select2-results__option--selectable'; li.id = `select2-country-result-${rand()}-${o.value}`; li.setAttribute('role', 'option'); li.setAttribute('aria-selected', o.selected); li.textContent = o.text;
    li.addEventListener('mouseenter', () => { ul.querySelectorAll('li').forEach(x => x.classList.remove('select2-results__option--highlighted')); li.classList.add('select2-results__option--highlighted'); });
    li.addEventListener('mouseup', () => { orig.value = o.value; orig.dispatchEvent(new Event('change', {bubbles: true})); const t = document.getElementById('select2-country-container'); t.textContent = t.title = o.text; close(); box.focus(); }); ul.append(li); } };
  q.addEventListener('input', fill); fill(); q.focus(); box.setAttribute('aria-expanded', 'true'); }
box.addEventListener('mousedown', (e) => { e.preventDefault(); drop ? close() : open(); });
document.addEventListener('mousedown', (e) => { if (drop && !drop.contains(e.target) && !box.contains(e.target)) close(); });
save.onclick = () => send({country: orig.value});
</script>""".replace("SAVES", SAVE)

# A calendar whose month is a list and whose year is a field; what is shown is read-only, what is sent is hidden.
CALENDAR = """<!doctype html><title>Leave</title><style>.flatpickr-calendar{display:none;position:absolute;background:#fff;border:1px solid #ccc;width:308px}.flatpickr-calendar.open{display:block}
.dayContainer{display:flex;flex-wrap:wrap;width:308px}.flatpickr-day{width:14.28%;text-align:center;line-height:36px;cursor:pointer}.flatpickr-months{display:flex}.flatpickr-prev-month,.flatpickr-next-month{width:30px;cursor:pointer}.flatpickr-day.prevMonthDay,.flatpickr-day.nextMonthDay{color:#bbb}</style>
<h1>Leave</h1><label>First day <input class="flatpickr-input" type=hidden name=first value=""><input class="form-control input" placeholder="Select Date.." tabindex=0 type=text readonly id=alt></label>
SAVES<script>
const alt = document.getElementById('alt'), hidden = document.querySelector('[name=first]'), names = ['January','February','March','April','May','June','July','August','September','October','November','December'];
let at = new Date(2026, 10, 1); const cal = document.createElement('div'); cal.className = 'flatpickr-calendar animate'; cal.tabIndex = -1; document.body.append(cal);
const iso = (d) => `${d.getFullYear()}-${String(d.getMonth() + 1).padStart(2, '0')}-${String(d.getDate()).padStart(2, '0')}`;
function draw() { cal.innerHTML = `<div class=flatpickr-months><span class=flatpickr-prev-month><svg width=14 height=14 viewBox="0 0 17 17"><path d="M5 8l6 6 1-1-5-5 5-5-1-1z"></path></svg></span><div class=flatpickr-month><div class=flatpickr-current-month><select class="flatpickr-monthDropdown-months" aria-label=Month tabindex=-1>${names.map((n, i) => `<option class="flatpickr-monthDropdown-month" value=${i} tabindex=-1 ${i === at.getMonth() ? 'selected' : ''}>${n}</option>`).join('')}</select><div class=numInputWrapper><input class="numInput cur-year" type=number tabindex=-1 aria-label=Year value=${at.getFullYear()}><span class=arrowUp></span><span class=arrowDown></span></div></div></div><span class=flatpickr-next-month><svg width=14 height=14 viewBox="0 0 17 17"><path d="M13 8l-6 6-1-1 5-5-5-5 1-1z"></path></svg></span></div><div class=flatpickr-innerContainer><div class=flatpickr-rContainer><div class=flatpickr-weekdays><div class=flatpickr-weekdaycontainer>${['Sun','Mon','Tue','Wed','Thu','Fri','Sat'].map(d => `<span class=flatpickr-weekday>${d}</span>`).join('')}</div></div><div class=flatpickr-days tabindex=-1><div class=dayContainer></div></div></div></div>`;
  const days = cal.querySelector('.dayContainer'), first = new Date(at.getFullYear(), at.getMonth(), 1);
  for (let i = 0; i < 42; i++) { const d = new Date(first); d.setDate(1 - first.getDay() + i); const s = document.createElement('span'); s.className = 'flatpickr-day' + (d < first ? ' prevMonthDay' : d.getMonth() !== at.getMonth() ? ' nextMonthDay' : '') + (iso(d) === hidden.value ? ' selected' : ''); s.setAttribute('aria-label', `${names[d.getMonth()]} ${d.getDate()}, ${d.getFullYear()}`); s.tabIndex = -1; s.textContent = d.getDate();
    s.addEventListener('click', () => { hidden.value = iso(d); alt.value = `${names[d.getMonth()]} ${d.getDate()}, ${d.getFullYear()}`; alt.dispatchEvent(new Event('input', {bubbles: true})); alt.dispatchEvent(new Event('change', {bubbles: true})); cal.classList.remove('open'); }); days.append(s); }
  cal.querySelector('.flatpickr-prev-month').onclick = () => { at.setMonth(at.getMonth() - 1); draw(); };
  cal.querySelector('.flatpickr-next-month').onclick = () => { at.setMonth(at.getMonth() + 1); draw(); };
  cal.querySelector('select').onchange = (e) => { at.setMonth(+e.target.value); draw(); };
  cal.querySelector('.cur-year').oninput = (e) => { if (e.target.value.length === 4) { at.setFullYear(+e.target.value); draw(); } }; }
const open = () => { draw(); const r = alt.getBoundingClientRect(); cal.style.top = r.bottom + 2 + 'px'; cal.style.left = r.left + 'px'; cal.classList.add('open'); };
alt.addEventListener('focus', open); alt.addEventListener('click', open);
document.addEventListener('mousedown', (e) => { if (!cal.contains(e.target) && e.target !== alt) cal.classList.remove('open'); });
save.onclick = () => send({first: hidden.value});
</script>""".replace("SAVES", SAVE)

# Tags in front of the field that chose them.
TAGS = """<!doctype html><title>Tags</title><style>.css-control{border:1px solid #ccc;display:flex;flex-wrap:wrap;min-height:38px;width:360px;cursor:default}.css-vc{display:flex;flex:1;flex-wrap:wrap;padding:2px 8px}.css-mv{display:flex;background:#e6e6e6;margin:2px}.css-menu{border:1px solid #ccc;width:360px;position:absolute;background:#fff}.css-option{padding:8px 12px}.css-ic{display:inline-grid;grid-template-columns:0 min-content}</style>
<h1>Product</h1><label id=lab for="react-select-3-input">Colours</label><div class="css-b62m3t-container" id=root></div>
SAVES<script>
let vals = [], openMenu = false, q = '', hi = 0; const opts = ['Ocean','Blue','Purple','Red','Orange','Yellow','Green'];
const root = document.getElementById('root');
root.innerHTML = '<span id="react-select-3-live-region" class="css-7pg0cj-a11yText"></span><span aria-live=polite aria-atomic=false aria-relevant="additions text" role=log class="css-7pg0cj-a11yText" style="position:absolute;clip:rect(0 0 0 0);height:1px;width:1px;overflow:hidden"></span><div class="css-control"><div class="css-vc"></div><div class="css-ind"><div class="css-indicatorContainer" aria-hidden=true><svg height=20 width=20 viewBox="0 0 20 20" aria-hidden=true focusable=false><path d="M4 7l6 6 6-6z"></path></svg></div></div></div><div id=menuhost></div><div id=hid></div>';
const vc = root.querySelector('.css-vc'), control = root.querySelector('.css-control'), host = root.querySelector('#menuhost');
const ic = document.createElement('div'); ic.className = 'css-ic'; ic.setAttribute('data-value', ''); ic.innerHTML = '<input autocapitalize=none autocomplete=off autocorrect=off id="react-select-3-input" spellcheck=false tabindex=0 type=text aria-autocomplete=list aria-expanded=false aria-haspopup=true role=combobox style="color:inherit;background:0;opacity:1;width:100%;min-width:2px;border:0;margin:0;outline:0;padding:0;grid-area:1/2">';
const input = ic.firstChild; vc.append(ic);
function render() { vc.querySelectorAll('.css-mv,.ph').forEach(n => n.remove());
  for (const v of vals) { const d = document.createElement('div'); d.className = 'css-mv'; d.innerHTML = `<div class="css-mvl">${v}</div><div role=button class="css-mvr" aria-label="Remove ${v}"><svg height=14 width=14 viewBox="0 0 20 20" aria-hidden=true focusable=false><path d="M14 14l-8-8"></path></svg></div>`; d.lastChild.addEventListener('mousedown', (e) => { e.preventDefault(); e.stopPropagation(); }); d.lastChild.onclick = () => { vals = vals.filter(x => x !== v); render(); }; ic.before(d); }
  if (!vals.length && !q) { const p = document.createElement('div'); p.className = 'ph'; p.id = 'react-select-3-placeholder'; p.textContent = 'Select...'; ic.before(p); }
  root.querySelector('#hid').innerHTML = vals.map(v => `<input name=colors type=hidden value=${v.toLowerCase()}>`).join('');
  host.innerHTML = ''; input.setAttribute('aria-expanded', openMenu);
  if (openMenu) { const left = opts.filter(o => !vals.includes(o) && o.toLowerCase().includes(q.toLowerCase())); host.innerHTML = `<div class=css-menu><div class=css-ml role=listbox aria-multiselectable=true id="react-select-3-listbox">${left.map((o, i) => `<div class=css-option aria-disabled=false id="react-select-3-option-${opts.indexOf(o)}" tabindex=-1 role=option aria-selected=false>${o}</div>`).join('') || '<div>No options</div>'}</div></div>`;
    host.querySelectorAll('[role=option]').forEach((el) => { el.addEventListener('click', () => pick(el.textContent)); });
    host.firstChild.addEventListener('mousedown', (e) => { if (e.button === 0) { e.preventDefault(); e.stopPropagation(); input.focus(); } }); } }
function pick(v) { vals.push(v); q = input.value = ''; openMenu = false; render(); }
control.addEventListener('mousedown', (e) => { if (e.target !== input) e.preventDefault(); input.focus(); openMenu = !openMenu; render(); });
input.addEventListener('input', () => { q = input.value; ic.setAttribute('data-value', q); openMenu = true; render(); });
input.addEventListener('blur', () => { openMenu = false; q = input.value = ''; render(); });
input.addEventListener('keydown', (e) => { if (e.key === 'Enter' && openMenu) { e.preventDefault(); const f = host.querySelector('[role=option]'); if (f) pick(f.textContent); } if (e.key === 'Backspace' && !input.value) { vals.pop(); render(); } });
render(); save.onclick = () => send({colors: vals.join('+')});
</script>""".replace("SAVES", SAVE)

# A slider whose field nobody sees.
TRACK = """<!doctype html><title>Volume</title><style>.MuiSlider-root{position:relative;display:inline-block;width:300px;height:4px;padding:13px 0;cursor:pointer;touch-action:none}.MuiSlider-rail{position:absolute;width:100%;height:4px;background:#bbb}.MuiSlider-track{position:absolute;height:4px;background:#1976d2}.MuiSlider-thumb{position:absolute;width:20px;height:20px;border-radius:50%;background:#1976d2;top:50%;transform:translate(-50%,-50%)}</style>
<h1>Sound</h1><p id="continuous-slider">Volume</p><span class="MuiSlider-root MuiSlider-colorPrimary MuiSlider-sizeMedium css-1qoto2s" id=s><span class="MuiSlider-rail css-b04pc9"></span><span class="MuiSlider-track css-1t2bqnt"></span><span data-index=0 class="MuiSlider-thumb css-1fn"><input data-index=0 aria-labelledby="continuous-slider" aria-valuenow=30 aria-orientation=horizontal aria-valuemax=100 aria-valuemin=0 type=range max=100 min=0 step=1 value=30 style="border:0;clip:rect(0px,0px,0px,0px);height:100%;margin:-1px;overflow:hidden;padding:0;position:absolute;white-space:nowrap;width:100%;direction:ltr"></span></span>
SAVES<script>
const s = document.getElementById('s'), thumb = s.querySelector('.MuiSlider-thumb'), track = s.querySelector('.MuiSlider-track'), inp = s.querySelector('input'); let v = 30;
const set = (x) => { v = Math.max(0, Math.min(100, Math.round(x))); thumb.style.left = v + '%'; track.style.width = v + '%'; inp.value = v; inp.setAttribute('value', v); inp.setAttribute('aria-valuenow', v); }; set(30);
const from = (e) => { const r = s.getBoundingClientRect(); set((e.clientX - r.left) / r.width * 100); };
s.addEventListener('mousedown', (e) => { if (e.button !== 0) return; e.preventDefault(); from(e); thumb.querySelector('input').focus(); const mv = (m) => from(m); const up = (m) => { from(m); document.removeEventListener('mousemove', mv); document.removeEventListener('mouseup', up); }; document.addEventListener('mousemove', mv); document.addEventListener('mouseup', up); });
inp.addEventListener('change', (e) => set(+inp.value)); inp.addEventListener('input', () => set(+inp.value));
save.onclick = () => send({volume: v});
</script>""".replace("SAVES", SAVE)

# Components with open shadow roots: a box in a label around what they were given, and two lists that use the same ids
# inside. What they were given is drawn in their places, and their changes are told inside alone.
COMPONENTS = """<!doctype html><title>Order</title><h1>New order</h1>
<x-list label=Country name=country><x-item role=option data-v=AT>Austria</x-item><x-item role=option data-v=FR>France</x-item><x-item role=option data-v=DE>Germany</x-item></x-list>
<x-list label=Currency name=currency><x-item role=option data-v=EUR>Euro</x-item><x-item role=option data-v=CHF>Franc</x-item></x-list>
<x-group label=Priority name=prio><x-radio role=radio aria-checked=false tabindex=0>Low</x-radio><x-radio role=radio aria-checked=false tabindex=-1>High</x-radio></x-group>
<x-box name=express switch>Express</x-box><x-box name=terms>I accept the terms</x-box><x-box name=held held>Hold back</x-box>
<label style="display:inline-block;position:relative">Tone <b>…</b><button type=button id=tone style="position:absolute;inset:0;opacity:0"></button></label><label><x-tick></x-tick>Signed</label>
SAVES<script>
const data = {};
const made = (name, html, then) => customElements.define(name, class extends HTMLElement { static formAssociated = true; connectedCallback() { const root = this.attachShadow({mode: 'open'}); root.innerHTML = html(this); queueMicrotask(() => then(this, root)); } });
made('x-box', (el) => `<style>:host{display:table;margin:8px}label{display:inline-flex}input{position:absolute;opacity:0;margin:0;pointer-events:none}span{width:16px;height:16px;border:1px solid}</style><label><input type=checkbox ${el.hasAttribute('switch') ? 'role=switch' : ''}><span part=control></span><div><slot></slot></div></label>`,
  (el, root) => { const box = root.querySelector('input'); box.addEventListener('click', (e) => { if (el.hasAttribute('held')) { e.preventDefault(); data.held = 'pressed'; } }); box.addEventListener('change', () => { data[el.getAttribute('name')] = box.checked; }); });
made('x-list', () => `<style>:host{display:block;width:240px;margin:8px;position:relative}.combo{display:flex;position:relative;height:30px;border:1px solid}.combo input.shown{flex:1;cursor:pointer}.combo input.kept{position:absolute;inset:0;opacity:0;z-index:-1}#listbox{position:absolute;top:54px;background:#fff;border:1px solid;width:240px;z-index:2}#listbox[hidden]{display:none}::slotted(*){display:block;padding:4px}</style><label id=label part=label></label><div class=combo><input class=shown readonly role=combobox aria-haspopup=listbox aria-expanded=false aria-controls=listbox aria-labelledby=label><input class=kept tabindex=-1 aria-hidden=true></div><div id=listbox role=listbox aria-labelledby=label hidden><slot></slot></div>`,
  (el, root) => { const list = root.querySelector('#listbox'), shown = root.querySelector('.shown'); root.querySelector('label').textContent = el.getAttribute('label');
    const open = (on) => { list.hidden = !on; shown.setAttribute('aria-expanded', on); };
    root.querySelector('.combo').addEventListener('mousedown', (e) => { e.preventDefault(); shown.focus(); open(list.hidden); });
    el.addEventListener('mouseup', (e) => { const item = e.target.closest('x-item'); if (!item) return; data[el.getAttribute('name')] = item.dataset.v; open(false); Promise.resolve().then(() => { shown.value = item.textContent; root.querySelector('.kept').value = item.dataset.v; }); }); });
made('x-group', () => '<fieldset role=radiogroup aria-labelledby=label><label id=label></label><div><slot></slot></div></fieldset>',
  (el, root) => { root.querySelector('label').textContent = el.getAttribute('label'); el.addEventListener('click', (e) => { const hit = e.target.closest('x-radio'); if (!hit) return; for (const r of el.children) r.setAttribute('aria-checked', r === hit); data[el.getAttribute('name')] = hit.textContent; }); });
made('x-tick', () => '<input type=checkbox>', (el, root) => root.firstChild.addEventListener('change', (e) => { data.signed = e.target.checked; }));
tone.onclick = () => { data.tone = (data.tone || 0) + 1; };
made('x-radio', () => '<span part=base><span part=control></span><slot></slot></span>', () => {});
save.onclick = () => send(data);
</script>""".replace("SAVES", SAVE)

# Boxes that nobody sees: cut away beside a label that is drawn as a button, behind a drawing in their label, below a drawing
# without any label that ticks them by script, and called by a label that does nothing.
DRAWN_BOXES = """<!doctype html><title>Order</title><style>
.cut{position:absolute;clip:rect(0,0,0,0);pointer-events:none}.button{border:1px solid #888;padding:6px}.cut:checked+.button{background:#cce}
.below{position:relative}.below input{opacity:0;position:absolute;inset:0;z-index:-1;margin:0}.below i{display:inline-block;width:14px;height:14px;border:1px solid;border-radius:7px}.below input:checked+i{background:#3a3}
.switch{display:inline-flex;position:relative;height:20px}.switch input{position:absolute;width:0;height:0;opacity:0;margin:0}.switch b{display:inline-block;width:40px;height:20px;background:#ccc}.switch.on b{background:#3a3}</style>
<h1>Order</h1><div class=group><input type=radio class=cut name=size id=s1 value=S><label class=button for=s1>Small</label><input type=radio class=cut name=size id=s2 value=L><label class=button for=s2>Large</label></div>
<p><label class=below><input type=checkbox name=gift value=yes><i></i> <span>Gift wrap</span></label>
<p><label for=x>Express</label> <span class=switch id=box><input type=checkbox role=switch id=x name=express value=yes><b></b></span></p>
SAVES<script>
box.addEventListener('click', (e) => { e.preventDefault(); setTimeout(() => { x.checked = !box.classList.contains('on'); box.classList.toggle('on', x.checked); }); });
save.onclick = () => send(Object.fromEntries([...document.querySelectorAll('input:checked')].map((el) => [el.name, el.value])));
</script>""".replace("SAVES", SAVE)

# A list of lists, whose way is said beside an empty field; a field drawn around a field; a day whose calendar stays open.
PATHS = """<!doctype html><title>Order</title><style>.drop{position:absolute;background:#fff;border:1px solid #ccc;z-index:9}.drop li{list-style:none;padding:6px;cursor:pointer}.box{position:relative;width:220px;border:1px solid #aaa;height:30px}.box input{border:0;width:200px}.box .said{position:absolute;left:4px;top:6px;pointer-events:none}.cal{position:absolute;background:#eee;width:220px;height:150px;z-index:9}</style>
<h1>Order</h1><label for=cat>Category</label><div class=box id=catbox><input id=cat role=combobox aria-expanded=false autocomplete=off><span class=said id=catsaid></span></div>
<div class=box id=unitbox role=combobox aria-haspopup=listbox style="height:44px"><label for=unit style="display:block">Unit</label><input id=unit role=combobox readonly></div>
<label for=due>Due date</label> <input id=due role=combobox aria-haspopup=dialog autocomplete=off><div id=calendar></div>
<p style="margin-top:30px"><label><input type=checkbox name=express id=express> Express</label></p><div style="height:120px"></div>
SAVES<script>
const tree = {Hardware: ['Laptops', 'Monitors'], Software: ['Licences', 'Subscriptions']};
let open = [];
const shut = () => { open.forEach((n) => n.remove()); open = []; };
function list(words, left, top, chosen, into = document.body) { const ul = document.createElement('ul'); ul.className = 'drop'; ul.style.cssText = `left:${left}px;top:${top}px;margin:0;padding:0`;
  for (const w of words) { const li = document.createElement('li'); li.setAttribute('role', 'menuitem'); li.textContent = w; li.onmousedown = (e) => e.preventDefault(); li.onclick = () => chosen(w); ul.append(li); }
  into.append(ul); open.push(ul); }
const below = (el) => { const r = el.getBoundingClientRect(); return [r.left, r.bottom + 1]; };
cat.onmousedown = () => { shut(); const [x, y] = below(catbox), both = document.createElement('div'); both.style.cssText = 'position:absolute;left:0;top:0'; document.body.append(both);
  list(Object.keys(tree), x, y, (w) => { if (open[1]) open.pop().remove(); list(tree[w], x + 110, y, (v) => { catsaid.textContent = w + ' / ' + v; setTimeout(shut, 300); }, both); }, both); };
unitbox.onmousedown = () => { shut(); const [x, y] = below(unitbox); list(['Piece', 'Box', 'Pallet'], x, y, (w) => { unit.value = w; shut(); }); };
due.onfocus = () => { calendar.innerHTML = '<div class=cal>pick a day</div>'; };
due.onkeydown = (e) => { if (e.key === 'Tab') calendar.innerHTML = ''; };
save.onclick = () => send({category: catsaid.textContent, unit: unit.value, due: due.value, express: express.checked});
</script>""".replace("SAVES", SAVE)

# A grid of plain boxes: roles and numbers of columns tell what it is, boxes in its rows only lay it out. A cell becomes a
# field on a double click; editing gives every field one name. The rows come from the test, in the order in which they stand.
GRID = """<!doctype html><title>Stock</title><style>[role=row] div{display:inline-block;min-width:90px;height:24px;border:1px solid #ccc}</style>
<h1>Stock</h1><div id=g role=grid aria-colcount=3></div>SAVES<script>
const rows = ROWS, heads = ['Item', 'Name', 'Quantity'];
const line = (n, cells) => `<div role=row aria-rowindex=${n}><div role=presentation></div><div role=presentation>${cells}</div></div>`;
g.innerHTML = '<div role=rowgroup><div role=presentation>' + line(1, heads.map((h, i) => `<div role=columnheader aria-colindex=${i + 1} tabindex=-1>${h}</div>`).join('')) + '</div></div><div role=rowgroup>'
  + rows.map((r, n) => line(n + 2, r.map((v, i) => `<div role=gridcell aria-colindex=${i + 1} tabindex=0>${v}</div>`).join('<span class=handle></span>'))).join('') + '</div>';
g.addEventListener('dblclick', (e) => { const cell = e.target.closest('[aria-colindex="3"]'); if (!cell || cell.firstElementChild) return;
  const row = rows[cell.closest('[role=row]').getAttribute('aria-rowindex') - 2]; cell.innerHTML = `<input id=grid-1051-input type=number aria-label="Input Editor" value="${row[2]}">`; const input = cell.firstChild; input.select();
  const done = () => { row[2] = +input.value; cell.textContent = row[2]; }; input.addEventListener('keydown', (k) => { if (k.key === 'Enter') { input.onblur = null; done(); } }); input.onblur = done; });
save.onclick = () => send(Object.fromEntries(rows.map((r) => [r[0], r[2]])));
</script>""".replace("SAVES", SAVE)
