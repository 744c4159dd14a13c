// The page of setclickd: asks for page.json every few seconds and shows it.
//
// What is shown is decided by the daemon (status_model/outlook); this file puts it into words of the viewer's clock and into the
// document. It changes what differs and nothing else, so that focus, selection and scroll position stay. All that comes from
// outside is put there as text: never as markup, never as a style.
(function () {
'use strict';

const usual = 5000;       // between two questions
const slowest = 30000;    // while there is no answer
const patience = 10000;   // for one answer
const tokenWarning = 7 * 86400 * 1000;
const fewAccounts = 25;
const fewHeld = 5;
const fewFiles = 10;

// --- the document -------------------------------------------------------------------------------

const byId = (id) => document.getElementById(id);

function text(element, value) {
  const wanted = String(value);
  const only = element.firstChild;
  if (only && only === element.lastChild && only.nodeType === Node.TEXT_NODE) {
    if (only.data !== wanted) only.data = wanted;
  } else if (element.textContent !== wanted) {
    element.textContent = wanted;
  }
}

function attribute(element, name, value) {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

function show(element, is) {
  if (element.hidden === Boolean(is)) element.hidden = !is;
}

/** An element with attributes and children: `make('p', {class: 'small'}, 'text', other)`. */
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const name in attributes) element.setAttribute(name, attributes[name]);
  element.append(...children);
  return element;
}

function drawn(tag, attributes) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const name in attributes) element.setAttribute(name, attributes[name]);
  return element;
}

// Kept, not asked for at each element: the answer has the whole document laid out, which must not happen for each of many rows.
let selected = null;
document.addEventListener('selectionchange', () => {
  const selection = document.getSelection();
  selected = selection && !selection.isCollapsed ? selection.anchorNode : null;
});

/** Somebody is at work in there: what he points at must not move away. */
function isInUse(element) {
  return element.contains(document.activeElement) || (selected !== null && element.contains(selected));
}

/**
 * The children of `parent` become one part for each item, by key: parts that stay are the same nodes, with new text. `build(item)`
 * makes a part: {node, update(item)}. While somebody is at work in there, nothing changes its place.
 */
function parts(parent, items, keyOf, build) {
  const known = parent.parts || (parent.parts = new Map());
  const first = parent.firstOfParts === undefined ? (parent.firstOfParts = parent.childElementCount) : parent.firstOfParts;
  const wanted = new Set(items.map(keyOf));
  for (const [key, part] of known) {
    if (wanted.has(key)) continue;
    part.node.remove();
    known.delete(key);
  }
  const stays = isInUse(parent);
  let at = parent.children[first] || null;
  for (const item of items) {
    const key = keyOf(item);
    let part = known.get(key);
    if (!part) {
      part = build(item);
      known.set(key, part);
      parent.insertBefore(part.node, at);
    } else if (part.node === at) {
      at = at.nextElementSibling;
    } else if (!stays) {
      parent.insertBefore(part.node, at);
    }
    part.update(item);
  }
}

// --- words --------------------------------------------------------------------------------------

const numbers = new Intl.NumberFormat('en-GB');
const clock = new Intl.DateTimeFormat('en-GB', {hour: '2-digit', minute: '2-digit'});
const clockSeconds = new Intl.DateTimeFormat('en-GB', {hour: '2-digit', minute: '2-digit', second: '2-digit'});
const dayName = new Intl.DateTimeFormat('en-GB', {day: 'numeric', month: 'short'});
const weekDay = new Intl.DateTimeFormat('en-GB', {weekday: 'short', day: 'numeric', month: 'short'});
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'local time';
// Its zone by name: the browser's own words for one cost milliseconds a time.
const dayAndTime = new Intl.DateTimeFormat('en-GB', {dateStyle: 'full', timeStyle: 'medium'});
const whole = {format: (date) => dayAndTime.format(date) + ' ' + zone};

const grouped = (n) => numbers.format(n);
const counted = (n, one, many) => grouped(n) + ' ' + (n === 1 ? one : many);

function duration(seconds) {
  let rest = Math.max(0, Math.floor(seconds));
  const units = [['d', 86400], ['h', 3600], ['min', 60], ['s', 1]];
  for (let i = 0; i < units.length; ++i) {
    const count = Math.floor(rest / units[i][1]);
    if (count === 0) continue;
    rest -= count * units[i][1];
    const next = i + 1 < units.length ? Math.floor(rest / units[i + 1][1]) : 0;
    return count + ' ' + units[i][0] + (next > 0 ? ' ' + next + ' ' + units[i + 1][0] : '');
  }
  return '0 s';
}

/** No more exact than anybody wants to know it: a forecast, an age. */
function about(seconds) {
  const step = seconds < 120 ? 1 : seconds < 86400 ? 60 : 3600;
  return duration(Math.floor(seconds / step) * step);
}

function dayKey(date) {
  return date.getFullYear() * 10000 + date.getMonth() * 100 + date.getDate();
}

/** "14:03", with the day where it is not today. */
function moment(ms, now) {
  const date = new Date(ms);
  const time = clock.format(date);
  return dayKey(date) === dayKey(new Date(now)) ? time : dayName.format(date) + ', ' + time;
}

function bytes(n) {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let at = 0;
  while (n >= 1024 && at + 1 < units.length) {
    n /= 1024;
    ++at;
  }
  return (at === 0 || n >= 100 ? Math.round(n) : Math.round(n * 10) / 10) + ' ' + units[at];
}

function rateText(perMinute) {
  if (perMinute === null || perMinute <= 0) return 'unlimited';
  const round = (n) => grouped(Math.round(n * 100) / 100);
  if (perMinute >= 0.1) return round(perMinute) + ' a minute';
  return perMinute * 60 >= 0.1 ? round(perMinute * 60) + ' an hour' : round(perMinute * 1440) + ' a day';
}

