// A partner enters by a ticket of the pages: it knocks, waits, is let in after its admission was read and signed, and says so itself.
import assert from 'node:assert/strict';
import { join } from './nodes.mjs';
import { comes, heading, main, says, signWhatSays } from './officer.mjs';

export async function joining(world) {
  const { prefecture, ville, association } = world.desks;
  const name = 'Mission locale inventée';
  await prefecture.go('federation');
  await prefecture.page.fill('#invite-name', name);
  await prefecture.page.locator('form[action="/federation/inviter"] button').click();
  await heading(prefecture.page, 'Billet d’invitation');
  const ticket = (await prefecture.page.locator('code').first().innerText()).trim();
  const desk = world.newDesk('mission', name);
  const admitted = join(desk.node, ticket, name);
  const waiting = prefecture.page.locator('form[action="/federation/admettre"]');
  await comes(prefecture.page, prefecture.at('federation'), async () => (await waiting.count()) === 1);
  await prefecture.shot('admettre');
  await waiting.locator('button[value=admit]').click();
  await prefecture.shot('admettre-signer');
  await signWhatSays(prefecture.page, /Admettre un organisme[\s\S]*Mission locale inventée/, prefecture.password);
  const { account, password } = await admitted;
  Object.assign(desk, { account, password });
  await desk.open(account);
  world.desks.mission = desk;
  await says(desk.page, desk.at('recensement?q=jardins'), /Espace jardins/);
  for (const each of [ville, association, desk]) {
    await says(each.page, each.at('federation'), /Mission locale inventée/);
  }
  assert.ok(!/Pas encore utilisée/.test(await main(prefecture.page)), 'the ticket was used');
}
