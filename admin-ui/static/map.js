// The map of the census: a layer over the list, which says the same thing. Everything it shows comes from this node.
// Names come from other people: they only ever become text nodes and attributes, never markup.

const L = globalThis.L;
const METROPOLE = [[41.2, -5.3], [51.2, 9.7]];
const ZOOM_MAX = 16;
// One point alone is shown with its surroundings.
const ZOOM_FIT_MAX = 11;
// Names of départements overlap below.
const ZOOM_NAMES = 8;
// The value of the menu that is no territory's code.
const HEXAGON = 'hexagone';

const mount = document.getElementById('map');
if (mount && L) start(mount);

function start(place) {
  const words = place.dataset;
  const status = document.getElementById('map-status');
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  place.hidden = false;
  const map = L.map(place, {
    attributionControl: false,
    zoomControl: false,
    maxZoom: ZOOM_MAX,
    minZoom: 2,
    worldCopyJump: false,
    fadeAnimation: !still,
    zoomAnimation: !still,
    markerZoomAnimation: !still,
    inertia: !still,
    // The wheel belongs to the page until somebody is on the map.
    scrollWheelZoom: false,
  });
  if (still) {
    // Nothing glides: neither under the arrow keys nor when a popup needs room.
    const { panBy } = map;
    map.panBy = (offset, options) => panBy.call(map, offset, { ...options, animate: false });
  }
  map.on('focus click', () => map.scrollWheelZoom.enable());
  map.on('blur', () => map.scrollWheelZoom.disable());
  L.control.zoom({ zoomInTitle: words.zoomIn, zoomOutTitle: words.zoomOut }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  map.fitBounds(METROPOLE);

  const group = clusters(words, still);
  followKeyboard(map, group, words);
  const say = (text) => { status.textContent = text; };
  Promise.all([read(words.outlines), read(words.points)])
    .then(([outlines, points]) => {
      drawOutlines(map, outlines);
      const bounds = drawPoints(group, points, words);
      map.addLayer(group);
      const home = bounds.isValid() ? bounds : L.latLngBounds(METROPOLE);
      const goHome = () => map.fitBounds(home, { maxZoom: ZOOM_FIT_MAX, padding: [24, 24], animate: !still });
      goHome();
      offerPlaces(map, outlines, goHome, still);
      place.dataset.ready = 'true';
    })
    .catch(() => say(words.failed));
}

async function read(address) {
  const answer = await fetch(address, { credentials: 'same-origin' });
  // A login that ended leads to its page: that is no map.
  if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
  return answer.json();
}

function drawOutlines(map, outlines) {
  L.geoJSON(outlines, {
    interactive: false,
    filter: (feature) => feature.properties.role !== 'name',
    style: (feature) => ({ className: `map-${feature.properties.role}`, weight: 1 }),
  }).addTo(map);
  const names = L.layerGroup(outlines.features.filter(({ properties }) => properties.role === 'name').map(placeName));
  const choose = () => { if (map.getZoom() >= ZOOM_NAMES) names.addTo(map); else names.remove(); };
  map.createPane('names').style.zIndex = '450';
  map.on('zoomend', choose);
  choose();
}

// The name of a département, behind the markers. It says where one looks to those who see; the list says places to everybody.
function placeName({ geometry, properties }) {
  const face = document.createElement('span');
  face.textContent = properties.name;
  const icon = L.divIcon({ html: face, className: 'map-place-name', iconSize: [120, 16] });
  const [longitude, latitude] = geometry.coordinates;
  const name = L.marker([latitude, longitude], { icon, interactive: false, keyboard: false, pane: 'names' });
  return name.on('add', () => name.getElement().setAttribute('aria-hidden', 'true'));
}

// A marker that says its name to those who do not see it.
const Mark = L && L.DivIcon.extend({
  createIcon(old) {
    const element = L.DivIcon.prototype.createIcon.call(this, old);
    element.setAttribute('aria-label', this.options.label);
    return element;
  },
});

function clusters(words, still) {
  return L.markerClusterGroup({
    animate: !still,
    showCoverageOnHover: false,
    maxClusterRadius: 44,
    spiderLegPolylineOptions: { className: 'map-leg', weight: 1 },
    iconCreateFunction(cluster) {
      const count = cluster.getChildCount();
      const size = count < 10 ? 34 : count < 100 ? 40 : 48;
      const face = document.createElement('span');
      face.textContent = new Intl.NumberFormat(document.documentElement.lang).format(count);
      return new Mark({
        html: face,
        className: 'map-cluster',
        iconSize: [size, size],
        label: words.cluster.replace('{n}', face.textContent),
      });
    },
  });
}

function drawPoints(group, points, words) {
  const bounds = L.latLngBounds([]);
  const markers = points.features.map((feature) => {
    const [longitude, latitude] = feature.geometry.coordinates;
    const { name, kind } = feature.properties;
    bounds.extend([latitude, longitude]);
    const icon = new Mark({ html: document.createElement('span'), className: 'map-mark', iconSize: [28, 28], label: `${name}, ${kind}` });
    const marker = L.marker([latitude, longitude], { icon, title: name, keyboard: true });
    return marker.bindPopup(() => card(feature.properties, words), { maxWidth: 280, minWidth: 180 });
  });
  group.addLayers(markers);
  return bounds;
}

// What the popup of a record shows.
function card(record, words) {
  const box = document.createElement('div');
  const line = (tag, text) => {
    const element = document.createElement(tag);
    element.append(isolated(text));
    box.append(element);
    return element;
  };
  const link = document.createElement('a');
  link.href = record.href;
  link.append(isolated(record.name));
  const title = document.createElement('p');
  title.className = 'map-name';
  title.append(link);
  box.append(title);
  line('p', [record.kind, record.place].filter(Boolean).join(words.between));
  if (record.labels.length > 0) {
    const labels = document.createElement('p');
    for (const label of record.labels) {
      const badge = document.createElement('span');
      badge.className = `badge ${label.class}`;
      badge.append(isolated(label.text));
      labels.append(badge, ' ');
    }
    box.append(labels);
  }
  return box;
}

function isolated(text) {
  const element = document.createElement('bdi');
  element.textContent = text;
  return element;
}

// The keyboard: Enter opens a marker or a cluster, focus goes with it and comes back, Escape closes.
function followKeyboard(map, group, words) {
  let opener = null;
  let opened = false;
  map.on('popupopen', ({ popup }) => {
    const element = popup.getElement();
    element.querySelector('.leaflet-popup-close-button')?.setAttribute('aria-label', words.close);
    opener = popup._source ?? null;
    element.querySelector('a[href]:not(.leaflet-popup-close-button)')?.focus({ preventScroll: true });
  });
  map.getContainer().addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !opener) return;
    const marker = opener;
    opener = null;
    marker.closePopup();
    marker.getElement()?.focus({ preventScroll: true });
  });
  map.on('popupclose', ({ popup }) => {
    // The cross leaves the focus nowhere; a click elsewhere has put it there.
    if (popup.getElement()?.contains(document.activeElement)) popup._source?.getElement()?.focus({ preventScroll: true });
  });
  group.on('clusterkeypress', ({ originalEvent }) => { opened = originalEvent?.key === 'Enter'; });
  const settle = () => {
    if (!opened) return;
    opened = false;
    const frame = map.getContainer().getBoundingClientRect();
    const inside = (element) => {
      const { left, right, top, bottom } = element.getBoundingClientRect();
      return left >= frame.left && right <= frame.right && top >= frame.top && bottom <= frame.bottom;
    };
    const marks = [...map.getContainer().querySelectorAll('.map-mark, .map-cluster')];
    (marks.find(inside) ?? map.getContainer()).focus({ preventScroll: true });
  };
  group.on('animationend spiderfied', settle);
  map.on('moveend', () => { setTimeout(settle, 400); });
}

// The territories are far apart: a menu goes from one to the other.
function offerPlaces(map, outlines, goHome, still) {
  const menu = document.getElementById('map-place');
  if (!menu) return;
  const bounds = new Map([[HEXAGON, L.latLngBounds(METROPOLE)]]);
  for (const feature of outlines.features.filter(({ properties }) => properties.role === 'territory')) {
    const { code, name } = feature.properties;
    bounds.set(code, L.geoJSON(feature).getBounds());
    menu.append(new Option(name, code));
  }
  menu.addEventListener('change', () => {
    const chosen = bounds.get(menu.value);
    if (chosen) map.fitBounds(chosen, { animate: !still });
    else goHome();
  });
  menu.closest('.map-places').hidden = false;
}