const pendingOf = (events) => events.waiting + events.in_flight + events.deferred + events.in_doubt;

/** What is not 0 of these, as "3 deferred · 1 in doubt". */
function nonZero(pairs, between = ' · ') {
  return pairs.filter(([n]) => n > 0).map(([n, what]) => grouped(n) + ' ' + what).join(between);
}

/** A time, as people read it; the whole of it where the pointer rests. */
function timeInto(element, ms, words) {
  text(element, words);
  if (ms === null) element.removeAttribute('title');
  else attribute(element, 'title', whole.format(new Date(ms)));
}

// --- commands to copy ---------------------------------------------------------------------------

async function copied(code) {
  const command = code.textContent;
  try {
    await navigator.clipboard.writeText(command);
    return true;
  } catch (refused) {
    // Only over HTTPS and on the machine itself is there a clipboard to write to: else select it, and let the browser copy.
    document.getSelection().selectAllChildren(code);
    try {
      return document.execCommand('copy');
    } catch (unknown) {
      return false;
    }
  }
}

function commandParts(list, commands) {
  parts(list, commands, (c) => c.command, () => {
    const code = make('code', {});
    const button = make('button', {type: 'button'}, 'Copy');
    const does = make('p', {class: 'small'});
    button.addEventListener('click', async () => {
      text(button, await copied(code) ? 'Copied' : 'Selected');
      setTimeout(() => text(button, 'Copy'), 2000);
    });
    return {
      node: make('li', {}, make('div', {class: 'command'}, code, button), does),
      update(c) {
        text(code, c.command);
        attribute(button, 'aria-label', 'Copy: ' + c.command);
        text(does, c.does || '');
        show(does, c.does);
      },
    };
  });
  show(list, commands.length > 0);
}

const plainCommands = (commands) => commands.map((command) => ({command}));

// --- the answer ---------------------------------------------------------------------------------

const marks = {'yes': '✓', 'idle': '–', 'waits': '…', 'in part': '!', 'no': '✗', 'unknown': '?'};

/** Is it delivering? `a`: {is, headline, sentence, cure, commands, ask}; `ask`: the words of a button that asks again. */
function answer(a) {
  attribute(byId('answer'), 'data-answer', a.is);
  text(byId('headline'), a.headline);
  text(byId('sentence'), a.sentence);
  text(byId('cure-text'), a.cure);
  commandParts(byId('cure-commands'), plainCommands(a.commands));
  show(byId('cure'), a.cure || a.commands.length > 0);
  show(byId('again'), a.ask);
  if (a.ask) text(byId('again-button'), a.ask);
  const title = (marks[a.is] || '') + ' ' + a.headline + ' – setclickd';
  if (document.title !== title) document.title = title;
}

// --- what waits ---------------------------------------------------------------------------------

/** While the ledger's server is away the daemon gives what was counted before. */
function oldCounts(data, now) {
  const at = data.status.counted_at ? Date.parse(data.status.counted_at) : null;
  const isAway = Boolean(data.status.ledger_fault);
  text(byId('old-counts'), !isAway ? '' : 'The ledger cannot be asked now. ' + (at === null ? 'What it counts is not known.'
    : 'What it counts below is from ' + moment(at, now) + ', ' + about((now - at) / 1000) + ' ago.'));
  show(byId('old-counts'), isAway);
}

function whatWaits(data, now) {
  const status = data.status;
  const events = status.events;
  if (!events) {
    // The ledger's server is away: what it counts is not known.
    text(byId('pending'), '?');
    text(byId('pending-parts'), 'the ledger cannot be asked now');
    return;
  }
  const pending = pendingOf(events);
  text(byId('pending'), grouped(pending));
  text(byId('pending-parts'), nonZero([[events.in_flight, 'in flight'], [events.deferred, 'deferred'],
    [events.in_doubt, 'in doubt'], [events.held, 'held besides']]) || (pending > 0 ? 'not sent yet' : 'nothing is on its way'));
  const oldest = pending > 0 ? data.nowMs - status.oldest_waiting_seconds * 1000 : null;
  timeInto(byId('oldest'), oldest, oldest === null ? '–' : about((now - oldest) / 1000));
  text(byId('oldest-at'), oldest === null ? 'nothing waits' : 'the oldest, since ' + moment(oldest, now));
  const eta = status.drain_eta_seconds;
  const end = eta ? data.nowMs + eta * 1000 : null;
  timeInto(byId('until'), end, pending === 0 ? '–' : eta === null ? 'open' : 'about ' + moment(end, now));
  text(byId('until-at'), pending === 0 ? 'nothing waits' : eta === null ? 'no forecast now' : 'in ' + about(eta) + ', at this rate');
  const last = status.last_success ? Date.parse(status.last_success) : null;
  timeInto(byId('last'), last, last === null ? 'never' : moment(last, now));
  text(byId('last-at'), last === null ? 'no event yet' : about((now - last) / 1000) + ' ago');
  text(byId('files-open'), grouped(status.files.open));
  const incoming = status.files.incoming;
  text(byId('files-incoming'), incoming === null ? 'incoming/ cannot be looked at' : grouped(incoming) + ' in incoming/');
  text(byId('totals'), 'Since the ledger began: ' + grouped(events.delivered) + ' delivered, ' + grouped(events.rejected) +
    ' rejected, ' + grouped(events.duplicate) + ' duplicate, ' + grouped(events.discarded) + ' discarded; ' +
    counted(status.in_doubt_ever, 'attempt', 'attempts') + ' in doubt.');
  const left = data.left_alone || [];
  parts(byId('left-alone'), left, (l) => l.reason, () => {
    const node = make('li', {});
    return {node, update: (l) => text(node, 'Left alone in incoming/: ' + grouped(l.count) + ' ' + l.text)};
  });
  show(byId('left-alone'), left.length > 0);
}

