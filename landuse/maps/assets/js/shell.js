/* What stands round the map: the switch of languages, and the row of tools that others join. */
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
    const group = el("div.lu-languages", { role: "group", "aria-label": plain("language.label") }, buttons);
    const show = () => {
      for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.language === page.language));
    };
    document.addEventListener("lu-language", show);
    return group;
  }

  function start(page) {
    page.tools = id("lu-tools");
    Object.defineProperty(page, "language", { get: () => language.current, enumerable: true });
    page.setLanguage = (name) => language.set(name, page.staff ? "page.title_staff" : "page.title");
    page.tools.prepend(languageSwitch(page));
    language.adopt();
    page.setLanguage("ja");
  }

  Landuse.parts.push(start);

  return { languageSwitch };
})();
