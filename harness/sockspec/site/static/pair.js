// sockspec: any two platforms beside one another. Which ones is in the address.
"use strict";
(() => {
  const { Index, SIGNS, WORDS } = Query;
  const data = globalThis.sockspec;
  const index = new Index(data);
  const form = document.getElementById("pair");
  const results = document.getElementById("results");
  const status = document.getElementById("status");
  const LEVELS = ["must", "should", "may", "unspecified"];
  const STATE = { conforms: "conforms", "known divergence": "diverges", unspecified: "open", diverges: "diverges", recorded: "open" };

  function make(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  for (const select of [form.a, form.b]) {
    for (const [kind, heading] of Object.entries(data.kinds)) {
      const members = data.platforms.flatMap((each, at) => (each.kind === kind ? [at] : []));
      if (members.length) select.append(make("optgroup", { label: heading }, ...members.map((at) => make("option", { value: at }, data.platforms[at].label))));
    }
  }

  function side(each, at) {
    const answer = each.answers.find((one) => one.behaviour && one.platforms.includes(at));
    if (answer) return { ...answer, state: STATE[answer.verdict] || "red" };
    const told = (each.documented || []).find((one) => one.platform === at);
    return told && { ...told, state: STATE[told.standing] || "open", paper: true };
  }

  function shown(one, at) {
    const cell = make("td", { "data-p": data.platforms[at].label }, make("code", {}, one.behaviour), " ",
      make("span", { class: `s ${one.state}` }, make("span", { "aria-hidden": "true" }, SIGNS[one.state]), ` ${WORDS[one.state]}`));
    if (one.paper) cell.append(" ", make("span", { class: "fine" }, "documented"));
    return cell;
  }

  function web(link) { return /^https?:\/\//.test(link) ? link : ""; }

  function why(rule, entries) {
    const cell = make("td", { class: "fine" });
    for (const name of entries) {
      const entry = data.entries[name];
      if (!entry) continue;
      cell.append(`${entry.why} `, ...entry.sources.filter(web).flatMap((link) => [make("a", { href: link }, "source"), " "]));
    }
    if (!cell.childNodes.length) cell.append(rule.level === "unspecified" ? "nothing is promised" : make("b", {}, "no entry explains it"));
    return cell;
  }

  function render() {
    const [one, other] = [Number(form.a.value), Number(form.b.value)];
    const areas = new Map();
    let both = 0, count = 0, rules = 0;
    for (const number of index.search(form.q.value).rules) {
      const rule = data.rules[number];
      const groups = new Map();
      for (const each of rule.cases) {
        const [here, there] = [side(each, one), side(each, other)];
        if (!here || !there) continue;
        both += 1;
        if (here.behaviour === there.behaviour) continue;
        count += 1;
        const key = [here.behaviour, here.state, there.behaviour, there.state].join("\n");
        if (!groups.has(key)) groups.set(key, { here, there, cases: [] });
        groups.get(key).cases.push(each.id.slice(rule.id.length).replace(/^\[|\]$/g, "") || "-");
      }
      if (!groups.size) continue;
      rules += 1;
      if (!areas.has(rule.area)) areas.set(rule.area, []);
      areas.get(rule.area).push({ rule, groups: [...groups.values()] });
    }
    const rank = (each) => [LEVELS.indexOf(each.rule.level), -each.groups.reduce((sum, group) => sum + group.cases.length, 0)];
    const less = (x, y) => rank(x)[0] - rank(y)[0] || rank(x)[1] - rank(y)[1];
    for (const found of areas.values()) found.sort(less);
    const ordered = [...areas].sort((x, y) => rank(x[1][0])[0] - rank(y[1][0])[0] || y[1].length - x[1].length);
    results.replaceChildren(...ordered.map(([area, found]) => {
      const table = make("table", { class: "pair" }, make("thead", {}, make("tr", {}, ...["rule", data.platforms[one].label, data.platforms[other].label, "cases", "why"].map((each) => make("th", { scope: "col" }, each)))));
      for (const { rule, groups } of found) {
        const body = make("tbody");
        groups.forEach((group, at) => {
          const line = make("tr");
          if (!at) line.append(make("th", { scope: "rowgroup", rowspan: groups.length }, make("a", { href: `rule/${rule.id}.html` }, rule.sentence), " ", make("span", { class: "fine" }, rule.level)));
          const more = group.cases.length - 8;
          line.append(shown(group.here, one), shown(group.there, other), make("td", { class: "fine" }, group.cases.slice(0, 8).join("; ") + (more > 0 ? `; and ${more} more` : "")));
          if (!at) {
            const cell = why(rule, new Set(groups.flatMap((each) => [each.here.entry, each.there.entry])));
            cell.rowSpan = groups.length;
            line.append(cell);
          }
          body.append(line);
        });
        table.append(body);
      }
      return make("section", {}, make("h2", {}, area, " ", make("span", { class: "fine" }, `${found.length} ${found.length === 1 ? "rule" : "rules"}`)), table);
    }));
    const papers = [one, other].filter((at) => !data.platforms[at].run).map((at) => data.platforms[at].name);
    status.textContent = `They part in ${count} of ${both} cases that both answer, in ${rules} ${rules === 1 ? "rule" : "rules"}.`
      + (papers.length ? ` ${papers.join(" and ")} was not run: what it does is what documents say.` : "");
  }

  function read() {
    const told = new URLSearchParams(location.hash.slice(1));
    const at = (name, otherwise) => {
      const found = data.platforms.findIndex((each) => each.name === name);
      return found < 0 ? otherwise : found;
    };
    form.a.value = at(told.get("a"), data.columns[1] ?? 0);
    form.b.value = at(told.get("b"), data.columns[0] ?? 0);
    form.q.value = told.get("q") || "";
    render();
  }

  form.addEventListener("input", () => {
    const told = new URLSearchParams({ a: data.platforms[form.a.value].name, b: data.platforms[form.b.value].name });
    if (form.q.value) told.set("q", form.q.value);
    history.replaceState(null, "", `#${told}`);
    render();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", read);
  form.hidden = false;
  read();
})();