// --- plots --------------------------------------------------------------------------------------

const lanes = ['delivered', 'rejected', 'deferred'];

/** The slots of one span as {begin, end, isKnown, delivered, rejected, deferred}. */
function slotsOf(span, fields, since) {
  const slots = [];
  for (let i = 0; i < span.slots; ++i) {
    const begin = (span.from + i * span.slot_seconds) * 1000;
    const end = begin + span.slot_seconds * 1000;
    slots.push({begin, end, isKnown: since !== null && end > since, delivered: 0, rejected: 0, deferred: 0});
  }
  const places = lanes.map((lane) => 1 + fields.indexOf(lane));
  for (const row of span.rows) {
    const slot = slots[row[0]];
    if (slot) lanes.forEach((lane, i) => { slot[lane] += row[places[i]] || 0; });
  }
  return slots;
}

function add(into, slot) {
  for (const lane of lanes) into[lane] += slot[lane];
  into.end = Math.max(into.end, slot.end);
  into.isKnown = into.isKnown || slot.isKnown;
}

/** Hours as days of the viewer's time zone, the last 30 of them: the first day of the span is not whole. */
function daysOf(hours) {
  const days = [];
  let key = null;
  for (const hour of hours) {
    const date = new Date(hour.begin);
    if (dayKey(date) !== key) {
      key = dayKey(date);
      days.push({begin: new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime(), end: 0, isKnown: false,
        delivered: 0, rejected: 0, deferred: 0});
    }
    add(days[days.length - 1], hour);
  }
  return days.slice(-30);
}

function totalsOf(slots) {
  const total = {delivered: 0, rejected: 0, deferred: 0, end: 0, isKnown: false};
  for (const slot of slots) add(total, slot);
  return total;
}

/** One plot: `title`, what a column is called (`column(slot)`), what it is in a table (`unit`) and behind a
    number (`each`), the words below it (`axis(slots)`). */
function plot(title, unit, each, column, axis) {
  const heading = make('h3', {}, title);
  const summary = make('p', {class: 'unseen'});
  const readout = make('p', {class: 'readout', 'aria-hidden': 'true'});
  const below = make('p', {class: 'axis', 'aria-hidden': 'true'});
  const area = make('div', {class: 'lanes', 'aria-hidden': 'true'});
  let slots = [];
  let pointed = null;
  const drawnLanes = lanes.map((lane) => {
    const total = make('span', {});
    const peak = make('span', {class: 'peak'});
    const svg = drawn('svg', {preserveAspectRatio: 'none', focusable: 'false'});
    const cursor = drawn('rect', {class: 'at', y: 0, width: 1, height: 100, visibility: 'hidden'});
    const bars = [];
    area.append(make('div', {class: 'lane ' + lane}, make('p', {}, make('span', {}, make('span', {class: 'key'}), total), peak), svg));
    return {lane, total, peak, svg, cursor, bars};
  });
  const body = make('tbody', {});
  const details = make('details', {}, make('summary', {}, 'As a table', make('span', {class: 'unseen'}, ': ' + title)),
    make('div', {class: 'scroll', tabindex: '0', role: 'group', 'aria-label': title + ', as a table'},
      make('table', {class: 'plain', 'aria-label': title},
        make('thead', {}, make('tr', {}, make('th', {scope: 'col'}, unit),
          ...lanes.map((lane) => make('th', {scope: 'col', class: 'n'}, lane[0].toUpperCase() + lane.slice(1))))), body)));

  const words = (slot) => column(slot) + ': ' + (slot.isKnown
    ? lanes.map((lane) => grouped(slot[lane]) + ' ' + lane).join(', ') : 'not known, the history begins later');

  function point() {
    const slot = pointed === null ? null : slots[pointed];
    for (const {cursor} of drawnLanes) {
      attribute(cursor, 'visibility', slot ? 'visible' : 'hidden');
      if (slot) attribute(cursor, 'x', pointed);
    }
    text(readout, slot ? words(slot) : '');
  }
  area.addEventListener('pointermove', (event) => {
    const box = area.getBoundingClientRect();
    pointed = Math.min(slots.length - 1, Math.max(0, Math.floor((event.clientX - box.left) / box.width * slots.length)));
    point();
  });
  area.addEventListener('pointerleave', () => { pointed = null; point(); });

  function fill() {
    if (!details.open) return;
    parts(body, slots.filter((slot) => slot.isKnown).reverse(), (slot) => slot.begin, () => {
      const name = make('th', {scope: 'row'});
      const cells = lanes.map(() => make('td', {class: 'n'}));
      return {
        node: make('tr', {}, name, ...cells),
        update(slot) {
          text(name, column(slot));
          lanes.forEach((lane, i) => text(cells[i], grouped(slot[lane])));
        },
      };
    });
  }
  details.addEventListener('toggle', fill);

  function draw({svg, cursor, bars, lane, total, peak}, sums) {
    attribute(svg, 'viewBox', '0 0 ' + slots.length + ' 100');
    while (bars.length > slots.length) bars.pop().remove();
    while (bars.length < slots.length) {
      const bar = drawn('rect', {x: bars.length + 0.1, width: 0.8});
      bars.push(bar);
      svg.append(bar);
    }
    if (svg.lastChild !== cursor) svg.append(cursor);
    const most = slots.reduce((m, slot) => Math.max(m, slot[lane]), 0);
    slots.forEach((slot, i) => {
      // What is not 0 can be seen, however much the largest is.
      const height = !slot.isKnown ? 100 : slot[lane] === 0 ? 0 : Math.max(5, slot[lane] / most * 100);
      attribute(bars[i], 'y', Math.round((100 - height) * 10) / 10);
      attribute(bars[i], 'height', Math.round(height * 10) / 10);
      attribute(bars[i], 'class', slot.isKnown ? '' : 'unknown');
    });
    text(total, grouped(sums[lane]) + ' ' + lane);
    text(peak, most === 0 ? '' : 'at most ' + grouped(most) + ' ' + each);
  }

  return {
    node: make('figure', {}, make('figcaption', {}, heading, readout, summary), area, below, details),
    update(newSlots) {
      slots = newSlots;
      const sums = totalsOf(slots);
      for (const lane of drawnLanes) draw(lane, sums);
      text(summary, lanes.map((lane) => grouped(sums[lane]) + ' ' + lane).join(', ') + (slots[0].isKnown ? '' : '; not known for all of the time'));
      parts(below, axis(slots).map((word, i) => [i, word]), ([i]) => i, () => {
        const node = make('span', {});
        return {node, update: ([, word]) => text(node, word)};
      });
      point();
      fill();
    },
  };
}

