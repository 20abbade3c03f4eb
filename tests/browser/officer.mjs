// What a project officer does on the pages, by keyboard alone: reach a field, write, follow a link, read what will be signed, sign it.
import assert from 'node:assert/strict';
import { DEADLINE_MS } from './browser.mjs';

const STOPS_MAX = 400;

// Tabs until this element has the focus, as a person without a mouse does.
export async function tabTo(page, element) {
  await element.waitFor();
  for (let presses = 0; presses < STOPS_MAX; presses += 1) {
    if (await element.evaluate((each) => each === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`${element} is not reached by keyboard on ${page.url()}`);
}

export async function use(page, element, key = 'Enter') {
  await tabTo(page, element);
  await page.keyboard.press(key);
}

export async function write(page, element, text) {
  await tabTo(page, element);
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type(text);
}

// Presses what leads to another page, and waits for that page.
export async function follow(page, element) {
  await tabTo(page, element);
  await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
}

export const main = (page) => page.locator('main').innerText();

export async function heading(page, expected) {
  assert.equal(await page.locator('html').getAttribute('lang'), 'fr');
  // Spaces that do not break are a matter of the locale's own tests.
  assert.equal((await page.locator('h1').innerText()).trim().replaceAll('\u00a0', ' '), expected, page.url());
}

// Reloads until the page says it: the other node has written something.
export async function comes(page, address, isThere, deadline = DEADLINE_MS) {
  for (const start = Date.now(); ;) {
    await page.goto(address);
    if (await isThere()) return;
    assert.ok(Date.now() - start < deadline, `${address} does not show it in time:\n${await main(page)}`);
    await page.waitForTimeout(100);
  }
}

// Reloads until the text of the page fits.
export function says(page, address, expected) {
  return comes(page, address, async () => expected.test(await main(page)));
}

// Signs what is shown. After a wrong password, the throttle counts seconds.
export async function sign(page, password) {
  await heading(page, 'Vérifiez avant de signer');
  for (let tries = 0; (await page.locator('form[action="/federation/signer"]').count()) > 0; tries += 1) {
    assert.ok(tries < 50, `it is signed: ${await main(page)}`);
    await write(page, page.locator('#password'), password);
    await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
  }
}

// Reads the decoded act, refuses to sign it with a wrong password, and signs it with the right one.
export async function signWhatSays(page, expected, password) {
  await heading(page, 'Vérifiez avant de signer');
  assert.match(await main(page), expected, 'what will be signed is shown first');
  await sign(page, password);
}

// Returns how many decisions the node of these pages holds.
export async function decisions(page, pages) {
  await page.goto(`${pages}federation/decisions`);
  return page.locator('ol.history > li').count();
}
