// A label in time: the record changes after the decision, the label is decided anew, comes to its end and goes on; two years of the nodes'
// clocks in a minute. Every state on the pages of all nodes.
import assert from 'node:assert/strict';
import { comes, main, says, signWhatSays } from './officer.mjs';
import { firstRecord } from './steps.mjs';

const DAY_MS = 24 * 60 * 60 * 1000;
const PHONE = '02 38 00 00 42';

export async function renewals(world) {
  const { prefecture, ville, association } = world.desks;
  const all = [prefecture, ville, association];
  const record = await firstRecord(association, 'kind=actor&q=jardins');
  const name = (await association.page.locator('h1').innerText()).trim();
  await vote([prefecture, ville], record, 'form:has(input[name=scheme][value]) button.primary');
  for (const desk of all) await stands(desk, record, name, /En vigueur/);

  // Somebody edits a field that the label binds.
  await association.go(`${record}/modifier`);
  await association.page.fill('#phone', PHONE);
  await association.page.locator('main form button.primary').click();
  for (const desk of all) {
    await stands(desk, record, name, /Fiche modifiée depuis/);
    assert.match(await main(desk.page), /Modifié depuis la décision\s+Téléphone/, desk.partner);
  }
  await ville.look('label-modifie');
  await vote([prefecture, ville], record, 'form:has(input[name=from][type=hidden]) button');
  for (const desk of all) {
    await says(desk.page, desk.at(`${record}/labels`), /En vigueur/);
    assert.ok(!(await main(desk.page)).includes('Renouveler ce label'), 'what was decided anew is not decided again');
  }

  // Its last weeks: the clocks of all nodes go forward, and every person logs in again.
  const last = await lastDay(ville, record);
  const lead = last - Date.now() - 30 * DAY_MS;
  await forward(all, lead);
  for (const desk of all) await stands(desk, record, name, /Expire bientôt/);
  await ville.look('label-expire-bientot');
  await vote([prefecture, ville], record, 'form:has(input[name=from][type=hidden]) button');
  const renewed = await lastDay(association, record);
  assert.ok(renewed > last, 'it goes on from the day after its last day');

  await forward(all, last - Date.now() + 2 * DAY_MS);
  for (const desk of all) {
    await says(desk.page, desk.at(`${record}/labels`), /Expiré/);
    assert.match(await main(desk.page), /En vigueur/, `the renewal stands: ${desk.partner}`);
  }
  await association.shot('label-renouvele');
}

// Each votes on its own node, by the same button.
async function vote(voters, record, button) {
  for (const [number, desk] of voters.entries()) {
    if (number > 0) await says(desk.page, desk.at(`${record}/labels`), /En cours de décision \(1 sur 2\)/);
    await desk.go(`${record}/labels`);
    const renewal = desk.page.locator(button);
    const either = (await renewal.count()) > 0 ? renewal : desk.page.locator('form:has(input[name=scheme]) button.primary');
    await either.first().click();
    await signWhatSays(desk.page, /Attribuer un label[\s\S]*accueil/, desk.password);
  }
}

// The state on the page of the record's labels, and in the register.
async function stands(desk, record, name, state) {
  await comes(desk.page, desk.at('labels'), async () => state.test((await desk.page.locator('tr', { hasText: name }).allInnerTexts()).join('\n')));
  await says(desk.page, desk.at(`${record}/labels`), state);
}

const MONTHS = ['janvier', 'février', 'mars', 'avril', 'mai', 'juin', 'juillet', 'août', 'septembre', 'octobre', 'novembre', 'décembre'];

// The latest last day that the page says.
async function lastDay(desk, record) {
  await desk.go(`${record}/labels`);
  const days = [...(await main(desk.page)).matchAll(/ au (\d+)(?:er)? (\S+) (\d{4})/g)];
  assert.ok(days.length > 0, await main(desk.page));
  return Math.max(...days.map(([, day, month, year]) => Date.UTC(Number(year), MONTHS.indexOf(month), Number(day))));
}

async function forward(all, aheadMs) {
  await Promise.all(all.map((desk) => desk.node.stop()));
  await Promise.all(all.map((desk) => desk.open(undefined, aheadMs)));
}
