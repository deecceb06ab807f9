// sockspec: the words of the search: what a query means, and which rules it finds.
"use strict";
globalThis.Query = (() => {
  const STATES = ["notrun", "older", "untried", "conforms", "open", "diverges", "red"];  // graver ones win
  const SIGNS = { notrun: "?", older: "…", untried: "–", conforms: "✓", open: "•", diverges: "≠", red: "!" };
  const WORDS = {
    notrun: "not run", older: "run is older than the rule", untried: "could not be tried", conforms: "conforms",
    open: "nothing is promised", diverges: "diverges", red: "unexpected",
  };
  const number = (names) => Object.fromEntries(Object.entries(names).map(([name, state]) => [name, STATES.indexOf(state)]));
  const OF_VERDICT = number({ conforms: "conforms", "known divergence": "diverges", unspecified: "open", unsupported: "untried" });
  const OF_STANDING = number({ conforms: "conforms", diverges: "diverges", recorded: "open" });
  const [OLDER, OPEN, RED] = ["older", "open", "red"].map((name) => STATES.indexOf(name));
  const STATE_WORDS = { diverge: "diverges", conform: "conforms", "not-run": "notrun", unsupported: "untried", unspecified: "open", known: "diverges" };

  // What searching needs, made once: for each rule the state of each platform, and its text.
  class Index {
    constructor(data) {
      this.data = data;
      this.platforms = data.platforms;
      const words = new Map(data.topics.map((each) => [each.name, [each.name, ...(each.words || [])].join(" ")]));
      this.states = data.rules.map((rule) => this.statesOf(rule));
      this.texts = data.rules.map((rule) => [
        rule.id, rule.sentence,
        ...rule.sources.map((each) => `${each.publication} ${each.clause}`),
        ...(rule.topics || []).map((name) => words.get(name) || name),
      ].join(" "));
      this.fuzzy = new uFuzzy({ intraMode: 1, intraIns: 1, intraSub: 1, intraTrn: 1, intraDel: 1 });
      this.exact = this.texts.map((each) => each.toLowerCase());
      this.vocabulary = this.wordsOfRules();
      this.sentences = data.rules.map((rule) => rule.sentence.toLowerCase());
      this.names = data.topics.map((each) => [each.name, ...(each.words || [])].map((name) => name.toLowerCase()));
      this.ordered = [...data.rules.keys()].sort((a, b) => this.disagreement(b) - this.disagreement(a) || a - b);
    }

    statesOf(rule) {
      const states = Uint8Array.from(this.platforms, (each) => (each.started && each.started < (rule.first || "") ? OLDER : 0));
      for (const each of rule.cases) {
        for (const { verdict, platforms } of each.answers) {
          const state = OF_VERDICT[verdict] || RED;
          for (const at of platforms) if (states[at] < state) states[at] = state;
        }
        for (const { platform, standing } of each.documented || []) {
          const state = OF_STANDING[standing] || OPEN;
          if (states[platform] < state) states[platform] = state;
        }
      }
      return states;
    }

    state(rule, platform) { return STATES[this.states[rule][platform]]; }

    // Where nothing is promised, who does the same has the same letter.
    sign(rule, platform) {
      const it = this.state(rule, platform);
      const letter = it === "open" ? (this.data.rules[rule].groups || "")[platform] : "";
      return letter && letter !== "-" ? letter : SIGNS[it];
    }

    // The platforms that a word names: by name, its beginning, profile or kind.
    named(word) {
      const wanted = word.toLowerCase();
      const exact = this.find((each) => each.name.toLowerCase() === wanted);
      if (exact.length) return exact;
      const profile = this.find((each) => each.profile.toLowerCase() === wanted);
      if (profile.length) return profile;
      return this.find((each) => each.name.toLowerCase().startsWith(wanted) || each.kind.startsWith(wanted));
    }

    find(fits) {
      return this.platforms.flatMap((each, at) => (fits(each) ? [at] : []));
    }

    // A behaviour in each case of a rule on some platforms; the first of them that answers speaks.
    behaviours(rule, platforms) {
      return rule.cases.map((each) => {
        const answer = each.answers.find((one) => one.behaviour && one.platforms.some((at) => platforms.includes(at)));
        const told = (each.documented || []).find((one) => platforms.includes(one.platform));
        return answer ? answer.behaviour : told ? told.behaviour : "";
      });
    }

    search(text) {
      const tests = [];
      const free = [];
      const asked = [];
      for (const { not, key, value } of parse(text)) {
        const test = key ? this.test(key, value) : null;
        if (test && test.of && !not) asked.push(test.of);
        if (test) tests.push((at) => test(this.data.rules[at], at) !== not);
        else if (not) tests.push((at) => !this.exact[at].includes(value.toLowerCase()));
        else free.push(key ? `${key}:${value}` : value);
      }
      const found = free.length ? this.words(free) : this.ordered;
      const rules = found.filter((at) => tests.every((test) => test(at)));
      if (asked.length) this.peculiarFirst(rules, asked);
      return { rules, peculiar: asked.length > 0 };
    }

    disagreement(rule) { return this.data.rules[rule].disagreement || 0; }

    // What was asked of platforms comes first where nobody else does it.
    peculiarFirst(rules, asked) {
      const others = new Map(rules.map((at) => [at, asked.reduce((sum, each) => sum + this.alike(at, each), 0)]));
      rules.sort((a, b) => others.get(a) - others.get(b) || this.disagreement(b) - this.disagreement(a) || a - b);
    }

    // How many platforms but those do in a case what was asked, and as one of those does it.
    alike(rule, { platforms, fits }) {
      const found = new Set();
      for (const each of this.data.rules[rule].cases) {
        const did = [
          ...each.answers.filter((one) => one.behaviour),
          ...(each.documented || []).map((one) => ({ ...one, platforms: [one.platform] })),
        ];
        const theirs = new Set(did.filter((one) => fits(one) && one.platforms.some((at) => platforms.has(at))).map((one) => one.behaviour));
        for (const one of did) if (theirs.has(one.behaviour)) for (const at of one.platforms) if (!platforms.has(at)) found.add(at);
      }
      return found.size;
    }

    // Rules with all of the words; where there are none, with words that are nearly those.
    words(given) {
      const plain = given.map((each) => each.toLowerCase());
      const exact = this.exact.flatMap((each, at) => (plain.every((word) => each.includes(word)) ? [at] : []));
      if (exact.length) {
        const whole = plain.join(" ");
        const rank = (at) => {
          const rule = this.data.rules[at];
          if ((rule.topics || []).some((name) => name.toLowerCase() === whole)) return 0;
          if (plain.every((word) => rule.id.includes(word))) return 1;
          return plain.every((word) => this.sentences[at].includes(word)) ? 2 : 3;
        };
        return exact.map((at) => [rank(at), at]).sort((a, b) => a[0] - b[0] || a[1] - b[1]).map((each) => each[1]);
      }
      return this.nearly(plain);
    }

    // Rules in whose text for each word is one that is nearly it; those with more of them first.
    nearly(plain) {
      const [all, places] = this.vocabulary;
      let rules = null;
      const counts = new Map();
      for (const word of plain) {
        const found = new Set();
        for (const at of this.fuzzy.filter(all, word) || []) for (const rule of places[at]) found.add(rule);
        for (const rule of found) counts.set(rule, (counts.get(rule) || 0) + (this.data.rules[rule].id.includes(word.slice(0, 3)) ? 2 : 1));
        rules = rules ? rules.filter((rule) => found.has(rule)) : [...found];
      }
      return (rules || []).sort((a, b) => counts.get(b) - counts.get(a) || a - b);
    }

    // Each word of the texts once, and the rules that have it: a search looks at few of them.
    wordsOfRules() {
      const places = new Map();
      for (const [at, text] of this.exact.entries()) {
        for (const word of new Set(text.split(/[^\p{L}\p{N}_-]+/u))) {
          if (word && !places.has(word)) places.set(word, []);
          if (word) places.get(word).push(at);
        }
      }
      return [[...places.keys()], [...places.values()]];
    }

    test(key, value) {
      const wanted = value.toLowerCase();
      switch (key) {
        case "area": return (rule) => rule.area === wanted || rule.id.startsWith(`${wanted}.`);
        case "level": return (rule) => rule.level === wanted;
        case "rule": return (rule) => glob(wanted).test(rule.id);
        case "topic": return (rule) => (rule.topics || []).some((each) => each.toLowerCase() === wanted);
        case "behaviour": case "behavior":
          return (rule) => rule.cases.some((each) => each.answers.some((one) => has(one.behaviour, wanted)));
        case "is": return this.is(wanted);
        case "differ": case "differs": {
          const [one, other] = wanted.split(",").map((each) => this.named(each));
          if (!one?.length || !other?.length) return () => false;
          return (rule) => {
            const theirs = this.behaviours(rule, other);
            return this.behaviours(rule, one).some((each, at) => each && theirs[at] && each !== theirs[at]);
          };
        }
      }
      const platforms = this.named(key);
      if (!platforms.length) return null;
      const state = STATES.indexOf(STATE_WORDS[wanted] || wanted);
      if (state >= 0) {
        const test = (_, at) => platforms.some((each) => this.states[at][each] === state);
        // What none of them does or did is not shared with others.
        const done = ["conforms", "open", "diverges", "red"].includes(STATES[state]);
        return done ? Object.assign(test, { of: { platforms: new Set(platforms), fits: (one) => of(one) === state } }) : test;
      }
      const test = (rule) => rule.cases.some((each) =>
        each.answers.some((one) => has(one.behaviour, wanted) && one.platforms.some((at) => platforms.includes(at)))
        || (each.documented || []).some((one) => has(one.behaviour, wanted) && platforms.includes(one.platform)));
      return Object.assign(test, { of: { platforms: new Set(platforms), fits: (one) => has(one.behaviour, wanted) } });
    }

    is(wanted) {
      switch (wanted) {
        case "different": return (rule) => Boolean(rule.differs);
        case "uniform": return (rule) => !rule.differs;
        case "documented": return (rule) => rule.cases.some((each) => (each.documented || []).length);
        default: {
          const state = STATES.indexOf(STATE_WORDS[wanted] || wanted);
          return (_, at) => state >= 0 && this.states[at].includes(state);
        }
      }
    }

    // Topics whose name or words have what was typed, and those of which it has the name.
    topics(text) {
      const free = parse(text).filter((each) => !each.key && !each.not).map((each) => each.value).join(" ").toLowerCase();
      if (free.length < 3) return [];
      const rank = (names) => {
        if (names[0] === free) return 0;
        if (names.includes(free)) return 1;
        if (names[0].includes(free)) return 2;
        return names.some((name) => name.includes(free)) ? 3 : 9;
      };
      return this.data.topics.map((each, at) => [rank(this.names[at]), each]).filter((each) => each[0] < 9)
        .sort((a, b) => a[0] - b[0]).map((each) => each[1]);
    }
  }

  // The state of an answer, or of what documents say.
  function of(one) {
    return one.verdict ? OF_VERDICT[one.verdict] || RED : OF_STANDING[one.standing] || OPEN;
  }

  function has(behaviours, wanted) {
    return behaviours.toLowerCase().split(", ").includes(wanted);
  }

  function glob(pattern) {
    return new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".")}$`);
  }

  function parse(text) {
    const found = [];
    for (const [, minus, key, quoted, plain] of text.matchAll(/(-?)(?:([\w.-]+):(?=\S))?(?:"([^"]*)"?|(\S+))/g)) {
      const value = quoted ?? plain;
      if (value) found.push({ not: minus === "-", key: key ? key.toLowerCase() : "", value });
    }
    return found;
  }

  return { Index, parse, STATES, SIGNS, WORDS };
})();
