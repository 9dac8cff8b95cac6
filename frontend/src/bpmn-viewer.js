// Draws the diagram of <div data-bpmn-viewer data-src="/…/diagram.bpmn">: done and active elements are marked, the page's own text remains the alternative.
//   data-active='{"element": "label"}'  data-done='["element"]'  data-focus="element": a small diagram around that element
//   data-zoom with data-zoom-in, data-zoom-out, data-zoom-fit: three buttons and their names
// It scrolls as any other box: by finger, wheel and arrow keys. A diagram that cannot be drawn leaves nothing behind.
import Viewer from 'bpmn-js/lib/Viewer';
import './css/bpmn-viewer.css';

const MARGIN = 16, SMALLEST = 0.4, FOCUSED = 0.8, STEP = 1.25, BOUNDS = [0.1, 3];

const element = (tag, attributes) => Object.assign(document.createElement(tag), attributes);

const frame = root => {
  const scroll = element('div', { className: 'diagram-scroll', tabIndex: 0, role: 'group', ariaLabel: root.ariaLabel });
  const surface = element('div', { className: 'diagram-surface' });
  scroll.append(surface);
  return { scroll, surface };
};

const mark = (viewer, { active, done }) => {
  const canvas = viewer.get('canvas'), overlays = viewer.get('overlays'), known = viewer.get('elementRegistry');
  done.filter(id => known.get(id)).forEach(id => canvas.addMarker(id, 'is-done'));
  for (const [id, label] of Object.entries(active)) {
    if (!known.get(id)) continue;
    canvas.removeMarker(id, 'is-done');
    canvas.addMarker(id, 'is-active');
    if (label) overlays.add(id, { position: { bottom: -4, left: 0 }, html: element('span', { className: 'active-label', textContent: label }) });
  }
};

// Gives the surface the diagram's own size times the scale, so that the box around it scrolls.
const sizing = (viewer, scroll, surface) => {
  const canvas = viewer.get('canvas'), { inner } = canvas.viewbox();
  const width = inner.width + 2 * MARGIN, height = inner.height + 2 * MARGIN;
  return {
    fit: () => scroll.clientWidth / width,
    at(scale) {
      surface.style.width = `${width * scale}px`;
      surface.style.height = `${height * scale}px`;
      canvas.resized();
      canvas.viewbox({ x: inner.x - MARGIN, y: inner.y - MARGIN, width, height });
    },
    reveal(shape, scale) {
      const middle = (from, size) => (from + size / 2 + MARGIN) * scale;
      scroll.scrollLeft = middle(shape.x - inner.x, shape.width) - scroll.clientWidth / 2;
      scroll.scrollTop = middle(shape.y - inner.y, shape.height) - scroll.clientHeight / 2;
    }
  };
};

const zoomButtons = (root, change) => {
  const tools = element('div', { className: 'diagram-tools row' });
  for (const [name, factor] of [['zoomIn', STEP], ['zoomOut', 1 / STEP], ['zoomFit', null]]) {
    const button = element('button', { type: 'button', className: 'ds-button', textContent: root.dataset[name], onclick: () => change(factor) });
    Object.assign(button.dataset, { variant: 'secondary', size: 'sm' });
    tools.append(button);
  }
  return tools;
};

// The label of the box says what is shown; the texts inside would be read without their connection. The link to bpmn.io must stay in sight.
const tidy = (root, surface) => {
  const svg = surface.querySelector('.djs-container > svg');
  svg.setAttribute('tabindex', '-1');
  for (const part of surface.querySelectorAll('.djs-container > svg, .djs-overlay-container')) part.ariaHidden = 'true';
  root.append(surface.querySelector('.bjs-powered-by'));
  root.removeAttribute('role');
  root.removeAttribute('aria-label');
};

const layOut = (root, viewer, scroll, surface, active) => {
  const size = sizing(viewer, scroll, surface), known = viewer.get('elementRegistry');
  const focused = known.get(root.dataset.focus), shown = focused ?? known.get(Object.keys(active)[0]);
  const first = () => focused ? FOCUSED : Math.min(1, Math.max(SMALLEST, size.fit()));
  let scale, chosen = false;
  const show = wanted => {
    scale = Math.min(BOUNDS[1], Math.max(BOUNDS[0], wanted));
    size.at(scale);
    if (shown) size.reveal(shown, scale);
  };
  if ('zoom' in root.dataset) {
    root.prepend(zoomButtons(root, factor => { chosen = true; show(factor ? scale * factor : size.fit()); }));
  }
  show(first());
  let width = scroll.clientWidth;
  new ResizeObserver(() => {
    if (scroll.clientWidth === width || chosen) return;
    width = scroll.clientWidth;
    show(first());
  }).observe(scroll);
};

const draw = async root => {
  const answer = await fetch(root.dataset.src, { credentials: 'same-origin' });
  if (!answer.ok) throw new Error(`${root.dataset.src}: ${answer.status}`);
  const xml = await answer.text();
  const active = JSON.parse(root.dataset.active || '{}'), done = JSON.parse(root.dataset.done || '[]');
  const { scroll, surface } = frame(root);
  root.append(scroll);
  const viewer = new Viewer({ container: surface });
  await viewer.importXML(xml);
  mark(viewer, { active, done });
  tidy(root, surface);
  layOut(root, viewer, scroll, surface, active);
  root.dataset.colorScheme = 'light';
  root.dataset.ready = '';
};

for (const root of document.querySelectorAll('[data-bpmn-viewer]')) {
  draw(root).catch(error => {
    console.warn(error);
    root.replaceChildren();
    root.dataset.failed = '';
  });
}
