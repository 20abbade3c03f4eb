// The map of the census in a real browser: markers over outlines, a popup by keyboard, the same question as the list, nothing from
// elsewhere and nothing that the content policy refuses. Usage: node map.mjs PAGES ACCOUNT PASSWORD SHOTS_FOLDER
import assert from 'node:assert/strict';
import path from 'node:path';
import { DEADLINE_MS, launch } from './browser.mjs';

const [pages, account, password, shots] = process.argv.slice(2);
const browser = await launch();
const complaints = [];

async function open(options) {
  const context = await browser.newContext({ locale: 'fr-FR', viewport: { width: 1280, height: 1000 }, ...options });
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
    });
  });
  const page = await context.newPage();
  page.setDefaultTimeout(DEADLINE_MS);
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('requestfailed', (request) => {
    // Leaving a page ends what it was still loading.
    const cause = request.failure()?.errorText;
    if (cause !== 'net::ERR_ABORTED') complaints.push(`failed: ${request.url()} ${cause}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(pages)) complaints.push(`elsewhere: ${request.url()}`);
  });
  await page.goto(`${pages}connexion`);
  await page.fill('#name', account);
  await page.fill('#password', password);
  await page.click('main button[type=submit]');
  await page.waitForURL((url) => !url.pathname.startsWith('/connexion'));
  return page;
}

async function openMap(page, query = '') {
  await page.goto(`${pages}recensement/carte${query}`);
  await page.locator('#map[data-ready=true]').waitFor();
  // What moves has come to rest.
  await page.waitForFunction(() => !document.querySelector('.leaflet-zoom-anim, .leaflet-pan-anim, .leaflet-cluster-anim'));
}

const shot = (page, name) => page.screenshot({ path: path.join(shots, name) });
const focused = (page, read) => page.evaluate(read);

// Tabs until an element of this class has the focus.
async function tabTo(page, name) {
  for (let presses = 0; presses < 200; presses += 1) {
    if (await page.evaluate((wanted) => document.activeElement?.classList.contains(wanted), name)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`the keyboard reaches .${name}`);
}

try {
  const page = await open({});
  await openMap(page);
  assert.ok((await page.locator('.map-territory').count()) >= 24, 'the outlines are drawn, overseas too');
  assert.ok((await page.locator('.map-mark, .map-cluster').count()) > 0, 'there are markers');
  assert.ok(await page.locator('tbody tr').count() > 0, 'the list is there too');
  await page.locator('.map-place-name', { hasText: 'Loiret' }).waitFor();
  assert.match(await page.locator('.map-layer figcaption').innerText(), /IGN/);
  await page.locator('.map-layer').scrollIntoViewIfNeeded();
  await shot(page, 'carte.png');

  // The keyboard alone: clusters until a marker shows, then its popup, its link, and back.
  await page.locator('.map-layer .skip').focus();
  for (let level = 0; (await page.locator('.map-mark').count()) === 0; level += 1) {
    assert.ok(level < 15, 'clusters open');
    await tabTo(page, 'map-cluster');
    assert.match(await focused(page, () => document.activeElement.getAttribute('aria-label')), /fiches proches/);
    await page.keyboard.press('Enter');
    await page.waitForTimeout(900);
    assert.notEqual(await focused(page, () => document.activeElement.tagName), 'BODY', 'the focus is not lost');
  }
  await tabTo(page, 'map-mark');
  await page.keyboard.press('Enter');
  const link = page.locator('.leaflet-popup-content a');
  await link.waitFor();
  const address = await link.getAttribute('href');
  assert.match(address, /^\/fiches\/[0-9a-f]+$/);
  assert.equal(await focused(page, () => document.activeElement.getAttribute('href')), address, 'the focus goes into the popup');
  assert.equal(await page.locator('.leaflet-popup-close-button').getAttribute('aria-label'), 'Fermer');
  await page.waitForFunction(() => getComputedStyle(document.querySelector('.leaflet-popup')).opacity === '1');
  await shot(page, 'carte-fiche.png');
  await page.keyboard.press('Escape');
  await page.locator('.leaflet-popup').waitFor({ state: 'detached' });
  assert.ok(await focused(page, () => document.activeElement.classList.contains('map-mark')), 'the focus comes back to the marker');
  await page.keyboard.press('Enter');
  await link.waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(pages.slice(0, -1) + address);

  // The same question on the list and on the map.
  await page.goto(`${pages}recensement?q=sport`);
  const found = await page.locator('#found').innerText();
  await page.locator('.layers a', { hasText: 'Carte' }).click();
  await page.locator('#map[data-ready=true]').waitFor();
  assert.equal(await page.locator('#found').innerText(), found);
  assert.equal(await page.inputValue('#q'), 'sport');
  await page.selectOption('#map-place', { label: 'La Réunion' });
  await page.waitForTimeout(900);
  await shot(page, 'carte-reunion.png');

  // English, dark, narrow, still.
  const narrow = await open({ colorScheme: 'dark', reducedMotion: 'reduce', viewport: { width: 320, height: 900 } });
  await openMap(narrow, '?lang=en');
  assert.equal(await narrow.locator('.leaflet-control-zoom-in').getAttribute('title'), 'Zoom in');
  const session = await narrow.context().newCDPSession(narrow);
  const width = (await session.send('Page.getLayoutMetrics')).cssContentSize.width;
  assert.ok(width <= 320, `${width} px wide on a screen of 320`);
  await narrow.locator('.map-layer').scrollIntoViewIfNeeded();
  await narrow.locator('.map-layer').screenshot({ path: path.join(shots, 'carte-320.png') });
  await narrow.setViewportSize({ width: 1280, height: 1000 });
  await openMap(narrow, '?lang=fr');
  await shot(narrow, 'carte-sombre.png');
  await narrow.emulateMedia({ media: 'print', colorScheme: 'light' });
  assert.equal(await narrow.locator('#map').isVisible(), false, 'paper has the list');
  assert.ok(await narrow.locator('tbody tr').first().isVisible());

  // Without JavaScript the page is the list and a sentence.
  const plain = await open({ javaScriptEnabled: false });
  await plain.goto(`${pages}recensement/carte`);
  assert.equal(await plain.locator('#map').isVisible(), false);
  assert.ok(await plain.locator('noscript p').isVisible(), 'it is said that the map needs JavaScript');
  assert.ok(await plain.locator('tbody tr').first().isVisible());

  assert.deepEqual(complaints, []);
  console.log('map: done');
} finally {
  await browser.close();
}
