/* Each designation and survey: where it comes from, how large it is, and what it decides. */
Landuse.claims = (() => {
  "use strict";

  const { filter, panel } = Landuse;
  const { both, el, fact, grade, label, plain, say, swatch } = panel;

  /* Square metres that a claim covers, and those whose zone it decided. */
  function areasOf(page, bit) {
    const { key } = page.data.claims[bit];
    let covers = 0;
    let decides = 0;
    page.faces.kind.forEach((place, face) => {
      const kind = page.faces.kinds[place];
      if (filter.hasClaim(kind, bit)) covers += page.faces.area[face];
      if (kind.winner === key) decides += page.faces.area[face];
    });
    return { covers, decides };
  }

  /* The zone rules that ask for a claim, and how. */
  function rulesOf(page, key) {
    return page.data.work.rules.flatMap((rule) => ["winner", "some", "unless"]
      .filter((part) => rule[part].includes(key)).map((part) => ({ rule, part })));
  }

  function ruleList(page, key) {
    const found = rulesOf(page, key);
    if (!found.length) return say("face.none");
    const zones = page.data.zones;
    return el("ul", {}, found.map(({ rule, part }) => {
      const zone = zones.find((one) => one.key === rule.zone);
      return el("li", {}, el("code", {}, rule.key), " ", both(...rule.text), " → ", zone ? label(zone) : rule.zone, " ",
        el("span.note", {}, say(`claim.as_${part}`)), el("div.note", {}, rule.source));
    }));
  }

  function pairList(page, key) {
    const { claims, work } = page.data;
    const found = work.pairs.filter((pair) => pair.a.includes(key) || pair.b.includes(key));
    if (!found.length) return say("face.none");
    const name = (keys) => keys.map((one) => claims.find((claim) => claim.key === one).ja).join("・");
    return el("ul", {}, found.map((pair) => el("li", {},
      say("overlap.row", { key: pair.key }), "：", `${name(pair.a)} × ${name(pair.b)}`, " → ",
      pair.winner === "both" ? say("overlap.mode_tie") : [name(pair[pair.winner]), " ", say(`overlap.mode_${pair.mode}`)],
      pair.verified ? null : el("span.missing", {}, " ", say("overlap.unverified")))));
  }

  function sources(page, claim) {
    const found = page.data.sources.filter((source) => claim.origins.includes(source.key));
    if (!found.length) return say("claim.no_source");
    return el("ul.plain", {}, found.map((source) => el("li", {}, `${source.source}（${source.vintage}） `, grade(source.grade),
      source.licence ? el("div.note", {}, source.licence) : null)));
  }

  function open(page, bit) {
    const claim = page.data.claims[bit];
    const { covers, decides } = areasOf(page, bit);
    const show = () => { box.close(); page.work.asked = { ...page.work.asked, zone: "", rule: "", grade: "", district: "", claim: String(bit) }; filter.apply(page); };
    const box = panel.dialog([swatch(claim.colour), " ", ...label(claim)], [
      el("dl", {},
        fact(say("claim.covers"), `${filter.km2(covers)} km²`),
        fact(say("claim.decides"), `${filter.km2(decides)} km²`),
        fact(say("claim.sources"), sources(page, claim)),
        fact(say("claim.rules"), ruleList(page, claim.key)),
        fact(say("claim.pairs"), pairList(page, claim.key))),
      el("div.tools", {}, el("button.tool", { type: "button", onclick: show }, say("claim.filter"))),
    ]);
    return box;
  }

  /* The small button at the end of a claim's row in the layer control. */
  function button(page, bit) {
    return el("button.info", { type: "button", "aria-label": plain("claim.about", { x: page.data.claims[bit] }), onclick: (event) => { event.preventDefault(); open(page, bit); } }, "i");
  }

  function build(page) {
    const rows = page.data.claims.map((claim, bit) => [claim, bit]).filter(([claim]) => claim.used);
    const unused = page.data.claims.filter((claim) => !claim.used);
    return [
      panel.table("claim.list", [
        { head: say("claim.name"), cell: ([claim, bit]) => el("button.link", { type: "button", onclick: () => open(page, bit) }, swatch(claim.colour), " ", label(claim)) },
        { head: say("claim.covers_short"), number: true, cell: ([, bit]) => filter.km2(areasOf(page, bit).covers) },
        { head: say("claim.decides_short"), number: true, cell: ([, bit]) => filter.km2(areasOf(page, bit).decides) },
        { head: say("claim.rules_short"), number: true, cell: ([claim]) => String(rulesOf(page, claim.key).length) },
      ], rows),
      unused.length ? el("p.note", {}, say("claim.unused"), "：", unused.map((claim) => claim.ja).join("・")) : null,
    ].filter(Boolean);
  }

  return { areasOf, build, button, open };
})();
