/* Takes packed texts apart (landuse/maps/pack.py), and brings the page's own scripts to life.
   The page's policy names each of them by its hash, so nothing else can come in this way. */
const LanduseUnpack = (() => {
  "use strict";

  const BASE = 85;
  const FIRST_SIGN = 35; // the signs of the armour, without those that mean something in HTML or JSON

  const SIGNS = (() => {
    const values = new Uint8Array(128).fill(255);
    let value = 0;
    for (let code = FIRST_SIGN; value < BASE; code += 1) {
      if (!"&'<>\\`".includes(String.fromCharCode(code))) { values[code] = value; value += 1; }
    }
    return values;
  })();

  /* Five signs are four bytes; the last group may be shorter. */
  function bytesOf(text) {
    const tail = text.length % 5;
    const count = Math.floor(text.length / 5) * 4 + (tail ? tail - 1 : 0);
    const bytes = new Uint8Array(count);
    for (let i = 0, at = 0; i < text.length; i += 5) {
      let whole = 0;
      for (let k = 0; k < 5; k += 1) {
        const value = i + k < text.length ? SIGNS[text.charCodeAt(i + k)] : BASE - 1;
        if (!(value < BASE)) throw new Error("damaged text");
        whole = whole * BASE + value;
      }
      for (let shift = 24; shift >= 0 && at < count; shift -= 8, at += 1) bytes[at] = whole >>> shift;
    }
    return bytes;
  }

  async function inflate(text) {
    const stream = new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  const text = async (packed) => new TextDecoder().decode(await inflate(packed));

  async function run(node) {
    if (typeof DecompressionStream === "undefined") {
      document.body.classList.add("lu-too-old");
      return;
    }
    try {
      for (const code of await Promise.all(JSON.parse(node.textContent).map(text))) {
        const script = document.createElement("script");
        script.textContent = code;
        document.head.append(script);
      }
    } catch {
      sayDamaged();
    }
  }

  /* The page has the words ready: they must not depend on what may be damaged. */
  function sayDamaged() { document.body.classList.add("lu-damaged"); }

  const held = document.getElementById("lu-code");
  if (held) run(held);

  return { bytesOf, inflate, sayDamaged, text };
})();
