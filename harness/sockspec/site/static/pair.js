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
  const PARTS = { unexplained: "No entry of a profile explains it", explained: "Explained by a profile", open: "The rule allows both" };
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

  const rules = (number) => `${number} ${number === 1 ? "rule" : "rules"}`;

  function why(entries) {
    const cell = make("td", { class: "fine" });
    for (const entry of entries) cell.append(`${entry.why} `, ...entry.sources.filter(web).flatMap((link) => [make("a", { href: link }, "source"), " "]));
    return cell;
  }

  function listed(cases) {
    if (cases.length <= 2) return cases.join("; ");
    return make("details", {}, make("summary", {}, `${cases.length} cases`), cases.join("; "));
  }

  // The rules in which the two part: what each does in which cases, and the entries that say why.
  function differences(one, other) {
    const found = [];
    let both = 0;
    for (const number of index.search(form.q.value).rules) {
      const rule = data.rules[number];
      const groups = new Map();
      for (const each of rule.cases) {
        const [here, there] = [side(each, one), side(each, other)];
        if (!here || !there) continue;
        both += 1;
        if (here.behaviour === there.behaviour) continue;
        const key = [here.behaviour, here.state, there.behaviour, there.state].join("\n");
        if (!groups.has(key)) groups.set(key, { here, there, cases: [] });
        groups.get(key).cases.push(each.id.slice(rule.id.length).replace(/^\[|\]$/g, "") || "-");
      }
      if (!groups.size) continue;
      const names = new Set([...groups.values()].flatMap((each) => [each.here.entry, each.there.entry]));
      const entries = [...names].filter((name) => Object.hasOwn(data.entries, name ?? "")).map((name) => data.entries[name]);
      const right = [...groups.values()].every((each) => [each.here, each.there].every((one) => ["open", "conforms"].includes(one.state)));
      const part = entries.length ? "explained" : right ? "open" : "unexplained";
      const count = [...groups.values()].reduce((sum, each) => sum + each.cases.length, 0);
      found.push({ rule, part, entries, groups: [...groups.values()], count });
    }
    const level = (each) => LEVELS.indexOf(each.rule.level);
    found.sort((x, y) => level(x) - level(y) || y.count - x.count || (x.rule.id < y.rule.id ? -1 : 1));
    return { found, both };
  }

  function table({ found, part, one, other }) {
    const heads = ["rule", data.platforms[one].label, data.platforms[other].label, "cases", ...(part === "explained" ? ["why"] : [])];
    const made = make("table", { class: "pair" }, make("thead", {}, make("tr", {}, ...heads.map((each) => make("th", { scope: "col" }, each)))));
    for (const { rule, groups, entries } of found) {
      const body = make("tbody");
      groups.forEach((group, at) => {
        const line = make("tr");
        if (!at) line.append(make("th", { scope: "rowgroup", rowspan: groups.length }, make("a", { href: `rule/${rule.id}.html` }, rule.sentence), " ", make("span", { class: "fine" }, rule.level)));
        line.append(shown(group.here, one), shown(group.there, other), make("td", { class: "fine" }, listed(group.cases)));
        if (!at && part === "explained") {
          const cell = why(entries);
          cell.rowSpan = groups.length;
          line.append(cell);
        }
        body.append(line);
      });
      made.append(body);
    }
    return made;
  }

  function grouped(members) {
    const areas = new Map();
    for (const each of members) areas.set(each.rule.area, [...(areas.get(each.rule.area) || []), each]);
    return areas;
  }

  // The worst area first: they come in the order of their worst difference.
  function section(part, members, one, other) {
    const areas = grouped(members);
    const ordered = [...areas].sort((x, y) => LEVELS.indexOf(x[1][0].rule.level) - LEVELS.indexOf(y[1][0].rule.level) || y[1].length - x[1].length);
    return make("section", {}, make("h2", { id: part }, PARTS[part], " ", make("span", { class: "fine" }, rules(members.length))),
      ...ordered.map(([area, found], at) => {
        const folded = make("details", { class: "part" }, make("summary", {}, make("h3", {}, area, " ", make("span", { class: "fine" }, rules(found.length)))), table({ found, part, one, other }));
        folded.open = members.length <= 10 || (!at && part === "unexplained");
        return folded;
      }));
  }

  function render() {
    const [one, other] = [Number(form.a.value), Number(form.b.value)];
    const { found, both } = differences(one, other);
    const parts = Object.keys(PARTS).map((part) => [part, found.filter((each) => each.part === part)]).filter((each) => each[1].length);
    results.replaceChildren(...parts.map(([part, members]) => section(part, members, one, other)));
    const papers = [one, other].filter((at) => !data.platforms[at].run).map((at) => data.platforms[at].name);
    status.textContent = `They differ in ${found.reduce((sum, each) => sum + each.count, 0)} of the ${both} cases that both answer, in ${rules(found.length)}`
      + (parts.length ? `: ${parts.map(([part, members]) => `${members.length} ${part === "open" ? "where the rule allows both" : part}`).join(", ")}.` : ".")
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