const hoursBelow = (slots) => [slots[0], slots[slots.length >> 2], slots[slots.length >> 1], slots[(3 * slots.length) >> 2]]
  .map((slot) => clock.format(new Date(slot.begin))).concat('now');
const daysBelow = (slots) => [slots[0], slots[Math.floor(slots.length / 2)]].map((slot) => dayName.format(new Date(slot.begin))).concat('today');
const dayPlot = plot('The last 24 hours', 'Time', 'in 15 min', (slot) => clock.format(new Date(slot.begin)) + '–' + clock.format(new Date(slot.end)),
  hoursBelow);
const monthPlot = plot('The last 30 days', 'Day', 'a day', (slot) => weekDay.format(new Date(slot.begin)), daysBelow);
byId('plots').append(dayPlot.node, monthPlot.node);

function plots(history, now) {
  const is = history && history.since;
  show(byId('plots'), is);
  show(byId('plots-zone'), is);
  show(byId('plots-none'), !is);
  text(byId('plots-none'), 'Nothing is counted yet: the history begins with the first event.');
  if (!is) return;
  const since = Date.parse(history.since);
  dayPlot.update(slotsOf(history.day, history.fields, since));
  monthPlot.update(daysOf(slotsOf(history.month, history.fields, since)));
  text(byId('plots-zone'), 'Times and days of your time zone (' + zone +
    '). Deferred: attempts after which an event waits for a later one; it may be delivered after several.' +
    (history.month.from * 1000 < since ? ' Grey: not known, the history begins at ' + moment(since, now) + '.' : ''));
}

// --- accounts -----------------------------------------------------------------------------------

const tones = {'parked': 'no', 'no token': 'no', 'failing': 'no', 'not configured': 'part', 'paused': 'part', 'held': 'part',
  'asked to wait': 'part', 'waiting': 'part', 'delivering': 'yes', 'idle': 'idle'};
// A shape beside each colour: a cross, a triangle, a disc, a half disc, a ring.
const shapes = {
  no: 'M1 3L3 1l3 3 3-3 2 2-3 3 3 3-2 2-3-3-3 3-2-2 3-3z',
  part: 'M6 1l5.5 10H.5z',
  yes: 'M6 1a5 5 0 1 0 0 10A5 5 0 1 0 6 1z',
  work: 'M6 1a5 5 0 1 0 0 10A5 5 0 1 0 6 1zm0 2v6a3 3 0 1 1 0-6z',
  idle: 'M6 1a5 5 0 1 0 0 10A5 5 0 1 0 6 1zm0 2.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 1 1 0-5.6z',
};

function stateMark() {
  const path = drawn('path', {'fill-rule': 'evenodd'});
  const svg = drawn('svg', {viewBox: '0 0 12 12', 'aria-hidden': 'true', focusable: 'false'});
  svg.append(path);
  const word = make('span', {});
  const node = make('span', {class: 'state'}, svg, word);
  return {
    node,
    update(tone, name) {
      attribute(node, 'data-tone', tone);
      attribute(path, 'd', shapes[tone]);
      text(word, name);
    },
  };
}

function cell(label, isNumber) {
  const big = make('span', {});
  const small = make('span', {class: 'small'});
  const node = make('td', {role: 'cell', 'data-label': label}, make('span', {}, big, small));
  return {
    node, big,
    update(main, more) {
      text(big, main);
      text(small, more || '');
      show(small, more);
      if (isNumber) attribute(node, 'class', main === '0' && !more ? 'n zero' : 'n');
    },
  };
}

/** The last comparison, as [words, more words, whether it differs]. */
function verdict(v, now) {
  if (!v) return ['not compared', '', false];
  const at = v.at ? Date.parse(v.at) : NaN;
  const when = Number.isNaN(at) ? '' : moment(at, now);
  if (v.agrees) return ['agrees', when, false];
  const found = nonZero([[v.missing || 0, 'missing'], [v.surplus || 0, 'surplus'], [v.ambiguous || 0, 'ambiguous']], '\n');
  return ['differs', [found, when].filter(Boolean).join('\n'), true];
}

