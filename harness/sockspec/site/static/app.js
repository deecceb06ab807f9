// sockspec: the table of rules and platforms, searched as one types. Its state is in the address.
"use strict";
(() => {
  const { Index, WORDS } = Query;
  const data = globalThis.sockspec;
  let index = new Index(data);
  const field = document.getElementById("q");
  const form = document.getElementById("search");
  const results = document.getElementById("results");
  const status = document.getElementById("status");
  const words = document.getElementById("words");
  const panel = document.getElementById("columns");
  const choose = document.getElementById("choose");
  const start = document.getElementById("start");  // where to begin: it makes room for answers
  const state = { q: "", columns: data.columns, same: false };
  const COLUMN = 32;  // pixels that a column takes at least: see site.css
  const DONE = new Set(["conforms", "open", "diverges", "red"]);
  let more = null;  // renders the next rows
  let settled = null;  // the columns that were settled

  function make(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value === true) made.setAttribute(key, "");
      else if (value !== false && value !== undefined) made.setAttribute(key, value);
    }
    made.append(...children);
    return made;
  }

  // -- the address ----------------------------------------------------------------------

  const slug = (name) => name.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[.-]+|[.-]+$/g, "") || "unnamed";
  const isDefault = () => state.columns.join() === data.columns.join();

  function write() {
    const told = new URLSearchParams();
    if (state.q) told.set("q", state.q);
    if (!isDefault()) told.set("columns", state.columns.map((at) => data.platforms[at].name).join(","));
    if (state.same) told.set("same", "shown");
    const hash = told.toString();
    history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
  }

  function read() {
    const told = new URLSearchParams(location.hash.slice(1));
    state.q = told.get("q") || "";
    const names = told.get("columns");
    const at = new Map(data.platforms.map((each, number) => [each.name, number]));
    state.columns = names === null ? data.columns : names.split(",").map((name) => at.get(name)).filter((each) => each !== undefined);
    state.same = told.has("same");
    if (told.has("choose")) showColumns(true);
    field.value = state.q;
  }

  // -- the table ------------------------------------------------------------------------

  // What depends on the columns alone: it is found out once for them.
  const copies = new Map();  // cells, as they were made once
  let starts = [];  // whether another kind of platforms begins at a place
  let same = new Map();  // whether the platforms that are shown do the same, by rule

  function settle() {
    const kinds = state.columns.map((at) => data.platforms[at].kind);
    starts = kinds.map((kind, place) => place > 0 && kind !== kinds[place - 1]);
    same = new Map();
  }

  function head() {
    const cells = state.columns.map((at, place) => {
      const platform = data.platforms[at];
      const name = platform.kind === "mine" ? make("b", {}, platform.label) : make("a", { href: `platform/${slug(platform.name)}.html` }, platform.label);
      const cell = make("th", { scope: "col", class: `turned${starts[place] ? " begins" : ""}`, title: `${platform.name}: ${data.kinds[platform.kind]}` }, name);
      if (!platform.run) cell.append(" ", make("span", { class: "fine" }, "not run"));
      return cell;
    });
    return make("thead", {}, kinds(), make("tr", {}, make("th", { scope: "col" }, "rule"), ...cells));
  }

  // The first row spans several columns, and so cannot say how wide they are.
  function widths() {
    return make("colgroup", {}, make("col"), ...state.columns.map(() => make("col", { class: "narrow" })));
  }

  // The kinds of platforms, over their columns.
  function kinds() {
    const line = make("tr", { class: "kinds" }, make("td"));
    for (let place = 0; place < state.columns.length;) {
      const { kind } = data.platforms[state.columns[place]];
      let end = place + 1;
      while (end < state.columns.length && !starts[end]) end += 1;
      line.append(make("th", { scope: "colgroup", colspan: end - place, class: starts[place] ? "begins" : "", title: data.kinds[kind] }, kind === "mine" ? "yours" : kind));
      place = end;
    }
    return line;
  }

  // A cell is one element: there are many of them, and all are made with each key.
  function cell(at, place) {
    const column = state.columns[place];
    const it = index.state(at, column);
    const sign = index.sign(at, column);
    const key = `${column} ${it} ${sign} ${starts[place]}`;
    let made = copies.get(key);
    if (made === undefined) {
      const platform = data.platforms[column];
      const known = platform.run || it === "notrun";
      const word = known ? WORDS[it] : `documented: ${WORDS[it]}`;
      made = make("td", { class: `c ${it}${known ? "" : " paper"}${starts[place] ? " begins" : ""}`, "data-p": platform.label, title: `${platform.name}: ${word}`, "aria-label": word }, sign);
      copies.set(key, made);
    }
    return made.cloneNode(true);
  }

  function cells(at, from, to) {
    const made = [];
    for (let place = from; place < to; place += 1) made.push(cell(at, place));
    return made;
  }

  // Of many columns the first rows have those in the window: the others come a frame later.
  const unseen = [];  // rows that lack columns, with their rules and the first column they lack
  let upTo = 0;  // the column up to which rows are made
  function complete() {
    for (const [line, at, from] of unseen.splice(0)) line.append(...cells(at, from, state.columns.length));
  }

  function row(at) {
    const rule = data.rules[at];
    const unfold = make("button", { type: "button", class: "unfold", "aria-expanded": "false", "aria-label": `cases of ${rule.id}` }, "▸");
    const name = make("th", { scope: "row" }, unfold, " ", make("a", { href: `rule/${rule.id}.html`, class: "rule" }, rule.sentence), make("code", { class: "fine" }, rule.id));
    const line = make("tr", {}, name, ...cells(at, 0, upTo));
    if (upTo < state.columns.length) unseen.push([line, at, upTo]);
    unfold.addEventListener("click", () => toggle(line, rule, unfold));
    return line;
  }

  function toggle(line, rule, button) {
    const open = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", String(!open));
    button.textContent = open ? "▸" : "▾";
    if (open) line.nextSibling.remove();
    else line.after(make("tr", { class: "open" }, make("td", { colspan: state.columns.length + 1 }, cases(rule))));
  }

  function cases(rule) {
    const table = make("table", { class: "cases" });
    for (const each of rule.cases) {
      let shown = each.id.slice(rule.id.length).replace(/^\[|\]$/g, "") || "-";
      const lines = [
        ...each.answers.map((one) => [one.behaviour || one.because, one.verdict, one.platforms]),
        ...(each.documented || []).map((one) => [one.behaviour, `documented: ${one.standing}`, [one.platform]]),
      ];
      for (const [behaviour, verdict, platforms] of lines) {
        table.append(make("tr", {}, make("th", {}, shown), make("td", {}, make("code", {}, behaviour)), make("td", {}, verdict),
          make("td", { class: "fine" }, platforms.length === data.platforms.filter((one) => one.run).length ? "every platform that was run" : platforms.map((at) => data.platforms[at].name).join(", "))));
        shown = "";
      }
    }
    const link = make("button", { type: "button", class: "copy", "data-link": new URL(`rule/${rule.id}.html`, location.href).href }, "copy link");
    return make("div", {}, link, table);
  }

  // Whether the platforms that are shown, and answer, all do the same.
  function uniform(at) {
    if (!same.has(at)) same.set(at, !data.rules[at].differs && alike(at));
    return same.get(at);
  }

  function alike(at) {
    let done = "";
    for (const column of state.columns) {
      const it = index.state(at, column);
      if (!DONE.has(it)) continue;
      if (done && done !== it) return false;
      done = it;
    }
    return true;
  }

  // The table has its head for as long as the columns stay, and is not laid out anew.
  function show(body) {
    const table = results.querySelector("table");
    if (table && table.dataset.columns === String(state.columns)) {
      table.tBodies[0].replaceWith(body);
      return;
    }
    results.classList.toggle("fits", state.columns.length <= 24);
    const made = make("table", { class: "grid fixed", "data-columns": String(state.columns) }, make("caption", { class: "vh" }, "Rules and what platforms do"), widths(), head(), body);
    made.style.setProperty("--columns", state.columns.length);
    results.replaceChildren(made);
  }

  function render() {
    if (settled !== state.columns) settle();
    settled = state.columns;
    const found = index.search(state.q);
    const rules = found.rules;
    const different = rules.filter((at) => !uniform(at));
    const folded = rules.filter(uniform);
    const shown = state.same ? [...different, ...folded] : different;
    const body = make("tbody");
    unseen.length = 0;
    upTo = Math.min(state.columns.length, Math.ceil((results.scrollLeft + results.clientWidth) / COLUMN));
    const chunk = Math.max(6, Math.min(50, Math.floor(600 / (state.columns.length + 1))));
    let next = 0;
    more = () => {
      for (const end = Math.min(next + chunk, shown.length); next < end; next += 1) body.append(row(shown[next]));
      if (next < shown.length) return true;
      if (folded.length && !state.same && !body.querySelector(".folded")) {
        const button = make("button", { type: "button" }, "show them");
        button.addEventListener("click", () => { state.same = true; write(); render(); });
        body.append(make("tr", { class: "folded" }, make("td", { colspan: state.columns.length + 1 }, `${folded.length} ${folded.length === 1 ? "rule" : "rules"} on which these platforms do the same: `, button)));
      }
      return false;
    };
    more();
    upTo = state.columns.length;
    show(body);
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(fillUp);
    results.setAttribute("aria-busy", "true");
    if (start) start.hidden = Boolean(state.q) || state.same || !isDefault();
    status.textContent = `${rules.length} of ${data.rules.length} rules; platforms differ in ${rules.filter((at) => data.rules[at].differs).length}.`
      + (found.peculiar && rules.length > 1 ? " First what fewest others do." : "");
    const topics = index.topics(state.q).slice(0, 8);
    words.replaceChildren();
    if (topics.length) words.append("Pages: ", ...topics.flatMap((each, at) => [at ? ", " : "", make("a", { href: `topic/${each.page}.html` }, each.name)]));
  }

  // The first rows are the answer to a key; the others follow, some with each frame.
  const end = results.insertAdjacentElement("afterend", make("div", { id: "end" }));
  let frame = 0;
  function fillUp() {
    cancelAnimationFrame(frame);
    results.setAttribute("aria-busy", "true");
    complete();
    const wanted = end.getBoundingClientRect().top < innerHeight + 600;
    if (wanted && more()) frame = requestAnimationFrame(fillUp);
    else results.setAttribute("aria-busy", "false");
  }
  new IntersectionObserver((entries) => {
    if (more && entries.some((each) => each.isIntersecting)) fillUp();
  }, { rootMargin: "600px" }).observe(end);

  // -- columns --------------------------------------------------------------------------

  function fill() {
    const boxes = new Map();
    const set = (columns) => {
      state.columns = columns;
      for (const [at, box] of boxes) box.checked = columns.includes(at);
      write();
      render();
    };
    const buttons = [["one of each", () => data.columns], ["all", () => data.platforms.map((_, at) => at)], ["none", () => []]]
      .map(([name, columns]) => {
        const button = make("button", { type: "button" }, name);
        button.addEventListener("click", () => set(columns()));
        return button;
      });
    panel.replaceChildren(make("legend", {}, "Columns"), make("p", {}, ...buttons.flatMap((each) => [each, " "])));
    for (const [kind, heading] of Object.entries(data.kinds)) {
      const members = data.platforms.flatMap((each, at) => (each.kind === kind ? [at] : []));
      if (!members.length) continue;
      const only = make("button", { type: "button", "aria-label": `only ${heading}` }, "only these");
      only.addEventListener("click", () => set(members));
      panel.append(make("h3", {}, heading, " ", only));
      for (const at of members) {
        const box = make("input", { type: "checkbox" });
        box.checked = state.columns.includes(at);
        box.addEventListener("change", () => set(data.platforms.map((_, each) => each).filter((each) => boxes.get(each).checked)));
        boxes.set(at, box);
        panel.append(make("label", { title: data.platforms[at].title }, box, " ", data.platforms[at].name));
      }
    }
  }

  function showColumns(shown) {
    panel.hidden = !shown;
    choose.setAttribute("aria-expanded", String(shown));
    if (shown) fill();
  }
  choose.addEventListener("click", () => showColumns(panel.hidden));

  // -- keys -----------------------------------------------------------------------------

  field.addEventListener("input", () => { state.q = field.value; state.same = false; write(); render(); });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    results.querySelector("a.rule")?.focus();
  });
  document.addEventListener("keydown", (event) => {
    const links = () => [...results.querySelectorAll("a.rule")];
    const inside = results.contains(document.activeElement);
    if (event.key === "Escape" && (inside || document.activeElement === field)) {
      if (document.activeElement === field && field.value) { field.value = ""; field.dispatchEvent(new Event("input")); }
      field.focus();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && (inside || document.activeElement === field)) {
      const all = links();
      const line = document.activeElement.closest("tr");
      const here = all.findIndex((each) => line && line.contains(each));
      const next = event.key === "ArrowDown" ? here + 1 : here - 1;
      event.preventDefault();
      if (next < 0) field.focus();
      else { all[Math.min(next, all.length - 1)]?.focus(); if (next >= all.length - 3) more(); }
    } else if (event.key === " " && document.activeElement?.classList.contains("rule")) {
      event.preventDefault();
      document.activeElement.closest("tr").querySelector(".unfold").click();
    }
  });
  addEventListener("hashchange", () => { read(); render(); });

  // A run that was opened: it first, then what there is of its profile, then the usual columns.
  globalThis.sockspecApp = {
    beside(at, query) {
      index = new Index(data);
      copies.clear();
      settled = null;
      results.replaceChildren();
      const alike = data.platforms.flatMap((each, number) => (number !== at && each.profile === data.platforms[at].profile ? [number] : []));
      state.columns = [...new Set([at, ...alike.slice(0, 1), ...data.columns])];
      state.q = field.value = query;
      state.same = false;
      render();
    },
  };

  if (start) words.after(start);
  document.getElementById("app").hidden = false;
  read();
  if (location.hash === "#search") { state.q = field.value = ""; field.focus(); }
  render();
})();
