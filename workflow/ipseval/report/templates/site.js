"use strict";
// What the page can do beside being read: search, data of each exhibit, published figures beside
// regenerated ones, and what is behind a number. Without it all text, tables and pictures stand.
(function () {
  var KEYS = ["panel", "row", "column", "statistic"];
  var STATUS = {
    agrees: "agrees", by_construction: "agrees by construction", close: "close",
    differs: "differs", impossible: "contradicts other published figures",
    not_produced: "not produced", not_reached: "not reached"
  };

  function make(tag, attributes, children) {
    var element = document.createElement(tag);
    Object.keys(attributes || {}).forEach(function (name) {
      var value = attributes[name];
      if (name === "text") { element.textContent = value; }
      else if (name === "on") { element.addEventListener("click", value); }
      else if (value !== undefined && value !== false) { element.setAttribute(name, value === true ? "" : value); }
    });
    (children || []).forEach(function (child) {
      if (child) { element.append(child); }
    });
    return element;
  }

  // Data that the page holds, unpacked when they are first asked for.
  var unpacked = new Map();
  function held(name) {
    return document.getElementById("data-" + name) !== null;
  }
  function data(name) {
    if (!unpacked.has(name)) {
      var bytes = Uint8Array.from(atob(document.getElementById("data-" + name).textContent.trim()),
        function (letter) { return letter.charCodeAt(0); });
      var stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
      unpacked.set(name, new Response(stream).text().then(JSON.parse));
    }
    return unpacked.get(name);
  }
  function parse(text) {
    var rows = [], row = [], field = "", quoted = false;
    for (var i = 0; i < text.length; i++) {
      var c = text[i];
      if (quoted) {
        if (c === '"' && text[i + 1] === '"') { field += c; i++; }
        else if (c === '"') { quoted = false; }
        else { field += c; }
      } else if (c === '"') { quoted = true; }
      else if (c === ",") { row.push(field); field = ""; }
      else if (c === "\n") { row.push(field); rows.push(row); row = []; field = ""; }
      else if (c !== "\r") { field += c; }
    }
    if (field || row.length) { row.push(field); rows.push(row); }
    var names = rows.shift() || [];
    return rows.map(function (values) {
      var made = {};
      names.forEach(function (name, at) { made[name] = values[at]; });
      return made;
    });
  }
  var parsed = new Map();
  async function cellsOf(figure) {
    var id = figure.dataset.trial + "/" + figure.dataset.name;
    if (!parsed.has(id)) {
      var texts = await data("cells-" + figure.dataset.trial);
      parsed.set(id, parse(texts[figure.dataset.name] || ""));
    }
    return parsed.get(id);
  }
  async function factsOf(trial) {
    return held("facts-" + trial) ? data("facts-" + trial) : null;
  }

  // Published beside regenerated.
  async function publishedOf(figure) {
    var facts = await factsOf(figure.dataset.trial);
    var of = facts && facts.exhibits[figure.dataset.name];
    if (!of || !of.published || !held("concordance")) { return null; }
    var all = await data("concordance");
    var rows = all.exhibits[of.published];
    if (!rows) { return null; }
    var found = new Map();
    rows.forEach(function (values) {
      var line = {};
      all.columns.forEach(function (name, at) { line[name] = values[at]; });
      line.tolerance = all.tolerance[line.statistic] || all.exact;
      found.set(KEYS.map(function (key) { return line[key]; }).join("\n"), line);
    });
    return { name: of.published, lines: found };
  }
  function keyOf(cell) {
    return KEYS.map(function (key) { return cell[key]; }).join("\n");
  }
  function difference(line) {
    var made = parseFloat(line.reproduced), printed = parseFloat(line.value);
    if (isNaN(made) || isNaN(printed)) { return ""; }
    var decimals = (line.value.split(".")[1] || "").length;
    var gap = made - printed;
    return signed(gap.toFixed(decimals));
  }
  function signed(text) {
    if (Number(text) === 0) { return "0"; }
    return text[0] === "-" ? "\u2212" + text.slice(1) : "+" + text;
  }
  function minus(text) { return text.replace(/(^|[\s(])-(?=[£$€]?[\d.])/g, "$1\u2212"); }

  async function compare(figure, button) {
    var on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", on);
    figure.querySelectorAll(".beside").forEach(function (one) { one.remove(); });
    figure.querySelectorAll("td[data-status]").forEach(function (one) { one.removeAttribute("data-status"); });
    if (!on) { return; }
    var cells = await cellsOf(figure), published = await publishedOf(figure);
    figure.querySelectorAll("td[data-c]").forEach(function (place) {
      placesOf(place).forEach(function (at) {
        var line = published.lines.get(keyOf(cells[at] || {}));
        if (!line) { return; }
        place.dataset.status = line.status;
        var gap = difference(line);
        var text = "printed " + (minus(line.printed) || "lost") +
          (gap ? ", difference " + gap : "") + ", " + STATUS[line.status];
        place.append(make("span", { class: "beside", text: text }));
      });
    });
  }
  function placesOf(place) {
    return place.dataset.c.split(" ").map(Number);
  }

  // What is behind a number.
  var panel = document.getElementById("why");
  var opener = null;
  // Statistics as a sentence calls them.
  var CALLED = {
    ppt: "difference", gbp: "amount", sd_effect: "effect size", percent: "percentage", p_value: "p-value",
    base: "number of people", gap: "difference", standard_error: "standard error", mean: "mean"
  };
  function statistic(cell) {
    var name = CALLED[cell.statistic] || words(cell.statistic), unit = words(cell.unit || "");
    if (!unit || unit === "p" || unit === "percent" || name === "p-value" || unit === words(cell.statistic)) { return name; }
    return name + " (unit: " + unit + ")";
  }
  function words(key) {
    return key === key.toLowerCase() ? key.replace(/_/g, " ") : key;
  }
  function columnHeads(place) {
    var said = [], at = 0, before = place.previousElementSibling;
    while (before) { if (before.tagName === "TD") { at++; } before = before.previousElementSibling; }
    Array.from(place.closest("table").tHead.rows).forEach(function (line) {
      var passed = 0;
      Array.from(line.cells).some(function (head) {
        if (head.tagName !== "TH") { return false; }
        passed += head.colSpan;
        if (passed > at) { said.push(head.textContent.trim()); return true; }
        return false;
      });
    });
    return said;
  }
  function headsOf(place) {
    var row = place.parentElement, table = place.closest("table");
    if (!table || !table.tHead) { return ""; }
    var said = columnHeads(place);
    var group = row;
    while (group && !group.querySelector("th[scope=rowgroup]")) { group = group.previousElementSibling; }
    if (group) { said.unshift(group.querySelector("th[scope=rowgroup]").textContent.trim()); }
    var own = row.querySelector("th[scope=row]");
    if (own) { said.unshift(own.textContent.trim()); }
    return said.join("; ");
  }
  function same(a, b) {
    return a === b || (a !== "" && b !== "" && !isNaN(a) && !isNaN(b) && Number(a) === Number(b));
  }
  // The files that a source names, each with its keys: the inverse of cells.py source_of.
  function readSource(source) {
    var value = '(?:"(?:[^"\\\\]|\\\\.)*"|[\\w./+-]+)';
    var key = "(\\w+)=(" + value + "(?:\\|" + value + ")*)";
    var part = new RegExp("([\\w./-]+)(?:: (" + key + "(?: " + key + ")*|[^;]*))?(?:; |$)", "g");
    return Array.from(source.matchAll(part), function (found) {
      var keys = {};
      Array.from((found[2] || "").matchAll(new RegExp(key, "g")), function (one) {
        keys[one[1]] = one[2].match(new RegExp(value, "g")).map(function (text) {
          return text[0] === '"' ? JSON.parse(text) : text;
        });
      });
      return { file: found[1], keys: keys };
    });
  }
  function only(rows, keys) {
    return rows.filter(function (row) {
      return Object.keys(keys).every(function (key) {
        return row[key] === undefined || keys[key].some(function (value) { return same(value, row[key]); });
      });
    });
  }
  function number(text) { return minus(text); }
  function behind(facts, source, parts) {
    var file = source.file, keys = source.keys;
    if (file === "config") { parts.push(["Source", ["declared: no data are behind it"]]); return; }
    var chosen = Object.keys(keys).map(function (key) { return key + "=" + keys[key].join("|"); }).join(" ");
    var known = facts && facts.files[file];
    parts.push(["Source", [file + (chosen ? ": " + chosen : "")].concat(
      known ? [known.made, known.sha256 ? "SHA-256 " + known.sha256 : ""] : [])]);
    if (!facts) { return; }
    var family = (file.match(/^impact\/(.+)\.csv$/) || [])[1];
    if (family && facts.estimates[family]) {
      var interval = facts.level ? Math.round(100 * facts.level) + "% CI" : "interval";
      parts.push(["Estimate", only(parse(facts.estimates[family]), keys).slice(0, 3).map(function (row) {
        var said = [];
        if (row.estimate) { said.push("estimate " + number(row.estimate) + (row.unit ? " (" + row.unit + ")" : "")); }
        if (row.ci_low) { said.push(interval + " " + number(row.ci_low) + " to " + number(row.ci_high)); }
        if (row.std_error) { said.push("standard error " + row.std_error); }
        if (row.p_value) { said.push("p = " + row.p_value); }
        if (row.p_adjusted) { said.push("adjusted p = " + row.p_adjusted); }
        if (row.n) { said.push("n = " + (+row.n).toLocaleString("en-GB") + (row.n_treatment ? " (" + (+row.n_treatment).toLocaleString("en-GB") + " treatment, " + (+row.n_control).toLocaleString("en-GB") + " control)" : "")); }
        if (row.dropped_n) { said.push((+row.dropped_n).toLocaleString("en-GB") + " excluded, whose outcome or covariates are not known"); }
        if (row.mean_treatment) { said.push("means " + number(row.mean_treatment) + " treatment, " + number(row.mean_control) + " control"); }
        return said.join("; ");
      })]);
      var about = facts.families[family], model = about.models[(keys.model || [])[0]];
      var outcome = (keys.outcome || [])[0];
      parts.push(["Model", (model ? model.lines.concat([model.adjusted[outcome]]) : []).concat(["family " + family + " declared in " + about.declared])]);
      (keys.group || []).forEach(function (group) {
        if (facts.groups[group]) { parts.push(["Sample", facts.groups[group]]); }
      });
      if (outcome) { ofOutcome(facts, outcome, parts); }
      return;
    }
    if (file === "outcomes/people.parquet") {
      (keys.column || []).forEach(function (column) { ofOutcome(facts, column, parts); });
      return;
    }
    if (facts.economics[file]) {
      parts.push(["Rows", only(parse(facts.economics[file]), keys).slice(0, 3).map(function (row) {
        return Object.keys(row).filter(function (name) { return row[name] !== "" && !keys[name]; })
          .map(function (name) { return words(name) + " " + number(row[name]); }).join(", ");
      })]);
    }
  }
  function ofOutcome(facts, name, parts) {
    var known = facts.outcomes[name];
    Object.keys(known || {}).forEach(function (head) {
      parts.push([head[0].toUpperCase() + head.slice(1), known[head]]);
    });
  }
  async function why(place) {
    var figure = place.closest("figure.exhibit");
    var cells = await cellsOf(figure), facts = await factsOf(figure.dataset.trial);
    var published = await publishedOf(figure);
    var title = figure.querySelector("figcaption").cloneNode(true);
    title.querySelectorAll(".permalink, .badge").forEach(function (one) { one.remove(); });
    var body = [];
    placesOf(place).forEach(function (at) {
      var cell = cells[at];
      if (!cell) { return; }
      var parts = [];
      var n = cell.n ? "n = " + (+cell.n).toLocaleString("en-GB") : "";
      parts.push(["What it is", [headsOf(place), statistic(cell), n,
        cell.value ? "unrounded " + number(cell.value) : ""]]);
      var line = published && published.lines.get(keyOf(cell));
      if (line) {
        var gap = difference(line);
        parts.push(["Published", ["printed " + (minus(line.printed) || "and lost") + ", regenerated " + minus(line.reproduced) +
          (gap ? ", difference " + gap : "") + ": " + STATUS[line.status], "Rule: " + line.tolerance, line.note]]);
      }
      readSource(cell.source || "").forEach(function (source) { behind(facts, source, parts); });
      ["solved", "assumed"].forEach(function (how) {
        if (!cell[how]) { return; }
        parts.push([how === "solved" ? "Calibrated to a published value" : "Assumed",
          cell[how].split(";").map(function (name) { return facts && facts.quantities[name] || words(name); })]);
      });
      var own = facts && facts.exhibits[figure.dataset.name];
      parts.push(["Table or figure", own ? ["declared in " + own.declared, "made by " + own.code] : []]);
      if (facts) {
        parts.push(["Audit", ["ipseval why " + facts.trial + "/" + figure.dataset.name + " --run " + facts.run +
          KEYS.map(function (key) { return " --" + key + " " + quoted(cell[key]); }).join("")]]);
      }
      body.push(make("h3", { text: minus(cell.printed) || "no number" }));
      body.push(make("dl", {}, parts.filter(function (part) { return part[1].some(Boolean); }).map(function (part) {
        return make("div", {}, [make("dt", { text: part[0] })].concat(part[1].filter(Boolean).map(function (text) {
          return make("dd", { text: text });
        })));
      })));
    });
    opener = place;
    panel.replaceChildren(
      make("div", { class: "why-head" }, [
        make("h2", { id: "why-title", text: "Why this number" }),
        make("button", { type: "button", text: "Close", on: close })
      ]),
      make("p", { class: "soft", text: title.textContent.replace(/\s+/g, " ").trim() }), ...body);
    mark(place);
    if (!panel.open) { panel.show(); }
    panel.scrollTop = 0;
    panel.querySelector("button").focus();
  }
  function quoted(text) { return /^[\w.-]+$/.test(text) ? text : "'" + text.replace(/'/g, "'\\''") + "'"; }
  function mark(place) {
    document.querySelectorAll("td.chosen").forEach(function (one) { one.classList.remove("chosen"); });
    if (place) { place.classList.add("chosen"); }
  }
  function close() {
    panel.close();
    mark(null);
    if (opener) { opener.focus(); }
  }

  // One cell of a table is in the order of tabs; arrows move between cells.
  function prepare(table) {
    if (table.dataset.ready) { return; }
    table.dataset.ready = "1";
    table.querySelectorAll("td[data-c]").forEach(function (place, at) {
      place.tabIndex = at ? -1 : 0;
    });
  }
  function move(place, key) {
    var row = place.parentElement, at = Array.from(row.cells).filter(function (c) { return c.tagName === "TD"; }).indexOf(place);
    function inRow(line) {
      return line && Array.from(line.cells).filter(function (c) { return c.tagName === "TD"; })[at];
    }
    var next = key === "ArrowRight" ? place.nextElementSibling : key === "ArrowLeft" ? place.previousElementSibling
      : key === "ArrowDown" ? inRow(row.nextElementSibling) : inRow(row.previousElementSibling);
    if (next && next.dataset && next.dataset.c) {
      place.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
      return true;
    }
    return false;
  }
  document.addEventListener("click", function (event) {
    var place = event.target.closest("figure.exhibit td[data-c]");
    if (place && !String(window.getSelection())) { prepare(place.closest("table")); why(place); }
  });
  document.addEventListener("keydown", function (event) {
    var place = event.target.closest && event.target.closest("td[data-c]");
    if (place && (event.key === "Enter" || event.key === " ")) { event.preventDefault(); why(place); }
    else if (place && /^Arrow/.test(event.key) && move(place, event.key)) { event.preventDefault(); }
    else if (event.key === "Escape" && panel.open) { close(); }
  });

  // Tools of an exhibit.
  function save(name, text, type) {
    var link = make("a", { href: URL.createObjectURL(new Blob([text], { type: type })), download: name });
    document.body.append(link);
    link.click();
    link.remove();
  }
  async function saveCsv(figure) {
    var texts = await data("cells-" + figure.dataset.trial);
    // A byte order mark, so that Excel reads the £ of a UTF-8 file.
    save(figure.dataset.trial + "-" + figure.dataset.name + ".csv", "\ufeff" + texts[figure.dataset.name], "text/csv");
  }
  function saveSvg(figure) {
    var picture = figure.querySelector("svg").cloneNode(true);
    var rules = document.querySelector("style").textContent;
    var used = new Set(Array.from(picture.querySelectorAll("[class]"), function (one) { return one.getAttribute("class"); }));
    var kept = rules.split("\n").filter(function (rule) {
      var found = rule.match(/^svg \.(s\d+)\{/);
      return found && used.has(found[1]);
    }).join("\n");
    picture.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    picture.prepend(make("style", { text: kept }));
    save(figure.dataset.trial + "-" + figure.dataset.name + ".svg", new XMLSerializer().serializeToString(picture), "image/svg+xml");
  }
  // Rows as a spreadsheet wants them: one number a cell, a coefficient and its error apart.
  async function sheet(figure) {
    var cells = await cellsOf(figure), table = figure.querySelector("table");
    if (!table || !table.querySelector("td[data-c]")) {
      return cells.map(function (c) { return [c.panel, c.row, c.column, c.statistic, c.printed, c.n].join("\t"); });
    }
    return Array.from(table.rows, function (row) {
      return Array.from(row.cells).flatMap(function (place) {
        if (place.dataset.c) {
          return placesOf(place).map(function (at) { return (cells[at] || {}).printed || ""; });
        }
        var text = place.textContent.trim();
        return [text].concat(Array(Math.max(0, place.colSpan - 1)).fill(""));
      }).join("\t");
    });
  }
  async function copy(figure, button) {
    var text = (await sheet(figure)).join("\n");
    try { await navigator.clipboard.writeText(text); }
    catch (refused) {
      var area = make("textarea", {});
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    button.textContent = "Copied";
    setTimeout(function () { button.textContent = "Copy"; }, 1500);
  }
  function besides(line) {
    return [make("td", { text: line ? minus(line.printed) : "" }),
      make("td", { class: "text", "data-status": line && line.status, text: line ? STATUS[line.status] : "" })];
  }
  async function showData(figure, button) {
    var old = figure.querySelector(".data-of");
    button.setAttribute("aria-pressed", !old);
    if (old) { old.remove(); return; }
    var cells = await cellsOf(figure);
    var published = await publishedOf(figure);
    var heads = ["Panel", "Row", "Column", "Statistic", "Printed", "n"].concat(published ? ["Published", "Status"] : []);
    var head = make("tr", {}, heads.map(function (text) { return make("th", { scope: "col", text: text }); }));
    var table = make("table", {}, [make("thead", {}, [head]), make("tbody", {}, cells.map(function (cell, at) {
      return make("tr", {}, [
        make("th", { scope: "row", text: words(cell.panel) }), make("td", { class: "text", text: words(cell.row) }),
        make("td", { class: "text", text: words(cell.column) }), make("td", { class: "text", text: words(cell.statistic) }),
        make("td", { "data-c": String(at), text: minus(cell.printed) }), make("td", { text: cell.n })
      ].concat(published ? besides(published.lines.get(keyOf(cell))) : []));
    }))]);
    figure.append(make("div", { class: "scroll data-of", tabindex: 0, role: "group", "aria-label": "Data of the figure" }, [table]));
    prepare(table);
  }
  async function tools(figure) {
    if (figure.dataset.tools || !held("cells-" + figure.dataset.trial)) { return; }
    figure.dataset.tools = "1";
    var bar = make("p", { class: "tools" });
    function add(text, does, pressed) {
      var button = make("button", { type: "button", text: text, "aria-pressed": pressed ? "false" : undefined });
      button.addEventListener("click", function () { does(figure, button); });
      bar.append(button);
    }
    var published = await publishedOf(figure);
    if (figure.classList.contains("figure")) { add("Data", showData, true); }
    else if (published) { add("Published beside regenerated", compare, true); }
    add("Copy", copy);
    add("CSV", saveCsv);
    if (figure.classList.contains("figure")) { add("SVG", saveSvg); }
    figure.querySelector("figcaption").after(bar);
    figure.querySelectorAll("table").forEach(prepare);
    stack(figure);
    if (beside && published) { compare(figure, bar.querySelector("[aria-pressed]")); }
  }
  // index.html?published opens with published figures beside regenerated ones; with
  // &only=hlt-table-2.1 it shows that table or figure by itself, to print or to put on a slide.
  var asked = new URLSearchParams(location.search);
  var beside = asked.has("published");
  var alone = document.getElementById(asked.get("only") || "");
  if (alone && alone.matches("figure.exhibit")) {
    document.body.classList.add("only");
    document.querySelector("main").replaceChildren(...document.querySelectorAll("header .banner"), alone);
  }

  // On a phone each row of a table is a card: its head, then head and number of each column.
  var narrow = window.matchMedia("(max-width: 40rem)");
  function stack(figure) {
    if (!narrow.matches) { return; }
    figure.querySelectorAll(".scroll > table").forEach(function (table) {
      if (table.dataset.stacked || table.closest(".data-of")) { return; }
      table.dataset.stacked = "1";
      table.querySelectorAll("tbody tr").forEach(function (row) {
        var group = row, first = "";
        while (group && !group.querySelector("th[scope=rowgroup]")) { group = group.previousElementSibling; }
        if (group && group !== row) { first = group.querySelector("th[scope=rowgroup]").textContent.trim(); }
        if (first) { row.dataset.first = first; }
        Array.from(row.cells).forEach(function (place) {
          if (place.tagName === "TD") { place.dataset.label = columnHeads(place).join(", "); place.setAttribute("role", "cell"); }
          else { place.setAttribute("role", "rowheader"); }
        });
        row.setAttribute("role", "row");
      });
      table.setAttribute("role", "table");
      table.tBodies[0].setAttribute("role", "rowgroup");
      table.classList.add("stacked");
    });
  }

  // Tools come as a reader comes near: the page is long.
  var near = new IntersectionObserver(function (seen) {
    seen.forEach(function (one) {
      if (one.isIntersecting) { near.unobserve(one.target); tools(one.target); }
    });
  }, { rootMargin: "600px" });
  var figures = Array.from(document.querySelectorAll("figure.exhibit"));
  figures.forEach(function (figure) { near.observe(figure); });

  // The concordance, figure by figure.
  async function browse() {
    var box = document.getElementById("browser");
    if (!box || !held("concordance")) { return; }
    var all = await data("concordance"), places = new Map();
    for (var figure of figures) {
      if (!figure.id) { continue; }
      var facts = await factsOf(figure.dataset.trial);
      var of = facts && facts.exhibits[figure.dataset.name];
      if (of && of.published) { places.set(of.published, (places.get(of.published) || []).concat(figure)); }
    }
    var lines = Object.keys(all.exhibits).flatMap(function (name) {
      return all.exhibits[name].map(function (values) {
        var line = { exhibit: name };
        all.columns.forEach(function (column, at) { line[column] = values[at]; });
        line.all = [name].concat(values).join(" ").toLowerCase();
        return line;
      });
    });
    function choice(id, label, options) {
      var select = make("select", { id: id }, [make("option", { value: "", text: "all" })].concat(options.map(function (value) {
        return make("option", { value: value, text: STATUS[value] || words(value) });
      })));
      return [make("label", { for: id, text: label }), select];
    }
    function distinct(key) { return Array.from(new Set(lines.map(function (line) { return line[key]; }))); }
    var exhibit = choice("of-exhibit", "Table", distinct("exhibit"));
    var status = choice("of-status", "Status", distinct("status"));
    var statistic = choice("of-statistic", "Statistic", distinct("statistic"));
    var text = make("input", { id: "of-text", type: "search", autocomplete: "off" });
    var out = make("output", { id: "of-found" });
    var body = make("tbody", {}), more = make("button", { type: "button", text: "Show more" });
    var shown = 50;
    function list() {
      var wanted = text.value.toLowerCase().split(/\s+/).filter(Boolean);
      var found = lines.filter(function (line) {
        return (!exhibit[1].value || line.exhibit === exhibit[1].value) && (!status[1].value || line.status === status[1].value) &&
          (!statistic[1].value || line.statistic === statistic[1].value) && wanted.every(function (word) { return line.all.includes(word); });
      });
      out.textContent = found.length.toLocaleString("en-GB") + " of " + lines.length.toLocaleString("en-GB") + " published figures";
      more.hidden = found.length <= shown;
      body.replaceChildren(...found.slice(0, shown).map(function (line) {
        var place = places.get(line.exhibit);
        var name = [line.panel, line.row, line.column].filter(Boolean).map(words).join("; ");
        var link = place ? make("a", { href: "#" + place.id, text: name, on: function (event) { event.preventDefault(); go(place, line); } }) : name;
        return make("tr", {}, [make("td", { class: "text", text: line.exhibit }), make("td", { class: "text" }, [link]),
          make("td", { class: "text", text: words(line.statistic) }), make("td", { text: minus(line.printed) || "lost" }),
          make("td", { text: minus(line.reproduced) }), make("td", { text: difference(line) }),
          make("td", { class: "text", "data-status": line.status, text: STATUS[line.status] }), make("td", { class: "text", text: line.note })]);
      }));
    }
    // Several figures may regenerate one that is published: it is the one that has the cell.
    async function go(several, line) {
      var figure = several[0], at = -1;
      for (var one of several) {
        at = (await cellsOf(one)).findIndex(function (cell) { return keyOf(cell) === keyOf(line); });
        if (at > -1) { figure = one; break; }
      }
      figure.scrollIntoView();
      await tools(figure);
      var place = Array.from(figure.querySelectorAll("td[data-c]")).find(function (one) { return placesOf(one).includes(at); });
      if (place) {
        prepare(place.closest("table"));
        place.scrollIntoView({ block: "center", inline: "center" });
        why(place);
      } else { history.replaceState(null, "", "#" + figure.id); }
    }
    [exhibit[1], status[1], statistic[1]].forEach(function (one) { one.addEventListener("change", function () { shown = 50; list(); }); });
    text.addEventListener("input", function () { shown = 50; list(); });
    more.addEventListener("click", function () { shown += 200; list(); });
    var heads = ["Published in", "Figure", "Statistic", "Printed", "Regenerated", "Difference", "Status", "Reason"];
    box.replaceChildren(
      make("p", { class: "filters" }, [make("span", {}, exhibit), make("span", {}, status), make("span", {}, statistic),
        make("span", {}, [make("label", { for: "of-text", text: "Containing" }), text]), out]),
      make("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": "Published figures beside regenerated ones" }, [
        make("table", {}, [make("caption", { text: "Published figures beside regenerated ones" }),
          make("thead", {}, [make("tr", {}, heads.map(function (head) { return make("th", { scope: "col", text: head, class: /Figure|Status|Reason|Published|Statistic/.test(head) ? "text" : undefined }); }))]), body])]),
      more, make("button", { type: "button", text: "CSV", on: function () {
        var rows = [["exhibit"].concat(all.columns)].concat(lines.map(function (line) { return [line.exhibit].concat(all.columns.map(function (name) { return line[name]; })); }));
        save("concordance.csv", "\ufeff" + rows.map(function (row) { return row.map(function (value) {
          return /[",\n]/.test(value) ? '"' + value.replace(/"/g, '""') + '"' : value; }).join(","); }).join("\n") + "\n", "text/csv");
      } }));
    box.hidden = false;
    list();
  }
  var concordance = document.getElementById("concordance");
  if (concordance && concordance.isConnected) {
    new IntersectionObserver(function (seen, observer) {
      if (seen.some(function (one) { return one.isIntersecting; })) { observer.disconnect(); browse(); }
    }, { rootMargin: "1200px" }).observe(concordance);
  }

  if (document.body.classList.contains("only")) { return; }

  // The first page by itself on paper.
  var front = document.querySelector("[data-front]");
  front.append(make("button", { type: "button", text: "Print this page of findings", on: function () {
    document.body.classList.add("front");
    window.print();
    document.body.classList.remove("front");
  } }));
  front.hidden = false;

  // Search in everything that an exhibit shows, and a menu that is folded on a phone.
  var box = document.getElementById("find");
  var found = document.getElementById("found");
  var items = Array.from(document.querySelectorAll("li[data-exhibit]"));
  var texts = new Map();
  function textOf(item) {
    var id = item.dataset.exhibit;
    if (!texts.has(id)) {
      var exhibit = document.getElementById(id);
      texts.set(id, (item.textContent + " " + exhibit.textContent).toLowerCase());
    }
    return texts.get(id);
  }
  function search() {
    var words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    var count = 0;
    items.forEach(function (item) {
      var shown = words.every(function (word) { return textOf(item).includes(word); });
      item.hidden = !shown;
      count += shown ? 1 : 0;
    });
    document.querySelectorAll("details.list").forEach(function (list) {
      list.open = words.length > 0 && list.querySelector("li:not([hidden])") !== null;
    });
    found.textContent = words.length ? count + " of " + items.length : "";
  }
  var menu = document.querySelector("details.menu");
  var phone = window.matchMedia("(max-width: 59.99rem)");
  function fold() { menu.open = !phone.matches; }
  fold();
  phone.addEventListener("change", fold);
  menu.addEventListener("click", function (event) {
    if (phone.matches && event.target.tagName === "A") { menu.open = false; }
  });
  box.parentElement.hidden = false;
  box.addEventListener("input", search);
  document.addEventListener("keydown", function (event) {
    var typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (event.key === "/" && !typing) {
      event.preventDefault();
      box.focus();
    }
  });
})();
