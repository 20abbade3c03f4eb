// Whether everything that can be used on a page is reached with Tab alone, and shows that it is.

const STOPS_MAX = 500;
// Keys are sent together: waiting for each would take most of the time of a run.
const PRESSES = 25;

// Runs in the page: marks what Tab must reach, and notes what it does.
function watch() {
  const tabbable = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
  const isFirstOfItsGroup = (element) => {
    if (element.type !== 'radio') return true;
    const group = [...document.querySelectorAll('input[type=radio]')].filter((each) => each.name === element.name && each.form === element.form);
    return element === (group.find((each) => each.checked) ?? group[0]);
  };
  const wanted = [...document.querySelectorAll(tabbable)].filter(
    (element) => element.checkVisibility({ visibilityProperty: true }) && !element.disabled && element.tabIndex >= 0 && isFirstOfItsGroup(element)
      // A map makes its markers anew while it moves: it has a test of its own.
      && !element.closest('#map'),
  );
  const seen = new Map();
  let first = null;
  globalThis.keyboardWasAround = false;
  document.addEventListener('focusin', ({ target }) => {
    globalThis.keyboardWasAround ||= target === first;
    first ??= target;
    const { outlineStyle, outlineWidth } = getComputedStyle(target);
    const box = target.getBoundingClientRect();
    const isShown = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 && box.width > 0 && box.height > 0;
    seen.set(target, isShown);
  });
  globalThis.keyboardReport = () => {
    const name = (element) => `${element.tagName.toLowerCase()} “${(element.ariaLabel ?? element.textContent ?? '').trim().slice(0, 40) || element.id}”`;
    const unreached = wanted.filter((element) => !seen.has(element)).map((element) => `${name(element)} is not reached by keyboard`);
    const unshown = [...seen].filter(([, isShown]) => !isShown).map(([element]) => `${name(element)} does not show its focus`);
    return [...unreached, ...unshown];
  };
  document.body.tabIndex = -1;
  document.body.focus({ preventScroll: true });
  seen.clear();
  first = null;
  document.body.removeAttribute('tabindex');
}

// Returns a sentence for each thing that is wrong.
export async function keyboardProblems(page) {
  await page.evaluate(watch);
  // Past the last one, the focus leaves the page and comes back to the first.
  for (let presses = 0; presses < STOPS_MAX; presses += PRESSES) {
    await Promise.all(Array.from({ length: PRESSES }, () => page.keyboard.press('Tab')));
    if (await page.evaluate(() => globalThis.keyboardWasAround)) break;
  }
  return page.evaluate(() => globalThis.keyboardReport());
}