function accountPart({isOpen}) {
  const name = make('span', {class: 'name'});
  const state = stateMark();
  const stateCell = make('td', {role: 'cell', 'data-label': 'State'}, make('span', {}, state.node));
  const waiting = cell('Waiting', true);
  const delivered = cell('Delivered', true);
  const rejected = cell('Rejected', true);
  const rate = cell('Rate');
  const last = cell('Last delivered');
  const report = cell('Report');
  const why = make('p', {});
  const cure = make('p', {});
  const list = make('ul', {class: 'commands'});
  const whom = make('span', {class: 'unseen'});
  const toDo = make('details', isOpen ? {open: ''} : {}, make('summary', {}, 'What to do', whom), cure, list);
  const more = make('tr', {role: 'row', class: 'why'}, make('td', {role: 'cell', colspan: '8'}, why, toDo));
  const node = make('tbody', {role: 'rowgroup'}, make('tr', {role: 'row'}, make('th', {scope: 'row', role: 'rowheader'}, name), stateCell,
    waiting.node, delivered.node, rejected.node, rate.node, last.node, report.node), more);
  return {
    node,
    update({account, stands, nowMs, now}) {
      const events = account.events;
      text(name, account.id);
      state.update(tones[stands.standing] || 'part', stands.standing);
      const pending = pendingOf(events);
      const oldest = pending > 0 ? nowMs - account.oldest_waiting_seconds * 1000 : null;
      waiting.update(grouped(pending), nonZero([[events.in_flight, 'in flight'], [events.deferred, 'deferred'],
        [events.in_doubt, 'in doubt'], [events.held, 'held besides']], '\n'));
      if (oldest === null) waiting.node.removeAttribute('title');
      else attribute(waiting.node, 'title', 'the oldest since ' + whole.format(new Date(oldest)));
      delivered.update(grouped(events.delivered), nonZero([[events.duplicate, 'duplicate'], [events.discarded, 'discarded']], '\n'));
      rejected.update(grouped(events.rejected));
      rate.update(account.configured ? rateText(account.rate_per_minute) : '–', account.configured && pending > 0 && account.drain_eta_seconds
        ? 'empty in ' + about(account.drain_eta_seconds) : '');
      if (account.rate_why) attribute(rate.node, 'title', account.rate_why);
      const success = account.last_success ? Date.parse(account.last_success) : null;
      last.update(success === null ? 'never' : about((now - success) / 1000) + ' ago');
      if (success !== null) attribute(last.big, 'title', whole.format(new Date(success)));
      const [words, further, differs] = verdict(account.reconciled, now);
      report.update(words, further);
      attribute(report.big, 'class', differs ? 'warn' : '');
      let reason = stands.why;
      if (account.owner && !account.owner.is_self && account.owner.node !== null)
        reason = (reason ? reason + '; ' : '') + 'sent by node ' + account.owner.node;
      else if (account.owner && account.owner.node === null && account.owner.can_be_taken)
        reason = (reason ? reason + '; ' : '') + 'no node has it just now: one takes it within seconds';
      if (account.parked) {
        const since = Date.parse(account.parked.since);
        if (!Number.isNaN(since)) reason += ', since ' + moment(since, now);
        if (account.parked.detail) reason += ' [' + account.parked.detail + ']';
        if (account.parked.next_probe_seconds !== null) reason += '; next probe in ' + duration(account.parked.next_probe_seconds);
      }
      if (account.not_before) reason = (reason ? reason + '; ' : '') + 'the server wants no call before ' + moment(Date.parse(account.not_before), now);
      if (account.rate_why && !account.rate_why.endsWith('as configured')) reason = (reason ? reason + '. ' : '') + 'Rate: ' + account.rate_why;
      const tokenEnd = stands.token_end ? Date.parse(stands.token_end) : null;
      if (tokenEnd !== null && tokenEnd - now < tokenWarning)
        reason = (reason ? reason + '. ' : '') + (tokenEnd > now ? 'Its token ends in ' + about((tokenEnd - now) / 1000) + ', at ' : 'Its token ended at ') +
          moment(tokenEnd, now);
      text(why, reason ? reason[0].toUpperCase() + reason.slice(1) + '.' : '');
      text(whom, ' for ' + account.id);
      text(cure, stands.cure);
      show(why, reason);
      show(cure, stands.cure);
      commandParts(list, plainCommands(stands.commands));
      const isToDo = stands.cure || stands.commands.length > 0;
      show(toDo, isToDo);
      show(more, reason || isToDo);
    },
  };
}

let showsAllAccounts = false;

function accounts(data, now) {
  const all = data.status.accounts.map((account, place) => {
    const stands = data.standings[place];
    return {account, stands, place, nowMs: data.nowMs, now};
  }).sort((a, b) => a.stands.rank - b.stands.rank || a.place - b.place);
  const wanted = byId('filter').value.trim().toLowerCase();
  const found = wanted === '' ? all : all.filter(({account, stands}) =>
    (account.id + ' ' + stands.standing + ' ' + stands.why + ' ' + (account.parked ? account.parked.reason : '')).toLowerCase().includes(wanted));
  const known = byId('accounts').parts;
  const isAtWork = ({account}) => known && known.has(account.id) && isInUse(known.get(account.id).node);
  const shown = found.filter((item, i) => showsAllAccounts || i < fewAccounts || isAtWork(item));
  const trouble = all.filter(({stands}) => stands.is_trouble).length;
  parts(byId('accounts'), shown, (item) => item.account.id, () => accountPart({isOpen: trouble <= 3}));
  show(byId('accounts'), shown.length > 0);
  show(byId('accounts-bar'), all.length > 5 || wanted !== '');
  text(byId('accounts-shown'), shown.length === all.length ? grouped(all.length) + ' accounts, ' + grouped(trouble) + ' with trouble'
    : grouped(shown.length) + ' of ' + grouped(all.length) + ' shown, those with trouble (' + grouped(trouble) + ') first');
  text(byId('accounts-none'), all.length === 0 ? 'No account is configured.' : 'No account matches the filter.');
  show(byId('accounts-none'), shown.length === 0);
  show(byId('more'), found.length > fewAccounts);
  text(byId('more-button'), showsAllAccounts ? 'Show only the first ' + fewAccounts : 'Show all ' + grouped(found.length));
}

