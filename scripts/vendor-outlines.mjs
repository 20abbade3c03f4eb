// Derives the compact outlines of territories that stand behind the map.
//
//   node scripts/vendor-outlines.mjs NODE_MODULES DEPARTEMENTS LISTS TARGET
//
// NODE_MODULES holds topojson-server, topojson-simplify, topojson-client and world-atlas; DEPARTEMENTS is the GeoJSON of the 101
// départements; LISTS is the folder of our lists of territories, which say in what région each lies. Called by `scripts/vendor`.
// The output is the same for the same input: no clock, no chance, no order of a file system.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const [modules, departementsFile, lists, target] = process.argv.slice(2);
const require = createRequire(path.resolve(modules, 'unused.js'));
const { topology } = require('topojson-server');
const { presimplify, simplify, filter, filterWeight } = require('topojson-simplify');
const { feature, merge, mesh } = require('topojson-client');

// Collectivities that are no département: their number at Natural Earth (ISO 3166-1), and our code.
const COLLECTIVITIES = { 540: '988', 258: '987', 666: '975', 876: '986', 652: '977', 663: '978' };
// The least area, in square degrees, of a triangle that is kept: a few hundred metres across; and of an island. What lies overseas is
// small and seen from nearer, so it keeps more.
const CORNER = 0.00008;
const CORNER_OVERSEAS = 0.000008;
const ISLAND = 0.00003;
// Digits after the point: 3 are about 100 m.
const DIGITS = 3;

function table(name) {
  const rows = readFileSync(path.join(lists, name), 'utf8').split('\n').filter((line) => line && !line.startsWith('#'));
  return rows.map((row) => row.split('\t'));
}

function rounded(value) {
  return Array.isArray(value) ? value.map(rounded) : Number(value.toFixed(DIGITS));
}

// Drops a point that rounding put on the one before it.
function thinned(line) {
  return line.filter((point, at) => at === 0 || point[0] !== line[at - 1][0] || point[1] !== line[at - 1][1]);
}

function lines(multiLine) {
  return multiLine.coordinates.map((line) => thinned(rounded(line))).filter((line) => line.length > 1);
}

function polygons(multiPolygon) {
  const kept = multiPolygon.coordinates.map((rings) => rings.map((ring) => thinned(rounded(ring))).filter((ring) => ring.length > 3));
  return kept.filter((rings) => rings.length > 0);
}

function simplified(collection, corner, island) {
  const weighted = presimplify(topology({ all: collection }, 1e6));
  const kept = simplify(weighted, corner);
  return filter(kept, filterWeight(kept, island));
}

function territory(code, name, multiPolygon) {
  return {
    type: 'Feature',
    properties: { role: 'territory', code, name },
    geometry: { type: 'MultiPolygon', coordinates: polygons(multiPolygon) },
  };
}

// Where a name can be written: the centre of gravity of the largest part.
function label(shape) {
  const parts = shape.geometry.type === 'Polygon' ? [shape.geometry.coordinates] : shape.geometry.coordinates;
  const centres = parts.map(([ring]) => {
    let [area, x, y] = [0, 0, 0];
    ring.slice(1).forEach(([x1, y1], at) => {
      const [x0, y0] = ring[at];
      const cross = x0 * y1 - x1 * y0;
      area += cross;
      x += (x0 + x1) * cross;
      y += (y0 + y1) * cross;
    });
    return { area: Math.abs(area), point: [x / (3 * area), y / (3 * area)] };
  });
  const largest = centres.reduce((best, one) => (one.area > best.area ? one : best));
  const { code } = shape.properties;
  const geometry = { type: 'Point', coordinates: rounded(largest.point) };
  return { type: 'Feature', properties: { role: 'name', code, name: placeNames[code] }, geometry };
}

function borders(role, multiLine) {
  return { type: 'Feature', properties: { role }, geometry: { type: 'MultiLineString', coordinates: lines(multiLine) } };
}

const names = Object.fromEntries(table('regions-2026.tsv'));
const rows = table('departements-2026.tsv');
const regionOf = Object.fromEntries(rows.map(([code, , region]) => [code, region]));
const placeNames = Object.fromEntries(rows.map(([code, name]) => [code, name]));

const source = JSON.parse(readFileSync(departementsFile, 'utf8')).features;
const isOverseas = (shape) => shape.properties.code.length === 3;
const region = (shape) => regionOf[shape.properties.code];
if (source.length !== 101 || source.some((shape) => !names[region(shape)])) throw new Error('a département has no région');
const collection = (kept) => ({ type: 'FeatureCollection', features: source.filter(kept) });
const departements = simplified(collection((shape) => !isOverseas(shape)), CORNER, ISLAND);
const overseas = simplified(collection(isOverseas), CORNER_OVERSEAS, 0);
const features = Object.keys(names).sort().map((code) => {
  const ofRegion = (shape) => region(shape) === code;
  const place = source.some((shape) => ofRegion(shape) && isOverseas(shape)) ? overseas : departements;
  return territory(code, names[code], merge(place, place.objects.all.geometries.filter(ofRegion)));
});

const world = require('world-atlas/countries-10m.json');
for (const [number, code] of Object.entries(COLLECTIVITIES).sort((one, other) => one[1].localeCompare(other[1]))) {
  const shape = world.objects.countries.geometries.find((one) => one.id === number);
  const alone = simplified({ type: 'FeatureCollection', features: [feature(world, shape)] }, CORNER_OVERSEAS, 0);
  features.push(territory(code, placeNames[code], merge(alone, alone.objects.all.geometries)));
}
features.push(borders('departement', mesh(departements, departements.objects.all, (one, other) => one !== other && region(one) === region(other))));
features.push(borders('region', mesh(departements, departements.objects.all, (one, other) => one !== other && region(one) !== region(other))));
source.sort((one, other) => one.properties.code.localeCompare(other.properties.code));
features.push(...source.map(label));

const text = JSON.stringify({ type: 'FeatureCollection', features }) + '\n';
writeFileSync(target, text);
console.log(`  ${path.basename(target)}: ${features.length} features, ${Buffer.byteLength(text)} bytes`);
