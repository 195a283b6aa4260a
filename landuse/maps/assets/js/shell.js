/* What stands round the map: the switch of languages, the row of tools that others join, and
   what keyboards, readers by ear and calm screens need. */
Landuse.shell = (() => {
  "use strict";

  const { language, panel } = Landuse;
  const { el, plain } = panel;
  const id = (name) => document.getElementById(name);

  /* Each language by its own name, so that those who read only that one find it. */
  const OWN_NAMES = { ja: "日本語", easy: "やさしい日本語", en: "English" };

  function languageSwitch(page) {
    const buttons = language.NAMES.map((name) => el("button", {
      type: "button", lang: name === "en" ? "en" : "ja", "data-language": name, onclick: () => page.setLanguage(name),
    }, OWN_NAMES[name]));
    document.addEventListener("lu-language", () => {
      for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.language === page.language));
    });
    return el("div.lu-languages", { role: "group", "aria-label": plain("language.label") }, buttons);
  }

  /* On phones one button opens the row of further tools; elsewhere they stand open. */
  function moreTools(page) {
    const button = el("button.lu-more", { type: "button", "aria-expanded": "false", "aria-controls": "lu-tools", "aria-label": plain("tools.label") }, "⋯");
    button.addEventListener("click", () => {
      const open = page.tools.classList.toggle("lu-tools-open");
      button.setAttribute("aria-expanded", String(open));
      page.map.invalidateSize({ pan: false });
    });
    return button;
  }

  /* Leaflet gives its buttons their words once; here they follow the language. */
  function adoptMap(page) {
    for (const [kind, key] of [["in", "map.zoom_in"], ["out", "map.zoom_out"]]) {
      const button = page.map.getContainer().querySelector(`.leaflet-control-zoom-${kind}`);
      for (const name of button ? ["title", "aria-label"] : []) language.keep(button, name, plain(key));
    }
  }

  /* Who asks the system for little motion gets a map that jumps instead of gliding. */
  function calm({ map }) {
    if (!window.matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    map.options.inertia = false;
    const { panBy, setView } = map;
    map.panBy = (offset, options) => panBy.call(map, offset, { ...options, animate: false });
    map.setView = (centre, zoom, options) => setView.call(map, centre, zoom, { ...options, animate: false });
  }

  /* Escape on the map forgets the place that was asked about. */
  function forget(page) {
    page.map.getContainer().addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !page.chosen) return;
      page.chosen = null;
      id("lu-said").textContent = "";
      id("lu-tab-place").replaceChildren(el("p.hint", {}, panel.say("place.hint")), el("p.note", {}, panel.say("place.keys")));
      page.showTab("map");
      page.redraw();
    });
  }

  function start(page) {
    page.tools = id("lu-tools");
    Object.defineProperty(page, "language", { get: () => language.current, enumerable: true });
    page.setLanguage = (name) => language.set(name, page.staff ? "page.title_staff" : "page.title");
    page.tools.prepend(languageSwitch(page), moreTools(page));
    language.adopt();
    adoptMap(page);
    page.setLanguage("ja");
    calm(page);
    forget(page);
  }

  Landuse.parts.push(start);

  return { languageSwitch };
})();
