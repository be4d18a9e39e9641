// Checks the page of a report in a browser: accessible, valid, whole on a phone and on a desk, in
// light and dark; its figures legible; no link that leads nowhere. Usage: node check.mjs PAGE
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const folder = process.env.CHECK_PAGE_MODULES;
const require = createRequire(join(folder, "package.json"));
const puppeteer = require("puppeteer-core");
const { HtmlValidate } = require("html-validate");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const page = resolve(process.argv[2]);
if (!existsSync(page)) {
  console.error(`check-page: there is no ${page}; run \`make report\` first`);
  process.exit(2);
}
let errors = 0;
function say(where, what, some = []) {
  errors += 1;
  console.log(`${where}: ${what}`);
  for (const one of some.slice(0, 5)) console.log(`    ${one}`);
  if (some.length > 5) console.log(`    and ${some.length - 5} more`);
}

const validator = new HtmlValidate({
  extends: ["html-validate:standard"],
  rules: {
    // The page carries its styles, so that it can be mailed.
    "no-inline-style": "off",
    "require-sri": "off",
    "long-title": "off",
    // SVG is case-sensitive XML, written by matplotlib.
    "svg-focusable": "off",
  },
});
const report = await validator.validateFile(page);
const byRule = new Map();
for (const { messages } of report.results) {
  for (const m of messages.filter((one) => one.severity === 2)) {
    const found = byRule.get(m.ruleId) ?? [];
    found.push(`${m.line}:${m.column} ${m.message}`);
    byRule.set(m.ruleId, found);
  }
}
for (const [rule, found] of byRule) say("html-validate", `${rule}, ${found.length}`, found);

// In the page: what a reader sees of figures, links and width.
function measured(smallest) {
  const found = { small: [], across: [], cut: [], wide: [], links: [] };
  const root = document.scrollingElement;
  if (root.scrollWidth > root.clientWidth + 1) {
    found.wide.push(`${root.scrollWidth} pixels on ${root.clientWidth}`);
  }
  for (const link of document.querySelectorAll("a[href]")) {
    const to = link.getAttribute("href");
    if (to.startsWith("#")) {
      if (to.length > 1 && !document.getElementById(decodeURIComponent(to.slice(1)))) {
        found.links.push(`${to} (${link.textContent.trim()})`);
      }
    } else if (!/^(https?|mailto):/.test(to)) found.links.push(to);
  }
  for (const svg of document.querySelectorAll("figure.exhibit svg, .exhibit svg")) {
    const own = svg.getBoundingClientRect();
    if (own.width < 50) continue;
    const name = svg.closest("[id]")?.id ?? "figure";
    const scale = own.width / svg.viewBox.baseVal.width;
    const texts = [...svg.querySelectorAll("text")].filter((t) => t.textContent.trim());
    const boxes = texts.map((t) => t.getBoundingClientRect());
    texts.forEach((text, i) => {
      const said = `${name}: ${text.textContent.trim()}`;
      const size = parseFloat(getComputedStyle(text).fontSize) * scale;
      if (size < smallest) found.small.push(`${said} (${size.toFixed(1)} pixels)`);
      const a = boxes[i];
      if (a.left < own.left - 2 || a.right > own.right + 2 || a.top < own.top - 3 || a.bottom > own.bottom + 3) {
        found.cut.push(said);
      }
      for (let j = i + 1; j < texts.length; j += 1) {
        const b = boxes[j];
        const over = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        // Boxes of lines have room above and below their letters.
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) - 0.45 * size;
        if (over > 1.5 && down > 0) found.across.push(`${said} | ${texts[j].textContent.trim()}`);
      }
    });
  }
  return found;
}
// What a reader does: published figures beside regenerated ones, why a number is what it is, the
// list of all published figures. Yields what does not come.
async function used(tab) {
  const missing = [];
  const until = (what, ask) =>
    tab.waitForFunction(ask, { timeout: 60000 }).catch(() => missing.push(what));
  await tab.evaluate(() => document.querySelector("figure.table td[data-c]").closest("figure").scrollIntoView());
  await until("tools of a table", () => document.querySelector("figure.table .tools button"));
  // The keyboard alone: into the table, one cell on, and back.
  await tab.evaluate(() => document.querySelector("figure.table td[tabindex='0']").focus());
  await tab.keyboard.press("ArrowDown");
  await tab.keyboard.press("Enter");
  await until("why a number is what it is", () => document.querySelector("#why[open] dl"));
  const said = await tab.evaluate(() => document.getElementById("why").innerText);
  if (!/Source/.test(said)) missing.push("the source of a number");
  await tab.keyboard.press("Escape");
  await until("the way back to the cell", () => document.activeElement.matches("td[data-c]"));
  if (await tab.evaluate(() => document.getElementById("data-concordance") !== null)) {
    await tab.evaluate(() => document.getElementById("concordance").scrollIntoView());
    await until("the list of published figures", () => document.querySelector("#browser tbody tr a"));
    await tab.evaluate(() => document.querySelector("#browser tbody tr a").click());
    await until("the cell of a published figure", () => document.querySelector("#why[open] dl"));
    await until("tools of its table", () => document.querySelector("td.chosen")?.closest("figure").querySelector(".tools [aria-pressed]"));
    await tab.evaluate(() => document.querySelector("td.chosen")?.closest("figure").querySelector(".tools [aria-pressed]").click());
    await until("published figures beside regenerated ones", () => document.querySelector(".beside"));
  }
  return missing;
}
const meaning = {
  small: "text too small",
  across: "texts across one another",
  cut: "text cut off",
  wide: "the page scrolls sideways",
  links: "links that lead nowhere once the page is mailed",
};

const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM,
  args: ["--no-sandbox", "--disable-gpu", "--font-render-hinting=none"],
});
try {
  for (const width of [390, 1280]) {
    const tab = await browser.newPage();
    await tab.setBypassCSP(true);
    tab.on("pageerror", (error) => say(`${width} pixels`, `the script fails: ${error.message}`));
    await tab.setViewport({ width, height: 900 });
    for (const scheme of ["light", "dark"]) {
      const where = `${width} pixels, ${scheme}`;
      await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await tab.goto(pathToFileURL(page).href, { waitUntil: "load", timeout: 120000 });
      await tab.evaluate(() => document.querySelectorAll("details").forEach((d) => (d.open = true)));
      await new Promise((done) => setTimeout(done, 500));
      if (scheme === "light") {
        const found = await tab.evaluate(measured, width < 600 ? 7 : 9);
        for (const [key, list] of Object.entries(found)) {
          if (list.length) say(where, `${meaning[key]}, ${list.length}`, list);
        }
      }
      // What has been opened is held to the same rules.
      const missing = await used(tab);
      if (missing.length) say(where, `what a reader asks for does not come, ${missing.length}`, missing);
      await tab.evaluate(axe);
      const result = await tab.evaluate(() =>
        axe.run(document, { resultTypes: ["violations"], iframes: false }),
      );
      for (const one of result.violations) {
        say(where, `axe: ${one.id} (${one.impact}), ${one.nodes.length}: ${one.help}`, one.nodes.map((n) => n.html.slice(0, 140)));
      }
    }
    await tab.close();
  }
} finally {
  await browser.close();
}
console.log(errors ? `check-page: ${errors} kinds of findings` : "check-page: 0 errors");
process.exit(errors ? 1 : 0);
