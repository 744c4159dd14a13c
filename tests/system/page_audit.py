"""What holds of the web page in every state: looked at in the browser itself, as it is drawn.

`audit(test, browser)` looks at the page that is open, in both colour schemes, wide and narrow.
"""
SCHEMES = ("light", "dark")
WIDTHS = (1200, 360)

# Contrast as WCAG 2 defines it. Every text that is drawn against the first ground behind it that covers, and every bar, sign and
# border that means something against its ground.
CONTRAST = """
const rgba = text => { const n = text.match(/[\\d.]+/g).map(Number); return [n[0], n[1], n[2], n.length > 3 ? n[3] : 1]; };
const over = (a, b) => [0, 1, 2].map(i => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
const luminance = c => { const [r, g, b] = c.map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                         return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const ratio = (a, b) => { const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
const ground = element => {
  const layers = [];
  for (let e = element; e; e = e.parentElement) {
    const colour = rgba(getComputedStyle(e).backgroundColor);
    if (colour[3] > 0) layers.push(colour);
    if (colour[3] === 1) break;
  }
  let out = [255, 255, 255, 1];
  for (const layer of layers.reverse()) out = over(layer, out);
  return out;
};
const isDrawn = e => e.checkVisibility({visibilityProperty: true, opacityProperty: true}) && !e.closest('.unseen, .skip') &&
  !(e.closest('thead') && getComputedStyle(e.closest('thead')).position === 'absolute');
const named = e => e.tagName.toLowerCase() + (e.id ? '#' + e.id : '') + (e.getAttribute('class') ? '.' + e.getAttribute('class') : '');
let text = {ratio: 99}, other = {ratio: 99}, count = 0;
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const e = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || !isDrawn(e) || e.closest('noscript')) continue;
  ++count;
  const r = ratio(over(rgba(getComputedStyle(e).color), ground(e)), ground(e));
  if (r < text.ratio) text = {ratio: r, where: named(e) + ': ' + walker.currentNode.data.trim().slice(0, 40)};
}
const drawn = [['.lane rect:not(.unknown):not(.at)', 'fill'], ['.key', 'backgroundColor'], ['.state svg', 'fill'], ['.disc', 'fill'],
  ['.lane svg', 'borderBottomColor'], ['.more button, #again-button, #filter', 'borderTopColor']];
for (const [selector, property] of drawn)
  for (const e of document.querySelectorAll(selector)) {
    if (!isDrawn(e.closest('svg') ? e.closest('svg').parentElement : e)) continue;
    const behind = ground((e.closest('svg') || e).parentElement);
    const r = ratio(over(rgba(getComputedStyle(e)[property]), behind), behind);
    if (r < other.ratio) other = {ratio: r, where: named(e) + ' ' + property};
  }
return {text, other, count};
"""

# What sticks out to the right: of the window, or of the card that it stands in.
OVERFLOW = """
const out = [];
if (document.documentElement.scrollWidth > innerWidth) out.push('the page: ' + document.documentElement.scrollWidth + ' > ' + innerWidth);
for (const e of document.querySelectorAll('section *, header *, footer *')) {
  const card = e.closest('section, header, footer').getBoundingClientRect(), box = e.getBoundingClientRect();
  if (e.closest('.scroll') || e.closest('.unseen') || e.closest('thead') || !box.width) continue;
  if (box.right > card.right + 0.5) out.push(e.tagName + '.' + e.getAttribute('class') + ': ' + e.textContent.slice(0, 40));
}
return out.slice(0, 5);
"""

# Targets that a finger or an unsteady hand must hit: 24 px (WCAG 2.2, 2.5.8).
SMALL_TARGETS = """
return [...document.querySelectorAll('button, summary, input')].filter(e => e.checkVisibility())
  .map(e => [e.getBoundingClientRect(), e]).filter(([box]) => box.width < 24 || box.height < 23.9)
  .map(([box, e]) => e.tagName + ': ' + e.textContent + ' ' + box.width + 'x' + box.height).slice(0, 5);
"""

# The order of the headings: one of the first level, none left out on the way down.
HEADINGS = """
return [...document.querySelectorAll('h1, h2, h3')].filter(e => e.checkVisibility()).map(e => Number(e.tagName[1]));
"""

# Whatever can be given the focus, as the page means it.
FOCUSABLE = """
return [...document.querySelectorAll('a[href], button, input, summary, [tabindex="0"]')].filter(e => e.checkVisibility()).length;
"""

FOCUSED = """
const e = document.activeElement;
const style = getComputedStyle(e), box = e.getBoundingClientRect();
return {what: e.tagName + ' ' + (e.getAttribute('aria-label') || e.textContent || e.id).trim().slice(0, 60), is_body: e === document.body,
        outline: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth), is_seen: box.bottom > 0 && box.top < innerHeight};
"""


def roles(browser):
    """What a screen reader is given: {role: [names]}, of everything that is not hidden from it."""
    found = {}
    for node in browser.cdp("Accessibility.getFullAXTree")["nodes"]:
        if not node.get("ignored"):
            found.setdefault(node["role"]["value"], []).append(node.get("name", {}).get("value", ""))
    return found


def audit(test, browser, state, tables=()):
    """Contrast, overflow, targets, headings, landmarks; returns the smallest contrasts of text and of what is drawn."""
    least = {"text": 99, "other": 99}
    for width in WIDTHS:
        browser.size(width)
        test.assertEqual(browser.run(OVERFLOW), [], f"{state}, {width} px: sticks out")
        test.assertEqual(browser.run(SMALL_TARGETS), [], f"{state}, {width} px: too small to hit")
        look_at_roles(test, browser, f"{state}, {width} px", tables)
        for scheme in SCHEMES:
            browser.media(prefers_color_scheme=scheme)
            seen = browser.run(CONTRAST)
            test.assertGreater(seen["count"], 8, f"{state}: there is hardly any text")
            test.assertGreaterEqual(seen["text"]["ratio"], 4.5, f"{state}, {scheme}, {width} px: {seen['text']}")
            test.assertGreaterEqual(seen["other"]["ratio"], 3, f"{state}, {scheme}, {width} px: {seen['other']}")
            for kind in least:
                least[kind] = min(least[kind], seen[kind]["ratio"])
    levels = browser.run(HEADINGS)
    test.assertEqual(levels.count(1), 1, state)
    test.assertTrue(all(b - a <= 1 for a, b in zip(levels, levels[1:])), f"{state}: {levels}")
    browser.size(1200)
    browser.media(prefers_color_scheme="light")
    return least


def look_at_roles(test, browser, state, tables):
    given = roles(browser)
    for landmark in ("banner", "main", "contentinfo"):
        test.assertEqual(len(given.get(landmark, ())), 1, f"{state}: {landmark}")
    regions = given.get("region", [])
    test.assertTrue(regions and all(regions), f"{state}: every region has a name: {regions}")
    for name in tables:
        test.assertIn(name, given.get("table", ()), state)
    if tables:
        # Narrow, each row is drawn as a block: it must be a row of a table all the same.
        test.assertGreaterEqual(len(given.get("columnheader", ())), 7 * len(tables), state)
        test.assertTrue(given.get("rowheader") and given.get("row") and given.get("cell"), f"{state}: {sorted(given)}")
    test.assertNotIn("", given.get("button", ()), f"{state}: a button without a name")
