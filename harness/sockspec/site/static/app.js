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
  const state = { q: "", columns: data.columns, same: false };
  const DONE = new Set(["conforms", "open", "diverges", "red"]);
  let more = null;  // renders the next rows

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

  // What is made anew with each key is a copy of what was made once.
  const copies = new Map();
  function copy(key, first) {
    if (!copies.has(key)) copies.set(key, first());
    return copies.get(key).cloneNode(true);
  }

  function head() {
    const cells = state.columns.map((at, place) => {
      const platform = data.platforms[at];
      const name = platform.kind === "mine" ? make("b", {}, platform.label) : make("a", { href: `platform/${slug(platform.name)}.html` }, platform.label);
      const cell = make("th", { scope: "col", class: `turned${begins(place) ? " begins" : ""}`, title: `${platform.name}: ${data.kinds[platform.kind]}` }, name);
      if (!platform.run) cell.append(" ", make("span", { class: "fine" }, "not run"));
      return cell;
    });
    return make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "rule"), ...cells));
  }

  // Whether another kind of platforms begins at a place among the columns.
  function begins(place) {
    const kind = (at) => data.platforms[state.columns[at]]?.kind;
    return place > 0 && kind(place) !== kind(place - 1);
  }

  function cell(at, place) {
    const column = state.columns[place];
    const it = index.state(at, column);
    const sign = index.sign(at, column);
    return copy(`${column} ${it} ${sign} ${begins(place)}`, () => {
      const platform = data.platforms[column];
      const known = platform.run || it === "notrun";
      const word = known ? WORDS[it] : `documented: ${WORDS[it]}`;
      return make("td", { class: `c ${it}${known ? "" : " paper"}${begins(place) ? " begins" : ""}`, "data-p": platform.label, title: `${platform.name}: ${word}` },
        make("span", { "aria-hidden": "true" }, sign), make("span", { class: "vh" }, word));
    });
  }

  function row(at) {
    const rule = data.rules[at];
    const unfold = make("button", { type: "button", class: "unfold", "aria-expanded": "false", "aria-label": `cases of ${rule.id}` }, "▸");
    const name = make("th", { scope: "row" }, unfold, " ", make("a", { href: `rule/${rule.id}.html`, class: "rule" }, rule.sentence), make("code", { class: "fine" }, rule.id));
    const line = make("tr", {}, name);
    for (let place = 0; place < state.columns.length; place += 1) line.append(cell(at, place));
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
    if (data.rules[at].differs) return false;
    const done = state.columns.map((column) => index.state(at, column)).find((each) => DONE.has(each));
    return state.columns.every((column) => !DONE.has(index.state(at, column)) || index.state(at, column) === done);
  }

  // The table has its head for as long as the columns stay, and is not laid out anew.
  function show(body) {
    const table = results.querySelector("table");
    if (table && table.dataset.columns === String(state.columns)) {
      table.tBodies[0].replaceWith(body);
      return;
    }
    const made = make("table", { class: "grid fixed", "data-columns": String(state.columns) }, make("caption", { class: "vh" }, "Rules and what platforms do"), head(), body);
    made.style.setProperty("--columns", state.columns.length);
    results.replaceChildren(made);
  }

  function render() {
    const found = index.search(state.q);
    const rules = found.rules;
    const different = rules.filter((at) => !uniform(at));
    const same = rules.filter(uniform);
    const shown = state.same ? [...different, ...same] : different;
    const body = make("tbody");
    const chunk = Math.max(6, Math.min(50, Math.floor(600 / (state.columns.length + 1))));
    let next = 0;
    more = () => {
      for (const end = Math.min(next + chunk, shown.length); next < end; next += 1) body.append(row(shown[next]));
      if (next < shown.length) return true;
      if (same.length && !state.same && !body.querySelector(".folded")) {
        const button = make("button", { type: "button" }, "show them");
        button.addEventListener("click", () => { state.same = true; write(); render(); });
        body.append(make("tr", { class: "folded" }, make("td", { colspan: state.columns.length + 1 }, `${same.length} ${same.length === 1 ? "rule" : "rules"} on which these platforms do the same: `, button)));
      }
      return false;
    };
    more();
    show(body);
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(fillUp);
    results.setAttribute("aria-busy", "true");
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
      results.replaceChildren();
      const alike = data.platforms.flatMap((each, number) => (number !== at && each.profile === data.platforms[at].profile ? [number] : []));
      state.columns = [...new Set([at, ...alike.slice(0, 1), ...data.columns])];
      state.q = field.value = query;
      state.same = false;
      render();
    },
  };

  document.getElementById("app").hidden = false;
  read();
  if (location.hash === "#search") { state.q = field.value = ""; field.focus(); }
  render();
})();