// --- nodes that share a ledger -------------------------------------------------------------------

const nodeTones = {'living': 'yes', 'leaving': 'part', 'silent': 'no', 'dead': 'no', 'stopped': 'idle', 'forgotten': 'idle'};
const fewMoves = 10;

function nodePart() {
  const name = make('span', {class: 'name'});
  const host = make('span', {class: 'small'});
  const state = stateMark();
  const stateCell = make('td', {role: 'cell', 'data-label': 'State'}, make('span', {}, state.node));
  const beat = cell('Last beat');
  const owned = cell('Accounts', true);
  const files = cell('Files not finished', true);
  const version = cell('Version');
  const why = make('p', {});
  const more = make('tr', {role: 'row', class: 'why'}, make('td', {role: 'cell', colspan: '6'}, why));
  return {
    node: make('tbody', {role: 'rowgroup'}, make('tr', {role: 'row'}, make('th', {scope: 'row', role: 'rowheader'}, name, ' ', host), stateCell,
      beat.node, owned.node, files.node, version.node), more),
    update({node, member, unread, now, at}) {
      text(name, node.name + (node.is_self ? ' (this one)' : ''));
      text(host, node.host === node.name ? '' : node.host);
      state.update(nodeTones[node.state] || 'part', node.state);
      const lease = !node.is_self || !member ? '' : member.may_send ? 'lease ' + duration(member.lease_left_seconds) : 'its lease has ended';
      beat.update(about(node.beat_age_seconds + Math.max(0, now - at) / 1000) + ' ago', lease);
      owned.update(grouped(node.accounts_owned), 'of ' + grouped(node.accounts_willing) + ' it can send for');
      files.update(grouped(node.files_unfinished), node.files_unread > 0 ? grouped(node.files_unread) + ' not read to the end' : '');
      version.update(node.version || '–');
      const isGone = node.state === 'dead' || node.state === 'stopped';
      const names = isGone ? unread.filter((file) => file.node === node.no).map((file) => file.name) : [];
      text(why, names.length === 0 ? '' : 'Nobody reads, until it is started again: ' + names.slice(0, 5).join(', ') +
        (node.files_unread > Math.min(5, names.length) ? ' and ' + grouped(node.files_unread - Math.min(5, names.length)) + ' more' : '') + '.');
      show(more, names.length > 0);
    },
  };
}

function nodes(data, now) {
  const cluster = data.status.cluster;
  show(byId('nodes-section'), cluster);
  if (!cluster) return;
  const at = cluster.at ? Date.parse(cluster.at) : now;
  text(byId('nodes-sum'), cluster.sum + '.');
  const shown = cluster.nodes.filter((node) => node.state !== 'forgotten');
  parts(byId('nodes'), shown.map((node) => ({node, member: data.status.daemon.member, unread: cluster.unread_files, now, at})),
    ({node}) => node.no, nodePart);
  const names = new Map(cluster.nodes.map((node) => [node.no, node.name]));
  const moves = cluster.moves.slice(0, fewMoves).map((move) => ({
    key: move.at + ' ' + move.account + ' ' + move.from + ' ' + move.to,
    words: moment(Date.parse(move.at), now) + ': ' + move.account + ' → ' + (move.to === null ? 'nobody' : names.get(move.to) || 'node ' + move.to) +
      ', ' + move.why + (move.in_doubt > 0 ? '; ' + counted(move.in_doubt, 'event', 'events') + ' in doubt' : ''),
  }));
  parts(byId('moves'), moves, (move) => move.key, () => {
    const node = make('li', {});
    return {node, update: (move) => text(node, move.words)};
  });
  show(byId('moves'), moves.length > 0);
  show(byId('moves-none'), moves.length === 0);
}

// --- in doubt and held --------------------------------------------------------------------------

function heldPart() {
  const heading = make('h3', {});
  const words = make('p', {});
  const reasons = make('p', {class: 'small'});
  const list = make('ul', {class: 'commands'});
  return {
    node: make('div', {class: 'held-card'}, heading, words, reasons, list),
    update({row, now}) {
      text(heading, (row.is_cut ? 'At least ' : '') + counted(row.count, 'event', 'events') +
        (row.kind === 'held' ? ' held' : ' in doubt') + ', account ' + row.account);
      text(words, row.text ? row.text[0].toUpperCase() + row.text.slice(1) + '.' : '');
      const since = row.oldest_since ? Date.parse(row.oldest_since) : null;
      text(reasons, [row.reasons.map((r) => grouped(r.count) + ' ' + r.reason).join(', '),
        since === null ? '' : 'the oldest since ' + moment(since, now)].filter(Boolean).join('; '));
      commandParts(list, row.commands);
    },
  };
}

let showsAllHeld = false;

function held(data, now) {
  const rows = data.held || [];
  const shown = showsAllHeld ? rows : rows.slice(0, fewHeld);
  show(byId('held-more'), rows.length > fewHeld);
  text(byId('held-button'), showsAllHeld ? 'Show only the first ' + fewHeld : 'Show all ' + grouped(rows.length));
  parts(byId('held'), shown.map((row) => ({row, now})), ({row}) => row.account + ' ' + row.kind + ' ' + row.class, heldPart);
  show(byId('held'), rows.length > 0);
  const ever = data.status.in_doubt_ever;
  text(byId('held-none'), 'Nothing is held or in doubt.' + (ever > 0 ? ' ' + counted(ever, 'attempt was', 'attempts were') +
    ' in doubt since the ledger began, and sent again or settled.' : ''));
  show(byId('held-none'), rows.length === 0);
}

// --- recent files -------------------------------------------------------------------------------

