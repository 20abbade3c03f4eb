// A project officer's journey, without JavaScript in the pages: log in, search, open, edit, and see the value with its author on another
// partner's page. Settles a conflict on the way. Usage: node journey.mjs FIRST_PAGES SECOND_PAGES ACCOUNT PASSWORD SHOTS_FOLDER
import assert from 'node:assert/strict';
import path from 'node:path';
import { DEADLINE_MS, launch } from './browser.mjs';

const [first, second, account, password, shots] = process.argv.slice(2);
const browser = await launch();

async function open(address) {
  const context = await browser.newContext({ javaScriptEnabled: false, locale: 'fr-FR', viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(DEADLINE_MS);
  await page.goto(address + 'recensement');
  assert.match(page.url(), /\/connexion\?next=/, 'a stranger is sent to the login page');
  await page.fill('#name', account);
  await page.fill('#password', 'pas le bon mot de passe');
  await page.click('button[type=submit]');
  assert.ok(await page.locator('.summary').isVisible(), 'a wrong password is said on top of the form');
  await page.fill('#name', account);
  await page.fill('#password', password);
  // The throttle counts seconds after a wrong password: the page says how many.
  for (let tries = 0; ; tries += 1) {
    await page.fill('#password', password);
    await page.click('main button[type=submit]');
    if (page.url().endsWith('/recensement')) break;
    assert.ok(tries < 50, 'the login is open again after its delay');
    await page.waitForLoadState();
  }
  return page;
}

async function structure(page) {
  assert.equal(await page.locator('html').getAttribute('lang'), 'fr');
  assert.equal(await page.locator('h1').count(), 1, page.url());
  assert.equal(await page.locator('body > a').first().getAttribute('href'), '#main', 'the skip link comes first');
  const heading = (await page.locator('h1').innerText()).trim();
  assert.ok((await page.title()).startsWith(heading), 'the title starts with the name of the page');
}

try {
  const page = await open(first);
  await structure(page);
  await page.screenshot({ path: path.join(shots, 'recensement.png') });

  // Search, with a mistake in the word, and open the first record found.
  await page.fill('#q', 'ateleir');
  await page.click('form[role=search] button');
  await structure(page);
  await page.locator('tbody a').first().click();
  await structure(page);
  const record = new URL(page.url()).pathname;

  // A wrong date is refused beside its field, and nothing that was typed is lost.
  await page.goto(first + record.slice(1) + '/modifier');
  await structure(page);
  const summary = `Résumé écrit au navigateur ${Date.now()}`;
  await page.fill('#summary', summary);
  await page.fill('#starts', '31/02/2026');
  await page.click('main button.primary');
  assert.ok(await page.locator('#starts-error').isVisible(), 'the error stands beside its field');
  assert.equal(await page.inputValue('#summary'), summary, 'what was typed is kept');
  await page.fill('#starts', '28/02/2026');
  await page.click('main button.primary');
  await structure(page);
  assert.ok((await page.locator('main').innerText()).includes(summary), 'the page shows the new value');
  assert.ok((await page.locator('main').innerText()).includes('28 février 2026'), 'dates are in words');
  await page.screenshot({ path: path.join(shots, 'fiche.png') });

  // The other partner's node shows the value and who wrote it.
  const other = await open(second);
  const start = Date.now();
  for (;;) {
    await other.goto(second + record.slice(1));
    if ((await other.locator('main').innerText()).includes(summary)) break;
    assert.ok(Date.now() - start < DEADLINE_MS, 'the value reaches the other node in time');
  }
  const fact = other.locator('dl.facts > div', { hasText: summary });
  const sources = await fact.locator('.source').allTextContents();
  assert.equal(sources.length, 1);
  assert.match(sources[0], /Ville de Gien/, 'the value says which organisation wrote it');
  await other.goto(second + record.slice(1) + '/historique');
  await structure(other);
  assert.ok((await other.locator('ol.history').innerText()).includes(summary), 'the history shows the edit');

  // The conflict of the demonstration is settled in one click, and both nodes agree.
  await page.goto(first + 'recensement?conflict=yes');
  await page.locator('tbody a').first().click();
  const conflicted = new URL(page.url()).pathname;
  assert.equal(await page.locator('.conflict').count(), 1);
  assert.equal(await page.locator('.conflict form').count(), 2, 'both values are offered');
  await page.screenshot({ path: path.join(shots, 'conflit.png') });
  const kept = (await page.locator('.conflict .value bdi').first().innerText()).trim();
  await page.locator('.conflict form button').first().click();
  assert.equal(await page.locator('.conflict').count(), 0, 'the conflict is settled');
  assert.equal((await page.locator('h1').innerText()).trim(), kept);
  for (const begun = Date.now(); ;) {
    await other.goto(second + conflicted.slice(1));
    if ((await other.locator('.conflict').count()) === 0) break;
    assert.ok(Date.now() - begun < DEADLINE_MS, 'the other node hears of it in time');
  }
  assert.equal((await other.locator('h1').innerText()).trim(), kept);

  // English, peers, and the way out.
  await page.goto(first + 'pairs');
  await structure(page);
  assert.ok((await page.locator('main').innerText()).includes('Préfecture du Loiret'));
  await page.click('footer a[lang=en]');
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  await page.setViewportSize({ width: 320, height: 700 });
  for (const place of ['recensement', record.slice(1), 'pairs']) {
    await page.goto(first + place);
    const session = await page.context().newCDPSession(page);
    const width = (await session.send('Page.getLayoutMetrics')).cssContentSize.width;
    assert.ok(width <= 320, `${place} is ${width} px wide on a screen of 320`);
  }
  await page.click('.masthead form button');
  await page.goto(first + 'recensement');
  assert.match(page.url(), /\/connexion/, 'a login that ended opens nothing');
  console.log('journey: done');
} finally {
  await browser.close();
}
