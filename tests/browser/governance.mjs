// What coordinators take away and decide, in French, without JavaScript in the pages, on nodes that this script starts and stops: each
// step on one node's pages, and what the others' pages then say. Usage: node governance.mjs FOLDER PROGRAM SHOTS_FOLDER [JOURNEY…]
// FOLDER is what `maillage demo --check --keep` left: three coordinators, three seats of which two decide, one label.
import assert from 'node:assert/strict';
import path from 'node:path';
import { axeProblems, launch, logIn, stranger, wantedWidth } from './browser.mjs';
import { Node } from './nodes.mjs';
import { backdated, cut, mutual, suspension } from './denials.mjs';
import { erasures } from './erasures.mjs';
import { labels } from './labels.mjs';
import { joining } from './joining.mjs';
import { copied, instances, rotation } from './instances.mjs';
import { dispute } from './charters.mjs';
import { persons } from './persons.mjs';
import { renewals } from './renewals.mjs';

const [folder, program, shots, ...wanted] = process.argv.slice(2);
const ACCOUNT = 'demo';
const PASSWORD = 'demonstration-locale';
const JOURNEYS = { labels, erasures, joining, cut, backdated, suspension, mutual, persons, instances, rotation, copied, dispute, renewals };

// Somebody at the pages of one node.
class Desk {
  constructor(browser, name, partner, password = PASSWORD) {
    Object.assign(this, { browser, partner, password, node: new Node(program, path.join(folder, name)), page: undefined });
  }

  async open(account = ACCOUNT, aheadMs = 0) {
    await this.node.start(aheadMs);
    this.page ??= await stranger(this.browser, { javaScriptEnabled: false });
    // A login does not outlast a clock that jumped.
    if (!this.isKnown || aheadMs !== 0) {
      this.isKnown = true;
      await logIn(this.page, this.node.pages, account, this.password);
    }
    return this;
  }

  at(place) {
    return `${this.node.pages}${place}`;
  }

  go(place) {
    return this.page.goto(this.at(place));
  }

  // Takes a picture of a page that has an address of its own, and looks at it with axe-core, wide and on a screen of 320 pixels.
  async look(name) {
    await this.shot(name);
    const page = await stranger(this.browser);
    await page.context().addCookies(await this.page.context().cookies());
    await page.goto(this.page.url());
    assert.deepEqual(await axeProblems(page), [], name);
    await page.setViewportSize({ width: 320, height: 700 });
    assert.ok((await wantedWidth(page)) <= 320, `${name} is too wide for a screen of 320`);
    await page.context().close();
  }

  shot(name) {
    return this.page.screenshot({ path: path.join(shots, `${name}.png`), fullPage: true });
  }
}

const browser = await launch();
const desks = {
  prefecture: new Desk(browser, 'prefecture', 'Préfecture du Loiret'),
  ville: new Desk(browser, 'ville', 'Ville de Gien'),
  association: new Desk(browser, 'association', 'Fédération des maisons pour tous'),
};
// Every desk, so that no node outlives the test, whatever fails.
const started = Object.values(desks);
const newDesk = (...words) => {
  started.push(new Desk(browser, ...words));
  return started.at(-1);
};
const world = { desks, browser, program, shots, newDesk };
try {
  for (const name of ['prefecture', 'ville']) {
    const address = `https://${name}.exemple.fr/statuts.json`;
    desks[name].node.configure('pages', `status_list = "${address}"`);
  }
  await Promise.all(Object.values(desks).map((desk) => desk.open()));
  for (const [name, journey] of Object.entries(JOURNEYS)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const start = Date.now();
    await journey(world);
    console.log(`${name}: done in ${Date.now() - start} ms`);
  }
} finally {
  await browser.close();
  await Promise.all(started.map((desk) => desk.node.stop()));
}