const fileStates = {
  importing: ['work', 'being read'], open: ['work', 'on its way'], complete: ['yes', 'being filed'], done: ['yes', 'done'],
  'given up': ['no', 'given up'],
};

function filePart() {
  const name = make('bdi', {class: 'name', dir: 'ltr'});
  const state = stateMark();
  const stateCell = make('td', {role: 'cell', 'data-label': 'State'}, make('span', {}, state.node));
  const taken = cell('Taken');
  const total = cell('Events', true);
  const delivered = cell('Delivered', true);
  const rejected = cell('Rejected', true);
  const duplicate = cell('Duplicate', true);
  const reasons = make('ul', {class: 'reasons'});
  const list = make('ul', {class: 'commands'});
  const more = make('tr', {role: 'row', class: 'why'}, make('td', {role: 'cell', colspan: '7'}, reasons, list));
  const node = make('tbody', {role: 'rowgroup'}, make('tr', {role: 'row'}, make('th', {scope: 'row', role: 'rowheader'}, name), stateCell, taken.node,
    total.node, delivered.node, rejected.node, duplicate.node), more);
  return {
    node,
    update({file, now}) {
      const events = file.events;
      text(name, file.name);
      const [tone, word] = fileStates[file.state] || ['work', file.state];
      const isBad = file.state === 'done' && events.rejected > 0;
      state.update(isBad ? 'part' : tone, word + (isBad ? ', some rejected' : ''));
      const at = file.taken_at ? Date.parse(file.taken_at) : null;
      taken.update(at === null ? '–' : moment(at, now), file.finished_at && at !== null
        ? 'done in ' + duration((Date.parse(file.finished_at) - at) / 1000) : '');
      if (at !== null) attribute(taken.big, 'title', whole.format(new Date(at)));
      total.update(grouped(file.lines), nonZero([[events.waiting, 'waiting'], [events.held, 'held'], [events.discarded, 'discarded']], '\n'));
      delivered.update(grouped(events.delivered));
      rejected.update(grouped(events.rejected));
      attribute(rejected.big, 'class', events.rejected > 0 ? 'bad' : '');
      duplicate.update(grouped(events.duplicate));
      const lines = file.reasons.map((r) => ({...r, by: r.by === 'server' ? 'by the server' : 'on reading'}));
      if (lines.length > 0 && file.reasons_other > 0) lines.push({count: file.reasons_other, reason: 'others', by: ''});
      parts(reasons, lines, (r) => r.by + ' ' + r.reason, () => {
        const count = make('span', {class: 'count'});
        const reason = make('bdi', {});
        const by = make('span', {class: 'small'});
        return {
          node: make('li', {}, count, reason, ' ', by),
          update(r) {
            text(count, grouped(r.count));
            text(reason, r.reason);
            text(by, r.by);
          },
        };
      });
      const commands = file.command && (events.rejected > 0 || events.held > 0) ? [file.command] : [];
      commandParts(list, plainCommands(commands));
      show(reasons, lines.length > 0);
      show(more, lines.length > 0 || commands.length > 0);
    },
  };
}

let showsAllFiles = false;

function recentFiles(data, now) {
  const all = data.recent_files || [];
  const shown = showsAllFiles ? all : all.slice(0, fewFiles);
  parts(byId('recent'), shown.map((file) => ({file, now})), ({file}) => file.no, filePart);
  show(byId('recent'), all.length > 0);
  text(byId('recent-none'), 'No file has been taken yet. Files are dropped into incoming/ of the spool.');
  show(byId('recent-none'), all.length === 0);
  show(byId('recent-more'), all.length > fewFiles);
  text(byId('recent-button'), showsAllFiles ? 'Show only the last ' + fewFiles : 'Show the last ' + all.length);
}

// --- the daemon ---------------------------------------------------------------------------------

function daemon(data, now) {
  const d = data.status.daemon;
  const facts = [['Version', d.version || 'not known']];
  if (d.uptime_seconds !== null) {
    const began = data.nowMs - d.uptime_seconds * 1000;
    facts.push(['Running for', about((now - began) / 1000), 'since ' + moment(began, now)]);
  }
  if (d.pid !== null) facts.push(['Process', String(d.pid)]);
  const extra = data.daemon || {};
  if (extra.connections_open !== undefined) facts.push(['Connections', counted(extra.connections_open, 'open', 'open')]);
  for (const disk of extra.disks || []) {
    facts.push(['Disk of the ' + disk.place, bytes(disk.free_bytes) + ' free', 'of ' + bytes(disk.size_bytes) +
      (disk.size_bytes > 0 ? ', ' + Math.round(disk.free_bytes / disk.size_bytes * 100) + ' %' : '')]);
  }
  parts(byId('daemon'), facts, ([name]) => name, () => {
    const name = make('dt', {});
    const value = make('span', {});
    const further = make('span', {class: 'small'});
    return {
      node: make('div', {}, name, make('dd', {}, value, ' ', further)),
      update([title, words, more]) {
        text(name, title);
        text(value, words);
        text(further, more || '');
      },
    };
  });
}

// --- asking, and what to show without an answer -------------------------------------------------

let latest = null;        // the last answer, with the moment at which it came
let failingSince = null;
let wait = usual;
let timer = 0;
let asking = null;
let isOver = false;       // asking again would not help: a person has to do something first
// Without the name and the password that may stand in the page's own address: no script may ask for such a one.
const source = new URL('page.json', location.href);
source.username = source.password = '';

/** The daemon's clock now, which may differ from ours. */
const daemonNow = () => latest.nowMs + (performance.now() - latest.cameAt);

function showData() {
  const now = daemonNow();
  oldCounts(latest, now);
  whatWaits(latest, now);
  plots(latest.history, now);
  accounts(latest, now);
  nodes(latest, now);
  held(latest, now);
  recentFiles(latest, now);
  daemon(latest, now);
  show(byId('content'), true);
}

