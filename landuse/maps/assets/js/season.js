/* By which mode and in which season the map is coloured: what is wanted, where it is known. */
Landuse.season = (() => {
  "use strict";

  const { near, panel } = Landuse;
  const { choice, el, plain, say } = panel;

  const SEASONS = ["usual", "winter_high", "winter_low"];

  const serviceOf = (page) => page.data.services[page.state.service];

  /* Only minutes are drawn by any mode; the standard holds for the service's own. */
  function drawn(page) {
    const { cells, state } = page;
    const service = serviceOf(page);
    const wanted = state.paint === "minutes" && state.mode ? near.modeIn(page, service, state.mode) : undefined;
    const mode = wanted || cells.own[service.key];
    const seasons = (cells.times[service.key] || {})[mode] || {};
    return { mode, season: state.season in seasons ? state.season : "usual" };
  }

  /* "徒歩・冬（遅い側）" */
  function name(page) {
    const { mode, season } = drawn(page);
    const service = serviceOf(page);
    const walks = near.kindOf(mode) === near.kindOf(service.mode);
    return [say(`mode.${walks ? service.mode : mode}`), "・", say(`paint.${season}`)];
  }

  function seasonsOf(page) {
    const seasons = (page.cells.times[serviceOf(page).key] || {})[drawn(page).mode] || {};
    return SEASONS.filter((season) => season in seasons);
  }

  function modeChoice(page, renew) {
    const modes = near.columnsOf(page).filter((column) => near.modeIn(page, serviceOf(page), column));
    if (page.state.paint !== "minutes" || modes.length < 2) return null;
    const options = [["", plain("paint.own_mode")], ...modes.map((mode) => [mode, plain(`mode.${mode}`)])];
    return choice(plain("paint.mode"), options, page.state.mode, (value) => { page.state.mode = value; renew(); });
  }

  function seasonChoice(page, renew) {
    const seasons = seasonsOf(page);
    if (seasons.length < 2) return null;
    const options = seasons.map((season) => [season, plain(`paint.${season}`)]);
    return choice(plain("paint.season"), options, drawn(page).season, (value) => { page.state.season = value; renew(); });
  }

  /* A row of choices, made anew by refresh() for the service that is drawn. */
  function choices(page, renew) {
    const node = el("div.choices.lu-travel");
    const refresh = () => {
      node.hidden = !["minutes", "standard"].includes(page.state.paint);
      if (node.hidden) return;
      const held = [...node.children].findIndex((one) => one === document.activeElement);
      node.replaceChildren(...[modeChoice(page, renew), seasonChoice(page, renew)].filter(Boolean));
      if (held >= 0 && node.children[held]) node.children[held].focus();
    };
    node.hidden = true;
    return { node, refresh };
  }

  return { choices, drawn, name };
})();
