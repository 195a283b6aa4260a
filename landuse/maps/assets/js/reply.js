/* A draft for the reply to a citizen: plain text of what the map knows of a place. */
Landuse.reply = (() => {
  "use strict";

  const { download, facts, filter, panel } = Landuse;
  const { choice, el, plain, say, word } = panel;

  const LINES = { ja: "ja", en: "en" };

  function placeOf(page, asked) {
    const { cells, data } = page;
    const town = asked.cell >= 0 ? cells.towns[cells.town[asked.cell] - 1] || "" : "";
    const district = asked.cell >= 0 ? data.districts[cells.district[asked.cell] - 1] : null;
    const known = page.towns.find((one) => one.name === town);
    return { town, townEn: (known && known.name_en) || town, district };
  }

  async function serviceLines(page, asked, lang) {
    const of = (key, values) => word(key, values)[lang];
    const lines = [];
    for (const service of page.data.services) {
      const name = service[lang] || service.ja;
      if (!service.timed) { lines.push(of("reply.service_none", { x: name })); continue; }
      const codes = await facts.timesOf(page.cells, service.key);
      const nearest = await facts.nearestOf(page.cells, service.key);
      const code = codes ? codes[asked.cell] : 255;
      const last = page.cells.last_minute;
      if (code > last) {
        const reason = page.cells.reasons[code - last - 1] || "outside_data";
        lines.push(of("reply.service_blank", { x: name, why: word(`reason.${reason}`)[lang] }));
        continue;
      }
      const facility = nearest && nearest[asked.cell] > 0 ? page.data.facilities[nearest[asked.cell] - 1].name : "";
      lines.push(of(code <= service.within ? "reply.service_near" : "reply.service_far", {
        x: name, to: facility ? (lang === "ja" ? `「${facility}」` : ` (${facility})`) : "",
        mode: word(`mode.${service.mode}`)[lang], n: word(code === last ? "place.minutes_far" : "place.minutes_value", { n: code })[lang], within: service.within,
      }));
    }
    return lines;
  }

  function claimLines(page, kind, lang) {
    const found = page.data.claims.filter((_, bit) => filter.hasClaim(kind, bit));
    return found.length ? found.map((claim) => `・${claim[lang] || claim.ja}`) : [`・${word("place.no_claims")[lang]}`];
  }

  function sourceLines(page, kind, lang) {
    const keys = new Set(page.data.claims.filter((_, bit) => filter.hasClaim(kind, bit)).flatMap((claim) => claim.origins));
    return page.data.sources.filter((source) => keys.has(source.key))
      .map((source) => `・${source.source}（${source.vintage}、${word(`grade.${source.grade}`)[lang]}）`);
  }

  function today(lang) {
    return new Date().toLocaleDateString(lang === "ja" ? "ja-JP" : "en-GB", { year: "numeric", month: "long", day: "numeric" });
  }

  function runnerUp(page, kind, lang) {
    const found = [...page.data.claims, ...page.data.zones].find((one) => one.key === kind.runner_up);
    return found ? found[lang] || found.ja : word("face.none")[lang];
  }

  /* -> the draft in one language */
  async function draft(page, asked, lang) {
    const of = (key, values) => word(key, values)[LINES[lang]];
    const { data } = page;
    const kind = page.faces.kinds[page.faces.kind[asked.face]];
    const zone = data.zones[kind.zone];
    const where = placeOf(page, asked);
    const index = lang === "ja" ? 0 : 1;
    const block = (title, lines) => [`■ ${of(title)}`, ...lines.map((line) => `  ${line}`), ""];
    const district = where.district ? where.district[lang] || where.district.ja : "";
    const town = lang === "ja" ? where.town : where.townEn;
    return [
      of("reply.greeting"), of("reply.opening", { city: data.work.label[index] }), "",
      ...block("reply.place", [
        town || district ? of("reply.near", { town, district }) : "",
        of("reply.spot", { lat: asked.lat.toFixed(5), lon: asked.lon.toFixed(5), cell: asked.cell >= 0 ? facts.cellCode(page.cells, asked.cell) : "—" }),
      ].filter(Boolean)),
      ...block("reply.zone", [zone ? `${zone[lang] || zone.ja}（${zone.meaning[index]}）` : "—"]),
      ...block("reply.why", [
        kind.why[index] || kind.why[0],
        of("reply.rule", { text: kind.rule_text[index] || kind.rule_text[0], key: kind.rule }),
        of("reply.runner_up", { x: runnerUp(page, kind, lang) }),
      ]),
      ...block("reply.claims", claimLines(page, kind, lang)),
      ...(asked.cell >= 0 ? block("reply.services", [...await serviceLines(page, asked, lang), word("place.surfaces")[lang]]) : []),
      ...block("reply.sources", [...sourceLines(page, kind, lang), of("reply.grade", { x: word(`grade.${kind.grade}`)[lang], means: word(`grade.${kind.grade}_means`)[lang] })]),
      ...block("reply.caution", [
        of("reply.not_proof"),
        of("reply.dates", { vintage: data.work.vintage || "—", made: data.work.made_on || "—", today: today(lang) }),
      ]),
      of("reply.closing"),
    ].join("\n");
  }

  async function textFor(page, asked, lang) {
    if (lang !== "both") return draft(page, asked, lang);
    return [await draft(page, asked, "ja"), "", "- - - - -", "", await draft(page, asked, "en")].join("\n");
  }

  /* The clipboard, or, where it is closed to the page, the selection and the old command. */
  async function copy(area) {
    if (await panel.copied(area.value)) return true;
    area.focus();
    area.select();
    return document.execCommand("copy");
  }

  async function open(page, asked) {
    const area = el("textarea.reply-text", { rows: 18, "aria-label": plain("reply.text"), spellcheck: "false" });
    const told = el("p", { role: "status" });
    const write = async (lang) => { area.value = await textFor(page, asked, lang); told.replaceChildren(); };
    await write("ja");
    const copyIt = async () => told.replaceChildren(...say(await copy(area) ? "reply.copied" : "reply.not_copied"));
    const saveIt = () => download.save("reply.txt", "text/plain;charset=utf-8", `\uFEFF${area.value.replaceAll("\n", "\r\n")}`);
    panel.dialog(say("reply.title"), [
      el("p.note", {}, say("reply.hint")),
      choice(plain("reply.language"), [["ja", "日本語"], ["en", "English"], ["both", "日本語 ＋ English"]], "ja", write),
      area,
      el("div.tools", {},
        el("button.tool", { type: "button", "data-reply": "copy", onclick: copyIt }, say("reply.copy")),
        el("button.tool", { type: "button", onclick: saveIt }, say("reply.save"))),
      told,
    ]);
    return area;
  }

  function button(page) {
    return el("button.tool", { type: "button", "data-reply": "open", onclick: () => open(page, page.chosen) }, say("reply.open"));
  }

  /* Above each answer about land in the city, and in the panel of the office. */
  function start(page) {
    page.answers.push((asked) => (asked.face >= 0 ? [button(page)] : []));
  }

  function build(page) {
    const place = el("div");
    const renew = () => place.replaceChildren(...(page.chosen && page.chosen.face >= 0 ? [button(page)] : [el("p.note", {}, say("reply.choose"))]));
    page.answers.push(() => { renew(); return []; });
    renew();
    return [place];
  }

  return { build, draft, open, start };
})();