function showAnswer() {
  const o = latest.outlook;
  answer({is: o.is_delivering, headline: o.headline, sentence: o.sentence, cure: o.cure, commands: o.commands, ask: ''});
  const at = new Date(latest.came);
  timeInto(byId('fresh'), latest.came, 'As of ' + clockSeconds.format(at));
}

/** Of a daemon that was brought up to date meanwhile the page is another one, and its data may be. */
function showAll(data) {
  const before = latest && latest.status.daemon.version;
  if (before && data.status.daemon.version && data.status.daemon.version !== before) {
    location.reload();
    return;
  }
  latest = data;
  try {
    showData();
    showAnswer();
  } catch (fault) {
    throw new Refusal('Not shown: a fault of this page', 'Please report it: ' + fault.message + '.', 'Load the page anew');
  }
}

const old = () => latest ? ' What you see below is from ' + clockSeconds.format(new Date(latest.came)) + '.' : '';

function noAnswer(why) {
  if (failingSince === null) failingSince = Date.now();
  answer({is: 'unknown', headline: 'Not known: the daemon does not answer',
    sentence: 'No answer since ' + clockSeconds.format(new Date(failingSince)) + (why ? ' (' + why + ')' : '') + '.' + old() +
      ' It is asked again and again; this page goes on by itself.',
    cure: 'Where this lasts, look on its machine.', commands: ['systemctl status setclickd'], ask: 'Ask again now'});
}

/** An answer that asking again does not mend: a person reads what to do, and nothing is asked meanwhile. */
function refused(headline, sentence, ask) {
  answer({is: 'unknown', headline, sentence: sentence + old(), cure: '', commands: [], ask});
}

class Refusal extends Error {
  constructor(headline, sentence, ask) {
    super(headline);
    this.show = () => refused(headline, sentence, ask);
  }
}

/** Of an answer that is no page.json: what stands in it, where a person can read it. */
async function wordsOf(response) {
  const isText = (response.headers.get('Content-Type') || '').startsWith('text/plain');
  return (isText ? (await response.text()).trim().slice(0, 500) : '') || 'no reason was given';
}

async function fetched(signal) {
  const response = await fetch(source, {cache: 'no-store', credentials: 'same-origin', redirect: 'manual', signal});
  if (response.type === 'opaqueredirect')
    throw new Refusal('Not known: something in front of the daemon wants you to sign in', 'The answer was a redirect.', 'Load the page anew');
  if (response.status === 401)
    throw new Refusal('Not shown: the password is wanted', 'Load the page anew and enter it. It lies on the daemon\'s machine, in the file that ' +
      'metrics.password_file names.', 'Load the page anew');
  if (response.status === 403 || response.status === 421)
    throw new Refusal('Not shown: the daemon refuses it (' + response.status + ')', await wordsOf(response), 'Load the page anew');
  if (response.status === 404)
    throw new Refusal('Not known: page.json is not there (404)', 'Behind a proxy the address of this page has to end with a slash.', 'Load the page anew');
  if (!response.ok) throw new Error(response.status + ': ' + await wordsOf(response));
  const data = await response.json().catch((fault) => {
    throw fault instanceof SyntaxError ? new Error('what answers is not the daemon') : fault;
  });
  if (!data || !data.status || !data.outlook) throw new Error('what answers is not the daemon');
  return data;
}

/** In words, where that is known; a connection that failed has no reason that a browser would give. */
function reasonOf(error) {
  if (error.name === 'AbortError') return 'none within ' + patience / 1000 + ' s';
  return error instanceof TypeError ? '' : error.message;
}

function askIn(ms) {
  clearTimeout(timer);
  timer = document.hidden ? 0 : setTimeout(ask, ms);
}

async function ask() {
  if (asking || isOver) return;
  clearTimeout(timer);
  asking = new AbortController();
  const begin = performance.now();
  const patienceOver = setTimeout(() => asking.abort(), patience);
  try {
    const data = await fetched(asking.signal);
    data.came = Date.now();
    data.cameAt = performance.now();
    data.nowMs = Date.parse(data.now);
    failingSince = null;
    showAll(data);
    if (performance.getEntriesByName('shown').length === 0) performance.mark('shown');
    // A page of 500 accounts over a slow line takes a tenth of the time at most.
    wait = Math.max(usual, Math.min(slowest, 10 * (performance.now() - begin)));
    askIn(wait);
  } catch (error) {
    if (error instanceof Refusal) {
      isOver = true;
      error.show();
      return;
    }
    noAnswer(reasonOf(error));
    wait = Math.min(slowest, failingSince !== null && Date.now() - failingSince < 1000 ? usual / 2 : wait * 1.5);
    askIn(wait);
  } finally {
    clearTimeout(patienceOver);
    asking = null;
  }
}

byId('again-button').addEventListener('click', () => {
  if (byId('again-button').textContent === 'Ask again now') ask();
  else location.reload();
});
byId('more-button').addEventListener('click', () => {
  showsAllAccounts = !showsAllAccounts;
  accounts(latest, daemonNow());
});
byId('held-button').addEventListener('click', () => {
  showsAllHeld = !showsAllHeld;
  held(latest, daemonNow());
});
byId('recent-button').addEventListener('click', () => {
  showsAllFiles = !showsAllFiles;
  recentFiles(latest, daemonNow());
});
byId('filter').addEventListener('input', () => accounts(latest, daemonNow()));
document.addEventListener('visibilitychange', () => {
  if (document.hidden) clearTimeout(timer);
  else ask();
});
window.addEventListener('online', ask);
window.addEventListener('pageshow', (event) => { if (event.persisted) ask(); });
ask();
})();
