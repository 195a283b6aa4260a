/* Links, frames and copies: a page that can be passed on and shown within others. */
Landuse.share = (() => {
  "use strict";

  const { controls, link, panel } = Landuse;
  const { el, plain, say } = panel;
  const id = (name) => document.getElementById(name);
  const WAIT_MS = 300;
  const SIZES = { small: ["360", "480"], medium: ["100%", "560"], large: ["100%", "720"] };

  /* An address of our own that others can follow: not that of a page written into another. */
  const linkable = () => ["http:", "https:", "file:"].includes(location.protocol);

  function bareAddress() { return location.href.replace(/#.*$/s, ""); }

  function addressOf(page) {
    const hash = link.hashOf(page, page.defaults);
    return hash ? `${bareAddress()}#${hash}` : bareAddress();
  }

  /* In the address bar, without a step of history; frames may refuse, and lose nothing by it.
     A page written into another (srcdoc, as in a notebook) has no address: "#…" would lead away. */
  function write(page) {
    if (!linkable()) return;
    const hash = [page.embedded ? "embed" : "", link.hashOf(page, page.defaults)].filter(Boolean).join("&");
    if (hash === page.writtenHash) return;
    page.writtenHash = hash;
    try {
      history.replaceState(history.state, "", hash ? `#${hash}` : location.pathname + location.search);
    } catch {
      try { location.replace(`#${hash}`); } catch { /* the page goes on without an address */ }
    }
  }

  function toast(page, key) {
    page.toast ||= document.body.appendChild(el("p.lu-toast", { role: "status" }));
    page.toast.replaceChildren(...say(key));
    page.toast.classList.add("lu-shown");
    clearTimeout(page.toastTimer);
    page.toastTimer = setTimeout(() => page.toast.classList.remove("lu-shown"), 4000);
  }

  /* Where the clipboard is refused, the text lies selected for the keys that copy. */
  function copyBox(text, rows) {
    const box = el("textarea.lu-copy", { readonly: true, rows, "aria-label": plain("share.to_copy"), spellcheck: "false" });
    box.value = text;
    box.addEventListener("focus", () => box.select());
    return box;
  }

  const localNote = () => (location.protocol === "file:" ? el("p.note", {}, say("share.local")) : null);

  async function copyLink(page) {
    const address = addressOf(page);
    if (await panel.copied(address)) { toast(page, location.protocol === "file:" ? "share.copied_local" : "share.copied"); return; }
    const box = copyBox(address, 3);
    panel.dialog(say("share.link"), [el("p", {}, say("share.by_hand")), box, localNote()].filter(Boolean));
    box.focus();
    box.select();
  }

  const quoted = (text) => text.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

  /* `width` and `height` of SIZES; the file stands beside the page that shows it. */
  function snippet(page, [width, height]) {
    const name = location.pathname.split("/").pop() || "public.html";
    const hash = ["embed", link.hashOf(page, page.defaults)].filter(Boolean).join("&");
    const parts = {
      title: document.title, src: `${name}#${hash}`, width, height, loading: "lazy", allow: "fullscreen; clipboard-write",
      sandbox: "allow-scripts allow-popups allow-popups-to-escape-sandbox allow-modals", referrerpolicy: "no-referrer",
    };
    return `<iframe ${Object.entries(parts).map(([key, value]) => `${key}="${quoted(value)}"`).join(" ")} style="border:0"></iframe>`;
  }

  function showSnippet(page) {
    const box = copyBox(snippet(page, SIZES.medium), 8);
    const size = panel.choice(plain("share.size"), Object.keys(SIZES).map((key) => [key, plain(`share.size_${key}`)]), "medium", (key) => { box.value = snippet(page, SIZES[key]); });
    const done = el("p.note", { role: "status" });
    const copy = el("button.primary", { type: "button", onclick: async () => {
      const well = await panel.copied(box.value);
      done.replaceChildren(...say(well ? "share.copied_snippet" : "share.by_hand"));
      if (!well) { box.focus(); box.select(); }
    } }, say("share.copy_snippet"));
    panel.dialog(say("share.embed"), [el("p", {}, say("share.embed_how")), el("label.lu-size", {}, say("share.size"), size), box, copy, done]);
    box.focus();
  }

  function tools(page) {
    const row = page.tools || id("lu-tools");
    if (!linkable() || !row) return;
    row.append(
      el("button", { type: "button", id: "lu-copy-link", onclick: () => copyLink(page) }, say("share.copy_link")),
      el("button", { type: "button", id: "lu-embed", onclick: () => showSnippet(page) }, say("share.embed_button")));
  }

  /* ---- within another page ---- */

  function bar(page) {
    const open = el("a.lu-open", { href: bareAddress(), target: "_blank", rel: "noopener" }, say("share.open_full"), " ↗");
    const renew = () => { open.href = addressOf(page); };
    for (const kind of ["pointerdown", "focus", "mouseenter"]) open.addEventListener(kind, renew);
    return el("footer.lu-frame-bar", {},
      el("strong.lu-frame-bar-title", {}, say(page.staff ? "page.title_staff" : "page.title")),
      el("span.lu-frame-bar-proof", {}, say("page.not_proof")),
      el("button.link", { type: "button", onclick: () => page.showTab("sources") }, say("tab.sources")),
      linkable() ? open : null);
  }

  function embed(page) {
    page.embedded = true;
    document.body.classList.add("lu-embed");
    if (!document.body.classList.contains("lu-folded")) id("lu-fold").click();
    page.map.invalidateSize({ animate: false });
    const [west, south, east, north] = page.data.box;
    page.map.setMinZoom(1);
    page.map.fitBounds([[south, west], [north, east]], { padding: [8, 8], animate: false });
    page.map.setMinZoom(Math.max(page.map.getZoom() - 1.5, 1));
  }

  /* ---- */

  async function adopt(page, wanted) {
    await link.restore(page, wanted, page.defaults);
    const built = id("lu-layers").querySelector(".lu-built");
    if (built) built.replaceChildren(...controls.build(page));
    const paint = document.querySelector("#lu-layers input[name=lu-paint]:checked");
    if (paint) paint.dispatchEvent(new Event("change"));
    else await page.renewSurface();
    if (page.embedded && !wanted.has("tab") && !document.body.classList.contains("lu-folded")) id("lu-fold").click();
  }

  function follow(page) {
    let timer = 0;
    let touched = false; // a page that nobody has used keeps the address it was opened by
    const soon = () => {
      clearTimeout(timer);
      if (touched) timer = setTimeout(() => write(page), WAIT_MS);
    };
    for (const kind of ["pointerdown", "keydown", "wheel"]) {
      document.addEventListener(kind, () => { touched = true; }, { capture: true, passive: true });
    }
    page.map.on("moveend", soon);
    for (const kind of ["click", "change", "keyup", "lu-language"]) document.addEventListener(kind, soon);
    window.addEventListener("hashchange", () => {
      const wanted = link.parse(location.hash);
      if (location.hash.replace(/^#/, "") === page.writtenHash || !wanted.size) return;
      adopt(page, wanted).then(soon);
    });
  }

  async function start(page) {
    const wanted = link.parse(location.hash);
    if (wanted.has("embed")) embed(page);
    page.defaults = link.values(page);
    page.addressOf = () => addressOf(page);
    if (page.embedded) document.body.append(bar(page));
    tools(page);
    if (wanted.size > (page.embedded ? 1 : 0)) await adopt(page, wanted);
    page.writtenHash = location.hash.replace(/^#/, "");
    follow(page);
  }

  Landuse.parts.push(start);

  return { addressOf, quoted, snippet };
})();
