// Hides what a form's conditions hide, on the trees the server evaluates (forms.feel). Without it everything shows, and the
// server leaves hidden answers out. A kind of expression it does not know hides nothing.
const number = text => text ? Number(text.replace(/\s/g, '').replace(',', '.')) : null;

// What is only there to be read has no control. Of a choice only the words stand there, not its value: it hides nothing.
const fixed = (form, name) => {
  const field = form.querySelector(`[data-fixed]#${CSS.escape(name)}`);
  if (!field) return undefined;
  const text = field.querySelector('.form-answer').textContent.trim();
  if (field.dataset.fixed === 'words') throw new TypeError(name);
  return field.dataset.fixed === 'number' ? number(text) : text || null;
};

const known = (form, name) => {
  const fields = [...form.elements].filter(field => field.name === name && field.type !== 'hidden');
  if (!fields.length) return fixed(form, name);
  const [first] = fields;
  if (first.type === 'radio') return fields.find(field => field.checked)?.value ?? null;
  if (first.type === 'checkbox' && fields.length === 1 && first.value === 'on') return first.checked;
  if (first.type === 'checkbox') return fields.filter(field => field.checked).map(field => field.value);
  const text = first.value.trim();
  if (first.inputMode === 'decimal') return number(text);
  return text || null;
};

// A name in a row is first the row's own field, then one of the form around it: maal-0-svar, svar.
const lookUp = (form, scope, path) => {
  for (let at = scope; ; at = at.replace(/[^-]+-(\d+-)?$/, '')) {
    const found = known(form, at + path);
    if (found !== undefined || !at) return found ?? null;
  }
};

const all = values => values.includes(false) ? false : values.every(value => value === true) ? true : null;
const any = values => values.includes(true) ? true : values.every(value => value === false) ? false : null;
const not = value => typeof value === 'boolean' ? !value : null;
const equal = (a, b) => a === null || b === null ? a === b : typeof a === typeof b ? a === b : null;
const order = (a, b, test) => a === null || b === null || typeof a !== typeof b ? null : test(a, b);
const calls = {
  not, 'is defined': value => value !== null, count: list => list && [list].flat().length,
  'list contains': (list, value) => list && [list].flat().includes(value)
};

const evaluate = (node, read) => {
  const [kind, ...parts] = node, run = part => evaluate(part, read);
  switch (kind) {
    case 'literal': return parts[0];
    case 'name': return read(parts[0]);
    case 'member': return read(path(node));
    case 'listof': return parts[0].map(run);
    case 'logic': return (parts[0] === 'and' ? all : any)(parts[1].map(run));
    case 'call': return calls[parts[0]](...parts[1].map(run));
    case 'within': { const value = run(parts[0]); return any(parts[1].flatMap(run).map(test => equal(value, test))); }
    case 'compare': {
      const [op, a, b] = [parts[0], run(parts[1]), run(parts[2])];
      if (op === '=') return equal(a, b);
      if (op === '!=') return not(equal(a, b));
      return order(a, b, { '<': (x, y) => x < y, '<=': (x, y) => x <= y, '>': (x, y) => x > y, '>=': (x, y) => x >= y }[op]);
    }
    default: throw new TypeError(kind);
  }
};
const path = ([kind, of, key]) => kind === 'name' ? of : `${path(of)}-${key}`;

const update = form => form.querySelectorAll('[data-hide]').forEach(part => {
  try {
    part.hidden = evaluate(JSON.parse(part.dataset.hide), name => lookUp(form, part.dataset.scope, name)) === true;
  } catch { part.hidden = false; }
});

document.querySelectorAll('form:has([data-hide])').forEach(form => {
  form.addEventListener('input', () => update(form));
  update(form);
});
